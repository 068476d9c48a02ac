/** What every report says of a run, in the same words: its outcome, its rows, its findings. */
import type { OpenApiDocument } from "@artifetch/document";
import {
  type CheckName,
  type CountedFinding,
  checkNames,
  type Exchange,
  type Place,
  type RunReport,
} from "../model.ts";

/** What reports are made of. */
export interface ReportInput {
  report: RunReport;
  /** What the service was compared with: shows the rules that are broken. */
  document: OpenApiDocument;
  /** Where the document was read from: a path or URL. */
  source: string;
  /** The text at `source`, to tell lines. Default: none are told. */
  sourceText?: string | undefined;
}

/** One check of one operation. */
export interface CheckRow {
  check: CheckName;
  passed: number;
  failed: number;
  drift: number;
  findings: readonly CountedFinding[];
  /** Why the check, or a part of it, was not made. */
  skipped: readonly string[];
}

export interface OperationRow {
  operationId: string;
  /** In the order of `checkNames`. Empty: the operation was never called. */
  checks: readonly CheckRow[];
}

/** Every operation, in the order of the document; then what was found where the document has no operation. */
export function listRows({ counts, findings, skipped, coverage }: RunReport): OperationRow[] {
  const countsOf = groupBy(counts, toKey);
  const findingsOf = groupBy(findings, toKey);
  const skippedOf = groupBy(skipped, toKey);
  const ids = [...coverage.operations.all, ...[...counts, ...findings, ...skipped].map((one) => one.operationId)];
  return [...new Set(ids)].map((operationId) => ({
    operationId,
    checks: checkNames.flatMap((check) => {
      const key = toKey({ operationId, check });
      const count = countsOf.get(key)?.[0];
      const row: CheckRow = {
        check,
        passed: count?.passed ?? 0,
        failed: count?.failed ?? 0,
        drift: count?.drift ?? 0,
        findings: findingsOf.get(key) ?? [],
        skipped: [...new Set(skippedOf.get(key)?.map(({ reason }) => reason))],
      };
      return count || row.findings.length > 0 || row.skipped.length > 0 ? [row] : [];
    }),
  }));
}

function toKey({ operationId, check }: { operationId: string; check: CheckName }): string {
  return `${check} ${operationId}`;
}

/** In the order in which the keys are met. */
export function groupBy<T>(items: readonly T[], toGroup: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(toGroup(item));
    if (group) group.push(item);
    else groups.set(toGroup(item), [item]);
  }
  return groups;
}

export interface Sums {
  passed: number;
  failed: number;
  drift: number;
  skipped: number;
}

export function addUp(checks: readonly CheckRow[]): Sums {
  const sum = (toNumber: (row: CheckRow) => number) => checks.reduce((total, row) => total + toNumber(row), 0);
  return {
    passed: sum(({ passed }) => passed),
    failed: sum(({ failed }) => failed),
    drift: sum(({ drift }) => drift),
    skipped: sum(({ skipped }) => skipped.length),
  };
}

/** `empty`: nothing was checked, which shows nothing, least of all that all is well. */
export type Outcome = "passed" | "failed" | "empty" | "interrupted";

export function findOutcome({ counts, findings, interrupted }: RunReport): Outcome {
  if (interrupted !== undefined) return "interrupted";
  if (findings.some(({ severity }) => severity === "failure")) return "failed";
  return counts.length === 0 ? "empty" : "passed";
}

/** The run in one sentence. */
export function toHeadline(report: RunReport): string {
  const { findings, requests, durationMs, interrupted } = report;
  const failures = findings.filter(({ severity }) => severity === "failure").length;
  const drift = findings.length - failures;
  const found = [
    failures > 0 ? count(failures, "difference") : "no difference",
    ...(drift > 0 ? [`${count(drift, "place")} where the service has grown past the document`] : []),
  ].join(" and ");
  const effort = `in ${count(requests, "answer")}, ${toDuration(durationMs)}`;
  if (interrupted !== undefined) return `Interrupted: ${interrupted.replace(/\.$/, "")}. Until then ${found} ${effort}`;
  if (findOutcome(report) === "empty") return `Nothing was checked ${effort}`;
  return `${found[0]?.toUpperCase()}${found.slice(1)} ${effort}`;
}

export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** `850 ms`, `3.2 s`, `4 min 5 s`. */
export function toDuration(durationMs: number): string {
  if (durationMs < 1000) return `${Math.round(durationMs)} ms`;
  const seconds = durationMs / 1000;
  return seconds < 60 ? `${seconds.toFixed(1)} s` : `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
}

/** Whole percent, never rounded up to 100; 100 where there is nothing to cover. */
export function toPercent({ all, seen }: { all: readonly string[]; seen: readonly string[] }): number {
  return all.length === 0 ? 100 : Math.floor((100 * seen.length) / all.length);
}

/** What stands in a report beside the message of a finding: pairs of a label and a line of text. */
export function describeFinding(finding: CountedFinding, { seed }: RunReport): [label: string, text: string][] {
  const { exchange, place, documentPointer, blame, curl } = finding;
  return [
    ...(exchange ? ([["request", toLine(exchange)]] as [string, string][]) : []),
    ["place", toPlace(place)],
    ["rule", documentPointer],
    ["blame", `${blame.party}: ${blame.reason}`],
    ...(finding.case ? ([["case", `${finding.case.title} (${finding.case.id})`]] as [string, string][]) : []),
    ["repeat", toRepeat(finding, seed)],
    ...(curl === undefined ? [] : ([["curl", curl]] as [string, string][])),
  ];
}

/** `GET /runs/7 → 200`. */
export function toLine({ request, response }: Exchange): string {
  const { pathname, search } = new URL(request.url);
  return `${request.method} ${pathname}${search} → ${response.status}`;
}

export function toPlace(place: Place): string {
  if (place.in === "status") return "status";
  if (place.in === "body") return place.pointer === "" ? "body" : `body ${place.pointer}`;
  return `${place.in} ${place.name}`;
}

/** The options that send the same requests again. */
export function toRepeat(finding: CountedFinding, runSeed: number): string {
  const { seed = runSeed, path } = finding.seed ?? {};
  return `--seed ${seed}${path === undefined ? "" : ` --replay ${quote(path)}`}`;
}

function quote(word: string): string {
  return /^[\w./:-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/**
 * Text of a service made safe to be shown: control characters and those that turn the direction of writing are written out
 * (`\u001b`), except line ends and tabs. What they do to a terminal, a parser of XML, or a reader's eye stays undone.
 */
export function showControls(text: string): string {
  return text.replaceAll(
    /(?![\n\t])[\p{Cc}\p{Bidi_Control}\p{Cs}\u2028\u2029\ufffe\uffff]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** As {@link showControls}, and on one line. */
export function toOneLine(text: string): string {
  return showControls(text.replaceAll("\t", " ").replaceAll("\n", "\\n"));
}

/** A body as text; undefined for bytes that are none. */
export function toText(body: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
    return text.includes("\0") ? undefined : text;
  } catch {
    return undefined;
  }
}
