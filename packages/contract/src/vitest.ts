/** For Vitest: matchers, and every check of a document as a test. */
import { isJsonMediaType, type OpenApiDocument, type Operation } from "@artifetch/document";
import { beforeAll, describe, expect, type TestContext, test } from "vitest";
import { createCaseMaker } from "./cases.ts";
import { describeFinding } from "./describe-finding.ts";
import { judgeExamples } from "./examples.ts";
import { createJudge } from "./judge.ts";
import { type CheckName, checkNames, type RunReport } from "./model.ts";
import { type RunOptions, runToEnd } from "./runner.ts";

export { type ContractMatchers, contractMatchers, type MatcherResult, type PlainAnswer } from "./matchers.ts";

declare module "vitest" {
  // The names and order of its parameters are Vitest's: declarations that are merged have to have the same.
  interface Matchers<R extends void | Promise<void>, T> {
    /**
     * The answer is as the operation documents it: status, headers, media type, body. To be awaited.
     *
     * Of a `Response` that has not been read, a result of `@artifetch/client`, or `{ status, headers, body }`.
     *
     * @throws {Error} when the document has no such operation.
     */
    toSatisfyOperation(operationId: string): Promise<void>;
    /**
     * The value fits a schema of `components.schemas`.
     *
     * @throws {Error} when the document has no such schema.
     */
    toMatchSchema(name: string): R;
  }
}

export interface ContractTestOptions extends Omit<RunOptions, "baseUrl" | "replay" | "signal"> {
  /** Where the service is, known when the tests run. Default: a made-up one, for a `fetch` that answers in process. */
  baseUrl?: string | (() => string | Promise<string>);
  /** Milliseconds for all requests together. Default: 600000. */
  limitMs?: number;
}

/**
 * Registers one test for each operation and check that the document asks for. All requests are sent once, before the first
 * test; what a test then finds is told with place, rule, its pointer into the document and a `curl` line.
 *
 * A check that could not be made (nothing to read again, say) is skipped, with its reason. Drift fails no test.
 *
 * @param document bundled: every `$ref` points into itself.
 * @param options those of a run. Here the seed is 1 unless it is given: tests that differ from run to run help nobody.
 *
 * @example
 * contractTests(document, { fetch: createMockFetch(document), prefer: true });
 */
export function contractTests(document: OpenApiDocument, options: ContractTestOptions = {}): void {
  const { includes = () => true, baseUrl = "http://service.invalid", limitMs = 600_000, ...rest } = options;
  const planned = planTests(document, options).filter(({ operation }) => includes(operation));
  if (planned.length === 0) throw new Error("The document has no operations to test, or `includes` leaves none.");

  describe(`${document.info.title} ${document.info.version}`, () => {
    let report: RunReport;
    beforeAll(async () => {
      const url = typeof baseUrl === "string" ? baseUrl : await baseUrl();
      report = await runToEnd(document, { seed: 1, ...rest, includes, baseUrl: url });
      if (report.interrupted !== undefined) throw new Error(report.interrupted);
    }, limitMs);

    for (const { operation, checks } of planned) {
      describe(`${operation.method} ${operation.path} (${operation.id})`, () => {
        for (const check of checks)
          test(check, (context) => {
            failWith(document, report, ({ operationId, check: own }) => operationId === operation.id && own === check);
            if (!isMade(report, operation.id, check)) skip(context, report, operation.id, check);
          });
      });
    }

    test("nothing else differs", () => {
      const isPlanned = (operationId: string, check: CheckName) =>
        planned.some(({ operation, checks }) => operation.id === operationId && checks.includes(check));
      failWith(document, report, ({ operationId, check }) => !isPlanned(operationId, check));
      expect(report.requests, "number of answers").toBeGreaterThan(0);
    });
  });
}

function failWith(
  document: OpenApiDocument,
  { findings }: RunReport,
  concerns: (finding: RunReport["findings"][number]) => boolean,
): void {
  const failures = findings.filter((finding) => finding.severity === "failure" && concerns(finding));
  const list = failures.map(
    (finding) => describeFinding(document, finding) + (finding.count > 1 ? `\n  count:    ${finding.count}` : ""),
  );
  if (list.length > 0) expect.fail(list.join("\n\n"));
}

function isMade({ counts }: RunReport, operationId: string, check: CheckName): boolean {
  return counts.some((count) => count.operationId === operationId && count.check === check);
}

function skip(context: TestContext, { skipped }: RunReport, operationId: string, check: CheckName): void {
  const found = skipped.find((each) => each.operationId === operationId && each.check === check);
  context.skip(found?.reason ?? "no answer was of the kind that this is checked with");
}

interface PlannedTests {
  operation: Operation;
  checks: CheckName[];
}

/** Known before anything is sent: what the cases are made for, and what the document says of answers. */
function planTests(document: OpenApiDocument, { prefer = false, findValue }: ContractTestOptions): PlannedTests[] {
  const judge = createJudge(document);
  const maker = createCaseMaker(document, judge.operations, { prefer, ...(findValue && { findValue }) });
  return judge.operations.map((operation) => {
    const { cases, skipped } = maker.plan(operation);
    const planned = new Set<CheckName>([
      ...[...cases, ...skipped].map(({ check }) => check),
      ...listAnswerChecks(operation),
      ...judgeExamples(judge, maker.schemas, operation).checked,
    ]);
    return { operation, checks: checkNames.filter((check) => planned.has(check)) };
  });
}

function listAnswerChecks({ responses }: Operation): CheckName[] {
  const answers = Object.values(responses);
  const mediaTypes = answers.flatMap(({ content }) => Object.keys(content ?? {}));
  return [
    "not_a_server_error",
    "status_code_conformance",
    ...(mediaTypes.length > 0 ? (["content_type_conformance"] as const) : []),
    ...(mediaTypes.some(isJsonMediaType) ? (["response_schema_conformance"] as const) : []),
    ...(answers.some(({ headers }) => Object.keys(headers ?? {}).length > 0)
      ? (["response_headers_conformance"] as const)
      : []),
  ];
}
