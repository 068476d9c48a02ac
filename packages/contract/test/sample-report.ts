/** A report for tests: the real judge over exchanges of a small service that answers wrongly, and rudely, now and then. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { OpenApiDocument } from "@artifetch/document";
import { parse } from "yaml";
import { createJudge, type Judge } from "../src/judge.ts";
import type { Case, Exchange, RunReport, Skipped } from "../src/model.ts";
import type { ReportInput } from "../src/report/rows.ts";
import { createTally } from "../src/tally.ts";

const source = fileURLToPath(new URL("sample.yaml", import.meta.url));
const sourceText = readFileSync(source, "utf8");
const document = parse(sourceText) as OpenApiDocument;
export const judge: Judge = createJudge(document);

/** The credential that no report may show. */
export const secret = "s3cr3t-key";
/** What a hostile service puts wherever it can. */
export const hostile = `</script><img src=x onerror="document.title='owned'"><svg/onload=alert(1)>]]>`;
export const escapes = "\u001b[2J\u001b]0;owned\u0007\u009b31m\u202e";

interface Sample {
  path: string;
  method?: string;
  sent?: string;
  status?: number;
  headers?: Record<string, string>;
  body?: unknown;
  test?: Partial<Case>;
}

const run = { id: 7, state: "done", created_at: "2026-01-02T03:04:05Z" };
const runs = Array.from({ length: 60 }, (_, index) => ({ ...run, id: index, owner: { mail: "a@depot.example" } }));

const samples: Sample[] = [
  { path: "/runs?limit=5", headers: { "x-total": "60" }, body: { data: runs.slice(0, 5) } },
  { path: "/runs?limit=100", headers: { "x-total": "60" }, body: { data: runs } },
  {
    path: "/runs?limit=1",
    headers: { "x-total": `many ${hostile}` },
    body: { data: runs.map((one) => (one.id === 50 ? { ...one, state: `${hostile}${escapes}` } : one)) },
    test: { id: "listRuns/positive/query.limit/minimum", title: "query limit at its minimum" },
  },
  {
    path: "/runs?limit=101",
    headers: { "x-total": "60" },
    body: { data: [] },
    test: {
      id: "listRuns/negative/query.limit/maximum",
      title: "query limit above its maximum",
      kind: "negative",
      check: "negative_data_rejection",
      rule: {
        place: { in: "query", name: "limit" },
        keyword: "maximum",
        description: "limit is 101, allowed: <= 100",
        documentPointer: "#/paths/~1runs/get/parameters/0/schema/maximum",
      },
    },
  },
  {
    path: "/runs",
    method: "POST",
    sent: JSON.stringify({ model: hostile }),
    status: 500,
    headers: { "content-type": "text/html" },
    body: `<!doctype html><title>Oops</title>${hostile}${escapes}`,
    test: {
      id: "createRun/positive/3",
      title: "any body",
      seed: { seed: 42, path: "createRun/positive/3:0:1" },
    },
  },
  { path: "/runs", method: "POST", sent: JSON.stringify({ model: "a" }), status: 201, body: run },
  { path: "/runs/7", body: { ...run, created_at: "2026-01-02 03:04", cost: 1.5, [hostile]: 1 } },
  { path: "/runs/8", body: { ...run, cost: 2 } },
  { path: "/runs/9", status: 404, body: { detail: "No such run" } },
  { path: "/runs/10", status: 302, headers: { location: "/login" } },
  { path: "/runs/7/log", body: `\u0000\u0001 starting ${escapes}`, headers: { "content-type": "text/html" } },
  {
    path: "/runs/7/weights",
    body: new Uint8Array([0x50, 0x4b, 0x03, 0x04, 0xff, 0x00]),
    headers: { "content-type": "application/zip", "content-length": "99" },
  },
];

function toExchange({ path, method = "GET", sent, status = 200, headers = {}, body }: Sample): Exchange {
  const text = typeof body === "object" && !(body instanceof Uint8Array) ? JSON.stringify(body) : (body ?? "");
  const type = body === undefined ? {} : { "content-type": "application/json" };
  return {
    request: {
      method,
      url: `http://127.0.0.1:4010${path}`,
      headers: { accept: "*/*", "x-api-key": secret, ...(sent && { "content-type": "application/json" }) },
      ...(sent && { body: new TextEncoder().encode(sent) }),
    },
    response: {
      status,
      headers: { ...type, ...headers },
      body: text instanceof Uint8Array ? text : new TextEncoder().encode(String(text)),
    },
    durationMs: 12,
  };
}

const tally = createTally(judge);
for (const sample of samples) {
  const exchange = toExchange(sample);
  const { method, url } = exchange.request;
  const operation = judge.find(method, new URL(url).pathname);
  if (!operation) throw new Error(`${url} is not in sample.yaml`);
  const sent: Case | undefined = sample.test && {
    id: "",
    operationId: operation.id,
    title: "",
    kind: "positive",
    check: "positive_data_acceptance",
    request: { method, path: sample.path, headers: {} },
    ...sample.test,
  };
  tally.addExchange(operation, exchange);
  tally.addVerdict(operation.id, judge.judge(operation, exchange, sent));
}
const skipped: Skipped[] = [
  { operationId: "deleteRun", check: "use_after_free", reason: "writes are not allowed (--allow-writes)" },
  {
    operationId: "createRun",
    check: "ensure_resource_availability",
    reason: "writes are not allowed (--allow-writes)",
  },
  { operationId: "getRun", check: "ignored_auth", reason: "DEPOT_KEY is not set" },
  { operationId: "getRun", check: "response_schema_conformance", reason: "no id of a second run was found" },
];
for (const each of skipped) tally.addSkipped(each);

export const report: RunReport = {
  document: { title: document.info.title, version: document.info.version },
  baseUrl: "http://127.0.0.1:4010",
  seed: 42,
  startedAtMs: Date.UTC(2026, 0, 2, 3, 4, 5),
  durationMs: 3210,
  ...tally.read(),
};

export const input: ReportInput = { report, document, source, sourceText };

/** The same service on a good day. */
export const goodInput: ReportInput = {
  ...input,
  report: {
    ...report,
    findings: [],
    skipped: [],
    counts: report.counts.map((count) => ({ ...count, failed: 0, drift: 0 })),
  },
};
