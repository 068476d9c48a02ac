import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { document } from "../fixtures/traffic.ts";
import { checkHar, type HarOptions } from "./har.ts";

const service = "https://eu.runs.example/v1";
const good = JSON.stringify({ id: 1, note: "é" });
const length = Buffer.byteLength(good);

const toList = (headers: Record<string, string>) => Object.entries(headers).map(([name, value]) => ({ name, value }));

interface Parts {
  request?: object;
  headers?: Record<string, string>;
  response?: object;
  content?: object;
}

/** An entry of a run that is as documented, with what a test makes different. */
function toEntry({ request, headers = {}, response, content }: Parts = {}) {
  return {
    startedDateTime: "2026-01-01T00:00:00.000Z",
    time: 12.5,
    request: { method: "GET", url: `${service}/runs/1`, headers: [], headersSize: -1, bodySize: 0, ...request },
    response: {
      status: 200,
      headers: toList({ "content-type": "application/json", "x-cost": "1", ...headers }),
      content: content ?? { size: length, mimeType: "application/json", text: good },
      bodySize: -1,
      ...response,
    },
    cache: {},
    timings: {},
  };
}

const toHar = (...entries: unknown[]) => ({
  log: { version: "1.2", creator: { name: "test", version: "1" }, entries },
});

async function check(parts: Parts, options: HarOptions = {}) {
  const { findings, skipped } = await checkHar(document, toHar(toEntry(parts)), options);
  return { findings: findings.map(({ message }) => message), skipped: skipped.map(({ reason }) => reason) };
}

const wrong = '{"id":"x"}';
const wrongSize = Buffer.byteLength(wrong);
const toBase64 = (bytes: string | Uint8Array) => Buffer.from(bytes).toString("base64");

test.each([
  ["as text", { content: { size: wrongSize, mimeType: "application/json", text: wrong } }],
  [
    "as base64",
    { content: { size: wrongSize, mimeType: "application/json", text: toBase64(wrong), encoding: "base64" } },
  ],
  [
    "of unknown size, as Playwright's minimal mode has it",
    { content: { size: -1, mimeType: "application/json", text: wrong } },
  ],
  [
    "decoded beside the header that says how it was encoded",
    {
      headers: { "content-encoding": "br", "content-length": "5" },
      content: { size: wrongSize, mimeType: "", text: wrong },
    },
  ],
  [
    "as base64, decoded beside the header that says how it was encoded",
    { headers: { "content-encoding": "br" }, content: { size: wrongSize, text: toBase64(wrong), encoding: "base64" } },
  ],
  [
    "as base64, still encoded",
    {
      headers: { "content-encoding": "gzip" },
      content: { size: 9, text: toBase64(gzipSync(wrong)), encoding: "base64" },
    },
  ],
  [
    "with pseudo headers, without a Content-Type among them",
    {
      response: { headers: toList({ ":status": "200", "x-cost": "1" }) },
      content: { mimeType: "application/json", text: wrong },
    },
  ],
] satisfies [string, Parts][])("a body is read %s", async (_, parts) => {
  expect(await check(parts)).toEqual({ findings: ["/id must be integer"], skipped: [] });
});

const notKept = ["a body is not recorded completely, so it was not checked"];
test.each([
  ["that is missing", { content: { size: length, mimeType: "application/json" } }],
  ["that is missing without a size", { content: { size: 0, mimeType: "application/json", comment: "not included" } }],
  ["that is an empty text of some size", { content: { size: length, mimeType: "application/json", text: "" } }],
  ["that is cut", { content: { size: length + 1, mimeType: "application/json", text: good } }],
  ["that is shorter than announced", { headers: { "content-length": "99" }, content: { text: good } }],
  ["of an unknown encoding", { content: { text: "%7B", encoding: "percent" } }],
] satisfies [string, Parts][])("a body %s is not checked, and that is said", async (_, parts) => {
  expect(await check(parts)).toEqual({ findings: [], skipped: notKept });
});

test("a body that was written in another charset is text here", async () => {
  const headers = { "content-type": "application/json; charset=iso-8859-1", "content-length": String(length - 1) };
  expect(await check({ headers })).toEqual({ findings: [], skipped: [] });
});

test("pseudo headers of HTTP/2 are no headers", async () => {
  const headers = toList({ ":method": "GET", ":path": "/v1/runs/1", accept: "*/*" });
  const content = { size: wrongSize, mimeType: "application/json", text: wrong };
  const { findings } = await checkHar(document, toHar(toEntry({ request: { headers }, content })));
  expect(findings[0]?.exchange?.request.headers).toEqual({ accept: "*/*" });
});

test("an empty body is one where the numbers say so", async () => {
  const content = { size: 0, mimeType: "x-unknown", text: "" };
  expect((await check({ headers: { "content-length": "0" }, content })).findings).toEqual([
    "the body is empty, expected JSON",
  ]);
});

test("a body beside the file is read, and one that is not there is not checked", async () => {
  const content = { size: wrongSize, mimeType: "application/json", _file: "a.json" };
  const names: string[] = [];
  const readAttachment = async (name: string) => {
    names.push(name);
    return Buffer.from(wrong);
  };
  expect((await check({ content }, { readAttachment })).findings).toEqual(["/id must be integer"]);
  expect(names).toEqual(["a.json"]);
  expect(await check({ content }, { readAttachment: async () => undefined })).toEqual({
    findings: [],
    skipped: notKept,
  });
});

test("headers and credentials that a recorder left out are not missed", async () => {
  expect(await check({ response: { headers: [] } })).toEqual({ findings: [], skipped: [] });
  expect((await check({ response: { headers: toList({ "content-type": "application/json" }) } })).findings).toEqual([
    "header X-Cost is missing",
  ]);
});

test.each([
  [
    "a text",
    { postData: { mimeType: "application/json", text: '{"size":1}' } },
    ["the body must have required property 'name'"],
  ],
  [
    "base64",
    { postData: { mimeType: "application/json", text: toBase64("{}"), encoding: "base64" } },
    ["the body must have required property 'name'"],
  ],
  [
    "empty where there was one",
    { headers: toList({ "content-length": "9" }), postData: { mimeType: "application/json", text: "" } },
    [],
  ],
  ["not there where there was one", { bodySize: 9 }, ["content type is missing, documented: application/json"]],
  ["not there", {}, ["the body is missing"]],
])("a request's body is %s", async (_, request, findings) => {
  const url = `${service}/runs`;
  expect((await check({ request: { method: "post", url, ...request }, response: { status: 201 } })).findings).toEqual(
    findings,
  );
});

test("entries of other services, of WebSockets and preflight requests are not concerned", async () => {
  const report = await checkHar(
    document,
    toHar(
      toEntry(),
      toEntry({ request: { url: "https://eu.runs.example/v12/runs/1" } }),
      toEntry({ request: { url: "https://other.example/v1/runs/1" } }),
      toEntry({ request: { url: "data:text/plain,a" } }),
      toEntry({ request: { url: `${service}/socket` }, response: { status: 101 } }),
      toEntry({ request: { method: "options", url: `${service}/runs` }, response: { status: 204 } }),
    ),
  );
  expect(report).toMatchObject({ requests: 1, notConcerned: 5, findings: [], baseUrl: service });
});

test("servers of the document stand for any value of their variables; a base URL replaces them", async () => {
  const har = toHar(
    toEntry({ request: { url: "https://US.runs.example:443/v1/runs/1#top" } }),
    toEntry({ request: { url: "http://127.0.0.1:8080/runs/1" } }),
  );
  expect(await checkHar(document, har)).toMatchObject({ requests: 1, notConcerned: 1 });
  const baseUrl = "http://127.0.0.1:8080/";
  expect(await checkHar(document, har, { baseUrl })).toMatchObject({ requests: 1, notConcerned: 1, baseUrl });
});

test("a request that the browser gave up is told, and not judged", async () => {
  const har = toHar(
    toEntry(),
    toEntry({ response: { status: 0, headers: [], _error: "net::ERR_FAILED" } }),
    toEntry({ request: { url: `${service}/bytes` }, response: { status: -1, _failureText: "blocked" } }),
  );
  expect((await checkHar(document, har)).skipped).toMatchObject([
    { operationId: "getRun", reason: "the entry has no answer: net::ERR_FAILED" },
    { operationId: "getBytes", reason: "the entry has no answer: blocked" },
  ]);
});

test("calls that the document does not have are drift where the service knows them, and the client's where not", async () => {
  const har = toHar(
    toEntry({ request: { url: `${service}/shadow` } }),
    toEntry({ request: { method: "PUT" }, response: { status: 405 } }),
  );
  const { findings, requests } = await checkHar(document, har);
  expect(requests).toBe(2);
  expect(findings).toMatchObject([
    {
      severity: "drift",
      operationId: "GET /shadow",
      documentPointer: "#/paths",
      blame: { party: "document" },
      case: { title: "entry 1" },
    },
    {
      severity: "failure",
      operationId: "PUT /runs/{id}",
      documentPointer: "#/paths/~1runs~1{id}",
      blame: { party: "client" },
    },
  ]);
});

test.each([
  [{}, "It is no HAR file: it has no list log.entries."],
  [toHar(), "The HAR file has no entries, so there is nothing to check."],
  [toHar(toEntry(), {}), "log.entries[1] has no request with an absolute url, or no response."],
  [
    toHar(toEntry({ request: { url: "https://a.example/x?token=hidden" } })),
    "None of its 1 entries belongs to the service, so nothing was checked. Looked for: https://{region}.runs.example/v1. Found: https://a.example (1).",
  ],
  [toHar(toEntry({ response: { status: 0 } })), "None of the entries that belong to the service has an answer"],
])("refuses %#: nothing to check is no success", async (har, message) => {
  await expect(checkHar(document, har)).rejects.toThrow(message);
});

test("needs a base URL where the document has no absolute server", async () => {
  const relative = { ...document, servers: [{ url: "/v1" }] };
  await expect(checkHar(relative, toHar(toEntry()))).rejects.toThrow("say it with --base-url");
});
