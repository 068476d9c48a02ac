import type { Operation } from "@artifetch/document";
import { expect, test } from "vitest";
import { depot } from "../fixtures/depot.ts";
import { createService, type Faults } from "../fixtures/service.ts";
import type { RunEvent } from "./model.ts";
import { type RunOptions, run, runToEnd, StopRun } from "./runner.ts";

const base = { baseUrl: "http://depot.test/base/..", credentials: { key: "hidden" }, seed: 1 } as const;
const runWith = (faults: Faults = {}, options: Partial<RunOptions> = {}) =>
  runToEnd(depot, { ...base, fetch: createService(faults).fetch, ...options });
const describeAll = (findings: readonly { check: string; operationId: string }[]) =>
  findings.map(({ check, operationId }) => `${check} ${operationId}`);

async function collect(options: Partial<RunOptions>): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for await (const event of run(depot, { ...base, ...options })) events.push(event);
  return events;
}

test("finds nothing in a service that keeps its document, and covers it", async () => {
  const report = await runWith();
  expect(report.findings).toEqual([]);
  expect(report.skipped).toEqual([]);
  expect(report.interrupted).toBeUndefined();
  for (const { all, seen } of [report.coverage.operations, report.coverage.parameters]) expect(seen).toEqual(all);
  const passed = new Set(report.counts.filter((count) => count.passed > 0).map(({ check }) => check));
  expect([...passed]).toEqual(
    expect.arrayContaining([
      "ensure_resource_availability",
      "ignored_auth",
      "missing_required_header",
      "negative_data_rejection",
      "positive_data_acceptance",
      "unsupported_method",
      "use_after_free",
    ]),
  );
});

test("goes from a list to what is listed and its bytes; and creates, reads, lists, cancels, deletes, reads again", async () => {
  const { fetch, log } = createService();
  await runToEnd(depot, { ...base, fetch, generated: 0 });
  expect(log.slice(0, 10)).toEqual([
    "GET /runs",
    "GET /runs/run-0001",
    "GET /runs/run-0001/file",
    "POST /runs",
    "GET /runs/run-0002",
    "GET /runs",
    "POST /runs/run-0002/cancel",
    "DELETE /runs/run-0002",
    "GET /runs/run-9997",
    "GET /runs/run-0002",
  ]);
});

test("notices that what was deleted is still there", async () => {
  const { findings } = await runWith({ isStale: true });
  expect(describeAll(findings)).toEqual(["use_after_free getRun"]);
  expect(findings[0]?.message).toBe("status is 200 after deleteRun answered 204, expected 404 or 410");
});

test("notices that what was created is not there", async () => {
  expect(describeAll((await runWith({ isForgetful: true })).findings)).toEqual(["ensure_resource_availability getRun"]);
});

test("concludes nothing of a deleted id from a service that answers any id", async () => {
  const { findings, skipped } = await runWith({ isBlind: true });
  expect(findings).toEqual([]);
  expect(skipped).toEqual([expect.objectContaining({ check: "use_after_free", operationId: "getRun" })]);
});

test("notices an invalid request that is accepted, and says which rule it breaks", async () => {
  const { findings } = await runWith({ takes: "exclusiveMaximum" });
  expect(describeAll(findings)).toContain("negative_data_rejection createRun");
  expect(findings[0]).toMatchObject({
    place: { in: "body", pointer: "/size" },
    documentPointer: "#/components/schemas/NewRun/properties/size/exclusiveMaximum",
    message: expect.stringContaining("it must be < 100"),
  });
});

test("shrinks what fails to the smallest request, with a seed that leads back to it", async () => {
  const { findings } = await runWith({ longestName: 3 }, { generated: 50 });
  const generated = findings.find(({ seed }) => seed?.path?.startsWith("createRun/positive/"));
  expect(generated?.check).toBe("positive_data_acceptance");
  const sent = JSON.parse(new TextDecoder().decode(generated?.exchange?.request.body));
  expect(Object.keys(sent)).toEqual(["name"]);
  expect(sent.name).toHaveLength(4);
  expect(generated?.curl).toContain('-H "x-key: $DEPOT_KEY"');

  const replay = async (longestName: number) => {
    const { fetch, log } = createService({ longestName });
    const { findings } = await runToEnd(depot, { ...base, fetch, generated: 50, replay: generated?.seed?.path ?? "" });
    // That one alone, whether it still fails or not.
    expect(log).toEqual(["POST /runs"]);
    return findings.map(({ curl }) => curl);
  };
  expect(await replay(3)).toEqual([generated?.curl]);
  expect(await replay(20)).toEqual([]);
});

test.each([
  ["leads to no operation", "nowhere/positive/0"],
  ["leads to no request", `createRun/positive/0${":0".repeat(200)}`],
])("says of a path to repeat that it %s, and sends nothing", async (words, replay) => {
  const { fetch, log } = createService();
  const report = await runToEnd(depot, { ...base, fetch, replay });
  expect(report.interrupted).toContain(`The path ${JSON.stringify(replay)} ${words}`);
  expect(log).toEqual([]);
});

test("sends the same requests with the same seed, and others with another", async () => {
  const record = async (seed: number) => {
    const events = await collect({ fetch: createService().fetch, seed });
    return events.flatMap((event) => (event.type === "exchange" ? [event.exchange.request] : []));
  };
  const first = await record(1);
  expect(await record(1)).toEqual(first);
  expect(await record(2)).not.toEqual(first);
});

test("shows no credential in any event", async () => {
  const events = await collect({ fetch: createService({ isStale: true, longestName: 3 }).fetch });
  expect(JSON.stringify(events)).not.toContain("hidden");
  expect(events[0]).toMatchObject({ type: "start", operations: 6, seed: 1 });
  expect(events.at(-1)).toMatchObject({ type: "end", report: { seed: 1 } });
});

test("follows links to change and delete nothing but what it has created itself", async () => {
  const events = await collect({ fetch: createService().fetch, generated: 0 });
  const changed = events.flatMap((event) => {
    if (event.type !== "exchange" || !event.case.id.includes("/sequence/")) return [];
    const { method, url } = event.exchange.request;
    return method === "GET" ? [] : [`${method} ${new URL(url).pathname}`];
  });
  expect(changed).toEqual(["POST /runs", "POST /runs/run-0002/cancel", "DELETE /runs/run-0002"]);
});

test("ends when no answer comes, and says so", async () => {
  let left = 5;
  const { fetch } = createService();
  const report = await runWith(
    {},
    {
      fetch: (request) => {
        left -= 1;
        if (left < 0)
          return Promise.reject(new TypeError("fetch failed", { cause: new Error("connect ECONNREFUSED") }));
        return fetch(request);
      },
    },
  );
  expect(report.requests).toBe(5);
  expect(report.interrupted).toMatch(/^No answer from http:\/\/depot\.test\/\S*: connect ECONNREFUSED$/);
});

test("reports a body that breaks off, and goes on", async () => {
  const { fetch } = createService();
  const report = await runWith(
    {},
    {
      generated: 0,
      fetch: async (request) => {
        const response = await fetch(request);
        if (!request.url.endsWith("/file") || response.status !== 200) return response;
        const broken = new ReadableStream({ pull: (controller) => controller.error(new Error("other side closed")) });
        return new Response(broken, { headers: response.headers });
      },
    },
  );
  expect(report.interrupted).toBeUndefined();
  expect(report.findings.map(({ message }) => message)).toEqual(["the body cannot be read: other side closed"]);
});

test("lets a gate hold requests back, see the answers, and end the run", async () => {
  const asked: string[] = [];
  const report = await runWith(
    {},
    {
      gate: {
        before: ({ method }: Operation) => (method === "GET" ? undefined : `${method} is not sent`),
        after: ({ id }: Operation) => {
          asked.push(id);
          return undefined;
        },
      },
    },
  );
  expect(new Set(asked)).toEqual(new Set(["listRuns", "getRun", "getFile"]));
  expect(report.skipped.map(({ reason }) => reason)).toEqual(
    expect.arrayContaining(["POST is not sent", "DELETE is not sent"]),
  );

  let left = 3;
  const stopped = await runWith(
    {},
    {
      gate: {
        before: () => {
          left -= 1;
          if (left < 0) throw new StopRun("The budget of 3 requests is used up.");
          return undefined;
        },
      },
    },
  );
  expect([stopped.requests, stopped.interrupted]).toEqual([3, "The budget of 3 requests is used up."]);
});

test("gives its report when it is interrupted", async () => {
  const controller = new AbortController();
  let last: RunEvent | undefined;
  for await (const event of run(depot, { ...base, fetch: createService().fetch, signal: controller.signal })) {
    last = event;
    if (event.type === "exchange") controller.abort();
  }
  expect(last).toMatchObject({ type: "end", report: { requests: 1, interrupted: "The run was interrupted." } });
});
