import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { listApis } from "@artifetch/document/load";
import { expect, onTestFinished, test } from "vitest";
import { sendOnWire, type WireRequest } from "../fixtures/wire.ts";
import { OptionError } from "./errors.ts";
import { createMockFetch } from "./fetch.ts";
import type { AnswerOptions } from "./options.ts";
import { startMockServer } from "./server.ts";

const fixtures = new URL("../fixtures/", import.meta.url);
const service = new URL("service.yaml", fixtures);
const mockFetch = createMockFetch(service);

const json = { "content-type": "application/json" };

function toDocument(paths: object, servers: object[] = []): object {
  return { openapi: "3.1.0", info: { title: "Inline", version: "1" }, servers, paths };
}

function toOperation(example: unknown): object {
  return { responses: { 200: { description: "OK", content: { "application/json": { example } } } } };
}

test("takes a string, a URL, and a Request with its init", async () => {
  const url = "https://any.example/runs/42";
  for (const input of [url, new URL(url), new Request(url)]) {
    const response = await mockFetch(input);
    expect([response.status, response.ok, response.statusText, response.url]).toEqual([200, true, "OK", url]);
    expect(await response.json()).toEqual({ id: 42, state: "done" });
  }
  expect((await mockFetch(new Request(url), { method: "PATCH" })).status).toBe(405);
});

test("takes an API name, a path, a URL and a document", async () => {
  const document = toDocument({ "/a": { get: toOperation({ a: 1 }) } });
  expect(await (await createMockFetch(document)("https://x.example/a")).json()).toEqual({ a: 1 });
  const path = new URL("second.yaml", fixtures).pathname;
  expect(await (await createMockFetch(path)("https://x.example/things")).json()).toEqual({ things: [] });
  expect((await createMockFetch(pathToFileURL(path))("https://x.example/things")).status).toBe(200);
  const [api = ""] = listApis();
  expect((await createMockFetch(api)("https://x.example/no-such-path")).status).toBe(404);
});

test("answers as the server does over a socket", async () => {
  const requests: WireRequest[] = JSON.parse(await readFile(new URL("requests.json", fixtures), "utf8"));
  const mock = await startMockServer({ targets: [service], port: 0, cors: false });
  onTestFinished(() => mock.close());
  // fetch adds these itself, and cannot send a body in chunks from a string.
  const same = requests.filter(({ headers = {} }) => headers.accept && !headers["transfer-encoding"]);
  expect(same.length).toBeGreaterThan(5);
  for (const request of same) {
    const { method, path, headers = {}, body } = request;
    const response = await mockFetch(`http://x.example${path}`, {
      method,
      headers,
      ...(body !== undefined && { body }),
    });
    const answer = {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: await response.text(),
    };
    expect(answer, request.title).toEqual(await sendOnWire(mock.port, request));
  }
});

type Body = NonNullable<RequestInit["body"]>;

const bodies: [string, Body][] = [
  ["a string", '{"name":"a"}'],
  ["bytes", new TextEncoder().encode('{"name":"a"}')],
  ["a Blob", new Blob(['{"name":"a"}'])],
  ["a stream", new Blob(['{"name":"a"}']).stream()],
];

for (const [kind, body] of bodies) {
  test(`takes ${kind} as the body`, async () => {
    const init: RequestInit & { duplex: "half" } = { method: "POST", headers: json, body, duplex: "half" };
    expect((await mockFetch("https://x.example/runs", init)).status).toBe(201);
  });
}

test("takes forms as the body, with their own type", async () => {
  const send = async (path: string, body: Body) =>
    (await mockFetch(`https://x.example${path}`, { method: "POST", body })).status;
  const form = new FormData();
  form.set("file", new Blob(["abc"]), "a.txt");
  expect(await send("/uploads", form)).toBe(200);
  expect(await send("/uploads", new FormData())).toBe(422);
  expect(await send("/forms", new URLSearchParams({ size: "1" }))).toBe(200);
  expect(await send("/forms", new URLSearchParams({ size: "x" }))).toBe(422);
});

test("refuses a body that breaks its schema, and names the property", async () => {
  const response = await mockFetch("https://x.example/runs", { method: "POST", headers: json, body: '{"name":1}' });
  expect([response.status, await response.json()]).toMatchObject([
    422,
    { validation: [{ location: ["body", "name"] }] },
  ]);
});

test("an answer without a body has none", async () => {
  const gone = await mockFetch("https://x.example/runs/42", { method: "DELETE" });
  expect([gone.status, gone.body]).toEqual([204, null]);
  const head = await mockFetch("https://x.example/runs/42", { method: "HEAD" });
  expect([head.status, head.headers.get("content-length"), await head.text()]).toEqual([200, "24", ""]);
});

test("an answer whose status excludes a body has none, whatever the document says", async () => {
  const response = await mockFetch("https://x.example/answers/default", { headers: { prefer: "code=204" } });
  expect([response.status, response.body]).toEqual([204, null]);
});

test("accepts any type where the request does not say, as fetch does", async () => {
  // Prism names text/plain for an undescribed answer to a request without Accept.
  expect((await mockFetch("https://x.example/answers/empty")).headers.get("content-type")).toBe(null);
});

test("gives the bytes of a download", async () => {
  const response = await mockFetch("https://x.example/files/text");
  expect(new Uint8Array(await response.arrayBuffer())).toEqual(new TextEncoder().encode("héllo\n"));
});

test("finds a path under any origin, and under the base paths of the document's servers", async () => {
  for (const url of [
    "http://localhost:1/runs/42",
    "https://depot.example/base/runs/42",
    "https://us.depot.example/v9/runs/42",
    "http://localhost:1/base/runs/42",
    "http://localhost:1/relative/runs/42",
  ]) {
    expect((await mockFetch(url)).status, url).toBe(200);
  }
  for (const url of ["https://x.example/bases/runs/42", "https://x.example/base", "https://x.example/other/runs/42"]) {
    expect((await mockFetch(url)).status, url).toBe(404);
  }
});

test("prefers the path without its base on the document's own server, and the path as it is elsewhere", async () => {
  const paths = { "/a": { get: toOperation("short") }, "/v1/a": { get: toOperation("long") } };
  const versioned = createMockFetch(toDocument(paths, [{ url: "https://own.example/v1/" }]));
  expect(await (await versioned("https://own.example/v1/a")).json()).toBe("short");
  expect(await (await versioned("https://other.example/v1/a")).json()).toBe("long");
});

test("takes away the longest base path that fits", async () => {
  const paths = { "/a": { get: toOperation("short") }, "/eu/a": { get: toOperation("long") } };
  const servers = [{ url: "https://own.example/v1" }, { url: "https://own.example/v1/eu" }];
  const regional = createMockFetch(toDocument(paths, servers));
  expect(await (await regional("https://own.example/v1/eu/a")).json()).toBe("short");
});

test("finds a path below the base URL that the client was given", async () => {
  const proxied = createMockFetch(service, { baseUrl: "https://proxy.example/depot/" });
  for (const url of ["https://proxy.example/depot/runs/42", "https://proxy.example/runs/42"])
    expect((await proxied(url)).status, url).toBe(200);
  expect((await mockFetch("https://proxy.example/depot/runs/42")).status).toBe(404);
});

test("keeps the query behind a base path", async () => {
  const response = await mockFetch("https://depot.example/base/runs?filter[project_id]=1&page[size]=11");
  expect(await response.text()).toContain("page[size] must be <= 10");
});

test("rejects with the signal's reason, before and during a request", async () => {
  const reason = new Error("changed my mind");
  const before = AbortSignal.abort(reason);
  await expect(mockFetch("https://x.example/runs/42", { signal: before })).rejects.toBe(reason);
  const controller = new AbortController();
  const during = mockFetch("https://x.example/runs/42", { signal: controller.signal });
  controller.abort(reason);
  await expect(during).rejects.toBe(reason);
  const answered = await mockFetch("https://x.example/runs/42", { signal: new AbortController().signal });
  expect(answered.status).toBe(200);
});

test("rejects as fetch does for a relative URL", async () => {
  await expect(mockFetch("/runs/42")).rejects.toThrow(TypeError);
});

test("rejects with the reason when the target cannot be read", async () => {
  await expect(createMockFetch("no-such-api")("https://x.example/")).rejects.toMatchObject({ name: "DocumentError" });
});

test("makes bodies up with dynamic: true", async () => {
  const dynamicFetch = createMockFetch(service, { dynamic: true, seed: "s" });
  const read = async () => (await dynamicFetch("https://x.example/answers/generated")).text();
  expect(await read()).toBe(await read());
  expect(await read()).not.toBe('{"id":1,"state":"queued"}');
});

test("refuses a wrong target and wrong options at once", () => {
  expect(() => createMockFetch("")).toThrow(OptionError);
  // A caller without types may give options of the server.
  const options: AnswerOptions = JSON.parse('{"port":1}');
  expect(() => createMockFetch(service, options)).toThrow(
    'Option "port" does not exist. Options: dynamic, seed, errors, fault, latency, stateful, baseUrl, journal.',
  );
});
