import { expect, test } from "vitest";
import { document } from "../fixtures/traffic.ts";
import { createJudge } from "./judge.ts";
import type { Exchange, HttpRequest } from "./model.ts";
import { createRequestJudge } from "./request-judge.ts";

const judge = createJudge(document);
const requests = createRequestJudge(judge);

async function judgeRequest(
  line: string,
  { status = 200, isComplete = false, ...more }: Partial<HttpRequest> & { status?: number; isComplete?: boolean } = {},
) {
  const [method = "", target = ""] = line.split(" ");
  const path = target.split("?")[0] ?? "";
  const operation = judge.find(method, path);
  if (!operation) throw new Error(`There is no ${line}`);
  const exchange: Exchange = {
    request: { method, url: `https://eu.runs.example/v1${target}`, headers: {}, ...more },
    response: { status, headers: {}, body: new Uint8Array() },
    durationMs: 0,
  };
  const { findings } = await requests.judge(operation, exchange, path, isComplete);
  return findings.map(({ check, severity, message, place, documentPointer, blame }) => ({
    text: `${severity} ${message}`,
    check,
    place,
    documentPointer,
    party: blame.party,
  }));
}

const tenant = { "x-tenant": "a" };
const json = { "content-type": "application/json" };
const encode = (text: string) => new TextEncoder().encode(text);

test.each([
  ["GET /runs?limit=10&ids=1,2%2C3&filter[age]=3", { headers: { ...tenant, cookie: "lang=de" } }],
  ["GET /runs?filter%5Bage%5D=3", { headers: tenant }],
  ["POST /runs", { headers: json, body: encode('{"name":"a","size":1}') }],
  ["POST /runs", { headers: { "content-type": "application/json; charset=utf-8" }, bodyIsPartial: true }],
  ["GET /runs?ids=1", { headers: tenant }],
  ["GET /runs/7", {}],
  ["HEAD /runs/7/", {}],
  ["POST /forms", {}],
  ["POST /forms", { headers: { "content-type": "application/x-www-form-urlencoded" }, body: encode("name=12&size=3") }],
  [
    "POST /forms",
    {
      headers: { "content-type": "multipart/form-data; boundary=edge" },
      body: encode('--edge\r\nContent-Disposition: form-data; name="name"\r\n\r\n5\r\n--edge--\r\n'),
    },
  ],
  ["PUT /bytes", { headers: { "content-type": "application/octet-stream" }, body: Uint8Array.of(0, 255) }],
] satisfies [string, Partial<HttpRequest>][])("finds nothing in %s %j", async (line, request) => {
  expect(await judgeRequest(line, request)).toEqual([]);
});

test.each([
  [
    "GET /runs?limit=11",
    tenant,
    'query limit must be <= 10: "11"',
    { in: "query", name: "limit" },
    "#/paths/~1runs/parameters/0/schema/maximum",
  ],
  [
    "GET /runs?limit=",
    tenant,
    'query limit must be integer: ""',
    { in: "query", name: "limit" },
    "#/paths/~1runs/parameters/0/schema/type",
  ],
  [
    "GET /runs?ids=1,x",
    tenant,
    'query ids/1 must be integer: "1,x"',
    { in: "query", name: "ids" },
    "#/paths/~1runs/get/parameters/0/schema/items/type",
  ],
  [
    "GET /runs?filter[age]=x",
    tenant,
    'query filter/age must be integer: "age=x"',
    { in: "query", name: "filter" },
    "#/paths/~1runs/get/parameters/1/schema/properties/age/type",
  ],
  [
    "GET /runs",
    {},
    "header X-Tenant is missing",
    { in: "header", name: "X-Tenant" },
    "#/paths/~1runs/get/parameters/2",
  ],
  [
    "GET /runs",
    { "x-tenant": "c" },
    'header X-Tenant must be equal to one of the allowed values: ["a","b"]: "c"',
    { in: "header", name: "X-Tenant" },
    "#/paths/~1runs/get/parameters/2/schema/enum",
  ],
  [
    "GET /runs",
    { ...tenant, cookie: "a=b; lang=deu" },
    'cookie lang must NOT have more than 2 characters: "deu"',
    { in: "cookie", name: "lang" },
    "#/paths/~1runs/get/parameters/3/schema/maxLength",
  ],
  [
    "GET /runs/x",
    {},
    'path id must be integer: "x"',
    { in: "path", name: "id" },
    "#/paths/~1runs~1{id}/parameters/0/schema/type",
  ],
])("finds what is wrong in %s %j", async (line, headers, message, place, documentPointer) => {
  expect(await judgeRequest(line, { headers, status: 422 })).toEqual([
    { text: `failure ${message}`, check: "request_conformance", place, documentPointer, party: "client" },
  ]);
});

test.each([
  [json, '{"size":"x"}', ["the body must have required property 'name'", "/size must be integer"]],
  [json, "{", ["the body is not JSON"]],
  [json, "\xff", ["the body is not UTF-8, which JSON is"]],
  [json, "", ["the body is missing"]],
  [{ "content-type": "text/plain" }, "a", ['content type is "text/plain", documented: application/json']],
  [{}, "a", ["content type is missing, documented: application/json"]],
])("finds what is wrong with a body %j %j", async (headers, body, messages) => {
  const findings = await judgeRequest("POST /runs", { headers, body: Buffer.from(body, "latin1"), status: 400 });
  expect(findings.map(({ text }) => text)).toEqual(messages.map((message) => `failure ${message}`));
});

test.each([
  ["application/x-www-form-urlencoded", "size=x"],
  [
    "multipart/form-data; boundary=edge",
    '--edge\r\nContent-Disposition: form-data; name="size"\r\n\r\nx\r\n--edge--\r\n',
  ],
])("reads a form by its schema: %s", async (type, body) => {
  const findings = await judgeRequest("POST /forms", { headers: { "content-type": type }, body: encode(body) });
  expect(findings.map(({ text }) => text)).toEqual([
    "failure the body must have required property 'name'",
    "failure /size must be integer",
  ]);
});

test("a query parameter and a property that no one has documented are drift", async () => {
  const body = encode('{"name":"a","colour":"red"}');
  expect(await judgeRequest("POST /runs?verbose=1&limit=2", { headers: json, body, status: 201 })).toMatchObject([
    { text: "drift query verbose is not documented", place: { in: "query", name: "verbose" }, party: "document" },
    { text: "drift /colour is not documented", documentPointer: "#/components/schemas/NewRun" },
  ]);
  expect(await judgeRequest("GET /runs/7", { body: encode("x") })).toMatchObject([
    { text: "drift there is a body where none is documented" },
  ]);
});

test("who is wrong follows from what the service makes of the request, and from what the document says of its rule", async () => {
  const party = async (line: string, headers: Record<string, string>, status: number) =>
    (await judgeRequest(line, { headers, status })).map((finding) => finding.party);
  expect(await party("GET /runs?limit=11", tenant, 400)).toEqual(["client"]);
  expect(await party("GET /runs?limit=11", tenant, 200)).toEqual(["unknown"]);
  expect(await party("GET /runs", { ...tenant, cookie: "lang=deu" }, 200)).toEqual(["document"]);
  expect(await party("GET /runs", { ...tenant, cookie: "lang=deu" }, 422)).toEqual(["client"]);
});

test("missing credentials are a finding only where the request is complete and succeeds", async () => {
  const checks = async (status: number, isComplete: boolean, headers = {}) =>
    (await judgeRequest("GET /runs/7", { status, isComplete, headers })).map(({ check }) => check);
  expect(await checks(200, true)).toEqual(["ignored_auth"]);
  expect(await checks(401, true)).toEqual([]);
  expect(await checks(200, false)).toEqual([]);
  expect(await checks(200, true, { "x-key": "k" })).toEqual([]);
});
