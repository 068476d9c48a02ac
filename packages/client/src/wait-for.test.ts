import { spawn } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { listOperations, type OpenApiDocument, type Operation, sampleParameter } from "@artifetch/document";
import { listApis, loadDocument } from "@artifetch/document/load";
import { expect, onTestFinished, test } from "vitest";
import { createApi, type UntypedApi, type UntypedResult } from "./api.ts";
import type { OperationInfo } from "./call.ts";
import type { Clock } from "./clock.ts";
import { defineApi, type JobDefinition } from "./definition.ts";
import { ApiError } from "./errors/api-error.ts";
import { DecodeError } from "./errors/decode-error.ts";
import { NetworkError } from "./errors/network-error.ts";
import { OptionError } from "./errors/option-error.ts";
import { TimeoutError } from "./errors/timeout-error.ts";
import { type WaitOptions, type WaitProgress, type WaitState, waitFor } from "./wait-for.ts";

const operation: OperationInfo<{ job: JobDefinition }> = {
  id: "getRun",
  definition: ["GET", "/runs/{run_id}", "200j 404j 5XXj", { job: ["/data/status", "done", "failed", "killed"] }],
};

const request = { path: { run_id: 7 }, headers: { "x-secret": "hidden" } };

type Answer = string | Response | Error;

/**
 * A method whose calls are answered in order, the last answer again and again; a word is a state, an error is thrown. It is
 * none of a client, whose own retries and timeouts are tested elsewhere.
 */
function serve(...answers: Answer[]) {
  const requests: unknown[] = [];
  const call = async (given?: object): Promise<UntypedResult> => {
    const answer = answers[Math.min(requests.length, answers.length - 1)];
    const { signal, ...rest } = given as { signal: AbortSignal };
    requests.push(rest);
    signal.throwIfAborted();
    if (answer instanceof Error) throw answer;
    const response = answer instanceof Response ? answer.clone() : Response.json({ data: { status: answer } });
    const { ok, status } = response;
    const body: unknown = await response.json();
    return { ok, status, ...(ok ? { data: body } : { error: body }), response, operationId: "getRun" };
  };
  return { getRun: Object.assign(call, { operation }), requests };
}

function method(client: UntypedApi, id: string) {
  const call = client[id];
  if (!call) throw new Error(`no operation ${id}`);
  return call;
}

/** A clock that jumps to the end of each delay, and keeps them; a delay of `held` milliseconds never ends. */
function createClock({ random = 1, held = Number.NaN, nowMs = 1_000_000 } = {}) {
  const delays: number[] = [];
  let running = 0;
  const clock: Clock = {
    now: () => nowMs,
    random: () => random,
    delay(callback, delayMs) {
      running += 1;
      let isOver = false;
      const end = () => {
        if (!isOver) running -= 1;
        isOver = true;
      };
      if (delayMs !== held) {
        delays.push(delayMs);
        queueMicrotask(() => {
          if (isOver) return;
          nowMs += delayMs;
          end();
          callback();
        });
      }
      return end;
    },
  };
  return { clock, delays, running: () => running };
}

const catchError = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );

test("polls until the job has succeeded and gives the last answer", async () => {
  const { getRun, requests } = serve("new", "busy", "done");
  const { clock } = createClock();
  const result = await waitFor(getRun, request, { clock });
  expect(result).toMatchObject({ succeeded: true, state: "done", data: { data: { status: "done" } }, attempts: 3 });
  expect(result.response.status).toBe(200);
  expect(requests).toEqual([request, request, request]);
});

test.each(["failed", "killed"])("resolves for a job that is %s, with what the service says of it", async (status) => {
  const { getRun } = serve("new", Response.json({ data: { status, error_details: { message: "out of memory" } } }));
  expect(await waitFor(getRun, request, { clock: createClock().clock })).toMatchObject({
    succeeded: false,
    state: status,
    data: { data: { error_details: { message: "out of memory" } } },
    attempts: 2,
  });
});

test("does not wait before the first poll, nor after the last", async () => {
  const { clock, delays } = createClock();
  await waitFor(serve("done").getRun, request, { clock });
  expect(delays).toEqual([]);
});

test("takes a state that the document does not have for one that still runs", async () => {
  const { getRun } = serve("resuming", "done");
  expect(await waitFor(getRun, request, { clock: createClock().clock })).toMatchObject({ attempts: 2 });
});

test("throws a DecodeError where no state stands in its place, rather than polling for ever", async () => {
  for (const body of [{ data: {} }, { data: { status: null } }, [], null]) {
    const { getRun, requests } = serve(Response.json(body));
    const error = await catchError(waitFor(getRun, request, { clock: createClock().clock }));
    expect(error).toBeInstanceOf(DecodeError);
    expect(error).toMatchObject({ message: expect.stringContaining('No state at "/data/status"') });
    expect(requests).toHaveLength(1);
  }
});

const busy = (count: number) => [...Array<string>(count).fill("busy"), "done"];

test("waits longer each time, up to a limit", async () => {
  const { clock, delays } = createClock();
  await waitFor(serve(...busy(9)).getRun, request, { clock });
  expect(delays).toEqual([2000, 3000, 4500, 6750, 10_125, 15_187.5, 22_781.25, 30_000, 30_000]);
});

test("waits a random part of the longest wait", async () => {
  const { clock, delays } = createClock({ random: 0.25 });
  await waitFor(serve(...busy(4)).getRun, request, { clock, intervalMs: 100, factor: 2, maxIntervalMs: 300 });
  expect(delays).toEqual([25, 50, 75, 75]);
});

test("takes an interval of 0 and a factor of 1, however many polls there are", async () => {
  const zero = createClock();
  await waitFor(serve(...busy(2)).getRun, { ...request }, { clock: zero.clock, intervalMs: 0 });
  expect(zero.delays).toEqual([0, 0]);
  const state: WaitState = { operationId: "getRun", request, startedAtMs: 0, attempts: 1_000_000 };
  const late = createClock();
  await waitFor(serve(...busy(1)).getRun, state, { clock: late.clock, intervalMs: 0, factor: 9 });
  expect(late.delays).toEqual([0]);
});

const withRetryAfter = (value: string, status = 200) =>
  Response.json({ data: { status: "busy" } }, { status, headers: { "retry-after": value } });

test.each([
  ["more seconds", "9", 9000],
  ["fewer seconds", "1", 2000],
  ["a date to come", new Date(1_007_000).toUTCString(), 7000],
  ["a date gone by", new Date(1000).toUTCString(), 2000],
  ["something else", "soon", 2000],
])("honours Retry-After with %s", async (_, value, delayMs) => {
  const { clock, delays } = createClock();
  await waitFor(serve(withRetryAfter(value), "done").getRun, request, { clock });
  expect(delays).toEqual([delayMs]);
});

test("honours Retry-After of an answer that passes", async () => {
  const { clock, delays } = createClock();
  await waitFor(serve(withRetryAfter("60", 429), withRetryAfter("70", 503), "done").getRun, request, { clock });
  expect(delays).toEqual([60_000, 70_000]);
});

const status = (code: number) => Response.json({ detail: "x" }, { status: code });
const cut = new NetworkError("No answer");
const slow = new TimeoutError("No answer in time", "deadline", 1);
const proxy = new DecodeError("getRun", new Response("<html>"), "<html>", "Body is not JSON");

test.each<[string, Answer[]]>([
  ["408, 429 and 500", [status(408), status(429), status(500)]],
  ["502, 503 and 504", [status(502), status(503), status(504)]],
  ["missing answers", [cut, slow, cut]],
  ["pages of a proxy", [proxy, proxy, proxy]],
])("bears %s in a row, and again after an answer", async (_, failures) => {
  const { getRun } = serve("new", ...failures, "busy", ...failures, "done");
  const states: string[] = [];
  const onProgress = ({ state }: WaitProgress) => void states.push(state);
  const result = await waitFor(getRun, request, { clock: createClock().clock, onProgress });
  expect(result).toMatchObject({ succeeded: true, attempts: 9 });
  expect(states).toEqual(["new", "busy", "done"]);
});

test.each<[string, Answer, new (...parameters: never[]) => Error]>([
  ["503", status(503), ApiError],
  ["missing answer", cut, NetworkError],
  ["answer that is late", slow, TimeoutError],
  ["page of a proxy", proxy, DecodeError],
])("throws the failure that is one too many in a row: %s", async (_, failure, type) => {
  const { getRun, requests } = serve(failure);
  expect(await catchError(waitFor(getRun, request, { clock: createClock().clock }))).toBeInstanceOf(type);
  expect(requests).toHaveLength(4);
  const strict = serve(failure);
  const options = { clock: createClock().clock, maxFailures: 0 };
  expect(await catchError(waitFor(strict.getRun, request, options))).toBeInstanceOf(type);
  expect(strict.requests).toHaveLength(1);
});

test.each([401, 404])("throws an ApiError at once for %i", async (code) => {
  const { getRun, requests } = serve(status(code));
  const error = await catchError(waitFor(getRun, request, { clock: createClock().clock }));
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({ status: code, body: { detail: "x" }, operationId: "getRun" });
  expect(requests).toHaveLength(1);
});

test("throws a TimeoutError after a last poll when the time has passed", async () => {
  const { getRun, requests } = serve("busy");
  const { clock, delays, running } = createClock({ held: 12_000 });
  const error = await catchError(waitFor(getRun, request, { clock, timeoutMs: 10_000 }));
  expect(error).toBeInstanceOf(TimeoutError);
  expect(error).toMatchObject({
    limit: "wait",
    timeoutMs: 10_000,
    message: "The job has not ended after 10000 ms: getRun",
  });
  expect(delays).toEqual([2000, 3000, 4500, 500]);
  expect(requests).toHaveLength(5);
  expect(running()).toBe(0);
});

test("gives the answer of a last poll at the end of the time", async () => {
  const { clock } = createClock({ held: 12_000 });
  const result = await waitFor(serve(...busy(4)).getRun, request, { clock, timeoutMs: 10_000 });
  expect(result).toMatchObject({ succeeded: true, attempts: 5 });
});

test("throws a TimeoutError at once when the service asks for more time than there is", async () => {
  const { clock, delays } = createClock({ held: 12_000 });
  const { getRun } = serve(withRetryAfter("11"));
  expect(await catchError(waitFor(getRun, request, { clock, timeoutMs: 10_000 }))).toBeInstanceOf(TimeoutError);
  expect(delays).toEqual([]);
});

/** A client whose calls are never answered; they end when they are aborted. */
function hang() {
  const client = createApi(
    { servers: [["http://127.0.0.1"]], schemes: {}, security: [], operations: { getRun: operation.definition } },
    {
      fetch: ({ signal }) =>
        new Promise((_, reject) => {
          if (signal.aborted) reject(signal.reason);
          signal.addEventListener("abort", () => reject(signal.reason));
        }),
    },
  );
  return method(client, "getRun");
}

test("ends a poll that hangs beyond the time and an interval", async () => {
  const { clock, delays } = createClock();
  const error = await catchError(waitFor(hang(), request, { clock, timeoutMs: 10_000, intervalMs: 500 }));
  expect(error).toBeInstanceOf(TimeoutError);
  expect(error).toMatchObject({ limit: "wait" });
  expect(delays).toEqual([10_500]);
});

test("takes a time beyond what a timer takes", async () => {
  const { clock, delays } = createClock();
  const options = { clock, timeoutMs: 2 ** 40, intervalMs: 2 ** 40, maxIntervalMs: 2 ** 40 };
  await waitFor(serve("busy", "done").getRun, request, options);
  expect(delays).toEqual([2 ** 31 - 1]);
});

test("tells of each poll with a state, and of the last one too", async () => {
  const { getRun } = serve("new", "busy", "done");
  const progress: WaitProgress[] = [];
  await waitFor(getRun, request, { clock: createClock().clock, onProgress: (now) => void progress.push(now) });
  const waitState = { operationId: "getRun", request: { path: { run_id: 7 } }, startedAtMs: 1_000_000 };
  expect(progress).toEqual([
    { state: "new", attempts: 1, elapsedMs: 0, data: expect.anything(), waitState: { ...waitState, attempts: 1 } },
    { state: "busy", attempts: 2, elapsedMs: 2000, data: expect.anything(), waitState: { ...waitState, attempts: 2 } },
    { state: "done", attempts: 3, elapsedMs: 5000, data: expect.anything(), waitState: { ...waitState, attempts: 3 } },
  ]);
  expect(progress[1]?.data).toEqual({ data: { status: "busy" } });
});

test("awaits onProgress, and ends with what it throws", async () => {
  const { getRun, requests } = serve("busy");
  const reason = new Error("disk full");
  const onProgress = () => Promise.reject(reason);
  expect(await catchError(waitFor(getRun, request, { clock: createClock().clock, onProgress }))).toBe(reason);
  expect(requests).toHaveLength(1);
});

test("keeps headers, and whatever else may be secret, out of the stored state", async () => {
  const { getRun } = serve("done");
  const { signal } = new AbortController();
  let stored = "";
  await waitFor(
    getRun,
    { ...request, query: { verbose: true }, signal },
    {
      onProgress({ waitState }) {
        stored = JSON.stringify(waitState);
      },
    },
  );
  expect(JSON.parse(stored)).toMatchObject({ request: { path: { run_id: 7 }, query: { verbose: true } } });
  expect(stored).not.toContain("hidden");
  expect(stored).not.toContain("signal");
});

test("goes on from a stored state: its request, its polls and its time", async () => {
  const { getRun, requests } = serve("busy", "done");
  const { clock, delays } = createClock({ held: 10_000 });
  const state: WaitState = {
    operationId: "getRun",
    request: { path: { run_id: 9 } },
    startedAtMs: 992_000,
    attempts: 3,
  };
  const elapsed: number[] = [];
  const options: WaitOptions = {
    clock,
    timeoutMs: 16_000,
    onProgress: ({ elapsedMs }) => void elapsed.push(elapsedMs),
  };
  expect(await waitFor(getRun, JSON.parse(JSON.stringify(state)), options)).toMatchObject({ attempts: 5 });
  expect(requests[0]).toEqual({ path: { run_id: 9 } });
  expect(delays).toEqual([6750]);
  expect(elapsed).toEqual([8000, 14_750]);
});

test("polls once more when the time has passed before it is resumed", async () => {
  const state: WaitState = { operationId: "getRun", request, startedAtMs: 0, attempts: 3 };
  const done = createClock({ held: 2000 });
  const options = { clock: done.clock, timeoutMs: 1000 };
  expect(await waitFor(serve("done").getRun, state, options)).toMatchObject({ attempts: 4 });
  expect(await catchError(waitFor(serve("busy").getRun, state, options))).toBeInstanceOf(TimeoutError);
});

test.each(["the request", "the options"])(
  "ends with the reason of a signal of %s, at once and while waiting",
  async (place) => {
    const controller = new AbortController();
    const { signal } = controller;
    const { clock, delays, running } = createClock({ held: 2000 });
    const [given, options] = place === "the request" ? [{ ...request, signal }, {}] : [request, { signal }];
    const { getRun, requests } = serve("busy");
    const reason = new Error("enough");
    // Aborts in the wait that follows, which never ends by itself.
    const onProgress = () => setImmediate(() => controller.abort(reason)) && undefined;
    expect(await catchError(waitFor(getRun, given, { ...options, clock, onProgress }))).toBe(reason);
    expect(await catchError(waitFor(getRun, given, { ...options, clock }))).toBe(reason);
    expect(requests).toHaveLength(1);
    expect(delays).toEqual([]);
    expect(running()).toBe(0);
  },
);

test("ends with the reason of a signal while a poll hangs", async () => {
  const controller = new AbortController();
  const pending = catchError(waitFor(hang(), request, { signal: controller.signal }));
  const reason = new Error("enough");
  setImmediate(() => controller.abort(reason));
  expect(await pending).toBe(reason);
});

test("cancels the job once when aborted, waits for that, and does not mind its failure", async () => {
  for (const end of [() => Promise.resolve(), () => Promise.reject(new Error("too late"))]) {
    const controller = new AbortController();
    const calls: string[] = [];
    const cancel = async () => {
      calls.push("begun");
      await new Promise(setImmediate);
      calls.push("ended");
      await end();
    };
    const onProgress = () => controller.abort("enough");
    const { clock } = createClock({ held: 2000 });
    const options = { clock, signal: controller.signal, cancel, onProgress };
    expect(await catchError(waitFor(serve("busy").getRun, request, options))).toBe("enough");
    expect(calls).toEqual(["begun", "ended"]);
  }
});

test("does not cancel a job that ended, ran out of time or could not be read", async () => {
  let count = 0;
  const cancel = async () => {
    count += 1;
  };
  const { clock } = createClock({ held: 2001 });
  await waitFor(serve("done").getRun, request, { clock, cancel });
  await catchError(waitFor(serve("busy").getRun, request, { clock, cancel, timeoutMs: 1 }));
  await catchError(waitFor(serve(status(404)).getRun, request, { clock, cancel }));
  expect(count).toBe(0);
});

test("refuses what does not read one job, and options that cannot be right, before anything is sent", async () => {
  const { getRun, requests } = serve("done");
  const getHealth = Object.assign(async () => ({}), {
    operation: { id: "getHealth", definition: ["GET", "/", "200"] },
  });
  const refuse = async (call: unknown, given: object, options?: WaitOptions) => {
    const error = await catchError(waitFor(call as typeof getRun, given, options));
    expect(error).toBeInstanceOf(OptionError);
    return (error as Error).message;
  };
  expect(await refuse(getHealth, {})).toBe('waitFor was given "getHealth"; it takes an operation that reads one job.');
  expect(await refuse(() => {}, {})).toBe("waitFor was given a function; it takes a method of a client.");
  expect(await refuse(getRun, request, { intervalMs: -1 })).toBe(
    'Option "intervalMs" is -1; it takes a number from 0.',
  );
  expect(await refuse(getRun, request, { timeoutMs: Number.NaN })).toContain('"timeoutMs" is NaN');
  const state: WaitState = { operationId: "other", request: {}, startedAtMs: 0, attempts: 0 };
  expect(await refuse(getRun, state)).toBe('The wait is one for "other"; it cannot go on with "getRun".');
  expect(requests).toEqual([]);
});

// Every job of every API, from the documents alone.

interface JobStates {
  order: string[];
  terminal: string[];
  cancelled?: string;
}

const jobs = (
  await Promise.all(
    listApis().map(async (api) => {
      const { document } = await loadDocument(api);
      const operations = listOperations(document);
      const { operations: definitions, ...base } = defineApi(document, operations);
      const auth = Object.fromEntries(Object.keys(base.schemes).map((name) => [name, "x"]));
      return operations.flatMap((operation) => {
        const job = definitions[operation.id]?.[3]?.job;
        if (!job) return [];
        return {
          title: `${api} ${operation.method} ${operation.path} ${operation.id}`,
          api,
          job,
          operation,
          states: findStates(document, job),
          request: {
            path: sampleRequest(document, operation, "path"),
            query: sampleRequest(document, operation, "query"),
          },
          connect: (fetch: (request: Request) => Promise<Response>) =>
            createApi({ ...base, operations: definitions }, { fetch, auth }),
        };
      });
    }),
  )
).flat();

function sampleRequest(document: OpenApiDocument, operation: Operation, place: string) {
  const wanted = operation.parameters.filter((parameter) => parameter.in === place && parameter.required);
  return Object.fromEntries(wanted.map((parameter) => [parameter.name, sampleParameter(document, parameter)]));
}

/** The `x-job-states` of the document that end with the same word and have the same terminal ones. */
function findStates(document: OpenApiDocument, [, ...terminal]: readonly string[]): JobStates {
  const found: JobStates[] = [];
  JSON.stringify(document, (key, value) => {
    if (key === "x-job-states") found.push(value);
    return value;
  });
  const key = (states: readonly string[]) => [...states].sort().join("\n");
  const states = found.find((one) => key(one.terminal) === key(terminal) && one.order.at(-1) === terminal[0]);
  if (!states) throw new Error(`no x-job-states with ${terminal}`);
  return states;
}

/** A success of an operation as the document shows it, with another state. */
function answerWith({ operation, job: [pointer] }: (typeof jobs)[number], state: string): unknown {
  const [, response] = Object.entries(operation.responses).find(([code]) => code.startsWith("2")) ?? [];
  const examples = Object.values(response?.content?.["application/json"]?.examples ?? {});
  const body = structuredClone(examples[0]?.value) as Record<string, unknown>;
  const keys = pointer.slice(1).split("/");
  const last = keys.pop() ?? "";
  const parent = keys.reduce((value, key) => value[key] as Record<string, unknown>, body);
  expect(parent).toHaveProperty(last);
  parent[last] = state;
  return body;
}

test("there are jobs to wait for", () => {
  expect(jobs.length).toBeGreaterThan(0);
});

test.each(jobs)("walks the documented states to each end: $title", async (job) => {
  const { operation, states, request: sample, connect } = job;
  const running = states.order.filter((state) => !states.terminal.includes(state));
  expect(running.length).toBeGreaterThan(0);
  for (const end of states.terminal) {
    const way = [...running, end];
    let count = 0;
    const client = connect(async () => Response.json(answerWith(job, way[count++] ?? "never asked for")));
    const seen: string[] = [];
    const onProgress = ({ state }: WaitProgress) => void seen.push(state);
    const result = await waitFor(method(client, operation.id), sample, { clock: createClock().clock, onProgress });
    expect(result).toMatchObject({ state: end, succeeded: end === states.order.at(-1), attempts: way.length });
    expect(seen).toEqual(way);
  }
});

test("another process goes on with a wait whose first process has died", async () => {
  const job = jobs[0];
  if (!job) throw new Error("no job");
  const [pending = "", ...rest] = job.states.order;
  const way = [pending, pending, pending, ...rest];
  const paths: string[] = [];
  const server = createServer((incoming, response) => {
    const state = way[Math.min(paths.length, way.length - 1)] ?? "";
    paths.push(incoming.url ?? "");
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(answerWith(job, state)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const first = await runProcess({
    api: job.api,
    operationId: job.operation.id,
    baseUrl,
    given: job.request,
    dieAfter: 2,
  });
  expect(first).toMatchObject({ code: 9, output: { operationId: job.operation.id, attempts: 2 } });
  expect(paths).toHaveLength(2);

  const given = first.output as WaitState;
  const second = await runProcess({ api: job.api, operationId: job.operation.id, baseUrl, given, dieAfter: 0 });
  expect(second).toMatchObject({
    code: 0,
    output: { succeeded: true, state: rest.at(-1), attempts: way.length, startedAtMs: given.startedAtMs },
  });
  expect(paths).toHaveLength(way.length);
  expect(new Set(paths).size).toBe(1);
});

/** Runs `fixtures/wait.ts` in a process of its own; `output` is what it printed. */
async function runProcess(input: object): Promise<{ code: number | null; output: unknown }> {
  const script = fileURLToPath(new URL("../fixtures/wait.ts", import.meta.url));
  const child = spawn(process.execPath, ["--conditions=@artifetch/source", script, JSON.stringify(input)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.on("data", (chunk) => {
    text += chunk;
  });
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, output: JSON.parse(text) };
}
