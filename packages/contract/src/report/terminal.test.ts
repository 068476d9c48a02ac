import { PassThrough } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import stringWidth from "string-width";
import { expect, test } from "vitest";
import { escapes, goodInput, report, secret } from "../../test/sample-report.ts";
import type { RunReport } from "../model.ts";
import { createProgress } from "./progress.ts";
import { createStyle, toTerminal } from "./terminal.ts";

const terminal = () => Object.assign(new PassThrough(), { isTTY: true });

test("counts the checks of each operation, and names those that have more to say than that they passed", () => {
  const lines = toTerminal(report).split("\n");
  const table = lines.slice(2, lines.indexOf("", 2)).map((line) => line.replaceAll(/\s+/g, " "));
  expect(table).toEqual([
    "operation passed failed drift skipped",
    "listRuns 23 3 · ·",
    " response_headers_conformance 3 1 · ·",
    " response_schema_conformance 3 1 · ·",
    " negative_data_rejection · 1 · ·",
    "createRun 6 1 · 1",
    " not_a_server_error 1 1 · ·",
    " ensure_resource_availability · · · 1",
    "getRun 13 2 2 2",
    " status_code_conformance 3 1 · ·",
    " response_schema_conformance 2 1 · 1",
    " ignored_auth · · · 1",
    " undocumented_field 1 · 2 ·",
    "deleteRun · · · 1",
    " use_after_free · · · 1",
    "getRunLog 2 1 · ·",
    " content_type_conformance · 1 · ·",
    "getRunWeights 3 1 · ·",
    " response_schema_conformance · 1 · ·",
  ]);
});

test("tells of each difference what was sent, the rule, who is wrong, and how to repeat it", () => {
  expect(toTerminal(report)).toContain(`✗ listRuns negative_data_rejection
  status is 200 although limit is 101, allowed: <= 100, expected 400 or more
  request GET /runs?limit=101 → 200
  place   query limit
  rule    #/paths/~1runs/get/parameters/0/schema/maximum
  blame   service: The document cites a source: https://depot.example/docs/runs
  case    query limit above its maximum (listRuns/negative/query.limit/maximum)
  repeat  --seed 42
  curl    curl --globoff -H "x-api-key: $DEPOT_KEY" "http://127.0.0.1:4010/runs?limit=101"
`);
  expect(toTerminal(report)).toContain("  repeat  --seed 42 --replay createRun/positive/3:0:1\n");
  expect(toTerminal(report)).not.toContain(secret);
});

test("shows failures before drift, and counts what is over the limit", () => {
  const text = toTerminal(report, { limit: 9 });
  expect(text.indexOf("~ getRun")).toBeGreaterThan(text.lastIndexOf("✗ "));
  expect(text).toContain("… and 1 more: --report html=FILE");
  expect(toTerminal(report)).not.toContain("more: --report");
});

test("tells coverage, what was skipped by reason, and the outcome last", () => {
  const text = toTerminal(report);
  expect(text).toContain(
    "Covered: operations 5/6 (83 %), statuses 6/10 (60 %), parameters 4/6 (66 %), properties 13/26",
  );
  expect(text).toContain("Skipped: 4 checks\n  writes are not allowed (--allow-writes): deleteRun, createRun\n");
  expect(text.split("\n").at(-1)).toBe(
    "8 differences and 2 places where the service has grown past the document in 12 answers, 3.2 s",
  );
  expect(toTerminal(goodInput.report).split("\n").at(-1)).toBe("No difference in 12 answers, 3.2 s");
});

test.each<[string, RunReport, string]>([
  [
    "an interrupted run",
    { ...goodInput.report, interrupted: "SIGINT" },
    "Interrupted: SIGINT. Until then no difference",
  ],
  ["a run that checked nothing", { ...goodInput.report, counts: [], requests: 0 }, "Nothing was checked in 0 answers"],
])("does not look as if all were well after %s", (_what, given, expected) => {
  const style = (format: unknown, text: string) => `<${format}>${text}`;
  const last = toTerminal(given, { style }).split("\n").at(-1);
  expect(last).toContain(`<bold,yellow>${expected}`);
});

test("cuts names to the width of the terminal", () => {
  const wide = { ...report, counts: [{ ...report.counts[0], operationId: "列".repeat(50) }] } as RunReport;
  const table = toTerminal(wide, { columns: 60 }).split("\n\n")[1] ?? "";
  expect(table.split("\n").map((line) => stringWidth(line))).toEqual(table.split("\n").map(() => 60));
  expect(table).toContain("列…");
  expect(toTerminal(wide, { columns: 0 })).toBe(toTerminal(wide));
});

test("colours for a terminal only", () => {
  const coloured = toTerminal(report, { style: createStyle(terminal()) });
  expect(coloured).toContain("\u001b[31m");
  expect(stripVTControlCharacters(coloured)).toBe(toTerminal(report));
  expect(toTerminal(report, { style: createStyle(new PassThrough()) })).toBe(toTerminal(report));
});

test("writes out control characters of a service", () => {
  const [first, ...rest] = report.findings;
  const rude = { ...report, findings: [{ ...first, message: `a${escapes}\r\nb`, curl: `curl '${escapes}'` }, ...rest] };
  const text = toTerminal(rude as RunReport);
  expect(text).toContain("  a\\u001b[2J\\u001b]0;owned\\u0007\\u009b31m\\u202e\\u000d\\nb\n");
  expect(text).toContain("with control characters written out: --report json=FILE has it as it is");
  expect(text.replaceAll("\n", "")).not.toMatch(/\p{Cc}|\p{Bidi_Control}/u);
});

const operationId = "listRuns";
const findings = report.findings.filter((finding) => finding.operationId === operationId);
const exchange = findings[0]?.exchange ?? expect.fail();
const sent = { id: "x", operationId, title: `t${escapes}`, kind: "positive", check: "example_conformance" } as const;
const template = { method: "GET", path: "/", headers: {} };
const events = {
  start: { type: "start", document: report.document, operations: 6, seed: 1 },
  exchange: {
    type: "exchange",
    case: { ...sent, request: template },
    exchange,
    verdict: { checked: [], findings },
  },
  end: { type: "end", report },
} as const;

test("shows one line of progress on a terminal, now and then, and takes it away", () => {
  const written: string[] = [];
  let time = 0;
  const progress = createProgress(
    { isTTY: true, columns: 60, write: (text) => written.push(text) },
    { now: () => time, term: "xterm" },
  );
  progress.add(events.start);
  progress.add(events.exchange);
  expect(written).toEqual(["\r\u001b[2K0/6 operations, 0 answers, 0 differing: starting"]);
  time = 100;
  progress.add(events.exchange);
  expect(written.at(-1)).toBe("\r\u001b[2K1/6 operations, 2 answers, 2 differing: listRuns: t\\u001b[2");
  progress.add(events.end);
  progress.clear();
  expect(written.slice(2)).toEqual(["\r\u001b[2K"]);
});

test.each([
  ["no terminal", { isTTY: false }, "xterm"],
  ["a dumb one", { isTTY: true }, "dumb"],
])("shows no progress on %s", (_what, stream, term) => {
  const progress = createProgress({ ...stream, write: () => expect.fail() }, { term });
  for (const event of Object.values(events)) progress.add(event);
  progress.clear();
});
