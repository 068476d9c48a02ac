import { listOperations, type OpenApiDocument } from "@artifetch/document";
import { expect, test } from "vitest";
import { createClock } from "../fixtures/clock.ts";
import { depot } from "../fixtures/depot.ts";
import { createService, type Faults } from "../fixtures/service.ts";
import { cleanUp, createLive, type LiveOptions, retryReads } from "./live.ts";
import { type RunOptions, runToEnd } from "./runner.ts";

const baseUrl = "http://depot.test";
const credentials = { key: "hidden-key" };
const isWrite = (line: string): boolean => !/^(GET|HEAD) /.test(line);

interface Given extends Partial<LiveOptions> {
  faults?: Faults;
  document?: OpenApiDocument;
  run?: Partial<RunOptions>;
  /** Replaces the answers of the service. */
  answer?: (request: Request, count: number) => Response | Promise<Response> | undefined;
}

async function runLive({ faults, document = depot, run, answer, ...options }: Given = {}) {
  const service = createService(faults);
  const clock = createClock();
  const times: number[] = [];
  const live = createLive(document, listOperations(document), { credentials, clock, ...options });
  const fetch = async (request: Request) => {
    times.push(clock.now());
    return (await answer?.(request, times.length)) ?? service.fetch(request);
  };
  const report = await runToEnd(document, {
    ...{ baseUrl, credentials, fetch, seed: 1, generated: 0, gate: live.gate, now: clock.now },
    ...run,
  });
  return { report, live, clock, times, fetch, log: service.log };
}

const json = (status: number, headers: Record<string, string> = {}) =>
  new Response('{"detail":"no"}', { status, headers: { "content-type": "application/json", ...headers } });

test("sends only what reads, and says what it has not sent and why", async () => {
  const { report, log } = await runLive({ run: { generated: 5 } });
  expect(log.filter(isWrite)).toEqual([]);
  expect(log.length).toBeGreaterThan(20);
  expect(new Set(report.skipped.map(({ reason }) => reason))).toEqual(
    new Set(["POST", "DELETE", "PATCH"].map((method) => `${method} is not sent without --allow-writes`)),
  );
});

test("writes to nothing but what it has created, and can delete all of it in the end", async () => {
  const { live, log, fetch, clock } = await runLive({ allowsWrites: true, run: { generated: 5 } });
  const writes = log.filter(isWrite);
  expect(writes.filter((line) => line === "POST /runs").length).toBeGreaterThan(5);
  expect(writes.filter((line) => line.startsWith("DELETE ")).length).toBeGreaterThan(0);
  expect(writes.filter((line) => line.includes("/run-0001"))).toEqual([]);

  const leftovers = live.listLeftovers();
  expect(leftovers.length).toBeGreaterThan(5);
  const options = { baseUrl, fetch, credentials, timeoutMs: 1000, clock, patience: live.patience };
  expect(await cleanUp(depot, leftovers, options)).toEqual({ deleted: leftovers.length, left: [] });
  const list = await fetch(
    new Request(`${baseUrl}/runs`, {
      headers: { "x-key": "k", "x-trace": "00000000-0000-4000-8000-000000000000" },
    }),
  );
  expect(await list.json()).toEqual({ data: [{ id: "run-0001", name: "first", state: "queued" }] });
});

test("says what could not be deleted, and what no link deletes", async () => {
  const { live, clock } = await runLive({ allowsWrites: true });
  const leftovers = live.listLeftovers().slice(0, 1);
  const options = { baseUrl, credentials, timeoutMs: 1000, clock, patience: live.patience };
  const { deleted, left } = await cleanUp(depot, leftovers, { ...options, fetch: async () => json(500) });
  expect([deleted, left]).toEqual([0, [{ path: leftovers[0]?.path, reason: "DELETE answered 500" }]]);

  const unlinked: OpenApiDocument = structuredClone(depot);
  const runs = unlinked.paths?.["/runs"] as { post: { responses: { "201": { links?: object } } } } | undefined;
  delete runs?.post.responses["201"].links;
  const { live: other } = await runLive({ document: unlinked, allowsWrites: true, named: new Set(["createRun"]) });
  expect(other.listLeftovers()).toEqual([]);
  expect([...other.listUndeletable().keys()]).toEqual(["createRun"]);
});

test("a value for all operations is not written to, one for an operation is", async () => {
  const findValue = () => "run-0001";
  const document: OpenApiDocument = structuredClone(depot);
  const cancel = document.paths?.["/runs/{run_id}/cancel"] as
    | { post: { responses: Record<string, { links?: object }> } }
    | undefined;
  const link = { operationId: "getRun", parameters: { run_id: "$request.path.run_id" } };
  // Like a creation, it links to what it has changed.
  Object.assign(cancel?.post.responses["200"] ?? {}, { links: { getRun: link } });
  const general = await runLive({ document, allowsWrites: true, findValue, run: { findValue } });
  expect(general.log.filter((line) => isWrite(line) && line.includes("run-0001"))).toEqual([]);
  expect(general.log.filter((line) => line === "GET /runs/run-0001").length).toBeGreaterThan(0);
  const findNamedValue: LiveOptions["findNamedValue"] = ({ id }) => (id === "cancelRun" ? "run-0001" : undefined);
  const named = await runLive({ allowsWrites: true, findValue, findNamedValue, run: { findValue } });
  expect(new Set(named.log.filter((line) => isWrite(line) && line.includes("run-0001")))).toEqual(
    new Set(["POST /runs/run-0001/cancel"]),
  );
});

test("a write that has no id and creates nothing has to be named", async () => {
  const document: OpenApiDocument = structuredClone(depot);
  const runs = document.paths?.["/runs"] ?? {};
  runs.delete = { operationId: "deleteRuns", responses: { "204": { description: "All gone" } } };
  const isSent = ({ log }: { log: string[] }) => log.includes("DELETE /runs");
  expect(isSent(await runLive({ document, allowsWrites: true }))).toBe(false);
  expect(isSent(await runLive({ document, allowsWrites: true, named: new Set(["deleteRuns"]) }))).toBe(true);
});

test("a method that the document does not have writes nothing, also where an operation is named", async () => {
  const { log, report } = await runLive({ allowsWrites: true, named: new Set(["listRuns", "getRun"]) });
  expect(log.filter((line) => /^(PATCH|PUT) /.test(line))).toEqual([]);
  const skipped = report.skipped.filter(({ check }) => check === "unsupported_method");
  expect(skipped.length).toBeGreaterThan(0);
  expect(new Set(skipped.map(({ reason }) => reason))).toEqual(
    new Set(["an undocumented method that may write is tried only on a mock: --prefer says that it is one"]),
  );
});

test("to a mock, documented ids are written to", async () => {
  const { log } = await runLive({ allowsWrites: true, isMock: true });
  expect(log).toContain("DELETE /runs/run-0001");
});

test("keeps its distances, in all and of each operation", async () => {
  const { times, report } = await runLive({ perSecond: 20, perOperation: 4 });
  const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
  expect(Math.min(...gaps)).toBe(50);
  expect(Math.max(...gaps)).toBe(250);
  expect(report.durationMs).toBeGreaterThan(250 * (report.requests - 10));
  expect((await runLive({ perSecond: 0, perOperation: 0 })).clock.sleeps).toEqual([]);
});

test("keeps its distances after a pause that the service has asked for, too", async () => {
  const { times } = await runLive({
    perSecond: 20,
    perOperation: 0,
    answer: (_, count) => (count === 3 ? json(429, { "retry-after": "2" }) : undefined),
  });
  const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
  expect(gaps.slice(0, 5)).toEqual([50, 50, 2000, 50, 50]);
});

test.each([
  ["in seconds", { "retry-after": "7" }, 429, [7000]],
  ["as a date", { "retry-after": new Date(1_700_000_009_000).toUTCString() }, 503, [9000]],
  ["by a 429 alone", {}, 429, [1000]],
])("waits as it is told %s, and sends the request again", async (_, headers, status, sleeps) => {
  const urls: string[] = [];
  const { clock, report } = await runLive({
    perSecond: 0,
    perOperation: 0,
    answer: ({ url }, count) => {
      urls.push(url);
      return count === 1 ? json(status, headers) : undefined;
    },
  });
  expect(clock.sleeps).toEqual(sleeps);
  expect(urls[1]).toBe(urls[0]);
  expect(report.findings).toEqual([]);
  expect(report.interrupted).toBeUndefined();
});

test("asks no more of a service that wants to be left alone", async () => {
  const long = await runLive({ answer: () => json(429, { "retry-after": "3600" }) });
  expect(long.times).toHaveLength(1);
  expect(long.report.interrupted).toBe(
    "listRuns answered 429 and asks to wait 3600 seconds (Retry-After), longer than 60. Try again later, or with a lower --rate.",
  );
  const often = await runLive({ perSecond: 0, perOperation: 0, answer: () => json(429) });
  expect([often.times.length, often.clock.sleeps]).toEqual([4, [1000, 2000, 4000]]);
  expect(often.report.interrupted).toBe("listRuns still answers 429 after 3 pauses. Try again with a lower --rate.");
});

test("ends when the budget is used up", async () => {
  const { report, log } = await runLive({ budget: 7 });
  expect([log.length, report.requests, report.interrupted]).toEqual([
    7,
    7,
    "The budget of 7 requests is used up: --budget allows more.",
  ]);
});

test("leaves an operation alone that fails, and ends when all do", async () => {
  const { report } = await runLive({
    mostServerErrors: 3,
    answer: ({ url }) => (/\/runs(\?|$)/.test(url) ? json(500) : undefined),
  });
  expect(report.interrupted).toBeUndefined();
  expect(report.skipped.map(({ reason }) => reason)).toContain(
    "3 errors of the server in a row: the operation is left alone",
  );
  expect(
    report.counts.find(({ check, operationId }) => check === "not_a_server_error" && operationId === "listRuns"),
  ).toMatchObject({ failed: 3 });
  expect(report.coverage.operations.seen).toEqual(expect.arrayContaining(["getRun", "getFile"]));

  const down = await runLive({ mostServerErrors: 3, answer: () => json(502) });
  expect(down.times).toHaveLength(6);
  expect(down.report.interrupted).toMatch(/^The last 6 answers were errors of the server \(the last one 502\)/);
});

test.each([
  [
    "a web page",
    () => new Response("<title>Sign in</title>", { headers: { "content-type": "text/html; charset=utf-8" } }),
    /^Every answer is a web page \(HTML\).* The first: GET http:\/\/depot\.test\/runs, answered with 200 \("Sign in"\)/,
  ],
  [
    "a redirect",
    () => new Response(null, { status: 301, headers: { location: "https://depot.test/runs?key=1" } }),
    /^Every answer is a redirect.* to https:\/\/depot\.test\/runs\. /,
  ],
  [
    "a refusal",
    () => json(403),
    /^Every answer to what needs credentials is 401, 403 or 407: What DEPOT_KEY holds was sent and is not accepted\./,
  ],
])("ends soon when every answer is %s", async (_, answer, message) => {
  const { report, live, times } = await runLive({ answer });
  expect(report.interrupted).toMatch(message);
  expect(live.conclude()).toBe(report.interrupted);
  expect(times).toHaveLength(10);
});

test("says which variable is missing where nobody is let in", async () => {
  const { report } = await runLive({ credentials: {}, run: { credentials: {} } });
  expect(report.interrupted).toContain("DEPOT_KEY is not set in the environment.");
});

test("says in the end that nothing was there, and nothing of the kind where something was", async () => {
  const { live, report } = await runLive({ answer: () => json(404) });
  expect(report.interrupted).toBeUndefined();
  expect(live.conclude()).toMatch(/^Every answer is 404: nothing of the document is there\./);
  expect((await runLive()).live.conclude()).toBeUndefined();
});

test("reads once more when a connection breaks, and writes never", async () => {
  const sent: string[] = [];
  const fetch = retryReads(async ({ method }) => {
    sent.push(method);
    if (sent.filter((each) => each === method).length === 1) throw new TypeError("fetch failed");
    return json(200);
  });
  expect((await fetch(new Request(baseUrl))).status).toBe(200);
  await expect(fetch(new Request(baseUrl, { method: "POST", body: "x" }))).rejects.toThrow("fetch failed");
  expect(sent).toEqual(["GET", "GET", "POST"]);
});
