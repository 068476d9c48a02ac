/** Faults as a client meets them: over a socket, and in process. Time is passed by hand. */

import { once } from "node:events";
import { Agent, request as send } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test, vi } from "vitest";
import { sendOnWire, type WireAnswer } from "../fixtures/wire.ts";
import { createMockFetch } from "./fetch.ts";
import type { MockServerOptions } from "./options.ts";
import { type MockServer, startMockServer } from "./server.ts";

const service = fileURLToPath(new URL("../fixtures/service.yaml", import.meta.url));
const run = '{"id":42,"state":"done"}';

async function start(options: MockServerOptions = {}): Promise<MockServer> {
  const mock = await startMockServer({ targets: [service], port: 0, ...options });
  onTestFinished(() => mock.close());
  return mock;
}

function ask(mock: MockServer, fault: string, path = "/runs/42", method = "GET"): Promise<WireAnswer> {
  return sendOnWire(mock.port, { title: "", method, path, headers: { "x-artifetch-fault": fault } });
}

/** From here to the end of the test, time stands still until it is passed. Node's own timers, in its sockets, go on. */
function stopTime(): void {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
}

async function untilTimers(count: number): Promise<void> {
  while (vi.getTimerCount() !== count) await new Promise(setImmediate);
}

test("status gives the document's own answer where it has one", async () => {
  const mock = await start();
  const refused = await ask(mock, "status=404");
  expect([refused.status, refused.body]).toEqual([404, '{"errors":["Not found"]}']);
  const ranged = await ask(mock, "status=499", "/answers/range");
  expect([ranged.status, ranged.body]).toEqual([499, '{"four":1}']);
});

test("status gives a problem document where the document has no answer", async () => {
  const answer = await ask(await start(), "status=503; retry-after=2");
  expect([answer.status, answer.headers["retry-after"], answer.headers["content-type"]]).toEqual([
    503,
    "2",
    "application/problem+json",
  ]);
  expect(JSON.parse(answer.body)).toEqual({
    type: "about:blank",
    title: "Service Unavailable",
    status: 503,
    detail: "This status was asked for; the document does not describe it.",
  });
});

test("status is that status, also where the document's own answer cannot be sent", async () => {
  const content = { "application/octet-stream": { example: { not: "bytes" } } };
  const document = {
    openapi: "3.1.0",
    info: { title: "One", version: "1" },
    paths: { "/a": { get: { responses: { 503: { description: "Down", content } } } } },
  };
  const response = await createMockFetch(document)("http://x.example/a", {
    headers: { "X-Artifetch-Fault": "status=503" },
  });
  expect([response.status, await response.json()]).toMatchObject([503, { title: "Service Unavailable" }]);
});

test("status goes before the checks of the request and its credentials, and after the path", async () => {
  const mock = await start();
  const limited = await ask(mock, "status=429; retry-after=9", "/runs?page[size]=99");
  expect([limited.status, limited.headers["retry-after"], limited.body]).toEqual([429, "9", '{"errors":["Too many"]}']);
  expect((await ask(mock, "status=500", "/secured/keys")).status).toBe(500);
  expect((await ask(mock, "status=500", "/nowhere")).status).toBe(404);
  expect((await ask(mock, "status=500", "/runs/42", "PATCH")).status).toBe(405);
});

test("status with HEAD has the headers of the answer", async () => {
  const head = await ask(await start(), "status=404", "/runs/42", "HEAD");
  expect([head.status, head.headers["content-length"], head.body]).toEqual([404, "24", ""]);
});

test("faults can be asked for in every API of a server, and not of its health", async () => {
  const mock = await start({ targets: [service, fileURLToPath(new URL("../fixtures/second.yaml", import.meta.url))] });
  expect((await ask(mock, "status=503", "/second/things")).status).toBe(503);
  expect((await ask(mock, "status=503", "/__artifetch/health")).status).toBe(200);
});

test("reset ends the connection without an answer", async () => {
  const mock = await start();
  await expect(ask(mock, "reset")).rejects.toMatchObject({ code: "ECONNRESET", message: "read ECONNRESET" });
  await expect(ask(mock, "reset", "/runs/42", "DELETE")).rejects.toMatchObject({ code: "ECONNRESET" });
  expect((await ask(mock, "")).body).toBe(run);
});

test("truncate ends the connection in the middle of the promised body", async () => {
  const mock = await start();
  for (const [path, length, received] of [
    ["/runs/42", "24", '{"id":42,"st'],
    ["/answers/empty", "1", ""],
  ] as const) {
    const outgoing = send(`${mock.url}${path}`, { headers: { "x-artifetch-fault": "truncate" } }).end();
    const [incoming] = await once(outgoing, "response");
    let body = "";
    incoming.setEncoding("utf8").on("data", (chunk: string) => {
      body += chunk;
    });
    await expect(once(incoming, "end")).rejects.toThrow("aborted");
    expect([incoming.statusCode, incoming.headers["content-length"], body]).toEqual([200, length, received]);
  }
});

test("malformed gives a whole answer that does not parse", async () => {
  const answer = await ask(await start(), "malformed");
  expect([answer.status, answer.headers["content-type"], answer.body]).toEqual([
    200,
    "application/json",
    '{"id":42,"st<\uFFFD',
  ]);
  expect(answer.headers["content-length"]).toBe("14");
});

test("malformed together with a status breaks the body of that status", async () => {
  const answer = await ask(await start(), "malformed; status=404");
  expect([answer.status, answer.body]).toEqual([404, '{"errors":["<\uFFFD']);
});

test("delay holds the answer back, and latency adds to it", async () => {
  const mock = await start({ latency: 1000 });
  stopTime();
  const answer = ask(mock, "delay=250");
  await untilTimers(1);
  vi.advanceTimersByTime(1249);
  expect(vi.getTimerCount()).toBe(1);
  vi.advanceTimersByTime(1);
  expect((await answer).body).toBe(run);
  expect(vi.getTimerCount()).toBe(0);
});

test("drip sends the head at once and then piece by piece", async () => {
  const mock = await start();
  stopTime();
  const outgoing = send(`${mock.url}/runs/42`, { headers: { "x-artifetch-fault": "drip=80" } }).end();
  const [incoming] = await once(outgoing, "response");
  expect(incoming.headers["content-length"]).toBe("24");
  incoming.setEncoding("utf8");
  const ended = once(incoming, "end");
  const pieces = [(await once(incoming, "data"))[0]];
  for (let sent = 0; sent < 2; sent++) {
    await untilTimers(1);
    const next = once(incoming, "data");
    vi.advanceTimersByTime(100);
    pieces.push((await next)[0]);
  }
  expect(pieces).toEqual(['{"id":42', ',"state"', ':"done"}']);
  await ended;
  expect(vi.getTimerCount()).toBe(0);
});

for (const fault of ["delay=300000", "drip=1"]) {
  test(`${fault} stops when the client goes away`, async () => {
    const mock = await start();
    stopTime();
    const outgoing = send(`${mock.url}/runs/42`, { headers: { "x-artifetch-fault": fault } }).end();
    outgoing.on("error", () => {});
    await untilTimers(1);
    outgoing.destroy();
    await untilTimers(0);
  });

  test(`${fault} is cut short when the server closes, and the answer is whole`, async () => {
    const mock = await start();
    stopTime();
    const answer = ask(mock, fault);
    await untilTimers(1);
    await mock.close();
    expect((await answer).body).toBe(run);
    expect(vi.getTimerCount()).toBe(0);
  });
}

test("a connection whose answer drips does not outlive the server, kept alive or not", async () => {
  const mock = await start({ timeouts: { keepAliveMs: 86_400_000, requestMs: 86_400_000 } });
  const agent = new Agent({ keepAlive: true });
  onTestFinished(() => agent.destroy());
  stopTime();
  const outgoing = send(`${mock.url}/runs/42`, { agent, headers: { "x-artifetch-fault": "drip=1" } }).end();
  const [incoming] = await once(outgoing, "response");
  const body = text(incoming);
  await untilTimers(1);
  const closed = mock.close();
  expect(await body).toBe(run);
  await once(outgoing.socket ?? outgoing, "close");
  await closed;
});

test("many delayed answers on one connection stop with it", async () => {
  const mock = await start();
  const warnings: Error[] = [];
  const collect = (warning: Error) => warnings.push(warning);
  process.on("warning", collect);
  onTestFinished(() => void process.off("warning", collect));
  stopTime();
  const socket = connect(mock.port, "127.0.0.1");
  socket.write("GET /runs/42 HTTP/1.1\r\nHost: x\r\nX-Artifetch-Fault: delay=9\r\n\r\n".repeat(30));
  await untilTimers(30);
  socket.destroy();
  await untilTimers(0);
  expect(warnings).toEqual([]);
});

test("faults of the options come without asking, and are logged", async () => {
  const lines: string[] = [];
  const mock = await start({
    fault: ["60% status=503", "40% truncate"],
    seed: "s",
    log: "json",
    writeLine: (line) => lines.push(line),
  });
  const statuses: (number | string)[] = [];
  for (let sent = 0; sent < 10; sent++) {
    const answer = sendOnWire(mock.port, { title: "", method: "GET", path: "/runs/42" });
    statuses.push(
      await answer.then(
        ({ status }) => status,
        (error: Error) => error.message,
      ),
    );
  }
  expect(new Set(statuses)).toEqual(new Set([503, "aborted"]));
  while (lines.length < 10) await new Promise(setImmediate);
  expect(lines.map((line) => JSON.parse(line).problems)).toEqual(
    statuses.map((status) => [status === 503 ? "fault: status=503" : "fault: truncate"]),
  );
});

const mockFetch = createMockFetch(service);

function fetchRun(fault: string, init: RequestInit = {}): Promise<Response> {
  return mockFetch("http://x.example/runs/42", { ...init, headers: { "X-Artifetch-Fault": fault } });
}

test("in process, a status and a malformed body are as over a socket", async () => {
  const failed = await fetchRun("status=503; retry-after=2");
  expect([failed.status, failed.headers.get("retry-after")]).toEqual([503, "2"]);
  await expect((await fetchRun("malformed")).json()).rejects.toThrow(SyntaxError);
});

test("in process, reset rejects as fetch does", async () => {
  await expect(fetchRun("reset")).rejects.toThrow(
    expect.objectContaining({
      name: "TypeError",
      message: "fetch failed",
      cause: expect.objectContaining({ code: "ECONNRESET" }),
    }),
  );
});

test("in process, truncate gives half of the body, and then an error", async () => {
  const response = await fetchRun("truncate");
  expect([response.status, response.headers.get("content-length")]).toEqual([200, "24"]);
  const reader = response.body?.getReader();
  expect(new TextDecoder().decode((await reader?.read())?.value)).toBe('{"id":42,"st');
  await expect(reader?.read()).rejects.toThrow(new TypeError("terminated"));
  await expect((await fetchRun("truncate")).json()).rejects.toThrow(TypeError);
  expect(await (await fetchRun("truncate", { method: "HEAD" })).text()).toBe("");
});

test("in process, delay holds the answer back until it is over or aborted", async () => {
  await fetchRun("");
  stopTime();
  const answer = fetchRun("delay=250");
  await untilTimers(1);
  vi.advanceTimersByTime(250);
  expect(await (await answer).text()).toBe(run);
  const controller = new AbortController();
  const aborted = fetchRun("delay=250", { signal: controller.signal });
  await untilTimers(1);
  const reason = new Error("changed my mind");
  controller.abort(reason);
  await expect(aborted).rejects.toBe(reason);
  expect(vi.getTimerCount()).toBe(0);
});

test("in process, drip gives the body piece by piece", async () => {
  stopTime();
  const { body } = await fetchRun("drip=80");
  const reader = body?.pipeThrough(new TextDecoderStream()).getReader();
  const pieces: (string | undefined)[] = [(await reader?.read())?.value];
  for (let read = 0; read < 2; read++) {
    const next = reader?.read();
    await untilTimers(1);
    vi.advanceTimersByTime(100);
    pieces.push((await next)?.value);
  }
  expect(pieces).toEqual(['{"id":42', ',"state"', ':"done"}']);
  expect(await reader?.read()).toEqual({ done: true, value: undefined });
});

test("in process, a dripping body stops when it is cancelled or its request aborted", async () => {
  stopTime();
  const cancelled = (await fetchRun("drip=1")).body?.getReader();
  await cancelled?.read();
  void cancelled?.read();
  await untilTimers(1);
  await cancelled?.cancel();
  await untilTimers(0);
  const controller = new AbortController();
  const reader = (await fetchRun("drip=1", { signal: controller.signal })).body?.getReader();
  await reader?.read();
  const next = reader?.read();
  await untilTimers(1);
  const reason = new Error("changed my mind");
  controller.abort(reason);
  await expect(next).rejects.toBe(reason);
  expect(vi.getTimerCount()).toBe(0);
});
