/**
 * Malformed requests over raw sockets against a server in a process of its own. Seeded: what failed is repeated with the seed of
 * the failure's message in `FUZZ_SEED`.
 */

import { type ChildProcess, fork } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type RawAnswer, splitAnswers } from "../fixtures/raw-answers.ts";

const seed = Number(process.env.FUZZ_SEED ?? randomInt(2 ** 31));

interface Watched {
  child: ChildProcess;
  port: number;
  /** Everything on its standard output and error so far. */
  output(): string;
}

let watched: Watched;
beforeAll(async () => {
  watched = await startWatched();
});
afterAll(() => void watched.child.kill("SIGKILL"));

async function startWatched(): Promise<Watched> {
  const documents = ["service.yaml", "circular.yaml"].map(toPath);
  const execArgv = ["--conditions=@artifetch/source", "--expose-gc"];
  const child = fork(toPath("watched-server.ts"), documents, { execArgv, silent: true });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => (output += chunk));
  const [{ port }] = await once(child, "message");
  return { child, port, output: () => output };
}

function toPath(name: string): string {
  return fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
}

/** What the process keeps after its garbage is collected. */
async function measureBytes(): Promise<number> {
  const told = once(watched.child, "message");
  watched.child.send("measure");
  const [{ bytes }] = await told;
  return bytes;
}

const proto = fc.constantFrom(
  "__proto__",
  "constructor",
  "constructor[prototype]",
  "prototype",
  "toString",
  "hasOwnProperty",
);

/** One character per byte: what a socket can send. */
function ofBytes(min: number, max: number): fc.Arbitrary<string> {
  return fc.string({ unit: fc.integer({ min, max }).map((code) => String.fromCharCode(code)), maxLength: 30 });
}

/** Mostly what may be in a header or a URL: any other ends in the parser of HTTP, and nothing behind that is reached. */
const bytes = fc.oneof({ arbitrary: ofBytes(0x21, 0x7e), weight: 40 }, { arbitrary: ofBytes(0, 0xff), weight: 1 });
const number = fc.oneof(fc.integer(), fc.constantFrom("", "-0", "1e999", "NaN", "99999999999999999999", "0x10"));
const giant = fc.integer({ min: 1000, max: 20_000 }).map((length) => "a".repeat(length));
const rarely = { weight: 1 };

function often<T>(arbitrary: fc.Arbitrary<T>) {
  return { arbitrary, weight: 30 };
}
function sometimes<T>(arbitrary: fc.Arbitrary<T>) {
  return { arbitrary, weight: 10 };
}

const percent = fc.constantFrom("%", "%Z", "%ZZ", "%C3", "%E0%A4%A", "%00", "%0d%0a", "%2f", "%2e%2e", "%25", "%FF");
const segment = fc.oneof(
  percent,
  proto,
  bytes,
  fc.constantFrom("..", ".", "", "42", "a,b", "{run_id}", "*", "\\"),
  number.map(String),
);

const known = fc.constantFrom(
  "/service/runs",
  "/service/runs/42",
  "/service/searches",
  "/service/notes",
  "/service/forms",
  "/service/uploads",
  "/service/names/a",
  "/service/lists/1,2",
  "/service/points/1,2",
  "/service/files/text",
  "/service/files/either",
  "/service/files/xml",
  "/service/secured/either",
  "/service/secured/cookie",
  "/service/answers/default",
  "/service/answers/range",
  "/service/answers/generated",
  "/service/answers/list-header",
  "/service/answers/length",
  "/service/callbacks",
  "/service/openapi.json",
  "/circular/trees",
  "/circular/lists",
  "/circular/endless",
  "/circular/choices",
  "/__artifetch/health",
  "/",
);

const operations = [
  "POST /service/runs",
  "POST /service/notes",
  "POST /service/forms",
  "POST /service/uploads",
  "POST /service/callbacks",
  "PUT /service/files/text",
  "POST /circular/trees",
  "POST /circular/examples",
  "PUT /circular/lists",
  "GET /circular/choices",
  "GET /circular/pairs",
  "GET /circular/parts",
  "GET /service/runs",
  "GET /service/searches",
  "GET /service/files/either",
  "GET /service/answers/default",
  "GET /service/answers/generated",
  "DELETE /service/runs/42",
];

const pair = fc
  .tuple(
    fc.oneof(
      proto,
      bytes,
      percent,
      fc.constantFrom("ids", "tags", "where[size]", "where[__proto__][a]", "filter[project_id]", "page[size]", "key"),
      fc.constantFrom("__code", "__example", "__dynamic", "__seed", "__server"),
    ),
    fc.oneof(proto, bytes, percent, number.map(String), fc.constantFrom("true", "404", "http://x/", "[[[[", "{}")),
  )
  .map((parts) => parts.join("="));
const pairs = fc.oneof(
  often(fc.array(pair, { maxLength: 4 }).map((all) => all.join("&"))),
  {
    ...rarely,
    arbitrary: fc.tuple(pair, fc.integer({ max: 500, min: 1 })).map(([one, count]) => `${one}&`.repeat(count)),
  },
  { ...rarely, arbitrary: fc.integer({ max: 3000, min: 1 }).map((depth) => `where${"[a]".repeat(depth)}=1`) },
);

const target = fc.oneof(
  often(fc.tuple(known, pairs).map(([path, query]) => (query ? `${path}?${query}` : path))),
  often(fc.tuple(known, fc.array(segment, { maxLength: 3 })).map(([path, rest]) => [path, ...rest].join("/"))),
  {
    ...rarely,
    arbitrary: fc.constantFrom("*", "x:443", "http://x/service/runs/42", "http://[::x/", "http:", "//", "?", "#"),
  },
  { ...rarely, arbitrary: bytes },
  { ...rarely, arbitrary: giant.map((name) => `/service/names/${name}`) },
);

const method = fc.oneof(
  { weight: 30, arbitrary: fc.constantFrom("GET", "POST", "PUT") },
  fc.constantFrom("DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "QUERY", "PROPFIND", "PRI"),
  { ...rarely, arbitrary: fc.oneof(bytes, proto, fc.constantFrom("get", "FOO", "GE T")) },
);
const version = fc.oneof(
  { weight: 40, arbitrary: fc.constant("HTTP/1.1") },
  fc.constantFrom("HTTP/1.0", "HTTP/0.9", "HTTP/2.0", "HTTP/1.1 ", "", "RTSP/1.0"),
);

const jsonType = "application/json";
const mediaType = fc.constantFrom(
  jsonType,
  "application/x-www-form-urlencoded",
  "multipart/form-data; boundary=b",
  "multipart/form-data",
  "application/octet-stream",
  "text/plain; charset=utf-16",
  "application/json; charset=nope",
  "application/vnd.depot+json",
  "*/*",
);
const preference = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "code=404",
        "code=200",
        "code=100",
        "code=999",
        "dynamic=true",
        "dynamic=",
        "example=none",
        'seed="a,b"',
      ),
      fc
        .tuple(fc.constantFrom("code", "example", "dynamic", "seed"), fc.oneof(proto, bytes))
        .map((parts) => parts.join("=")),
      proto,
      bytes,
    ),
    { maxLength: 3 },
  )
  .map((all) => all.join(", "));
const fault = fc.constantFrom(
  "status=503",
  "status=502; retry-after=1",
  "reset",
  "truncate",
  "malformed",
  "drip=1000000",
  "delay=1",
  "x",
);

const header = fc.oneof(
  often(fc.tuple(fc.constant("Content-Type"), mediaType)),
  sometimes(fc.tuple(fc.constant("Prefer"), preference)),
  sometimes(fc.tuple(fc.constant("X-Artifetch-Fault"), fc.oneof(often(fault), { ...rarely, arbitrary: bytes }))),
  sometimes(
    fc.tuple(fc.constant("Accept"), fc.oneof(mediaType, bytes, fc.constantFrom("*", "a/b;q=x", ",,,", "*;q=.1"))),
  ),
  sometimes(
    fc.tuple(fc.constantFrom("Origin", "Access-Control-Request-Method", "Access-Control-Request-Headers"), bytes),
  ),
  sometimes(fc.tuple(fc.constantFrom("Authorization", "X-Api-Key", "X-Wanted", "Range", "Cookie", "Host"), bytes)),
  sometimes(fc.tuple(fc.constantFrom("__proto__", "constructor", "toString"), fc.oneof(bytes, proto))),
  sometimes(
    fc.constantFrom<[string, string]>(
      ["Accept", "application/json"],
      ["Expect", "100-continue"],
      ["Expect", "more"],
      ["Upgrade", "websocket"],
      ["Connection", "close"],
      ["Connection", "upgrade"],
      ["Connection", "X-Api-Key, keep-alive"],
      ["Content-Encoding", "gzip"],
    ),
  ),
  fc.constantFrom<[string, string]>(
    ["Content-Length", "5"],
    ["Content-Length", "-1"],
    ["Content-Length", "99999999999"],
    ["Transfer-Encoding", "gzip"],
    ["Transfer-Encoding", "chunked, chunked"],
  ),
  fc.tuple(fc.constantFrom("filter[project_id]", "", " a", "a "), bytes),
  fc.tuple(fc.constant("X-Giant"), giant),
);
const lineBreak = fc.oneof(
  { weight: 200, arbitrary: fc.constant("\r\n") },
  fc.constantFrom("\n", "\r", "\r\r\n", "\r\n ", "\0\r\n"),
);
const lines = fc
  .array(fc.tuple(header, lineBreak), { maxLength: 6 })
  .map((all) => all.map(([[name, value], end]) => `${name}: ${value}${end}`).join(""));

const json = fc.oneof(
  fc.json().map((value) => Buffer.from(value, "utf8").toString("latin1")),
  fc.constantFrom(
    '{"name":"a"}',
    '{"__proto__":{"name":"a"}}',
    '{"name":"a","constructor":{"prototype":{"x":1}}}',
    '{"name":"a","children":[{"name":1}]}',
    '{"name":"\\ud800"}',
    "1e999",
    "\xef\xbb\xbf{}",
    "{",
  ),
  fc.integer({ min: 1, max: 1000 }).map((depth) => '{"name":"a","children":['.repeat(depth) + "]}".repeat(depth)),
  { ...rarely, arbitrary: fc.constant("[".repeat(100_000)) },
  { ...rarely, arbitrary: fc.constant("[".repeat(100_000) + "]".repeat(100_000)) },
);
const part = fc
  .tuple(fc.oneof(bytes, fc.constant('Content-Disposition: form-data; name="file"'), proto), fc.oneof(bytes, proto))
  .map(([head, content]) => `--b\r\n${head}\r\n\r\n${content}\r\n`);
const multipart = fc
  .tuple(fc.array(part, { maxLength: 3 }), fc.constantFrom("--b--", "--b--\r\n", "--b", ""))
  .map(([parts, end]) => parts.join("") + end);
const body = fc.oneof(often(json), often(pairs), often(multipart), bytes, { ...rarely, arbitrary: giant });

/** Headers and the bytes after them that say how long a body is, rightly or not. */
const framed = fc.oneof(
  { weight: 5, arbitrary: fc.constant("\r\n") },
  { weight: 10, arbitrary: body.map((content) => `Content-Length: ${content.length}\r\n\r\n${content}`) },
  { weight: 5, arbitrary: body.map((content) => `Transfer-Encoding: chunked\r\n\r\n${toChunk(content)}0\r\n\r\n`) },
  fc
    .tuple(body, fc.integer({ min: -3, max: 3 }))
    .map(([content, wrong]) => `Content-Length: ${content.length + wrong}\r\n\r\n${content}`),
  fc
    .tuple(
      body,
      fc.constantFrom(
        "",
        "0\r\n",
        "-1\r\n",
        "zz\r\n",
        "ffffffffffffffff\r\n",
        "5;a=b\r\nab",
        "0\r\n__proto__: a\r\n\r\n",
      ),
    )
    .map(([content, end]) => `Transfer-Encoding: chunked\r\n\r\n${toChunk(content)}${end}`),
  body.map((content) => `Content-Length: 1\r\nContent-Length: 2\r\n\r\n${content}`),
  body.map((content) => `Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n${content}`),
);

function toChunk(content: string): string {
  return content === "" ? "" : `${content.length.toString(16)}\r\n${content}\r\n`;
}

/** Most of them reach an operation: there is more to hurt behind the router than before it. */
const start = fc.oneof(
  often(
    fc
      .tuple(fc.constantFrom(...operations), fc.option(pairs))
      .map(([line, query]) => (query ? `${line}?${query}` : line)),
  ),
  often(fc.tuple(method, target).map((parts) => parts.join(" "))),
);
const request = fc
  .tuple(start, version, fc.oneof(often(fc.constant("Host: x\r\n")), fc.constant("")), lines, framed)
  .map(([line, protocol, host, rest, end]) => `${line} ${protocol}\r\n${host}${rest}${end}`);
/** Several requests on one connection, the last of them perhaps cut off. */
const connection = fc.oneof(
  { weight: 20, arbitrary: fc.array(request, { minLength: 1, maxLength: 3 }) },
  fc.tuple(request, fc.nat()).map(([whole, place]) => [whole.slice(0, 1 + (place % whole.length))]),
  fc.tuple(bytes, request).map((all) => [...all]),
  request.map((whole) => [whole.replace(/^[A-Z]+/, "HEAD")]),
);

/** Sends the requests and nothing more; resolves to all that comes back, one character per byte, and whether it was cut off. */
async function exchange(requests: readonly string[]): Promise<{ received: string; isReset: boolean }> {
  const socket = connect({ port: watched.port, host: "127.0.0.1", noDelay: true });
  let received = "";
  socket.setEncoding("latin1").on("data", (chunk) => (received += chunk));
  let isReset = false;
  socket.on("error", () => (isReset = true));
  for (const part of requests) socket.write(part, "latin1");
  socket.end();
  if (!socket.closed) await new Promise((resolve) => socket.once("close", resolve));
  return { received, isReset };
}

/** Prism's own answers with 500: no schema for what is to be made up, no such type or example in a `default` response. */
const failures = /"title":"(?:Invalid status code: \d|.*Tried to force a dynamic response|.*We tried default response)/;

function checkAnswer({ status, headers, body: content }: RawAnswer): void {
  expect(content).not.toMatch(/\n\s+at |node_modules|node:internal|\.ts:\d/);
  // HEAD, or a fault.
  if (content === "" || content.endsWith("<\xff")) return;
  if (status === 500) expect(content).toMatch(failures);
  if (headers["content-type"] === "application/problem+json") expect(JSON.parse(content)).toMatchObject({ status });
}

async function checkExchange(requests: readonly string[]): Promise<void> {
  const { received, isReset } = await exchange(requests);
  const { answers, rest } = splitAnswers(received, /^HEAD /.test(requests[0] ?? ""));
  for (const answer of answers) checkAnswer(answer);
  // Only a fault that was asked for leaves an answer unfinished, or none; and a request behind one that ends the connection
  // may have the system take back what was not read yet.
  if (/X-Artifetch-Fault/.test(requests.join()) || (isReset && requests.length > 1)) return;
  expect(rest).toBe("");
  // Node takes a request that would upgrade and breaks off for one that has ended.
  if (/^[A-Z]/.test(requests[0] ?? "") && !/Upgrade/.test(requests.join())) expect(answers.length).toBeGreaterThan(0);
}

async function checkHealth(): Promise<void> {
  const { received } = await exchange(["GET /__artifetch/health HTTP/1.1\r\nHost: x\r\n\r\n"]);
  const [answer] = splitAnswers(received).answers;
  expect([answer?.status, answer?.body.startsWith('{"status":"ok"')]).toEqual([200, true]);
}

/** More than the noise of caches and of compiled code; ten thousand requests that each left a kilobyte would be 10 MB. */
const keptBytesLimit = 8 * 1024 * 1024;

test(`10,000 malformed requests leave the server as it was (seed ${seed})`, { timeout: 600_000 }, async () => {
  let sent = 0;
  let connections = 0;
  const attack = fc.asyncProperty(
    fc.array(connection, { minLength: 1, maxLength: 100, size: "max" }),
    async (batch) => {
      sent += batch.flat().length;
      connections += batch.length;
      await Promise.all(batch.map(checkExchange));
      await checkHealth();
    },
  );
  // What is compiled and kept once is there after the first part.
  await run(attack, seed);
  const before = await measureBytes();
  while (sent < 10_000) await run(attack, seed + sent);
  const after = await measureBytes();

  const line = `mock-server fuzz: seed ${seed}, ${sent} requests on ${connections} connections, memory ${toMegabytes(before)} before, ${toMegabytes(after)} after`;
  await mkdir(new URL("../.artifacts/", import.meta.url), { recursive: true });
  await writeFile(new URL("../.artifacts/fuzz.txt", import.meta.url), `${line}\n`);
  expect(watched.output()).toBe("");
  expect(watched.child.exitCode).toBe(null);
  expect(after - before, line).toBeLessThan(keptBytesLimit);
});

/** The report of a failure holds requests; what is repeated in them is shortened. */
async function run<T>(attack: fc.IAsyncProperty<T>, ofSeed: number): Promise<void> {
  const details = await fc.check(attack, { seed: ofSeed, numRuns: 40 });
  if (!details.failed) return;
  const report = fc.defaultReportMessage(details) ?? "";
  const short = report.replaceAll(/(.{1,30}?)\1{30,}/gs, (all, unit) => `${unit}…(${all.length} characters)`);
  throw new Error(`FUZZ_SEED=${seed}: ${short}\n${watched.output()}`, { cause: details.errorInstance });
}

function toMegabytes(count: number): string {
  return `${(count / 1024 / 1024).toFixed(1)} MB`;
}

test("1,000 connections at once are all answered, and leave the server as it was", async () => {
  await checkHealth();
  const before = await measureBytes();
  const sockets = await Promise.all(Array.from({ length: 1000 }, openConnection));
  await checkHealth();
  const answers = await Promise.all(sockets.map(finishRequest));
  expect(new Set(answers.map((answer) => answer.slice(0, 15)))).toEqual(new Set(["HTTP/1.1 200 OK"]));
  await checkHealth();
  expect((await measureBytes()) - before).toBeLessThan(keptBytesLimit);
  expect([watched.output(), watched.child.exitCode]).toEqual(["", null]);
});

/** With a request that is not complete: it waits for the rest. */
async function openConnection(): Promise<Socket> {
  const socket = connect(watched.port, "127.0.0.1");
  await once(socket, "connect");
  socket.write("GET /service/runs/42 HTTP/1.1\r\nHost: x\r\n");
  return socket;
}

function finishRequest(socket: Socket): Promise<string> {
  socket.write("Connection: close\r\n\r\n");
  return text(socket);
}
