import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";
import { expect, test } from "vitest";
import { type ClientOptions, createApi, type UntypedApi } from "./api.ts";
import type { Clock } from "./clock.ts";
import type { ApiDefinition } from "./definition.ts";
import { DecodeError } from "./errors/decode-error.ts";
import { NetworkError } from "./errors/network-error.ts";
import { TimeoutError } from "./errors/timeout-error.ts";
import { hideSecrets } from "./redact.ts";
import { isRetryable } from "./retry.ts";
import type { HookContext } from "./send.ts";
import { unwrap } from "./unwrap.ts";

const definition: ApiDefinition = {
  servers: [["https://api.example.com"]],
  schemes: { key: ["header", "X-Key"], token: ["Bearer", "Authorization"], word: ["query", "key"] },
  security: [["key", "token"], ["word"]],
  operations: {
    listRuns: ["GET", "/runs", "200j"],
    createRun: ["POST", "/runs", "201j"],
    deleteRun: ["DELETE", "/runs/1", "204"],
    getFile: ["GET", "/file", "200b"],
  },
  reset: "X-RateLimit-Reset",
  hideSecrets: (body) => hideSecrets(body, ["api_key"]),
};

/** A clock that moves only when something waits for it, and keeps how long. Chance is always one half. */
class TestClock implements Clock {
  timeMs = Date.parse("2026-01-01T00:00:00Z");
  readonly waitedMs: number[] = [];
  /** Delays of at least this many milliseconds are limits, which pass only when the test says so. */
  readonly limitMs = 50_000;
  readonly limits: (() => void)[] = [];

  now(): number {
    return this.timeMs;
  }
  random(): number {
    return 0.5;
  }
  delay(callback: () => void, delayMs: number): () => void {
    let isCancelled = false;
    if (delayMs >= this.limitMs) this.limits.push(() => isCancelled || callback());
    else {
      this.waitedMs.push(delayMs);
      this.timeMs += delayMs;
      queueMicrotask(() => isCancelled || callback());
    }
    return () => {
      isCancelled = true;
    };
  }
}

type Step = Response | Error | (() => Promise<Response>);

/** A client whose `fetch` takes one step after another, and the requests that it made. */
function script(steps: Step[], options: ClientOptions = {}) {
  const clock = new TestClock();
  const requests: Request[] = [];
  const api = createApi(definition, {
    auth: { key: "key-1", token: "token-1" },
    clock,
    fetch: async (request) => {
      const step = steps[requests.push(request) - 1];
      if (step === undefined) throw new Error("one request too many");
      if (step instanceof Error) throw step;
      return typeof step === "function" ? step() : step;
    },
    ...options,
  });
  return { api, clock, requests };
}

function call(api: UntypedApi, id: string, request: object = {}) {
  const operation = api[id];
  if (!operation) throw new Error(`no operation ${id}`);
  return operation(request as never);
}

const ok = () => Response.json([], { status: 200 });
const failed = (status: number, headers = {}) => new Response("no", { status, headers });
const lost = () => new TypeError("fetch failed");

test.each([408, 429, 500, 502, 503, 504])("sends a GET again after %i", async (status) => {
  const { api, requests, clock } = script([failed(status), failed(status), ok()]);
  expect(await call(api, "listRuns")).toMatchObject({ status: 200 });
  expect(requests.length).toBe(3);
  // Half of 500, then half of 1,000.
  expect(clock.waitedMs).toEqual([250, 500]);
});

test("sends a DELETE again after a failure of the network", async () => {
  const { api, requests } = script([lost(), new Response(null, { status: 204 })]);
  expect(await call(api, "deleteRun")).toMatchObject({ status: 204 });
  expect(requests.length).toBe(2);
});

test.each([400, 401, 403, 404, 409, 422, 501].filter((status) => status < 500))("gives %i at once", async (status) => {
  const { api, requests } = script([failed(status)]);
  expect(await call(api, "listRuns")).toMatchObject({ status });
  expect(requests.length).toBe(1);
});

test("never sends a POST twice, unless told to", async () => {
  const once = script([failed(503)]);
  expect(await call(once.api, "createRun", { body: {} })).toMatchObject({ status: 503 });
  const lostOnce = script([lost()]);
  await expect(call(lostOnce.api, "createRun", { body: {} })).rejects.toThrow(NetworkError);
  const twice = script([failed(503), Response.json({}, { status: 201 })]);
  expect(await call(twice.api, "createRun", { body: { a: 1 }, retry: { unsafe: true } })).toMatchObject({
    status: 201,
  });
  expect(await twice.requests[1]?.json()).toEqual({ a: 1 });
});

test("never sends a stream twice", async () => {
  const { api, requests } = script([failed(503)], { retry: { unsafe: true } });
  const body = new ReadableStream({ start: (controller) => controller.close() });
  const streaming = createApi(
    { ...definition, operations: { put: ["PUT", "/x", "204", { body: "text/plain" }] } },
    {
      auth: false,
      fetch: async (request) => {
        requests.push(request);
        return failed(503);
      },
    },
  );
  expect(await call(streaming, "put", { body })).toMatchObject({ status: 503 });
  expect(requests.length).toBe(1);
  expect(api).toBeDefined();
});

test.each([
  ["seconds", { "retry-after": "7" }, 7000],
  ["a date", { "retry-after": "Thu, 01 Jan 2026 00:00:09 GMT" }, 9000],
  ["the documented reset header", { "x-ratelimit-reset": "3" }, 3000],
  ["Retry-After before the reset header", { "retry-after": "2", "x-ratelimit-reset": "5" }, 2000],
  ["neither, where it is no time", { "retry-after": "soon" }, 250],
])("waits as long as the service asks: %s", async (_, headers, delayMs) => {
  const { api, clock } = script([failed(429, headers), ok()]);
  await call(api, "listRuns");
  expect(clock.waitedMs).toEqual([delayMs]);
});

test("gives the answer when the service asks for a longer wait than allowed", async () => {
  const { api, clock } = script([failed(429, { "retry-after": "31" })]);
  expect(await call(api, "listRuns")).toMatchObject({ status: 429 });
  expect(clock.waitedMs).toEqual([]);
});

test("gives the last answer, or throws the last error, when no attempt is left", async () => {
  const answers = script([failed(500), failed(500), failed(503)]);
  expect(await call(answers.api, "listRuns")).toMatchObject({ status: 503, error: "no" });
  const errors = script([lost(), lost()], { retry: { attempts: 2 } });
  await expect(call(errors.api, "listRuns")).rejects.toThrow("No answer: GET https://api.example.com/runs");
  const never = script([failed(500)], { retry: false });
  expect(await call(never.api, "listRuns")).toMatchObject({ status: 500 });
});

test("sends again when the body is cut off", async () => {
  const cut = () => new Response(new ReadableStream({ pull: (controller) => controller.error(new Error("reset")) }));
  const { api, requests } = script([cut(), ok()]);
  expect(await call(api, "listRuns")).toMatchObject({ data: [] });
  expect(requests.length).toBe(2);
});

test("does not send again what does not parse", async () => {
  const { api } = script([new Response("<html>")]);
  await expect(call(api, "listRuns")).rejects.toThrow(DecodeError);
});

/** As `fetch` does: rejects when the signal aborts. */
const hang = (request: Request) =>
  new Promise<Response>((_, reject) => request.signal.addEventListener("abort", () => reject(new Error("aborted"))));

test("ends an attempt at its limit, and tries again", async () => {
  const clock = new TestClock();
  const requests: Request[] = [];
  const fetch = (request: Request) => (requests.push(request) === 1 ? hang(request) : Promise.resolve(ok()));
  const api = createApi(definition, { auth: false, clock, fetch, timeoutMs: 60_000 });
  const pending = call(api, "listRuns");
  await expect.poll(() => requests.length).toBe(1);
  clock.limits[0]?.();
  expect(await pending).toMatchObject({ status: 200 });
  expect(requests.length).toBe(2);
});

test("throws a TimeoutError that names the limit of the attempt", async () => {
  const clock = new TestClock();
  const api = createApi(definition, { auth: false, clock, retry: false, timeoutMs: 60_001, fetch: hang });
  const pending = call(api, "listRuns");
  await expect.poll(() => clock.limits.length).toBe(1);
  clock.limits[0]?.();
  await expect(pending).rejects.toMatchObject({ name: "TimeoutError", limit: "attempt", timeoutMs: 60_001 });
  await expect(pending).rejects.toThrow("No answer within 60001 ms (timeoutMs): GET https://api.example.com/runs");
});

test("throws a TimeoutError that names the limit of the whole call, and does not try again", async () => {
  const clock = new TestClock();
  const api = createApi(definition, { auth: false, clock, deadlineMs: 70_000, timeoutMs: 0, fetch: hang });
  const pending = call(api, "listRuns");
  await expect.poll(() => clock.limits.length).toBe(1);
  clock.limits[0]?.();
  await expect(pending).rejects.toMatchObject({ limit: "deadline", timeoutMs: 70_000 });
});

test("does not wait past the limit of the whole call", async () => {
  const slow = async () => {
    clock.timeMs += 55_000;
    return failed(503, { "retry-after": "20" });
  };
  const { api, clock } = script([slow], { deadlineMs: 60_000, timeoutMs: 0 });
  expect(await call(api, "listRuns")).toMatchObject({ status: 503 });
  expect(clock.waitedMs).toEqual([]);
});

test("ends a wait at once when it is aborted", async () => {
  const controller = new AbortController();
  const reason = new Error("enough");
  const waiting: Clock = {
    now: () => 0,
    random: () => 1,
    delay(_, delayMs) {
      if (delayMs < 50_000) controller.abort(reason);
      return () => undefined;
    },
  };
  const { api, requests } = script([failed(503), ok()], { clock: waiting });
  await expect(call(api, "listRuns", { signal: controller.signal })).rejects.toBe(reason);
  expect(requests.length).toBe(1);
});

test("asks a provider once more after a 401, and sends what it gives", async () => {
  let count = 0;
  const token = async () => {
    count += 1;
    return `token-${count}`;
  };
  const { api, requests } = script([failed(401), ok()], { auth: { key: "k", token } });
  expect(await call(api, "listRuns")).toMatchObject({ status: 200 });
  expect(requests.map(({ headers }) => headers.get("authorization"))).toEqual(["Bearer token-1", "Bearer token-2"]);
  const twice = script([failed(401), failed(401)], { auth: { key: "k", token } });
  expect(await call(twice.api, "listRuns")).toMatchObject({ status: 401 });
  const fixed = script([failed(401)]);
  expect(await call(fixed.api, "listRuns")).toMatchObject({ status: 401 });
});

test("puts a credential into the query, and shows it in no message", async () => {
  const { api, requests } = script([lost()], { auth: { word: "hidden&x" }, retry: false });
  const error = await call(api, "listRuns", { query: { a: 1 } }).catch((reason: unknown) => reason);
  expect(requests[0]?.url).toBe("https://api.example.com/runs?a=1&key=hidden%26x");
  expect(inspect(error)).not.toContain("hidden");
});

test("tells hooks of each attempt, and never of a credential", async () => {
  const seen: string[] = [];
  const calls: object[] = [];
  const note = (name: string) => (context: HookContext) => {
    seen.push(`${name} ${inspect(context)}`);
    calls.push(context.call);
  };
  const { api, requests } = script([failed(503), lost(), ok()], {
    hooks: {
      onRequest(context) {
        context.headers.set("traceparent", `00-${context.attempt}`);
        note("request")(context);
      },
      onResponse: note("response"),
      onRetry: note("retry"),
      onError: note("error"),
    },
  });
  await call(api, "listRuns", { query: { a: "b" } });
  expect(seen.map((line) => line.split(" ")[0])).toEqual([
    "request",
    "response",
    "retry",
    "request",
    "retry",
    "request",
    "response",
  ]);
  expect(seen[0]).toContain("operationId: 'listRuns'");
  expect(seen[2]).toContain("delayMs: 250");
  expect(new Set(calls).size).toBe(1);
  expect(seen.join()).not.toMatch(/key-1|token-1|a=b/);
  expect(requests[2]?.headers.get("traceparent")).toBe("00-3");
  expect(requests[2]?.headers.get("x-key")).toBe("key-1");

  seen.length = 0;
  const failing = script([lost()], { retry: false, hooks: { onError: note("error") } });
  await expect(call(failing.api, "listRuns")).rejects.toThrow(NetworkError);
  expect(seen.length).toBe(1);
});

test("prints answers and errors without secrets, and keeps the values", async () => {
  const secret = { owner: { api_key: "hidden", name: "x" } };
  const { api } = script([Response.json(secret), Response.json(secret, { status: 404 })]);
  const result = await call(api, "listRuns");
  expect(inspect(result, { depth: 9 })).not.toContain("hidden");
  expect(inspect(result, { depth: 9 })).toContain("[redacted]");
  expect(result.data).toEqual(secret);
  const error = await unwrap(call(api, "listRuns")).catch((reason: unknown) => reason);
  expect(inspect(error, { depth: 9 })).not.toContain("hidden");
  expect(error).toMatchObject({ status: 404, body: secret });
});

test("gives an ApiError the service's name of the request", async () => {
  const { api } = script([failed(404, { "x-request-id": "req-7" })]);
  await expect(unwrap(call(api, "listRuns"))).rejects.toMatchObject({ requestId: "req-7" });
});

test.each([
  [new NetworkError("x"), true],
  [new TimeoutError("x", "attempt", 1), true],
  [new TimeoutError("x", "deadline", 1), false],
  [{ status: 429 }, true],
  [{ status: 404 }, false],
  [new Error("x"), false],
  [undefined, false],
])("says whether %o is worth another attempt", (outcome, expected) => {
  expect(isRetryable(outcome)).toBe(expected);
});

/** Two real servers: `home` answers with what the test says, `away` is another origin; both keep what they were sent. */
async function withServers(
  answer: (request: IncomingMessage, response: ServerResponse, away: string) => void,
  use: (home: string, seen: { home: IncomingMessage[]; away: IncomingMessage[] }) => Promise<void>,
): Promise<void> {
  const seen: { home: IncomingMessage[]; away: IncomingMessage[] } = { home: [], away: [] };
  const away = createServer((request, response) => {
    seen.away.push(request);
    response.setHeader("content-type", "application/json").end("[]");
  });
  const home = createServer((request, response) => {
    seen.home.push(request);
    answer(request, response, urlOf(away));
  });
  const urlOf = (server: typeof home) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  for (const server of [home, away]) await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await use(urlOf(home), seen);
  } finally {
    for (const server of [home, away]) {
      server.close();
      server.closeAllConnections();
    }
  }
}

const credentials = {
  auth: { key: "hidden-key", token: "hidden-token" },
  headers: { cookie: "hidden=1", "x-proxy": "hidden" },
};

test.each([301, 302, 303, 307, 308])("takes no credential to another origin on a %i", async (status) => {
  await withServers(
    (_, response, away) => response.writeHead(status, { location: `${away}/runs` }).end(),
    async (baseUrl, seen) => {
      const api = createApi(definition, { baseUrl, ...credentials });
      expect(await call(api, "listRuns")).toMatchObject({ status: 200, data: [] });
      expect(JSON.stringify(seen.home[0]?.rawHeaders)).toContain("hidden-key");
      expect(JSON.stringify(seen.away[0]?.rawHeaders)).not.toContain("hidden");
      expect(seen.away[0]?.headers.accept).toBe("application/json");
    },
  );
});

test("keeps credentials on a redirect within the origin, and follows at most 20", async () => {
  await withServers(
    (request, response) =>
      request.url === "/runs"
        ? response.writeHead(302, { location: "/other" }).end()
        : response.setHeader("content-type", "application/json").end("[]"),
    async (baseUrl, seen) => {
      const api = createApi(definition, { baseUrl, ...credentials });
      expect(await call(api, "listRuns")).toMatchObject({ status: 200 });
      expect(seen.home[1]?.headers["x-key"]).toBe("hidden-key");
    },
  );
  await withServers(
    (_, response) => response.writeHead(302, { location: "/runs" }).end(),
    async (baseUrl, seen) => {
      const api = createApi(definition, { baseUrl, ...credentials, retry: false });
      await expect(call(api, "listRuns")).rejects.toThrow("More than 20 redirects");
      expect(seen.home.length).toBe(21);
    },
  );
});

test("leaves a redirect of a POST to the caller", async () => {
  await withServers(
    (_, response, away) => response.writeHead(307, { location: `${away}/runs` }).end(),
    async (baseUrl, seen) => {
      const api = createApi(definition, { baseUrl, ...credentials });
      expect(await call(api, "createRun", { body: { secret: 1 } })).toMatchObject({ ok: false, status: 307 });
      expect(seen.away).toEqual([]);
    },
  );
});

test.each(["http://user:hidden@127.0.0.1:9/x", "http://127.0.0.1:9/?key=hidden"])(
  "refuses the base URL %s without showing what it holds",
  (baseUrl) => {
    const error = catchError(() => createApi(definition, { baseUrl }));
    expect(String(error)).toContain("without user, query or fragment");
    expect(inspect(error)).not.toContain("hidden");
  },
);

function catchError(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}
