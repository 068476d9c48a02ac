/** JUnit XML, as CI servers read it: an operation is a suite, each of its checks a test case. */
import {
  addUp,
  type CheckRow,
  describeFinding,
  findOutcome,
  listRows,
  type OperationRow,
  type ReportInput,
  showControls,
  toHeadline,
  toOneLine,
  toPercent,
} from "./rows.ts";

/**
 * A check with a failure fails; one that only shows drift passes, and says so in its output; one that was skipped altogether
 * is skipped. One case more, first, tells whether the run is complete: it is an error after an interruption, and where nothing
 * was checked, so that no server shows such a run green.
 */
export function toJUnit(input: ReportInput): string {
  const { report } = input;
  const suites = listRows(report).filter(({ checks }) => checks.length > 0);
  const cases = suites.flatMap(({ checks }) => checks);
  const outcome = findOutcome(report);
  const error = outcome === "interrupted" || outcome === "empty" ? toHeadline(report) : undefined;
  const attributes = {
    name: `${report.document.title} ${report.document.version} at ${report.baseUrl}`,
    tests: cases.length + 1,
    failures: cases.filter(isFailed).length,
    errors: error === undefined ? 0 : 1,
    skipped: cases.filter(isSkipped).length,
    time: toSeconds(report.durationMs),
    timestamp: toTimestamp(report.startedAtMs),
  };
  const lines = [...toRunSuite(input, error), ...suites.flatMap((suite) => toSuite(input, suite))];
  return `<?xml version="1.0" encoding="UTF-8"?>\n${open("testsuites", attributes)}\n${lines.join("\n")}\n</testsuites>\n`;
}

function toRunSuite(input: ReportInput, error: string | undefined): string[] {
  const errors = error === undefined ? 0 : 1;
  const timestamp = toTimestamp(input.report.startedAtMs);
  return [
    open("testsuite", { name: "run", tests: 1, failures: 0, errors, skipped: 0, time: "0", timestamp }),
    "<properties>",
    ...toProperties(input).map(([name, value]) => empty("property", { name, value })),
    "</properties>",
    open("testcase", { classname: "run", name: "the run is complete", time: "0" }),
    ...(error === undefined ? [] : [empty("error", { message: error, type: "run" })]),
    "</testcase>",
    "</testsuite>",
  ];
}

function toSuite(input: ReportInput, { operationId, checks }: OperationRow): string[] {
  const { report } = input;
  const attributes = {
    name: operationId,
    tests: checks.length,
    failures: checks.filter(isFailed).length,
    errors: 0,
    skipped: checks.filter(isSkipped).length,
    // Cases of all operations are sent in turn: there is no time that is an operation's own.
    time: "0",
    timestamp: toTimestamp(report.startedAtMs),
  };
  return [open("testsuite", attributes), ...checks.map((row) => toCase(input, operationId, row)), "</testsuite>"];
}

function toProperties({ report, source }: ReportInput): [string, string][] {
  return [
    ["document", source],
    ["baseUrl", report.baseUrl],
    ["seed", String(report.seed)],
    ...Object.entries(report.coverage).map(([kind, covered]): [string, string] => [
      `coverage.${kind}`,
      `${toPercent(covered)} %`,
    ]),
  ];
}

function toCase({ report }: ReportInput, operationId: string, row: CheckRow): string {
  const { check, findings, skipped } = row;
  const tag = open("testcase", { classname: operationId, name: check, time: "0" });
  const failures = findings.filter(({ severity }) => severity === "failure");
  const drift = findings.filter(({ severity }) => severity === "drift");
  const details = (found: typeof findings) =>
    found
      .map((finding) => [
        `${finding.message}${finding.count === 1 ? "" : ` (${finding.count} times)`}`,
        ...describeFinding(finding, report).map(([label, text]) => `${label}: ${text}`),
      ])
      .map((lines) => lines.join("\n"))
      .join("\n\n");
  const out = [
    ...(drift.length > 0 ? [details(drift)] : []),
    // Of a check that was made in part.
    ...(isSkipped(row) ? [] : skipped.map((reason) => `skipped in part: ${reason}`)),
  ].join("\n\n");
  return [
    tag,
    ...failures.slice(0, 1).map(({ message }) => {
      const failure = open("failure", { message, type: check });
      return `${failure}${escapeXml(details(failures))}</failure>`;
    }),
    ...(isSkipped(row) ? [empty("skipped", { message: skipped.join("; ") })] : []),
    ...(out === "" ? [] : [`<system-out>${escapeXml(out)}</system-out>`]),
    "</testcase>",
  ].join("\n");
}

function isFailed({ findings }: CheckRow): boolean {
  return findings.some(({ severity }) => severity === "failure");
}

/** Nothing of the check was made. */
function isSkipped(row: CheckRow): boolean {
  const { passed, failed, drift } = addUp([row]);
  return row.skipped.length > 0 && row.findings.length === 0 && passed + failed + drift === 0;
}

function toSeconds(durationMs: number): string {
  return (durationMs / 1000).toFixed(3);
}

/** Without a zone, which the schema of JUnit does not have: UTC. */
function toTimestamp(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19);
}

type Attributes = Record<string, string | number>;

function open(name: string, attributes: Attributes): string {
  return `<${name}${toAttributes(attributes)}>`;
}

function empty(name: string, attributes: Attributes): string {
  return `<${name}${toAttributes(attributes)}/>`;
}

function toAttributes(attributes: Attributes): string {
  return Object.entries(attributes)
    .map(([name, value]) => ` ${name}="${escapeXml(toOneLine(String(value)))}"`)
    .join("");
}

const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Characters that XML 1.0 (section 2.2) does not allow at all, not even as references, are among those written out. */
function escapeXml(text: string): string {
  return showControls(text).replaceAll(/[&<>"]/g, (character) => entities[character] ?? character);
}
