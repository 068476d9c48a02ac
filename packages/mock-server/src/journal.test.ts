import { expect, onTestFinished, test } from "vitest";
import { createMockFetch } from "./fetch.ts";
import type { JournalEntry } from "./journal.ts";
import type { MockServerOptions } from "./options.ts";
import { startMockServer } from "./server.ts";

const service = new URL("../fixtures/service.yaml", import.meta.url);
const second = new URL("../fixtures/second.yaml", import.meta.url);
const json = { "content-type": "application/json" };

async function start(options: MockServerOptions) {
  const server = await startMockServer({ port: 0, ...options });
  onTestFinished(() => server.close());
  return server;
}

test("has each request beside its answer, with the operation that answered", async () => {
  const mockFetch = createMockFetch(service);
  const body = JSON.stringify({ name: "a" });
  await mockFetch("https://depot.example/base/runs?x=1&x=2&y=%20", { method: "POST", headers: json, body });
  expect(mockFetch.journal.entries).toEqual([
    {
      operationId: "createRun",
      request: {
        method: "POST",
        url: "https://depot.example/base/runs?x=1&x=2&y=%20",
        path: "/base/runs",
        query: { x: ["1", "2"], y: " " },
        headers: { accept: "*/*", "content-type": "application/json" },
        text: body,
        json: { name: "a" },
        sizeBytes: 12,
      },
      response: {
        status: 201,
        headers: { "content-type": "application/json", "content-length": "26" },
        text: '{"id":42,"state":"queued"}',
        json: { id: 42, state: "queued" },
        sizeBytes: 26,
      },
      problems: [],
    },
  ] satisfies JournalEntry[]);
});

test("says what was wrong with a request, and names no operation where none answered", async () => {
  const mockFetch = createMockFetch(service);
  await mockFetch("https://any.example/runs", { method: "POST", headers: json, body: '{"name":1}' });
  await mockFetch("https://any.example/nothing");
  expect(mockFetch.journal.entries).toMatchObject([
    { operationId: "createRun", response: { status: 422 }, problems: ["Request body property name must be string"] },
    { request: { path: "/nothing" }, response: { status: 404 } },
  ]);
  expect(mockFetch.journal.entries[1]).not.toHaveProperty("operationId");
});

test("finds the entries of an operation, and forgets all of them", async () => {
  const { journal, ...rest } = createMockFetch(service);
  expect(rest).toEqual({});
  const mockFetch = createMockFetch(service);
  for (const path of ["/runs/1", "/answers/empty", "/runs/2"]) await mockFetch(`https://any.example${path}`);
  const { entries } = mockFetch.journal;
  expect(mockFetch.journal.find("getRun").map(({ request }) => request.path)).toEqual(["/runs/1", "/runs/2"]);
  expect(mockFetch.journal.find("noSuchOperation")).toEqual([]);
  mockFetch.journal.clear();
  expect([mockFetch.journal.entries, entries.length, journal.entries]).toEqual([[], 3, []]);
});

test("keeps the last entries up to its limit", async () => {
  const mockFetch = createMockFetch(service, { journal: { limit: 2 } });
  for (const id of [1, 2, 3]) await mockFetch(`https://any.example/runs/${id}`);
  expect(mockFetch.journal.entries.map(({ request }) => request.path)).toEqual(["/runs/2", "/runs/3"]);
});

const secret = "hunter2";
const withSecrets = (mockFetch: typeof fetch) =>
  mockFetch(`https://any.example/secured/either?key=${secret}&other=1`, {
    headers: { "X-Api-Key": secret, Authorization: `Bearer ${secret}`, Cookie: `sid=${secret}`, "X-Other": "shown" },
  });

test("has credentials redacted, in headers, in the URL and in the query", async () => {
  const mockFetch = createMockFetch(service);
  await withSecrets(mockFetch);
  const [{ request } = {}] = mockFetch.journal.entries;
  expect(JSON.stringify(mockFetch.journal.entries)).not.toContain(secret);
  expect(request).toMatchObject({
    url: "https://any.example/secured/either?key=[redacted]&other=1",
    query: { key: "[redacted]", other: "1" },
    headers: { authorization: "[redacted]", cookie: "[redacted]", "x-api-key": "[redacted]", "x-other": "shown" },
  });
});

test("has credentials as they were sent where that is asked for", async () => {
  const mockFetch = createMockFetch(service, { journal: { credentials: true } });
  await withSecrets(mockFetch);
  expect(mockFetch.journal.entries).toMatchObject([
    { request: { query: { key: secret }, headers: { authorization: `Bearer ${secret}`, "x-api-key": secret } } },
  ]);
});

test("has bytes by their length only, and the beginning of a long text", async () => {
  const mockFetch = createMockFetch(service);
  const send = (body: Uint8Array<ArrayBuffer> | string) =>
    mockFetch("https://any.example/files/text", {
      method: "PUT",
      headers: { "content-type": "application/octet-stream" },
      body,
    });
  await send(Uint8Array.of(0xff, 0x00, 0xfe));
  await send("x".repeat(70_000));
  const [bytes, long] = mockFetch.journal.find("putFile");
  expect(bytes?.request).toMatchObject({ sizeBytes: 3 });
  expect(bytes?.request).not.toHaveProperty("text");
  expect([long?.request.sizeBytes, long?.request.text?.length]).toEqual([70_000, 65_536]);
});

test("is kept by a server that is asked to, for each API by its name", async () => {
  const server = await start({ targets: [service, second], journal: true });
  await fetch(`${server.url}/service/runs/7?a=1`, { headers: { authorization: secret } });
  await fetch(`${server.url}/second/things`);
  await fetch(`${server.url}/__artifetch/health`);
  expect(server.journal.entries).toMatchObject([
    {
      api: "service",
      operationId: "getRun",
      request: {
        method: "GET",
        url: "/service/runs/7?a=1",
        path: "/service/runs/7",
        headers: { authorization: "[redacted]" },
      },
      response: { status: 200, json: { id: 42 } },
    },
    { api: "second", response: { status: 200 } },
  ]);
});

test("is read and emptied over HTTP", async () => {
  const server = await start({ targets: [service], journal: true });
  await fetch(`${server.url}/runs/7`);
  const url = `${server.url}/__artifetch/journal`;
  const readAll = async () => (await fetch(url)).json();
  expect(await readAll()).toEqual({ entries: JSON.parse(JSON.stringify(server.journal.entries)) });
  expect(await readAll()).toMatchObject({ entries: [{ operationId: "getRun" }] });
  expect((await fetch(url, { method: "DELETE" })).status).toBe(204);
  expect([await readAll(), server.journal.entries]).toEqual([{ entries: [] }, []]);
  const wrong = await fetch(url, { method: "POST" });
  expect([wrong.status, wrong.headers.get("allow")]).toEqual([405, "GET, HEAD, DELETE"]);
});

test("says how to keep one where none is kept", async () => {
  const server = await start({ targets: [service] });
  const answer = await fetch(`${server.url}/__artifetch/journal`);
  expect([answer.status, await answer.json()]).toMatchObject([404, { detail: expect.stringContaining("--journal") }]);
  const { journal } = createMockFetch(service, { journal: false });
  for (const off of [server.journal, journal]) {
    for (const use of [() => off.entries, () => off.find("getRun"), () => off.clear()])
      expect(use).toThrow("No journal is kept: set the option journal to true.");
  }
});

test.each(["yes", 3, null, { limit: 0 }, { limit: 1.5 }, { credentials: 1 }, { size: 3 }])(
  "refuses %j as its option",
  (journal) => {
    const options = JSON.parse(JSON.stringify({ journal }));
    expect(() => createMockFetch(service, options)).toThrow(
      /^Option "journal" is .*; it takes true, false, or an object/,
    );
  },
);
