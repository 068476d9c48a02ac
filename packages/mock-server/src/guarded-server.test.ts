/** What a client may not do, over raw sockets. Times are as short as can be and nothing is said about how long they take. */

import { once } from "node:events";
import { Agent, request as send } from "node:http";
import { connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { sendOnWire } from "../fixtures/wire.ts";
import type { MockServerOptions } from "./options.ts";
import { bodyLimitBytes } from "./read-request.ts";
import { type MockServer, startMockServer } from "./server.ts";

const service = fileURLToPath(new URL("../fixtures/service.yaml", import.meta.url));
const get = "GET /runs/42 HTTP/1.1\r\nHost: x\r\n\r\n";
const post = "POST /runs HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";

async function start(timeouts: MockServerOptions["timeouts"] = {}): Promise<MockServer> {
  const mock = await startMockServer({ targets: [service], port: 0, timeouts });
  onTestFinished(() => mock.close());
  return mock;
}

/** Sends bytes and leaves the connection open. */
function open(mock: MockServer, bytes: string): Socket {
  const socket = connect({ port: mock.port, host: "127.0.0.1" });
  onTestFinished(() => void socket.destroy());
  socket.write(bytes, "latin1");
  return socket;
}

/** Everything that comes before the server ends the connection. */
function exchange(mock: MockServer, bytes: string): Promise<string> {
  return text(open(mock, bytes));
}

async function expectRefusal(answer: Promise<string>, status: string, detail: string): Promise<void> {
  const [head = "", body = ""] = (await answer).split("\r\n\r\n");
  expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status}\r\n`));
  expect(head).toMatch(/^content-type: application\/problem\+json$/m);
  expect(head).toMatch(/^connection: close$/m);
  expect(head).toContain(`content-length: ${body.length}`);
  expect(JSON.parse(body)).toMatchObject({
    status: Number(status.slice(0, 3)),
    detail: expect.stringContaining(detail),
  });
}

const malformed: [string, string, string, string][] = [
  ["no HTTP", "nonsense\r\n\r\n", "400 Bad Request", "The request is no valid HTTP: "],
  ["a method that does not exist", get.replace("GET", "FOO"), "400 Bad Request", "Invalid method"],
  ["a line break in a header", `${post}X-A: b\rc\r\n\r\n`, "400 Bad Request", "no valid HTTP"],
  ["a header without a name", `${post}: a\r\n\r\n`, "400 Bad Request", "Invalid header token"],
  ["two lengths", `${post}Content-Length: 1\r\nContent-Length: 2\r\n\r\n`, "400 Bad Request", "Content-Length"],
  [
    "a length and chunks",
    `${post}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`,
    "400 Bad Request",
    "Length",
  ],
  [
    "a size of a chunk that is none",
    `${post}Transfer-Encoding: chunked\r\n\r\nzz\r\n`,
    "400 Bad Request",
    "chunk size",
  ],
  ["headers over 16 KiB", `${post}X-A: ${"a".repeat(20_000)}\r\n\r\n`, "431 Request Header Fields Too Large", "16 KiB"],
  [
    "a path over 16 KiB",
    `GET /${"a".repeat(20_000)} HTTP/1.1\r\n\r\n`,
    "431 Request Header Fields Too Large",
    "16 KiB",
  ],
  ["a request without a host", "GET /runs/42 HTTP/1.1\r\n\r\n", "400 Bad Request", "has no Host header"],
  ["CONNECT", "CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n", "501 Not Implemented", "does not take CONNECT"],
];

for (const [name, bytes, status, detail] of malformed) {
  test(`answers ${name} with ${status}`, async () => {
    const mock = await start();
    await expectRefusal(exchange(mock, bytes), status, detail);
    expect((await fetch(`${mock.url}/runs/42`)).status).toBe(200);
  });
}

test("answers a head that does not end in time with 408, begun or not", async () => {
  const mock = await start({ headersMs: 1 });
  for (const bytes of ["", "GET /runs/42 HTTP/1.1\r\nHost: x\r\n"]) {
    await expectRefusal(exchange(mock, bytes), "408 Request Timeout", "did not end in time");
  }
});

test("answers a body that does not end in time with 408", async () => {
  const mock = await start({ requestMs: 1 });
  const answer = exchange(mock, `${post}Content-Length: 10\r\n\r\n{`);
  await expectRefusal(answer, "408 Request Timeout", "did not end in time");
});

test("ends a connection that asks nothing more", async () => {
  const mock = await start({ keepAliveMs: 1 });
  const answer = await exchange(mock, get);
  expect([answer.match(/HTTP\/1\.1 200 OK/g)?.length, answer.includes("Connection: keep-alive")]).toEqual([1, true]);
});

test("ends a connection without a byte in either direction", async () => {
  const mock = await start({ idleMs: 1 });
  expect(await exchange(mock, "")).toBe("");
});

test("answers in the order of the requests, and then what is wrong", async () => {
  const mock = await start();
  const answer = await exchange(mock, `${get}${get.replace("42", "x")}${get.replace("GET", "FOO")}`);
  expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 200", "HTTP/1.1 422", "HTTP/1.1 400"]);
});

test("answers what is wrong once, however much of it comes", async () => {
  const mock = await start();
  const socket = open(mock, get.replace("GET", "FOO"));
  const answer = text(socket);
  for (let sent = 0; sent < 20; sent++) socket.write("FOO ".repeat(10_000));
  socket.end();
  expect((await answer).match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 400"]);
});

test("takes an upgrade as an ordinary request, and a body that waits for the word to go on", async () => {
  const mock = await start();
  const upgrade = exchange(
    mock,
    get.replace("\r\n\r\n", "\r\nConnection: upgrade, close\r\nUpgrade: websocket\r\n\r\n"),
  );
  expect(await upgrade).toMatch(/^HTTP\/1\.1 200 OK/);
  const outgoing = send(`${mock.url}/runs`, {
    method: "POST",
    headers: { "content-type": "application/json", "content-length": 12, expect: "100-continue" },
  });
  outgoing.on("continue", () => outgoing.end('{"name":"a"}')).flushHeaders();
  expect((await once(outgoing, "response"))[0].statusCode).toBe(201);
});

test("gives no word to go on into the middle of an answer", async () => {
  const mock = await start();
  const expecting = `${post.replace("\r\n", "\r\nExpect: 100-continue\r\nConnection: close\r\n")}Content-Length: 1\r\n\r\n1`;
  const answer = await exchange(mock, get + expecting);
  expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 200", "HTTP/1.1 422"]);
});

test("refuses a body that is announced as too large without the word to go on", async () => {
  const mock = await start();
  const headers = `Content-Length: ${bodyLimitBytes + 1}\r\nExpect: 100-continue\r\n\r\n`;
  await expectRefusal(exchange(mock, post + headers), "413 Payload Too Large", "10 MB");
});

test("reads a body that is too large to its end, and keeps the connection", async () => {
  const mock = await start();
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  const sockets = new Set<Socket>();
  for (const headers of [{ "content-length": 5 * bodyLimitBytes }, { "transfer-encoding": "chunked" }]) {
    const outgoing = send(`${mock.url}/files/text`, { method: "PUT", agent, headers });
    outgoing.on("socket", (socket) => sockets.add(socket));
    const answered = once(outgoing, "response");
    for (let sent = 0; sent < 5; sent++) outgoing.write(Buffer.alloc(bodyLimitBytes));
    outgoing.end();
    const [response] = await answered;
    expect([response.statusCode, await text(response)]).toEqual([413, expect.stringContaining("BODY_TOO_LARGE")]);
  }
  expect(sockets.size).toBe(1);
});

test("a request that never ends does not keep a server from closing", async () => {
  const mock = await start({ requestMs: 50 });
  const socket = open(mock, `${post}Content-Length: 10\r\n\r\n{`);
  // Only when the server answers another request has it read this one's head.
  await sendOnWire(mock.port, { title: "", method: "GET", path: "/runs/42" });
  await mock.close();
  socket.on("error", () => {});
  if (!socket.closed) await once(socket, "close");
});

test("a connection that is refused and stays open does not keep a server from closing", async () => {
  const mock = await start();
  const socket = connect({ port: mock.port, host: "127.0.0.1", allowHalfOpen: true });
  onTestFinished(() => void socket.destroy());
  socket.write("nonsense\r\n\r\n");
  await once(socket, "data");
  await mock.close();
});

test("listens on this machine only, unless told", async () => {
  expect((await start()).url).toMatch(/^http:\/\/127\.0\.0\.1:/);
});
