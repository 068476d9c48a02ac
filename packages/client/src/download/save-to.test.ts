import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { expect, onTestFinished, test } from "vitest";
import { createRandom, type FileAnswer, makeContent, sendFile, startService } from "../../fixtures/download-service.ts";
import { createApi } from "../api.ts";
import { ApiError } from "../errors/api-error.ts";
import { DownloadError, isDownloadError } from "../errors/download-error.ts";
import { NetworkError } from "../errors/network-error.ts";
import { OptionError } from "../errors/option-error.ts";
import {
  type DownloadAnswer,
  type DownloadCall,
  type DownloadProgress,
  type DownloadRequest,
  type SaveOptions,
  saveTo,
} from "../node.ts";

const content = makeContent(200_000);
const other = makeContent(200_000, 2);
const etag = '"one"';

/** Options that do not wait. */
const atOnce = { sleep: () => Promise.resolve(), random: () => 0 } satisfies SaveOptions;

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "artifetch-save-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const get =
  (url: string): DownloadCall =>
  ({ headers, signal }) =>
    fetch(url, { headers, signal });

const failure = (work: Promise<unknown>): Promise<Error> =>
  work.then(
    () => expect.fail("did not fail"),
    (error: Error) => error,
  );

const toHex = (algorithm: string, bytes: Uint8Array) => createHash(algorithm).update(bytes).digest("hex");
const toBase64 = (algorithm: string, bytes: Uint8Array) => createHash(algorithm).update(bytes).digest("base64");

/** Whether a file has these bytes; quicker, and shorter when it fails, than a comparison by `expect`. */
const holds = (path: string, bytes: Uint8Array) => readFileSync(path).equals(bytes);

/** A service that sends `content` in each of these ways, one request after the other. */
const startFile = (...answers: Partial<FileAnswer>[]) =>
  startService((request, response, index, service) =>
    sendFile(request, response, { content, etag, ...answers[index] }, service),
  );

test("saves the bytes, and says where, how many, and with what answer", async () => {
  const folder = makeFolder();
  const { url, requests } = await startFile({});
  const saved = await saveTo(join(folder, "data.bin"), get(url));
  expect(saved).toMatchObject({ path: join(folder, "data.bin"), bytes: content.length, resumes: 0 });
  expect(saved.response.headers.get("etag")).toBe(etag);
  expect(holds(saved.path, content)).toBe(true);
  expect(readdirSync(folder)).toEqual(["data.bin"]);
  expect(requests[0]).toMatchObject({ "accept-encoding": "identity" });
});

test("reports progress from 0 to the size, in steps that add up", async () => {
  const { url } = await startFile({});
  const steps: DownloadProgress[] = [];
  await saveTo(join(makeFolder(), "data.bin"), get(url), { onProgress: (progress) => steps.push(progress) });
  expect(steps[0]).toEqual({ bytes: 0, total: content.length });
  expect(steps.at(-1)).toEqual({ bytes: content.length, total: content.length });
  expect(steps.map(({ bytes }) => bytes)).toEqual([...new Set(steps.map(({ bytes }) => bytes))].sort((a, b) => a - b));
});

test("saves an empty file", async () => {
  const { url } = await startFile({ content: new Uint8Array() });
  const { path, bytes } = await saveTo(join(makeFolder(), "empty"), get(url));
  expect([bytes, statSync(path).size]).toEqual([0, 0]);
});

test("takes a file URL, and a relative path", async () => {
  const folder = makeFolder();
  const { url } = await startFile();
  expect(await saveTo(pathToFileURL(join(folder, "a b")), get(url))).toMatchObject({ path: join(folder, "a b") });
  expect(await saveTo(pathToFileURL(folder), get(`${url}/c`))).toMatchObject({ path: join(folder, "c") });
});

test.each<[string, string | undefined, string | undefined, string, string]>([
  ["Content-Disposition", 'attachment; filename="a.csv"', "b.csv", "/c.csv", "a.csv"],
  ["the option", undefined, "b.csv", "/c.csv", "b.csv"],
  ["the option, where nothing is left of the other", 'attachment; filename=".."', "b.csv", "/c.csv", "b.csv"],
  ["the URL", undefined, undefined, "/runs/c%20d.csv?key=1", "c d.csv"],
  ["the URL, made safe", undefined, undefined, "/runs/..%2F.hidden", "_hidden"],
  ["nothing", undefined, undefined, "/runs/", "download"],
])("names a file in a folder by %s", async (_, disposition, fileName, path, name) => {
  const folder = makeFolder();
  const { url } = await startFile({ headers: disposition ? { "content-disposition": disposition } : {} });
  expect(await saveTo(`${folder}/`, get(url + path), { fileName })).toMatchObject({ path: join(folder, name) });
  expect(readdirSync(folder)).toEqual([name]);
});

test.each([
  "../escaped.bin",
  "..%2f..%2fescaped.bin",
  "..\\\\..\\\\escaped.bin",
  "/tmp/artifetch-escaped.bin",
  "a/../../escaped.bin",
  ".ssh",
  "..",
  ".",
  "CON",
  "x".repeat(400),
])("stays in the folder when the service names the file %j", async (name) => {
  const outer = makeFolder();
  const folder = join(outer, "inner");
  mkdirSync(folder);
  const { url } = await startFile({ headers: { "content-disposition": `attachment; filename="${name}"` } });
  const { path } = await saveTo(folder, get(url));
  expect(readdirSync(outer)).toEqual(["inner"]);
  expect(readdirSync(folder).map((entry) => join(folder, entry))).toEqual([path]);
  expect(readdirSync(folder)[0]).not.toMatch(/^\.|^con$/i);
});

test("keeps the old file until all of the new one is there, and its mode", async () => {
  const folder = makeFolder();
  const path = join(folder, "data.bin");
  writeFileSync(path, "old", { mode: 0o660 });
  chmodSync(path, 0o660);
  const seen = new Set<string>();
  const { url, onProgress } = await startFile({ cutAfter: 50_000 });
  await saveTo(path, get(url), {
    ...atOnce,
    onProgress: (progress) => {
      onProgress(progress);
      seen.add(readFileSync(path, "utf8"));
      for (const entry of readdirSync(folder)) expect(statSync(join(folder, entry)).mode & 0o007).toBe(0);
    },
  });
  expect([...seen]).toEqual(["old"]);
  expect(holds(path, content)).toBe(true);
  expect(statSync(path).mode & 0o777).toBe(0o660);
});

test("gives a new file the mode that any new file has", async () => {
  const folder = makeFolder();
  writeFileSync(join(folder, "usual"), "");
  const { url } = await startFile();
  const { path } = await saveTo(join(folder, "new"), get(url), { flush: true });
  expect(statSync(path).mode).toBe(statSync(join(folder, "usual")).mode);
});

test("writes what a link in the path points at, and replaces a link that the service names", async () => {
  const folder = makeFolder();
  const outside = join(makeFolder(), "outside.bin");
  writeFileSync(outside, "old");
  symlinkSync(outside, join(folder, "link.bin"));
  const { url } = await startFile();
  await saveTo(folder, get(`${url}/link.bin`), { overwrite: true });
  expect(readFileSync(outside, "utf8")).toBe("old");
  expect(holds(join(folder, "link.bin"), content)).toBe(true);
  symlinkSync(outside, join(folder, "second.bin"));
  expect(await saveTo(join(folder, "second.bin"), get(url))).toMatchObject({ path: outside });
  expect(holds(outside, content)).toBe(true);
  expect(statSync(join(folder, "second.bin")).size).toBe(content.length);
});

test("refuses to replace a file without asking when overwrite is false", async () => {
  const path = join(makeFolder(), "data.bin");
  writeFileSync(path, "old");
  const { url, requests } = await startFile();
  const error = await failure(saveTo(path, get(url), { overwrite: false }));
  expect(error).toBeInstanceOf(OptionError);
  expect(error.message).toContain(`${path} exists already`);
  expect(requests).toEqual([]);
});

test("replaces a file that the service names only when overwrite is true", async () => {
  const folder = makeFolder();
  writeFileSync(join(folder, "data.bin"), "old");
  const { url } = await startFile();
  expect(await failure(saveTo(folder, get(`${url}/data.bin`)))).toBeInstanceOf(OptionError);
  expect(readFileSync(join(folder, "data.bin"), "utf8")).toBe("old");
  expect(readdirSync(folder)).toEqual(["data.bin"]);
  await saveTo(folder, get(`${url}/data.bin`), { overwrite: true });
  expect(holds(join(folder, "data.bin"), content)).toBe(true);
});

test("asks for the rest after a cut, if the file is the same", async () => {
  const folder = makeFolder();
  const service = await startFile({ cutAfter: 70_000 }, { cutAfter: 50_000 }, { cutAfter: 0 });
  const steps: number[] = [];
  const onProgress = (progress: DownloadProgress) => {
    steps.push(progress.bytes);
    service.onProgress(progress);
  };
  const saved = await saveTo(join(folder, "data.bin"), get(service.url), { ...atOnce, onProgress });
  expect(saved).toMatchObject({ bytes: content.length, resumes: 3 });
  expect(saved.response.status).toBe(200);
  expect(holds(saved.path, content)).toBe(true);
  // From 0 upwards, without a second beginning.
  expect(steps.filter((bytes) => bytes === 0)).toHaveLength(1);
  expect(service.requests.map(({ range }) => range)).toEqual([
    undefined,
    "bytes=70000-",
    "bytes=120000-",
    "bytes=120000-",
  ]);
  for (const headers of service.requests.slice(1)) {
    // With a range, `fetch` adds the same once more (Fetch standard, HTTP-network-or-cache fetch).
    expect(headers).toMatchObject({
      "if-range": etag,
      "accept-encoding": expect.stringMatching(/^identity(, identity)?$/),
    });
  }
});

/** What a service can do after a cut, and whether the second request asks for a range. */
test.each<[string, Partial<FileAnswer>, Partial<FileAnswer>[], boolean]>([
  ["a service that ignores ranges", {}, [{ ignoresRange: true }], true],
  ["a file that has changed", {}, [{ content: other, etag: '"two"' }], true],
  [
    "a file that has changed, at a service that ignores If-Range",
    {},
    [
      { content: other, etag: '"two"', ignoresIfRange: true },
      { content: other, etag: '"two"' },
    ],
    true,
  ],
  ["a file that has changed its size", {}, [{ content: other.subarray(9), etag: '"two"' }], true],
  [
    "a file that is shorter now",
    {},
    [
      { content: other.subarray(0, 9), etag: '"two"', ignoresIfRange: true },
      { content: other, etag: '"two"' },
    ],
    true,
  ],
  [
    "a file that has changed and is shorter than what came",
    {},
    [{ content: other.subarray(0, 9), etag: '"two"' }],
    true,
  ],
  ["a part without its ETag", {}, [{ etag: undefined, ignoresIfRange: true }, {}], true],
  ["a weak ETag", { etag: 'W/"one"' }, [{}], false],
  ["no validator", { etag: undefined }, [{}], false],
  ["a service that refuses ranges", { headers: { "accept-ranges": "none" } }, [{}], false],
  ["a body without length", { chunked: true }, [{}], true],
  ["bodies without length", { chunked: true }, [{ chunked: true }], true],
])("ends in the right bytes after a cut, with %s", async (_, first, rest, asksForRange) => {
  const { url, requests, onProgress } = await startFile(
    { ...first, cutAfter: 60_000 },
    ...rest.map((answer) => ({ ...first, ...answer })),
  );
  const { path, bytes, resumes } = await saveTo(join(makeFolder(), "data.bin"), get(url), { ...atOnce, onProgress });
  const last = rest.at(-1)?.content ?? content;
  expect([holds(path, last), bytes, resumes]).toEqual([true, last.length, rest.length]);
  expect(requests[1]?.range !== undefined).toBe(asksForRange);
  expect(requests[1]?.["if-range"] !== undefined).toBe(asksForRange);
  for (const { range } of requests.slice(2)) expect(range).toBeUndefined();
});

test("recognises a file by its date where there is no ETag", async () => {
  const headers = { "last-modified": "Fri, 20 Nov 2020 10:00:00 GMT" };
  const { url, requests, onProgress } = await startFile(
    ...Array(2).fill({ etag: undefined, headers, cutAfter: 60_000 }),
  );
  const { path } = await saveTo(join(makeFolder(), "data.bin"), get(url), { ...atOnce, onProgress });
  expect(holds(path, content)).toBe(true);
  expect(requests.map((request) => request["if-range"])).toEqual([
    undefined,
    ...Array(2).fill(headers["last-modified"]),
  ]);
});

test("asks on without counting when the service sends less than was asked for", async () => {
  const { url, requests, onProgress } = await startService((request, response, index, service) =>
    sendFile(
      request,
      response,
      { content, etag, partLimit: 30_000, ...(index === 0 && { cutAfter: 20_000 }) },
      service,
    ),
  );
  const { path, resumes } = await saveTo(join(makeFolder(), "data.bin"), get(url), {
    ...atOnce,
    onProgress,
    maxResumes: 1,
  });
  expect([holds(path, content), resumes]).toEqual([true, 1]);
  expect(requests).toHaveLength(7);
});

test("ends at a service that sends one part for ever", async () => {
  const headers = { "content-range": "bytes 0-9/100", "content-length": "10" };
  const { url, requests } = await startService((_, response) =>
    response.writeHead(206, headers).end(content.subarray(0, 10)),
  );
  const error = await failure(saveTo(join(makeFolder(), "data.bin"), get(url), atOnce));
  expect(error).toMatchObject({ name: "DownloadError", bytes: 10, total: 100 });
  expect(requests).toHaveLength(6);
});

test("is content with a 416 that says that nothing is missing", async () => {
  // Everything comes but the last, empty chunk.
  const { url, requests, onProgress } = await startFile({ chunked: true, cutAfter: content.length });
  const { path, resumes } = await saveTo(join(makeFolder(), "data.bin"), get(url), { ...atOnce, onProgress });
  expect([holds(path, content), resumes]).toEqual([true, 1]);
  expect(requests.map(({ range }) => range)).toEqual([undefined, `bytes=${content.length}-`]);
});

test("does not believe a 416 of another file", async () => {
  const { url, onProgress } = await startFile(
    { chunked: true, cutAfter: content.length },
    { content: other, etag: '"two"', ignoresIfRange: true },
    { content: other, etag: '"two"' },
  );
  const { path, resumes } = await saveTo(join(makeFolder(), "data.bin"), get(url), { ...atOnce, onProgress });
  expect([holds(path, other), resumes]).toEqual([true, 2]);
});

test("gives up after as many resumes as it may, and leaves nothing", async () => {
  const folder = makeFolder();
  const { url, requests, onProgress } = await startService((request, response, _, service) =>
    sendFile(request, response, { content, etag, cutAfter: 1000 }, service),
  );
  const error = await failure(saveTo(join(folder, "data.bin"), get(url), { ...atOnce, onProgress, maxResumes: 3 }));
  expect(isDownloadError(error)).toBe(true);
  expect(error).toMatchObject({ bytes: 4000, total: content.length, cause: expect.any(Error) });
  expect(error.message).toBe(`Download was cut off (after 4000 of 200000 bytes): ${url}/`);
  expect(requests).toHaveLength(4);
  expect(readdirSync(folder)).toEqual([]);
});

test("waits a random part of a time that doubles", async () => {
  const { url } = await startService((request, response) =>
    sendFile(request, response, { content, etag, cutAfter: 9 }),
  );
  const delays: number[] = [];
  const sleep = async (delayMs: number) => void delays.push(delayMs);
  await failure(saveTo(join(makeFolder(), "a"), get(url), { sleep, random: () => 0.5, maxResumes: 8 }));
  expect(delays).toEqual([250, 500, 1000, 2000, 4000, 8000, 15_000, 15_000]);
});

test("takes failures that pass for a cut while it resumes", async () => {
  const { url, requests, onProgress } = await startService((request, response, index, service) => {
    if (index === 1) return void response.writeHead(503).end("busy");
    if (index === 2) return void response.socket?.destroy();
    sendFile(request, response, { content, etag, cutAfter: index === 0 ? 10_000 : undefined }, service);
  });
  const { path, resumes } = await saveTo(join(makeFolder(), "data.bin"), get(url), { ...atOnce, onProgress });
  expect([holds(path, content), resumes, requests.length]).toEqual([true, 3, 4]);
});

test.each([
  [404, 5, 2],
  [503, 1, 2],
])("throws an ApiError for a %i while it resumes, when that does not pass", async (status, maxResumes, count) => {
  const folder = makeFolder();
  const { url, requests } = await startService((request, response, index) => {
    if (index > 0) response.writeHead(status).end("no");
    else sendFile(request, response, { content, etag, cutAfter: 10_000 });
  });
  const error = await failure(saveTo(join(folder, "data.bin"), get(url), { ...atOnce, maxResumes }));
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({ status, body: "no" });
  expect([requests.length, readdirSync(folder)]).toEqual([count, []]);
});

test("throws an ApiError for an answer that is none of success, with what the client decoded", async () => {
  const folder = makeFolder();
  const { url } = await startService((_, response) =>
    response.writeHead(404, { "content-type": "application/json" }).end('{"detail":"gone"}'),
  );
  const api = createApi(definition, { baseUrl: url });
  const error = await failure(saveTo(folder, (request) => (api.getFile as Operation)(request)));
  expect(error).toMatchObject({ name: "ApiError", status: 404, body: { detail: "gone" }, operationId: "getFile" });
  expect(await failure(saveTo(folder, get(url)))).toMatchObject({ status: 404, body: '{"detail":"gone"}' });
  expect(readdirSync(folder)).toEqual([]);
});

test("throws what the first call throws as it is", async () => {
  const error = new NetworkError("no answer");
  expect(await failure(saveTo(makeFolder(), () => Promise.reject(error), atOnce))).toBe(error);
});

const definition = {
  servers: [],
  schemes: {},
  security: [],
  operations: {
    getFile: ["GET", "/file", "200b 404j"],
    getText: ["GET", "/file", "200t"],
    getJson: ["GET", "/file", "200j"],
  },
} as const;
type Operation = (request: object) => Promise<{ response: Response; data?: unknown }>;

test("resumes an operation of a client", async () => {
  const { url, requests, onProgress } = await startFile({ cutAfter: 90_000 });
  const api = createApi(definition, { baseUrl: url });
  const call: DownloadCall = ({ headers, signal }) => (api.getFile as Operation)({ headers, signal });
  const { path, resumes } = await saveTo(join(makeFolder(), "data.bin"), call, { ...atOnce, onProgress });
  expect(holds(path, content)).toBe(true);
  expect([resumes, requests.length]).toEqual([1, 2]);
  expect(requests[1]?.range).toBe("bytes=90000-");
});

test.each([
  ["a Response", (response: Response) => response],
  ["a promise of one", (response: Response) => Promise.resolve(response)],
  ["a result with a stream", (response: Response) => ({ response, data: response.body })],
  ["a promise of one with bytes", async (response: Response) => ({ response, data: await response.arrayBuffer() })],
  ["a promise of one with a Blob", async (response: Response) => ({ response, data: await response.blob() })],
])("takes %s", async (_, wrap) => {
  const { url } = await startFile();
  const { path } = await saveTo(join(makeFolder(), "data.bin"), wrap(await fetch(url)));
  expect(holds(path, content)).toBe(true);
});

test("does not resume what is no function, and says what would", async () => {
  const folder = makeFolder();
  const { url, requests } = await startFile({ cutAfter: 100, cutsBlindly: true });
  const error = await failure(saveTo(join(folder, "data.bin"), fetch(url), atOnce));
  expect(error).toBeInstanceOf(DownloadError);
  expect(error.message).toContain("pass a function that makes the call");
  expect([requests.length, readdirSync(folder)]).toEqual([1, []]);
});

test("saves text that gives its bytes back, and refuses text that does not, and JSON", async () => {
  const folder = makeFolder();
  const texts: Record<string, string | Uint8Array> = {
    "/plain": "line ü\n",
    "/mark": "\ufeffline\n",
    "/binary": new Uint8Array([200, 201]),
    // Three bytes that are the beginning of a character become one that has three bytes.
    "/same-length": new Uint8Array([0xf0, 0x9f, 0x98]),
    "/json": "{}",
  };
  const { url } = await startService((request, response) => {
    const body = Buffer.from(texts[(request.url ?? "").replace("/file", "")] ?? "");
    response.writeHead(200, { "content-length": body.length }).end(body);
  });
  const save = (path: string, operation: string) => {
    const api = createApi(definition, { baseUrl: url + path });
    return saveTo(join(folder, "text"), (request) => (api[operation] as Operation)(request), atOnce);
  };
  expect(await save("/plain", "getText")).toMatchObject({ bytes: 8 });
  expect(readFileSync(join(folder, "text"), "utf8")).toBe("line ü\n");
  for (const [path, operation, message] of [
    ["/mark", "getText", "does not give its bytes back"],
    ["/binary", "getText", "does not give its bytes back"],
    ["/same-length", "getText", "does not give its bytes back"],
    ["/json", "getJson", "is JSON that has been parsed"],
  ] as const) {
    const error = await failure(save(path, operation));
    expect(error).toBeInstanceOf(DownloadError);
    expect(error.message).toContain(message);
  }
  expect(readFileSync(join(folder, "text"), "utf8")).toBe("line ü\n");
});

test("saves JSON as it came, through GET", async () => {
  const { url } = await startService((_, response) =>
    response.writeHead(200, { "content-type": "application/json" }).end("{ }\n"),
  );
  const api = createApi(definition, { baseUrl: url });
  const call = ({ headers, signal }: DownloadRequest) =>
    api.GET("/file" as never, { headers, signal, parseAs: "stream" } as never) as Promise<DownloadAnswer>;
  const { path } = await saveTo(join(makeFolder(), "data.json"), call);
  expect(readFileSync(path, "utf8")).toBe("{ }\n");
});

test("refuses a stream of anything but bytes", async () => {
  const folder = makeFolder();
  const data = new Blob(["text"]).stream().pipeThrough(new TextDecoderStream());
  const error = await failure(saveTo(folder, { response: new Response(), data }));
  expect(error).toMatchObject({ name: "DownloadError", bytes: 0 });
  expect(readdirSync(folder)).toEqual([]);
});

test("refuses an answer that cannot have a body, and one that somebody reads", async () => {
  const folder = makeFolder();
  expect(await failure(saveTo(folder, new Response(null, { status: 204 })))).toMatchObject({
    name: "DownloadError",
    message: "The answer has no body",
  });
  const response = new Response("text");
  response.body?.getReader();
  expect(await failure(saveTo(folder, response))).toBeInstanceOf(OptionError);
  const read = new Response("text");
  await read.text();
  expect(await failure(saveTo(folder, read))).toBeInstanceOf(OptionError);
  expect(readdirSync(folder)).toEqual([]);
});

test.each([
  ["less", 20, 10],
  ["more", 20, 30],
])("refuses %s bytes than were announced", async (_, announced, sent) => {
  const folder = makeFolder();
  const response = new Response(content.slice(0, sent), { headers: { "content-length": String(announced) } });
  const error = await failure(saveTo(join(folder, "data.bin"), response));
  expect(error).toMatchObject({ name: "DownloadError", total: announced });
  expect(readdirSync(folder)).toEqual([]);
});

test.each([
  ["less", 20, 10],
  ["more", 20, 30],
])("saves nothing wrong from a socket that sends %s bytes than it announced", async (_, announced, sent) => {
  const folder = makeFolder();
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.end(`HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: ${announced}\r\n\r\n${"x".repeat(sent)}`);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const { port } = server.address() as { port: number };
  // HTTP ends the body where it was announced to end.
  const result = await saveTo(join(folder, "data.bin"), get(`http://127.0.0.1:${port}`), atOnce).catch(
    (error) => error,
  );
  if (result instanceof DownloadError) expect(readdirSync(folder)).toEqual([]);
  else expect(readFileSync(join(folder, "data.bin"), "utf8")).toBe("x".repeat(announced));
  expect(result instanceof DownloadError).toBe(sent < announced);
});

test("takes a body that ends too early for a cut, also where the stream does not say so", async () => {
  const folder = makeFolder();
  const headers = { etag, "content-length": "20" };
  let calls = 0;
  const call: DownloadCall = async (request) => {
    calls += 1;
    const start = Number(/\d+/.exec(request.headers.range ?? "0"));
    const part = { ...headers, "content-range": `bytes ${start}-19/20` };
    // Five bytes of those that are missing, and none from the third call on.
    const bytes = content.slice(start, calls < 3 ? start + 5 : start);
    return new Response(bytes, start ? { status: 206, headers: part } : { headers });
  };
  const error = await failure(saveTo(join(folder, "data.bin"), call, { ...atOnce, maxResumes: 4 }));
  expect(error).toMatchObject({ name: "DownloadError", bytes: 10, total: 20 });
  expect([calls, readdirSync(folder)]).toEqual([5, []]);
});

test("refuses a part that was not asked for", async () => {
  const folder = makeFolder();
  for (const range of ["bytes 5-9/10", "bytes 0-9/*", "none"]) {
    const response = new Response(content.slice(0, 5), { status: 206, headers: { "content-range": range } });
    const error = await failure(saveTo(join(folder, "data.bin"), response));
    expect(error.message).toContain("a part of a file that was not asked for");
  }
  expect(readdirSync(folder)).toEqual([]);
});

const identities = [
  ["Content-Digest", (bytes: Uint8Array) => ({ "content-digest": `sha-256=:${toBase64("sha256", bytes)}:` })],
  ["Repr-Digest", (bytes: Uint8Array) => ({ "repr-digest": `sha-512=:${toBase64("sha512", bytes)}:` })],
  ["Content-MD5", (bytes: Uint8Array) => ({ "content-md5": toBase64("md5", bytes) })],
] as const;

test.each(identities)("checks %s, also over a cut", async (_, toHeaders) => {
  const folder = makeFolder();
  const right = await startFile({ headers: toHeaders(content), cutAfter: 80_000 });
  await saveTo(join(folder, "data.bin"), get(right.url), { ...atOnce, onProgress: right.onProgress });
  expect(right.requests.map(({ range }) => range)).toEqual([undefined, "bytes=80000-"]);
  const wrong = await startFile({ headers: toHeaders(other) });
  const error = await failure(saveTo(join(folder, "data.bin"), get(wrong.url), atOnce));
  expect(error).toBeInstanceOf(DownloadError);
  expect(error.message).toMatch(/digest is [0-9a-f]+, but [a-z0-9-]+ says [0-9a-f]+ \(after 200000 of 200000 bytes\)/);
  expect(wrong.requests).toHaveLength(1);
  expect([holds(join(folder, "data.bin"), content), readdirSync(folder)]).toEqual([true, ["data.bin"]]);
});

test.each([
  ["sha256", toHex],
  ["sha256", toBase64],
  ["md5", toHex],
])("checks a given checksum: %s", async (algorithm, encode) => {
  const folder = makeFolder();
  const { url } = await startFile({ headers: identities[0][1](content) });
  const save = (bytes: Uint8Array) =>
    saveTo(join(folder, "data.bin"), get(url), { checksum: { algorithm, digest: encode(algorithm, bytes) } });
  await save(content);
  expect((await failure(save(other))).message).toContain(`but checksum says ${toHex(algorithm, other)}`);
  expect(holds(join(folder, "data.bin"), content)).toBe(true);
});

test("saves a compressed answer as it is meant, with an unknown size, and anew after a cut", async () => {
  const packed = gzipSync(content);
  const headers = { "content-encoding": "gzip", ...identities[0][1](packed) };
  const { url, requests } = await startFile(
    { content: packed, headers, cutAfter: 100_000, cutsBlindly: true },
    { content: packed, headers },
  );
  const totals = new Set<number | undefined>();
  const onProgress = ({ total }: DownloadProgress) => totals.add(total);
  const { path, bytes } = await saveTo(join(makeFolder(), "data.bin"), get(url), { ...atOnce, onProgress });
  expect([holds(path, content), bytes, [...totals]]).toEqual([true, content.length, [undefined]]);
  expect(requests.map(({ range }) => range)).toEqual([undefined, undefined]);
});

test("takes a body that comes byte by byte", async () => {
  const bytes = content.subarray(0, 300);
  const { url } = await startService((_, response) => {
    response.writeHead(200, { "content-length": bytes.length });
    const drip = (index: number): void => {
      if (index === bytes.length) response.end();
      else response.write(bytes.subarray(index, index + 1), () => setImmediate(drip, index + 1));
    };
    drip(0);
  });
  const { path } = await saveTo(join(makeFolder(), "data.bin"), get(url));
  expect(holds(path, bytes)).toBe(true);
});

test("reads no further than it writes", async () => {
  let pulled = 0;
  let written = 0;
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        // One piece is being written, and one is asked for, at the most.
        expect(pulled - written).toBeLessThanOrEqual(1);
        pulled += 1;
        if (pulled > 50) controller.close();
        else controller.enqueue(new Uint8Array(1000));
      },
    },
    { highWaterMark: 0 },
  );
  await saveTo(join(makeFolder(), "data.bin"), new Response(body), {
    onProgress: ({ bytes }) => {
      written = bytes / 1000;
    },
  });
  expect(written).toBe(50);
});

test("asks nothing when the signal has aborted before", async () => {
  const { url, requests } = await startFile();
  const reason = new Error("enough");
  const folder = makeFolder();
  expect(await failure(saveTo(folder, get(url), { signal: AbortSignal.abort(reason) }))).toBe(reason);
  expect([requests, readdirSync(folder)]).toEqual([[], []]);
});

test.each([true, false])(
  "rejects with the reason while it waits for the answer (signal passed on: %s)",
  async (passes) => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const closed: Promise<unknown>[] = [];
    const { url } = await startService((request, response) => {
      closed.push(once(response, "close"));
      controller.abort(reason);
      // Answered too late, to one who has gone.
      if (!passes) sendFile(request, response, { content });
    });
    const folder = makeFolder();
    const call: DownloadCall = ({ headers, signal }) => fetch(url, { headers, ...(passes && { signal }) });
    expect(await failure(saveTo(folder, call, { signal: controller.signal }))).toBe(reason);
    await Promise.all(closed);
    expect(readdirSync(folder)).toEqual([]);
  },
);

test.each([true, false])(
  "ends in the middle of the body on an abort, and the connection with it (signal passed on: %s)",
  async (passes) => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const closed: Promise<unknown>[] = [];
    const { url, requests } = await startService((_, response) => {
      closed.push(once(response, "close"));
      response.writeHead(200, { "content-length": 1000 }).write("beginning");
    });
    const folder = makeFolder();
    const path = join(folder, "data.bin");
    writeFileSync(path, "old");
    const call: DownloadCall = ({ headers, signal }) => fetch(url, { headers, ...(passes && { signal }) });
    const onProgress = ({ bytes }: DownloadProgress) => bytes > 0 && setImmediate(() => controller.abort(reason));
    expect(await failure(saveTo(path, call, { ...atOnce, signal: controller.signal, onProgress }))).toBe(reason);
    await Promise.all(closed);
    expect([requests.length, readdirSync(folder), readFileSync(path, "utf8")]).toEqual([1, ["data.bin"], "old"]);
  },
);

test("ends while it waits to resume", async () => {
  const controller = new AbortController();
  const reason = new Error("enough");
  const { url } = await startFile({ cutAfter: 10, cutsBlindly: true });
  const folder = makeFolder();
  const sleep = () => {
    controller.abort(reason);
    return new Promise(() => {});
  };
  expect(await failure(saveTo(folder, get(url), { signal: controller.signal, sleep }))).toBe(reason);
  expect(readdirSync(folder)).toEqual([]);
});

test("ends its own timer on an abort", async () => {
  const controller = new AbortController();
  const { url } = await startFile({ cutAfter: 10, cutsBlindly: true });
  const random = () => {
    setImmediate(() => controller.abort());
    return 1e9;
  };
  const error = await failure(saveTo(makeFolder(), get(url), { signal: controller.signal, random }));
  expect(error).toBe(controller.signal.reason);
});

test("an abort in the last moment leaves the old file", async () => {
  const controller = new AbortController();
  const path = join(makeFolder(), "data.bin");
  writeFileSync(path, "old");
  const { url } = await startFile();
  const onProgress = ({ bytes }: DownloadProgress) => bytes === content.length && controller.abort();
  await failure(saveTo(path, get(url), { signal: controller.signal, onProgress }));
  expect(readFileSync(path, "utf8")).toBe("old");
});

test("ends with what the progress callback throws", async () => {
  const folder = makeFolder();
  const error = new Error("mine");
  const { url, requests } = await startFile();
  const onProgress = ({ bytes }: DownloadProgress) => {
    if (bytes > 0) throw error;
  };
  expect(await failure(saveTo(folder, get(url), { ...atOnce, onProgress }))).toBe(error);
  expect([requests.length, readdirSync(folder)]).toEqual([1, []]);
});

test.each<[string, (folder: string) => string, RegExp]>([
  [
    "a folder that is missing",
    (folder) => join(folder, "none", "data.bin"),
    /there is no folder .*none; it has to exist/,
  ],
  ["a missing folder itself", (folder) => `${join(folder, "none")}/`, /there is no folder .*none; it has to exist/],
  ["a file for a folder", (folder) => join(folder, "read-only", "data.bin"), /there is no folder .*read-only/],
  ["a file for a folder itself", (folder) => `${join(folder, "read-only")}/`, /there is no folder .*read-only/],
  ["a read-only file", (folder) => join(folder, "read-only"), /read-only; it is not replaced/],
  ["a device", () => "/dev/null", /is no file/],
  ["nothing", () => "", /target is ""; it takes/],
  ["a null byte", (folder) => join(folder, "a\0b"), /it takes the path/],
])("refuses %s before it asks", async (_, toTarget, message) => {
  const folder = makeFolder();
  writeFileSync(join(folder, "read-only"), "old", { mode: 0o444 });
  const { url, requests } = await startFile();
  const error = await failure(saveTo(toTarget(folder), get(url)));
  expect(error).toBeInstanceOf(OptionError);
  expect(error.message).toMatch(message);
  expect([requests, readdirSync(folder)]).toEqual([[], ["read-only"]]);
});

test("ends the transfer of an answer that was given, when the target is refused", async () => {
  const body = new Promise((resolve) => {
    const response = new Response(new ReadableStream({ cancel: resolve }));
    void failure(saveTo("/no/such/folder", response));
  });
  await body;
});

test("throws a DownloadError when the folder goes away", async () => {
  const folder = join(makeFolder(), "inner");
  mkdirSync(folder);
  const { url } = await startFile();
  const onProgress = () => rmSync(folder, { recursive: true, force: true });
  const error = await failure(saveTo(join(folder, "data.bin"), get(url), { onProgress }));
  expect(error).toMatchObject({ name: "DownloadError", bytes: content.length, cause: { code: "ENOENT" } });
  expect(error.message).toBe(`${join(folder, "data.bin")} cannot be written`);
});

test("throws a DownloadError when the folder is gone with the answer, and ends the transfer", async () => {
  const folder = join(makeFolder(), "inner");
  mkdirSync(folder);
  let end = (): void => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const call = async () => {
    rmSync(folder, { recursive: true });
    return new Response(new ReadableStream({ cancel: end }));
  };
  const error = await failure(saveTo(join(folder, "data.bin"), call));
  expect(error).toMatchObject({ name: "DownloadError", bytes: 0, cause: { code: "ENOENT" } });
  await ended;
});

test("throws a DownloadError when a folder takes the place of the target, and leaves that alone", async () => {
  const folder = makeFolder();
  const { url } = await startFile();
  const onProgress = () => mkdirSync(join(folder, "data.bin"), { recursive: true });
  const error = await failure(saveTo(join(folder, "data.bin"), get(url), { onProgress }));
  expect(error).toMatchObject({ name: "DownloadError", cause: expect.any(Error) });
  expect(readdirSync(folder)).toEqual(["data.bin"]);
});

test.skipIf(process.platform === "win32")("throws a DownloadError when the disk takes no more", async () => {
  const folder = makeFolder();
  writeFileSync(join(folder, "data.bin"), "old");
  // A limit on the size of files stands for a full disk: the write fails in the middle (EFBIG), as it would there (ENOSPC).
  const script = `import { saveTo } from ${JSON.stringify(new URL("../node.ts", import.meta.url).href)};
const error = await saveTo(process.argv[1], new Response(new Uint8Array(1e6))).catch((error) => error);
console.log(error.name, error.message, error.bytes < 1e6, error.cause.code);`;
  const shell = `trap "" XFSZ; ulimit -f 64; exec "$0" "$@"`;
  const { stdout } = await promisify(execFile)("sh", [
    "-c",
    shell,
    process.execPath,
    "--input-type=module",
    "--eval",
    script,
    join(folder, "data.bin"),
  ]);
  expect(stdout).toBe("DownloadError The file cannot be written (after 0 bytes) true EFBIG\n");
  expect([readdirSync(folder), readFileSync(join(folder, "data.bin"), "utf8")]).toEqual([["data.bin"], "old"]);
});

test("of many saves to one target each writes all of its own, and the last one stays", async () => {
  const path = join(makeFolder(), "data.bin");
  const contents = Array.from({ length: 8 }, (_, seed) => makeContent(50_000, seed));
  const saves = contents.map(async (bytes, index) => {
    const { url, onProgress } = await startFile({ content: bytes, cutAfter: 1000 * index }, { content: bytes });
    const { resumes } = await saveTo(path, get(url), { ...atOnce, onProgress });
    // Read once: another one may be there the next time.
    const saved = readFileSync(path);
    expect(contents.filter((candidate) => saved.equals(candidate))).toHaveLength(1);
    return resumes;
  });
  expect(await Promise.all(saves)).toEqual(Array(8).fill(1));
  expect(readdirSync(join(path, ".."))).toEqual(["data.bin"]);
});

test("of many saves to one target that must not be replaced one succeeds", async () => {
  const folder = makeFolder();
  const { url } = await startFile();
  const path = join(folder, "data.bin");
  const results = await Promise.allSettled(
    Array.from({ length: 8 }, () => saveTo(path, get(url), { overwrite: false })),
  );
  expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  for (const result of results) {
    if (result.status === "rejected") expect(result.reason).toBeInstanceOf(OptionError);
  }
  expect([holds(path, content), readdirSync(folder)]).toEqual([true, ["data.bin"]]);
});

test.each<[SaveOptions, RegExp]>([
  [{ overwrte: true } as SaveOptions, /Unknown option "overwrte"; the options are: signal, onProgress/],
  [{ maxResumes: -1 }, /"maxResumes" is -1; it takes an integer of 0 or more/],
  [{ maxResumes: 1.5 }, /"maxResumes" is 1.5/],
  [{ fileName: "a/b" }, /"fileName" is "a\/b"; it takes the name of a file, without a folder/],
  [{ fileName: ".." }, /"fileName" is "\.\."/],
  [{ fileName: "" }, /"fileName" is ""/],
  [{ checksum: { algorithm: "sha-256", digest: "" } }, /"checksum" is .*sha-256.*the algorithms are .*sha256/],
  [{ checksum: { algorithm: "sha256", digest: "abc" } }, /"checksum" is .*"abc"/],
  [{ overwrite: "no" as unknown as boolean }, /"overwrite" is "no"; it takes true or false/],
  [{ onProgress: 1 as unknown as () => void }, /"onProgress" is 1; it takes a function/],
])("refuses the options %j and says what is allowed", async (options, message) => {
  const { url, requests } = await startFile();
  const error = await failure(saveTo(makeFolder(), get(url), options));
  expect(error).toBeInstanceOf(OptionError);
  expect(error.message).toMatch(message);
  expect(requests).toEqual([]);
});

test("whatever happens, the target has all the right bytes or is as it was, and nothing else is there", async () => {
  const outcomes = new Set<string>();
  for (let seed = 0; seed < 200; seed += 1) outcomes.add(await playScenario(seed));
  expect([...outcomes].sort()).toEqual(["AbortError", "ApiError", "DownloadError", "TypeError", "resumed", "saved"]);
});

/** Saves a file from a service that does everything wrong now and then, checks the promise, and tells how it ended. */
async function playScenario(seed: number): Promise<string> {
  const random = createRandom(seed);
  const pick = <T>(...choices: readonly T[]): T => choices[Math.floor(random() * choices.length)] as T;
  const chance = (share: number) => random() < share;
  const versions = [content, other, other.subarray(0, 150_000)];
  const validates = chance(0.8);
  const packs = chance(0.1);
  const controller = new AbortController();
  let version = 0;
  const { url, onProgress } = await startService((request, response, _, service) => {
    const bytes = versions[version] ?? content;
    const body = packs ? gzipSync(bytes) : bytes;
    const answer: FileAnswer = {
      content: body,
      etag: validates ? `"${version}"` : pick(undefined, `W/"${version}"`),
      headers: {
        ...(packs && { "content-encoding": "gzip" }),
        ...(chance(0.3) && { "content-digest": `sha-256=:${toBase64("sha256", body)}:` }),
      },
      cutAfter: chance(0.6) ? Math.floor(random() * body.length) : undefined,
      cutsBlindly: packs || chance(0.2),
      chunked: chance(0.2),
      ignoresRange: chance(0.15),
      ignoresIfRange: chance(0.15),
      ...(chance(0.2) && { partLimit: 1 + Math.floor(random() * 80_000) }),
    };
    if (chance(0.1)) response.writeHead(pick(404, 429, 503)).end("no");
    else if (chance(0.05)) response.socket?.destroy();
    else sendFile(request, response, answer, service);
    if (chance(0.15)) version = Math.min(version + 1, versions.length - 1);
    if (chance(0.05)) setImmediate(() => controller.abort());
  });
  const folder = makeFolder();
  const path = join(folder, "data.bin");
  const before = pick("old", undefined);
  if (before !== undefined) writeFileSync(path, before);
  const options = { ...atOnce, onProgress, signal: controller.signal, maxResumes: pick(0, 2, 5) };
  const result = await saveTo(path, get(url), options).catch((error: Error) => error);
  if (result instanceof Error) {
    expect(readdirSync(folder), `seed ${seed}`).toEqual(before === undefined ? [] : ["data.bin"]);
    expect(before === undefined || readFileSync(path, "utf8") === before, `seed ${seed}`).toBe(true);
    return result.name;
  }
  expect(readdirSync(folder), `seed ${seed}`).toEqual(["data.bin"]);
  expect(versions.filter((bytes) => holds(path, bytes)).length, `seed ${seed}`).toBe(1);
  return result.resumes > 0 ? "resumed" : "saved";
}

test("is not part of the main entry, nor of anything that it imports", () => {
  const source = fileURLToPath(new URL("..", import.meta.url));
  const found = new Set<string>();
  const walk = (file: string): void => {
    if (found.has(file)) return;
    found.add(file);
    for (const [, name = ""] of readFileSync(file, "utf8").matchAll(/ from "([^"]+)"/g)) {
      expect(name).not.toMatch(/^node:/);
      if (name.startsWith(".")) walk(join(file, "..", name));
    }
  };
  walk(join(source, "index.ts"));
  expect(found.size).toBeGreaterThan(5);
  expect([...found].filter((file) => file.includes("/download/"))).toEqual([]);
});
