import type { OpenApiDocument } from "@artifetch/document";
import { getByPointer } from "@artifetch/document";
import { expect, test } from "vitest";
import { createJudge } from "./judge.ts";
import type { Case, Exchange, Finding } from "./model.ts";

const document: OpenApiDocument = {
  openapi: "3.1.0",
  info: { title: "Runs", version: "1" },
  security: [{ key: [] }],
  paths: {
    "/runs/{run_id}": {
      get: {
        operationId: "getRun",
        "x-sources": ["https://runs.example/docs"],
        parameters: [{ name: "run_id", in: "path", required: true, schema: { type: "integer" } }],
        responses: {
          "200": {
            description: "OK",
            headers: {
              "X-Count": { required: true, schema: { type: "integer", minimum: 1 } },
              "X-Tags": { schema: { type: "array", items: { type: "integer" } } },
            },
            content: { "application/json": { schema: { $ref: "#/components/schemas/Run" } } },
          },
          "4XX": { $ref: "#/components/responses/Problem" },
        },
      },
      delete: {
        operationId: "deleteRun",
        responses: { "204": { description: "Gone" }, "404": { description: "None" } },
      },
    },
    "/runs/latest": { get: { operationId: "getLatest", responses: { default: { description: "Any" } } } },
    "/table": {
      get: {
        operationId: "getTable",
        responses: {
          "200": { description: "OK", content: { "text/csv": { schema: { type: "string", minLength: 3 } } } },
        },
      },
    },
  },
  components: {
    responses: {
      Problem: {
        description: "No",
        content: { "application/*": { schema: { type: "object", required: ["detail"] } } },
      },
    },
    schemas: {
      Run: {
        type: "object",
        required: ["id", "secret", "steps"],
        properties: {
          id: { type: "integer" },
          secret: { type: "string", writeOnly: true },
          at: { type: "string", format: "date-time", "x-inferred": "seen in a blog post" },
          steps: { type: "array", items: { $ref: "#/components/schemas/Step" } },
          tags: { type: "object", additionalProperties: { type: "string" } },
          owner: { oneOf: [{ $ref: "#/components/schemas/User" }, { type: "null" }] },
        },
      },
      Step: { type: "object", required: ["name"], properties: { name: { type: "string", enum: ["a", "b"] } } },
      User: { type: "object", required: ["mail"], properties: { mail: { type: "string" } } },
    },
    securitySchemes: { key: { type: "apiKey", in: "header", name: "X-Key", "x-env": "RUNS_KEY" } },
  },
};

const judge = createJudge(document);
const good = { id: 7, steps: [{ name: "a" }], tags: { any: "thing" }, owner: null };

interface Answer {
  status?: number;
  headers?: Record<string, string>;
  body?: unknown;
  rest?: object;
}

function answer(path: string, { status = 200, headers = {}, body, rest = {} }: Answer = {}, method = "GET"): Exchange {
  const text = typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body);
  const bytes = text instanceof Uint8Array ? text : new TextEncoder().encode(text ?? "");
  const type = body === undefined ? {} : { "content-type": "application/json" };
  const kept = Object.entries({ "x-count": "3", ...type, ...headers }).filter(([, value]) => value !== undefined);
  return {
    request: { method, url: `https://runs.example${path}`, headers: { "x-key": "hidden", accept: "*/*" } },
    response: { status, headers: Object.fromEntries(kept), body: bytes, ...rest },
    durationMs: 1,
  };
}

function find(exchange: Exchange, sent?: Partial<Case>): Finding[] {
  const { method, url } = exchange.request;
  const operation = judge.find(method, new URL(url).pathname) ?? judge.findAll(new URL(url).pathname)[0];
  if (!operation) throw new Error("no operation");
  const full = sent && { id: "x", operationId: operation.id, title: "x", kind: "positive", ...sent };
  return [...judge.judge(operation, exchange, full as Case | undefined).findings];
}

const describeAll = (findings: Finding[]) => findings.map(({ check, message }) => `${check}: ${message}`);

test("finds nothing in an answer that fits", () => {
  expect(find(answer("/runs/7", { body: good }))).toEqual([]);
  const { checked } = judge.judge(judge.operations[0] ?? expect.fail(), answer("/runs/7", { body: good }));
  expect(checked).toEqual([
    "not_a_server_error",
    "status_code_conformance",
    "response_headers_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "undocumented_field",
  ]);
});

test.each<[string, Answer, string]>([
  [
    "a missing field",
    { body: { ...good, id: undefined } },
    "response_schema_conformance: the body must have required property 'id'",
  ],
  ["a wrong type", { body: { ...good, id: "7" } }, "response_schema_conformance: /id must be integer"],
  ["null where none may be", { body: { ...good, id: null } }, "response_schema_conformance: /id must be integer"],
  [
    "a time in another form",
    { body: { ...good, at: "2026-01-02 03:04" } },
    'response_schema_conformance: /at must match format "date-time"',
  ],
  [
    "a value off the list",
    { body: { ...good, steps: [{ name: "c" }] } },
    'response_schema_conformance: /steps/0/name must be equal to one of the allowed values: ["a","b"]',
  ],
  [
    "one rule broken in many items once",
    { body: { ...good, steps: [{}, {}, {}] } },
    "response_schema_conformance: /steps/0 must have required property 'name' (and 2 more like it)",
  ],
  [
    "no branch that fits",
    { body: { ...good, owner: { mail: 1 } } },
    "response_schema_conformance: /owner must match exactly one schema in oneOf (closest: /owner/mail must be string)",
  ],
  ["an unknown field", { body: { ...good, more: 1 } }, 'undocumented_field: property "more" is not documented'],
  ["an undocumented status", { status: 302 }, "status_code_conformance: status is 302, documented: 200, 4XX"],
  ["a server's error", { status: 503 }, "not_a_server_error: status is 503"],
  [
    "a wrong content type",
    { body: good, headers: { "content-type": "text/json" } },
    'content_type_conformance: content type is "text/json", documented: application/json',
  ],
  [
    "no content type",
    { body: good, headers: { "content-type": undefined as unknown as string } },
    "content_type_conformance: content type is missing, documented: application/json",
  ],
  ["truncated JSON", { body: '{"id":7,' }, "response_schema_conformance: the body is not JSON"],
  ["an empty body", { body: "" }, "response_schema_conformance: the body is empty, expected JSON"],
  [
    "a body that broke off",
    { body: "{", rest: { bodyError: "terminated" } },
    "response_schema_conformance: the body cannot be read: terminated",
  ],
  [
    "another encoding",
    { body: new Uint8Array([0x22, 0xe9, 0x22]) },
    "response_schema_conformance: the body is not UTF-8, which JSON is",
  ],
  [
    "a wrong length",
    { body: good, headers: { "content-length": "1000" } },
    "response_schema_conformance: the body has 67 bytes, Content-Length says 1000",
  ],
  [
    "a missing header",
    { body: good, headers: { "x-count": undefined as unknown as string } },
    "response_headers_conformance: header X-Count is missing",
  ],
  [
    "a header of the wrong type",
    { body: good, headers: { "x-count": "many" } },
    'response_headers_conformance: header X-Count must be integer: "many"',
  ],
  [
    "a header out of range",
    { body: good, headers: { "x-count": "0" } },
    'response_headers_conformance: header X-Count must be >= 1: "0"',
  ],
  [
    "a wrong list in a header",
    { body: good, headers: { "x-tags": "1, b" } },
    'response_headers_conformance: header X-Tags must be integer: "1, b"',
  ],
  [
    "a range's body",
    { status: 404, body: {} },
    "response_schema_conformance: the body must have required property 'detail'",
  ],
])("finds %s", (_, given, expected) => {
  expect(describeAll(find(answer("/runs/7", given)))).toEqual([expected]);
});

test("takes a range of statuses, a range of media types, a list in a header and partial bodies for what they are", () => {
  expect(find(answer("/runs/7", { status: 418, body: { detail: "x" } }))).toEqual([]);
  expect(find(answer("/runs/7", { body: good, headers: { "x-tags": "1, 2" } }))).toEqual([]);
  expect(find(answer("/runs/7", { body: '{"id":', rest: { bodyIsPartial: true } }))).toEqual([]);
  expect(find(answer("/runs/7", { status: 200, headers: { "content-type": "application/json" } }, "HEAD"))).toEqual([]);
  expect(find(answer("/table", { body: "a,b\n", headers: { "content-type": "text/csv; charset=utf-8" } }))).toEqual([]);
});

test("chooses the path without parameters before the one with them", () => {
  expect(judge.find("GET", "/runs/latest")?.id).toBe("getLatest");
  expect(judge.find("HEAD", "/runs/7")?.id).toBe("getRun");
  expect(judge.find("PUT", "/runs/7")).toBeUndefined();
});

test("reports a body where none is documented as drift", () => {
  const found = find(answer("/runs/7", { status: 404, body: { detail: "x" } }, "DELETE"));
  expect(found).toMatchObject([{ check: "content_type_conformance", severity: "drift" }]);
});

test("points at the rule in the document, through references", () => {
  const found = find(answer("/runs/7", { body: { ...good, at: "x", steps: [{}], more: 1 } }));
  expect(found.map(({ documentPointer }) => documentPointer)).toEqual([
    "#/components/schemas/Run/properties/at/format",
    "#/components/schemas/Step/required",
    "#/components/schemas/Run",
  ]);
  for (const { documentPointer } of found) expect(getByPointer(document, documentPointer)).toBeDefined();
});

test("blames the document for what it only infers, the service for what has a source", () => {
  const found = find(answer("/runs/7", { body: { ...good, at: "x", id: "7", more: 1 } }));
  expect(found.map(({ blame }) => blame)).toEqual([
    { party: "service", reason: "The document cites a source: https://runs.example/docs" },
    { party: "document", reason: "The document marks this as inferred: seen in a blog post" },
    { party: "document", reason: expect.stringContaining("Answers are open") },
  ]);
  expect(find(answer("/table", { status: 429 }))[0]?.blame.party).toBe("document");
  expect(find(answer("/table", { status: 302 }))[0]?.blame.party).toBe("unknown");
  expect(find(answer("/table", { status: 500 }))[0]?.blame.party).toBe("service");
});

test("shows no credential, and a command that reads it from the environment", () => {
  const [finding] = find(answer("/runs/7", { status: 500 }));
  expect(JSON.stringify(finding)).not.toContain("hidden");
  expect(finding?.curl).toBe('curl --globoff -H "x-key: $RUNS_KEY" "https://runs.example/runs/7"');
});

const rule = {
  place: { in: "path", name: "run_id" },
  keyword: "type",
  description: "run_id is a word",
  documentPointer: "#/paths/~1runs~1{run_id}/get/parameters/0/schema/type",
} as const;

test("expects a request that breaks a rule to be refused, whether the status is documented or not", () => {
  const sent = { kind: "negative", check: "negative_data_rejection", rule } as const;
  expect(find(answer("/table", { status: 422 }), sent)).toEqual([]);
  expect(find(answer("/runs/7", { body: good }), sent)).toMatchObject([
    { check: "negative_data_rejection", place: rule.place, documentPointer: rule.documentPointer, case: { id: "x" } },
  ]);
  expect(describeAll(find(answer("/table", { status: 500 }), sent))).toEqual(["not_a_server_error: status is 500"]);
});

test("expects a request that keeps all rules not to be refused as malformed", () => {
  const sent = { check: "positive_data_acceptance" } as const;
  for (const status of [401, 404, 409, 429])
    expect(find(answer("/runs/7", { status, body: { detail: "x" } }), sent)).toEqual([]);
  for (const status of [400, 405, 415, 422]) {
    const found = find(answer("/runs/7", { status, body: { detail: "x" } }), sent);
    expect(found.map(({ check }) => check)).toEqual(["positive_data_acceptance"]);
  }
});

test("takes only success without credentials for ignored credentials", () => {
  const sent = { check: "ignored_auth" } as const;
  for (const status of [302, 400, 401, 403, 404]) expect(find(answer("/table", { status }), sent)).toEqual([]);
  expect(find(answer("/runs/7", { body: good }), sent).map(({ check }) => check)).toEqual(["ignored_auth"]);
});

test("expects 405 and a true Allow for a method that is not documented", () => {
  const sent = { check: "unsupported_method" } as const;
  const patch = (given: Answer) => describeAll(find(answer("/runs/7", given, "PATCH"), sent));
  expect(patch({ status: 405, headers: { allow: "GET, DELETE" } })).toEqual([]);
  for (const status of [401, 403, 404, 501]) expect(patch({ status })).toEqual([]);
  expect(patch({ status: 405 })).toEqual([expect.stringContaining("Allow is missing")]);
  expect(patch({ status: 405, headers: { allow: "GET, PATCH" } })).toEqual([
    expect.stringContaining("Allow lists PATCH"),
  ]);
  expect(patch({ status: 200 })).toEqual([expect.stringContaining("status is 200 for the undocumented method PATCH")]);
});

test("compares with the example that was asked for", () => {
  const sent = { check: "example_conformance", wanted: { status: 200, example: "one", value: good } } as const;
  expect(find(answer("/runs/7", { body: { ...good, steps: good.steps } }), sent)).toEqual([]);
  expect(describeAll(find(answer("/runs/7", { body: { ...good, id: 8 } }), sent))).toEqual([
    "example_conformance: the body is not the value of the example one that was asked for",
  ]);
  expect(describeAll(find(answer("/runs/7", { status: 404, body: { detail: "x" } }), sent))).toEqual([
    "example_conformance: status is 404, asked for 200",
  ]);
});

test("reads OpenAPI 3.0's nullable and exclusive limits as what they mean", () => {
  const old = createJudge({
    ...document,
    openapi: "3.0.3",
    components: {
      ...document.components,
      schemas: {
        Run: {
          type: "object",
          properties: {
            id: { type: "string", nullable: true, enum: ["a"] },
            size: { type: "number", minimum: 0, exclusiveMinimum: true },
          },
        },
      },
    },
  });
  const operation = old.operations[0] ?? expect.fail();
  const messages = (body: unknown) =>
    old.judge(operation, answer("/runs/7", { body })).findings.map(({ message }) => message);
  expect(messages({ id: null, size: 1 })).toEqual([]);
  expect(messages({ id: 1, size: 0 })).toEqual([
    expect.stringContaining("/id must be string"),
    expect.stringContaining("/id must be equal to one of"),
    "/size must be > 0",
  ]);
});

test("reads them in a default response, which is no default value", () => {
  const schema = { type: "object", properties: { size: { type: "number", minimum: 0, exclusiveMinimum: true } } };
  const response = { description: "Problem", content: { "application/json": { schema } } };
  const old = createJudge({
    openapi: "3.0.3",
    info: { title: "Old", version: "1" },
    paths: { "/runs/{id}": { get: { operationId: "getRun", responses: { default: response } } } },
  });
  const operation = old.operations[0] ?? expect.fail();
  const messages = (size: number) =>
    old.judge(operation, answer("/runs/7", { body: { size } })).findings.map(({ message }) => message);
  expect([messages(1), messages(0)]).toEqual([[], ["/size must be > 0"]]);
});

test("leaves open whether a cursor is taken that the service has not given", () => {
  const paging = { style: "cursor", items: "", parameter: "after" };
  const paged = createJudge({
    openapi: "3.1.0",
    info: { title: "Paged", version: "1" },
    paths: {
      "/runs": {
        get: {
          operationId: "listRuns",
          "x-pagination": paging,
          responses: { "200": { description: "OK" }, "422": { description: "No" } },
        },
      },
    },
  });
  const judgeRefusal = (path: string) => {
    const request = { method: "GET", url: `http://runs.test${path}`, headers: {} };
    const response = { status: 422, headers: {}, body: new Uint8Array() };
    const [operation] = paged.operations;
    const about = { id: "x", operationId: "listRuns", title: "x", kind: "positive" } as const;
    const sent: Case = { ...about, check: "positive_data_acceptance", request: { method: "GET", path, headers: {} } };
    return operation && paged.judge(operation, { request, response, durationMs: 0 }, sent);
  };
  expect(judgeRefusal("/runs?after=made-up")).toMatchObject({ findings: [] });
  expect(judgeRefusal("/runs?after=made-up")?.checked).not.toContain("positive_data_acceptance");
  expect(judgeRefusal("/runs?limit=1")?.findings.map(({ check }) => check)).toEqual(["positive_data_acceptance"]);
});
