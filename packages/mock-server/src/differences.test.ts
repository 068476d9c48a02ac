/** One test or more for each heading of DIFFERENCES.md; the heading is the start of the title. */

import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, request } from "node:http";
import { createRequire } from "node:module";
import { type AddressInfo, connect } from "node:net";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sendOnWire, type WireAnswer, type WireRequest } from "../fixtures/wire.ts";
import { createMockFetch } from "./fetch.ts";
import { bodyLimitBytes } from "./read-request.ts";
import { type MockServer, startMockServer } from "./server.ts";

const service = fileURLToPath(new URL("../fixtures/service.yaml", import.meta.url));
const runs = "/runs?filter%5Bproject_id%5D=1";

let mock: MockServer;
beforeAll(async () => {
  mock = await startMockServer({ targets: [service], port: 0 });
});
afterAll(() => mock.close());

function send(method: string, path: string, rest: Partial<WireRequest> = {}): Promise<WireAnswer> {
  return sendOnWire(mock.port, { title: "", method, path, ...rest });
}

/** The problem document of an answer; fails where it is none. */
async function problemOf(answer: Promise<WireAnswer>) {
  const { status, headers, body } = await answer;
  expect(headers["content-type"]).toBe("application/problem+json");
  const problem: {
    status: number;
    title: string;
    detail: string;
    validation?: { location: string[]; message: string }[];
  } = JSON.parse(body);
  expect(problem.status).toBe(status);
  return problem;
}

test("dynamic-failures: where a body cannot be made up, the example is sent", async () => {
  const headers = { prefer: "dynamic=true", accept: "text/csv" };
  const { status, body } = await send("GET", "/files/either", { headers });
  expect([status, body]).toEqual([200, "as\ncsv\n"]);
});

test("dynamic-traces: what was made up changes no later answer", async () => {
  const circular = createRequire(import.meta.url).resolve("@readme/oas-examples/3.0/json/circular-paths.json");
  const ask = async (mockFetch: typeof fetch, prefer: string) =>
    (await mockFetch("http://any.test/anything", { headers: { prefer } })).text();
  const expected = await ask(createMockFetch(circular), "dynamic=false");
  const used = createMockFetch(circular);
  for (let count = 0; count < 20; count += 1) await ask(used, "dynamic=true");
  expect(await ask(used, "dynamic=false")).toBe(expected);
});

test("undescribed-status: a status that the document does not describe is given", async () => {
  const problem = await problemOf(send("GET", "/runs/42", { headers: { prefer: "code=418" } }));
  expect(problem).toMatchObject({ status: 418, title: "I'm a Teapot" });
  const { status, body } = await send("GET", "/runs/42", { headers: { prefer: "code=204" } });
  expect([status, body]).toEqual([204, ""]);
  expect((await send("GET", "/runs/x", { headers: { prefer: "code=418" } })).status).toBe(422);
});

test("every difference has a test and every test a difference", async () => {
  const list = await readFile(new URL("../DIFFERENCES.md", import.meta.url), "utf8");
  const self = await readFile(new URL(import.meta.url), "utf8");
  const headings = [...list.matchAll(/^## ([a-z-]+)$/gm)].map(([, heading]) => heading);
  const tested = [...self.matchAll(/^test\("([a-z-]+): /gm)].map(([, heading]) => heading);
  expect(new Set(tested)).toEqual(new Set(headings));
});

test("server-hosts: the base path of the server that the host names is taken off, and only there", async () => {
  const ask = async (path: string, host: string) => (await send("GET", path, { headers: { host } })).status;
  expect(await ask("/base/runs/42", "depot.example")).toBe(200);
  expect(await ask("/runs/42", "depot.example")).toBe(200);
  expect(await ask("/base/runs/42", "127.0.0.1")).toBe(404);
  expect(await ask("/base/runs/42", "any.example")).toBe(404);
});

test("bracketed-query-names: a required parameter with brackets is found, encoded or not", async () => {
  expect((await send("GET", runs)).status).toBe(200);
  expect((await send("GET", "/runs?filter[project_id]=1")).status).toBe(200);
});

test("bracketed-query-names: a missing one is refused by its own name", async () => {
  const problem = await problemOf(send("GET", "/runs"));
  expect(problem.status).toBe(422);
  expect(problem.validation?.[0]?.message).toBe("Request query must have required property 'filter[project_id]'");
});

test("bracketed-query-names: an optional one is checked against its schema", async () => {
  const problem = await problemOf(send("GET", `${runs}&page[size]=11`));
  expect(problem.validation?.[0]?.message).toBe("Request query parameter page[size] must be <= 10");
});

test("path-commas: a comma belongs to a text, and separates a list", async () => {
  expect((await send("GET", "/names/a,b")).status).toBe(200);
  expect((await send("GET", "/lists/1,2")).status).toBe(200);
  const problem = await problemOf(send("GET", "/lists/1,x"));
  expect(problem.validation?.[0]?.location).toEqual(["path", "items", "1"]);
});

test("path-commas: a comma of the template itself still separates two parameters", async () => {
  expect((await send("GET", "/points/1,2")).status).toBe(200);
  expect((await problemOf(send("GET", "/points/1,x"))).validation?.[0]?.location).toEqual(["path", "lng"]);
});

test("accept: a single star stands for any type", async () => {
  expect((await send("GET", "/names/a", { headers: { accept: "*" } })).body).toBe('{"name":"a"}');
  expect((await send("GET", "/files/either", { headers: { accept: "text/csv, *; q=.2" } })).body).toBe("as\ncsv\n");
});

test("accept: a header without any media range is refused", async () => {
  const problem = await problemOf(send("GET", "/names/a", { headers: { accept: "json" } }));
  expect([problem.status, problem.detail]).toEqual([
    400,
    'The Accept header "json" has no media range such as application/json or */*.',
  ]);
});

test("accept: a range that cannot be read is left out", async () => {
  const answer = await send("GET", "/names/a", { headers: { accept: ";;;, text/html" } });
  expect([answer.status, JSON.parse(answer.body).detail]).toEqual([406, "Unable to find content for text/html"]);
});

test("bad-percent: a path that does not decode is refused, in a matching path or not", async () => {
  for (const path of ["/names/%ZZ", "/runs/%E0%A4%A", "/nowhere/%"]) {
    const problem = await problemOf(send("GET", path));
    expect([problem.status, problem.title]).toEqual([400, "Invalid URL"]);
    expect(problem.detail).toContain(path);
  }
});

test("bad-percent: a form field's name that does not decode is refused", async () => {
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const problem = await problemOf(send("POST", "/forms", { headers, body: "size=1&%ZZ=1" }));
  expect([problem.status, problem.title]).toEqual([400, "Invalid body"]);
});

test("invalid-json: a body that is no JSON is refused, and not repeated", async () => {
  const headers = { "content-type": "application/json" };
  const problem = await problemOf(send("POST", "/runs", { headers, body: '{"password": secret' }));
  expect([problem.status, problem.title]).toEqual([400, "Invalid JSON"]);
  expect(problem.detail).not.toContain("secret");
  expect((await send("POST", "/runs", { headers, body: '{"name": "a"}' })).status).toBe(201);
});

test("invalid-json: a byte order mark before JSON is left out", async () => {
  const headers = { "content-type": "application/json" };
  expect((await send("POST", "/runs", { headers, body: '\ufeff{"name": "a"}' })).status).toBe(201);
});

test("body-errors: a charset that is unknown is refused", async () => {
  const headers = { "content-type": "text/plain; charset=nope" };
  const problem = await problemOf(send("POST", "/runs", { headers, body: "{}" }));
  expect([problem.status, problem.detail]).toEqual([400, 'The charset "nope" is unknown.']);
});

test("body-errors: a body of 10 MB is read, one byte more is refused, with a length and without", async () => {
  const headers = { "content-type": "application/octet-stream" };
  const body = "x".repeat(bodyLimitBytes);
  expect((await send("PUT", "/files/text", { headers, body })).status).toBe(204);
  expect((await problemOf(send("PUT", "/files/text", { headers, body: `${body}x` }))).status).toBe(413);
  const chunked = { ...headers, "transfer-encoding": "chunked" };
  expect((await problemOf(send("PUT", "/files/text", { headers: chunked, body: `${body}x` }))).status).toBe(413);
});

test("body-errors: a length over the limit is refused without the word to go on", async () => {
  const outgoing = request(`${mock.url}/files/text`, {
    method: "PUT",
    headers: { "content-length": bodyLimitBytes + 1, expect: "100-continue" },
  });
  let isTold = false;
  outgoing.on("continue", () => {
    isTold = true;
  });
  outgoing.on("error", () => {}).flushHeaders();
  const [response] = await once(outgoing, "response");
  outgoing.destroy();
  expect([response.statusCode, isTold]).toEqual([413, false]);
});

test("multipart-parts: a part without a name, and a file without a type, are refused", async () => {
  const headers = { "content-type": "multipart/form-data; boundary=b" };
  for (const head of ["", "X-A: b\r\n", 'Content-Disposition: form-data; name="file"; filename="a"\r\n']) {
    const problem = await problemOf(send("POST", "/uploads", { headers, body: `--b\r\n${head}\r\na\r\n--b--\r\n` }));
    expect([problem.status, problem.detail]).toEqual([
      400,
      expect.stringContaining("Content-Disposition: form-data; name="),
    ]);
  }
});

test("deep-json: a body of 500 levels is read, one level more is refused", async () => {
  const headers = { "content-type": "application/json" };
  const nest = (levels: number) => `{"name":"a]","rest":${"[".repeat(levels - 1)}${"]".repeat(levels - 1)}}`;
  expect((await send("POST", "/runs", { headers, body: nest(500) })).status).toBe(201);
  for (const levels of [501, 100_000]) {
    const problem = await problemOf(send("POST", "/runs", { headers, body: nest(levels) }));
    expect([problem.status, problem.detail]).toEqual([
      400,
      "The body nests arrays and objects more than 500 levels deep.",
    ]);
  }
});

test("http-errors: headers that are too large are refused with a problem document", async () => {
  const headers = { "x-large": "a".repeat(20_000) };
  expect((await problemOf(send("GET", "/runs/42", { headers }))).status).toBe(431);
});

test("timeouts: a head that does not end in time is refused, and looked for in time", async () => {
  const hasty = await startMockServer({ targets: [service], port: 0, timeouts: { headersMs: 1 } });
  const socket = connect(hasty.port, "127.0.0.1");
  socket.write("GET / HTTP/1.1\r\n");
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 408 /);
  await hasty.close();
});

test("faults: a header asks for a fault, and is refused where it is none", async () => {
  const asked = await send("GET", "/runs/42", { headers: { "x-artifetch-fault": "status=503" } });
  expect(asked.status).toBe(503);
  expect((await problemOf(send("GET", "/runs/42", { headers: { "x-artifetch-fault": "sleep" } }))).status).toBe(400);
});

test("content-type: a header that is no media type is refused, with a body and without", async () => {
  const headers = { "content-type": "garbage" };
  for (const rest of [{ headers, body: "{}" }, { headers }]) {
    const problem = await problemOf(send("POST", "/notes", rest));
    expect([problem.status, problem.title]).toEqual([400, "Invalid content type"]);
  }
});

test("content-type: a semicolon without a parameter after it is taken", async () => {
  const headers = { "content-type": "application/json;" };
  expect((await send("POST", "/runs", { headers, body: '{"name":"a"}' })).status).toBe(201);
});

test("chunked-content-type: the type of a chunked body is checked", async () => {
  const headers = { "content-type": "text/plain", "transfer-encoding": "chunked" };
  const problem = await problemOf(send("POST", "/runs", { headers, body: "a" }));
  expect([problem.status, problem.detail]).toEqual([415, "Supported content types: application/json"]);
});

test("bytes: an answer without example and schema has no bytes", async () => {
  const answer = await send("GET", "/files/undescribed");
  expect([answer.status, answer.headers["content-type"], answer.body]).toEqual([200, "application/octet-stream", ""]);
});

test("head: HEAD is answered as GET is, without the body", async () => {
  const [get, head] = await Promise.all([send("GET", "/runs/42"), send("HEAD", "/runs/42")]);
  expect(head).toEqual({ ...get, body: "" });
  expect(head.headers["content-length"]).not.toBe("0");
  expect((await send("HEAD", "/runs/42", { headers: { prefer: "code=404" } })).status).toBe(404);
});

test("allow: 405 names the methods of the path", async () => {
  const answer = await send("PATCH", "/runs/42");
  expect([answer.status, answer.headers.allow]).toEqual([405, "GET, HEAD, DELETE"]);
  expect((await send("GET", "/notes")).headers.allow).toBe("POST");
});

test("double-slash: a path that starts with two slashes is a path", async () => {
  for (const path of ["//runs/42", "//runs/%34%32"])
    expect((await problemOf(send("GET", path))).detail).toContain(path);
});

test("header-lists: a list header may be absent, and is checked when it is sent", async () => {
  expect((await send("GET", "/answers/list-header")).status).toBe(200);
  expect((await send("GET", "/answers/list-header", { headers: { "x-wanted": "a,b" } })).status).toBe(200);
});

test("header-lists: a required list header that is absent is refused", async () => {
  const schema = { type: "array", items: { type: "string" } };
  const fetchOne = createMockFetch({
    openapi: "3.1.0",
    info: { title: "One", version: "1" },
    paths: {
      "/": {
        get: {
          parameters: [{ name: "X-Wanted", in: "header", required: true, schema }],
          responses: { 200: { description: "OK" } },
        },
      },
    },
  });
  expect((await fetchOne("http://x/", { headers: { "X-Wanted": "a" } })).status).toBe(200);
  const refused = await fetchOne("http://x/");
  expect(refused.status).toBe(422);
  expect(await refused.text()).toContain("Request header must have required property 'x-wanted'");
});

test("header-lists: a list in the answer is one line per value, and breaks no rule", async () => {
  const answer = await send("GET", "/answers/list-header");
  expect([answer.headers["x-list"], answer.headers["sl-violations"]]).toEqual(["a, b", undefined]);
});

test("violations-unicode: a violation may name any character", async () => {
  const headers = { "content-type": "application/json" };
  const answer = await send("POST", "/notes", { headers, body: '{"\u4f60":1}' });
  expect(answer.status).toBe(422);
  const violations = Buffer.from(answer.headers["sl-violations"] ?? "", "latin1").toString("utf8");
  expect(JSON.parse(violations)[0].message).toContain("'\u4f60'");
});

test("tuples: the items of a tuple and those after it are checked, in body, query and answer", async () => {
  const headers = { "content-type": "application/json" };
  const post = (pair: unknown[]) => send("POST", "/pairs", { headers, body: JSON.stringify({ pair }) });
  expect((await post(["a", 1, true])).status).toBe(204);
  expect((await problemOf(post(["a", "b"]))).validation?.[0]).toMatchObject({
    location: ["body", "pair", "1"],
    message: "Request body property pair.1 must be integer",
  });
  expect((await problemOf(post(["a", 1, 2]))).validation?.[0]?.location).toEqual(["body", "pair", "2"]);
  expect((await send("GET", "/pairs?pair=a&pair=1")).status).toBe(200);
  expect((await problemOf(send("GET", "/pairs?pair=a&pair=b"))).validation?.[0]?.location).toEqual([
    "query",
    "pair",
    "1",
  ]);
  const broken = await send("GET", "/pairs", { headers: { prefer: "example=broken" } });
  expect(broken.headers["sl-violations"]).toContain("Response body property 0 must be string");
});

test("tuples: a made-up tuple has the items that the schema says", async () => {
  const { headers, body } = await send("GET", "/pairs", { headers: { prefer: "dynamic=true" } });
  expect(headers["sl-violations"]).toBeUndefined();
  expect(JSON.parse(body)).toEqual(expect.arrayContaining([expect.any(String), expect.any(Number)]));
});

/** A document with one schema, its dialect and version. */
function toOne(schema: object, version: object): object {
  const requestBody = { content: { "application/json": { schema } } };
  return {
    openapi: "3.1.0",
    info: { title: "One", version: "1" },
    paths: { "/": { post: { requestBody, responses: { 204: { description: "Stored" } } } } },
    ...version,
  };
}

async function postOne(document: object, body: unknown): Promise<number> {
  const headers = { "content-type": "application/json" };
  return (await createMockFetch(document)("http://x/", { method: "POST", headers, body: JSON.stringify(body) })).status;
}

test("tuples: in OpenAPI 3.0, and where only an example has the word, it means nothing", async () => {
  const schema = { type: "array", prefixItems: [{ type: "string" }, false] };
  expect(await postOne(toOne(schema, { openapi: "3.1.0" }), ["a"])).toBe(204);
  expect(await postOne(toOne(schema, { openapi: "3.1.0" }), ["a", 1])).toBe(422);
  expect(await postOne(toOne(schema, { openapi: "3.0.3" }), ["a", 1])).toBe(204);
  const shown = { prefixItems: ["a"] };
  const named = { type: "object", properties: { default: { prefixItems: [{ type: "string" }] } }, enum: [shown] };
  expect(await postOne(toOne(named, { openapi: "3.1.0" }), shown)).toBe(204);
  expect(await postOne(toOne({ properties: named.properties }, { openapi: "3.1.0" }), { default: [1] })).toBe(422);
});

test("schema-dialect: a document that names the dialect of OpenAPI itself is checked as one that names none", async () => {
  const schema = { type: "object", properties: { a: { type: "integer" } } };
  for (const dialect of [
    "https://spec.openapis.org/oas/3.1/dialect/base",
    "https://spec.openapis.org/oas/3.1/dialect/2024-10-25",
  ]) {
    const document = toOne(schema, { jsonSchemaDialect: dialect });
    expect([await postOne(document, { a: 1 }), await postOne(document, { a: "b" })]).toEqual([204, 422]);
  }
});

test("form-fields: a body without a content type leaves the fields of later forms numbers", async () => {
  const form = { headers: { "content-type": "application/x-www-form-urlencoded" }, body: "size=0" };
  expect((await send("POST", "/forms", { body: "size=0" })).status).toBe(422);
  expect((await send("POST", "/forms", form)).status).toBe(200);
});

test("informational-status: a status below 200 is refused as an answer", async () => {
  const problem = await problemOf(send("GET", "/answers/default", { headers: { prefer: "code=100" } }));
  expect([problem.status, problem.title]).toEqual([500, "Invalid status code: 100"]);
});

test("connection-headers: length and transfer coding are the server's, not the document's", async () => {
  const { headers } = await send("GET", "/answers/length");
  expect([headers["content-length"], headers["transfer-encoding"]]).toEqual(["0", undefined]);
});

test("header-names: a response header without a valid name is a fault of the document", async () => {
  const problem = await problemOf(send("GET", "/answers/bad-header-name"));
  expect([problem.status, problem.detail]).toEqual([500, 'The document has a response header of the name "X Bad".']);
});

test("callbacks: no request leaves the mock", async () => {
  const received: (string | undefined)[] = [];
  const listener = createServer((request, response) => {
    received.push(request.url);
    response.end();
  }).listen(0, "127.0.0.1");
  await once(listener, "listening");
  const base = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`;
  const body = JSON.stringify({ url: `${base}/callback` });
  // An example is sent without asking Prism; a made-up answer is Prism's.
  for (const prefer of ["dynamic=false", "dynamic=true"]) {
    const headers = { "content-type": "application/json", prefer };
    expect((await send("POST", "/callbacks", { headers, body })).status).toBe(202);
  }
  // Prism sends its callback before it answers, so it would arrive first.
  await fetch(`${base}/after`);
  listener.close();
  expect(received).toEqual(["/after"]);
});

test("faker-options: dynamic answers have every property, whatever x-json-schema-faker says", async () => {
  const schema = { type: "object", properties: { a: { type: "integer" } }, additionalProperties: false };
  const fetchOne = createMockFetch({
    openapi: "3.1.0",
    info: { title: "One", version: "1" },
    "x-json-schema-faker": { alwaysFakeOptionals: false, optionalsProbability: 0 },
    paths: { "/": { get: { responses: { 200: { description: "OK", content: { "application/json": { schema } } } } } } },
  });
  const response = await fetchOne("http://x/", { headers: { prefer: "dynamic=true" } });
  expect(await response.text()).toMatch(/^\{"a":-?\d+\}$/);
});

test("process: a failure inside the engine is a 500 problem document, and the next request is answered", async () => {
  // Prism throws for this style on a parameter that is no list.
  const parameters = [{ name: "q", in: "query", style: "spaceDelimited", schema: { type: "string" } }];
  const document = {
    openapi: "3.1.0",
    info: { title: "Broken", version: "1" },
    paths: {
      "/broken": { get: { parameters, responses: { 200: { description: "OK" } } } },
      "/sound": { get: { responses: { 200: { description: "OK" } } } },
    },
  };
  const broken = await startMockServer({ targets: [document], port: 0 });
  const answer = await fetch(`${broken.url}/broken?q=1`);
  const body = await answer.text();
  expect([answer.status, answer.headers.get("content-type")]).toEqual([500, "application/problem+json"]);
  expect(JSON.parse(body).detail).toContain("only applicable to array parameter");
  expect(body).not.toMatch(/\bat .*\.js:\d+/);
  expect((await fetch(`${broken.url}/sound`)).status).toBe(200);
  await broken.close();
});

test("seed: what Prism leaves to chance is repeated; its own text is in src/parity.test.ts", async () => {
  const properties = {
    name: { type: "string", "x-faker": "person.firstName" },
    price: { type: "number", minimum: 0, maximum: 90, multipleOf: 0.01 },
  };
  const schema = { type: "object", required: Object.keys(properties), properties };
  const made = createMockFetch({
    openapi: "3.1.0",
    info: { title: "Made up", version: "1" },
    paths: {
      "/a": { get: { responses: { 200: { description: "OK", content: { "application/json": { schema } } } } } },
    },
  });
  const read = async (seed: string) =>
    (await made("http://any.test/a", { headers: { prefer: `dynamic=true, seed=${seed}` } })).text();
  const first = await read("s");
  expect(await read("t")).not.toBe(first);
  expect(await read("s")).toBe(first);
});

test("process: a client that breaks off does not stop the server", async () => {
  const socket = connect(mock.port, "127.0.0.1");
  socket.write("POST /runs HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{");
  await once(socket, "connect");
  socket.resetAndDestroy();
  expect((await send("GET", "/runs/42")).status).toBe(200);
});

test("process: a request that is no HTTP does not stop the server", async () => {
  const socket = connect(mock.port, "127.0.0.1");
  socket.end("nonsense\r\n\r\n");
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 400 /);
  expect((await send("GET", "/runs/42")).status).toBe(200);
});

test("http-schemes: one that Prism does not know is checked by its header", async () => {
  const secured = (scheme: string) =>
    createMockFetch({
      openapi: "3.1.0",
      info: { title: "Runs", version: "1" },
      security: [{ own: [] }],
      paths: { "/runs": { get: { responses: { 204: { description: "No Content" } } } } },
      components: { securitySchemes: { own: { type: "http", scheme } } },
    });
  for (const scheme of ["ApiKey", "Bearer"]) {
    expect((await secured(scheme)("http://any.test/runs")).status).toBe(401);
    const headers = { authorization: `${scheme} secret` };
    expect((await secured(scheme)("http://any.test/runs", { headers })).status).toBe(204);
  }
});
