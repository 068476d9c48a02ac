/** Adds up what a run says. */
import type { Operation } from "@artifetch/document";
import { createCoverage } from "./coverage.ts";
import type { Judge } from "./judge.ts";
import type { CheckCount, CountedFinding, Exchange, Finding, RunReport, Skipped, Verdict } from "./model.ts";
import { toPath } from "./properties.ts";

export interface Tally {
  addVerdict(operationId: string, verdict: Verdict): void;
  /** An answer came: counts it, and notes what it covers. */
  addExchange(operation: Operation, exchange: Exchange): void;
  addSkipped(skipped: Skipped): void;
  read(): Pick<RunReport, "counts" | "coverage" | "findings" | "requests" | "skipped">;
}

export function createTally(judge: Judge): Tally {
  const counts = new Map<string, CheckCount>();
  const findings = new Map<string, CountedFinding>();
  const skipped = new Map<string, Skipped>();
  const coverage = createCoverage(judge);
  let requests = 0;

  return {
    addVerdict: (operationId, verdict) => {
      for (const finding of verdict.findings) {
        const key = toKey(finding);
        const known = findings.get(key);
        // The smallest request that shows it, where one was looked for.
        const shown = known && !(finding.seed && !known.seed) ? known : finding;
        findings.set(key, { ...shown, count: (known?.count ?? 0) + 1 });
      }
      for (const check of verdict.checked) {
        const key = `${operationId} ${check}`;
        const count = counts.get(key) ?? { operationId, check, passed: 0, failed: 0, drift: 0 };
        const found = verdict.findings.filter((finding) => finding.check === check).map(({ severity }) => severity);
        const outcome = found.includes("failure") ? "failed" : found.length > 0 ? "drift" : "passed";
        counts.set(key, { ...count, [outcome]: count[outcome] + 1 });
      }
    },
    addExchange: (operation, exchange) => {
      requests += 1;
      coverage.add(operation, exchange);
    },
    addSkipped: (entry) => {
      skipped.set(JSON.stringify([entry.operationId, entry.check, entry.reason]), entry);
    },
    read: () => ({
      requests,
      counts: [...counts.values()],
      findings: [...findings.values()],
      skipped: [...skipped.values()],
      coverage: coverage.read(),
    }),
  };
}

/** The same rule, broken at the same place of an answer to the same operation, is the same difference. */
function toKey({ check, operationId, documentPointer, place, message }: Finding): string {
  const where = place.in === "body" ? toPath(place.pointer) : JSON.stringify(place);
  return [check, operationId, documentPointer, where, place.in === "status" ? message : ""].join("\n");
}
