import type { OpenApiDocument } from "@artifetch/document";
import { createMockFetch } from "@artifetch/mock-server";
import { expect, test } from "vitest";
import { deriveChecks } from "./checks.ts";

const json = (schema: object, examples: Record<string, unknown>) => ({
  "application/json": {
    schema,
    examples: Object.fromEntries(Object.entries(examples).map(([name, value]) => [name, { value }])),
  },
});

const document: OpenApiDocument = {
  openapi: "3.1.0",
  info: { title: "Runs", version: "1" },
  servers: [{ url: "https://api.example.org" }],
  security: [{ key: [] }],
  paths: {
    "/runs/{run_id}": {
      get: {
        operationId: "getRun",
        parameters: [
          { name: "run_id", in: "path", required: true, schema: { type: "integer" }, example: 7 },
          { name: "view", in: "query", required: true, schema: { enum: ["full", "short"] } },
        ],
        responses: {
          "200": {
            description: "OK",
            headers: { "X-Count": { required: true, schema: { type: "integer", minimum: 1 }, example: 3 } },
            content: json(
              {
                type: "object",
                required: ["id", "at"],
                properties: { id: { type: "integer" }, at: { type: "string", format: "date-time" } },
              },
              { done: { id: 7, at: "2026-01-02T03:04:05Z" } },
            ),
          },
          "404": {
            description: "Not Found",
            content: json({ $ref: "#/components/schemas/Problem" }, { gone: { detail: "gone" } }),
          },
        },
      },
      delete: {
        operationId: "deleteRun",
        parameters: [{ name: "run_id", in: "path", required: true, schema: { type: "integer" }, example: 7 }],
        responses: { "204": { description: "No Content" } },
      },
    },
    "/file": {
      get: {
        operationId: "getFile",
        responses: {
          "200": {
            description: "OK",
            content: { "application/octet-stream": { schema: {}, examples: { one: { value: "bytes" } } } },
          },
        },
      },
    },
  },
  components: {
    schemas: { Problem: { type: "object", required: ["detail"], properties: { detail: { type: "string" } } } },
    securitySchemes: { key: { type: "apiKey", in: "header", name: "X-Key" } },
  },
};

const checks = deriveChecks(document);
const mock = createMockFetch(document);
type Fetch = (request: Request) => Promise<Response>;

async function findProblems(fetch: Fetch): Promise<string[]> {
  const found: string[] = [];
  for (const check of checks) {
    const problems = await check.run({ baseUrl: "http://mock.test", fetch }).catch((error: Error) => [error.message]);
    found.push(...problems.map((problem) => `${check.title}: ${problem}`));
  }
  return found;
}

/** A service that answers as the mock does, but changes what it says to one kind of request. */
function lie(
  applies: (request: Request, response: Response) => boolean,
  change: (response: Response) => Promise<Response> | Response,
): Fetch {
  return async (request) => {
    const response = await mock(request.clone());
    return applies(request, response) ? change(response) : response;
  };
}

const getsRun = (request: Request, response: Response) => /\/runs\/7\?/.test(request.url) && response.status === 200;
const answer = (body: unknown, status = 200, headers = {}) =>
  new Response(typeof body === "string" ? body : JSON.stringify(body), {
    status,
    headers: { "content-type": "application/json", "x-count": "3", ...headers },
  });

test("has unique titles", () => {
  expect(new Set(checks.map(({ title }) => title)).size).toBe(checks.length);
});

test("derives a check for each status and example, each parameter, and each way in", () => {
  expect(checks.map(({ title }) => title)).toEqual([
    "GET /runs/{run_id} getRun: example_conformance: 200 done",
    "GET /runs/{run_id} getRun: example_conformance: 404 gone",
    "GET /runs/{run_id} getRun: positive_data_acceptance: every parameter",
    "GET /runs/{run_id} getRun: negative_data_rejection: path parameter run_id = not-of-type-integer",
    "GET /runs/{run_id} getRun: negative_data_rejection: query parameter view = not-in-the-list",
    "GET /runs/{run_id} getRun: missing_required_parameter: without query parameter view",
    "GET /runs/{run_id} getRun: ignored_auth: no credentials",
    "GET /runs/{run_id} getRun: unknown_path: unknown path",
    "GET /runs/{run_id} getRun: unsupported_method: PATCH",
    "DELETE /runs/{run_id} deleteRun: example_conformance: 204",
    "DELETE /runs/{run_id} deleteRun: positive_data_acceptance: every parameter",
    "DELETE /runs/{run_id} deleteRun: negative_data_rejection: path parameter run_id = not-of-type-integer",
    "DELETE /runs/{run_id} deleteRun: ignored_auth: no credentials",
    "DELETE /runs/{run_id} deleteRun: unknown_path: unknown path",
    "DELETE /runs/{run_id} deleteRun: unsupported_method: PATCH",
    "GET /file getFile: example_conformance: 200 one",
    "GET /file getFile: positive_data_acceptance: every parameter",
    "GET /file getFile: ignored_auth: no credentials",
    "GET /file getFile: unknown_path: unknown path",
    "GET /file getFile: unsupported_method: PATCH",
  ]);
});

test("finds nothing wrong with the mock of the document", async () => {
  expect(await findProblems(mock)).toEqual([]);
});

const valid = { id: 7, at: "2026-01-02T03:04:05Z" };
test.each<[string, Fetch, RegExp]>([
  ["a missing field", lie(getsRun, () => answer({ id: 7 })), /200 done: body: \/ must have required property 'at'/],
  ["a wrong type", lie(getsRun, () => answer({ ...valid, id: "7" })), /200 done: body: \/id must be integer/],
  [
    "a wrong format",
    lie(getsRun, () => answer({ ...valid, at: "2026-01-02" })),
    /body: \/at must match format "date-time"/,
  ],
  [
    "another value than the example's",
    lie(getsRun, () => answer({ ...valid, id: 8 })),
    /body is not the example's value/,
  ],
  ["a wrong status", lie(getsRun, () => answer(valid, 202)), /200 done: status is 202, expected 200/],
  [
    "a wrong content type",
    lie(getsRun, () => answer(valid, 200, { "content-type": "text/json" })),
    /content type is "text\/json", documented: application\/json/,
  ],
  ["truncated JSON", lie(getsRun, () => answer('{"id":7,"at"')), /Body is not JSON/],
  [
    "a missing header",
    lie(getsRun, () => new Response(JSON.stringify(valid), { headers: { "content-type": "application/json" } })),
    /header X-Count is missing/,
  ],
  [
    "a header of the wrong type",
    lie(getsRun, () => answer(valid, 200, { "x-count": "many" })),
    /header X-Count: \/ must be integer/,
  ],
  [
    "a header out of range",
    lie(getsRun, () => answer(valid, 200, { "x-count": "0" })),
    /header X-Count: \/ must be >= 1/,
  ],
  [
    "other bytes",
    lie(
      (request) => request.url.endsWith("/file"),
      () => answer("tampered", 200, { "content-type": "application/octet-stream" }),
    ),
    /200 one: body: the body is not the example's value/,
  ],
  [
    "ignored credentials",
    lie(
      (_, { status }) => status === 401,
      () => answer(valid),
    ),
    /ignored_auth: no credentials: status is 200, expected 401 or 403/,
  ],
  [
    "a bad value accepted",
    lie(
      (request) => request.url.includes("not-of-type"),
      () => answer(valid),
    ),
    /run_id = not-of-type-integer: status is 200, expected 400/,
  ],
  [
    "a refusal that does not say why",
    lie(
      (request) => request.url.includes("not-in-the-list"),
      () => answer({ detail: "no" }, 422),
    ),
    /view = not-in-the-list: the answer does not name the parameter view/,
  ],
  [
    "an unknown path that answers",
    lie(
      (_, { status }) => status === 404,
      () => answer({ detail: "x" }),
    ),
    /unknown_path: unknown path: status is 200/,
  ],
  [
    "a wrong method that answers",
    lie(
      (_, { status }) => status === 405,
      () => answer(valid),
    ),
    /unsupported_method: PATCH: status is 200/,
  ],
])("finds %s", async (_, fetch, message) => {
  expect((await findProblems(fetch)).join("\n")).toMatch(message);
});
