import { expect, test } from "vitest";
import { toCurl } from "./curl.ts";
import { getByPointer, isJsonMediaType, listOperations, type OpenApiDocument, resolve } from "./document.ts";
import { sampleParameter } from "./sample.ts";

const document: OpenApiDocument = {
  openapi: "3.1.0",
  info: { title: "Runs", version: "1" },
  security: [{ key: [] }],
  paths: {
    "/runs/{id}": {
      parameters: [
        { name: "id", in: "path", required: true, schema: { type: "integer" }, example: 7 },
        { name: "filter[a]", in: "query", schema: { type: "string" } },
      ],
      put: {
        operationId: "putRun",
        parameters: [{ $ref: "#/components/parameters/Filter" }],
        requestBody: { content: { "application/json": { examples: { one: { $ref: "#/components/examples/One" } } } } },
        responses: { "200": { $ref: "#/components/responses/Ok" } },
      },
      get: { security: [], responses: {} },
    },
  },
  components: {
    parameters: {
      Filter: { name: "filter[a]", in: "query", required: true, schema: { $ref: "#/components/schemas/Word" } },
    },
    examples: { One: { value: { name: "it's" } } },
    responses: { Ok: { description: "OK" } },
    schemas: { Word: { type: "string", enum: ["b c", "d"] }, Loop: { $ref: "#/components/schemas/Loop" } },
    securitySchemes: { key: { type: "apiKey", in: "header", name: "X-Key", "x-env": "MY_KEY" } },
  },
};

test("lists operations with references resolved and the path's parameters merged", () => {
  const [get, put] = listOperations(document);
  expect(put).toMatchObject({
    id: "putRun",
    method: "PUT",
    pointer: "#/paths/~1runs~1{id}/put",
    responses: { "200": { description: "OK" } },
    requestBody: { content: { "application/json": { examples: { one: { value: { name: "it's" } } } } } },
    security: [{ key: [] }],
  });
  expect(put?.parameters.map(({ name, required }) => [name, required])).toEqual([
    ["id", true],
    ["filter[a]", true],
  ]);
  expect(get).toMatchObject({ id: "get /runs/{id}", security: [] });
});

test("gets a value by JSON Pointer, plain or as a fragment", () => {
  const root = { "a/b": [{ "c~d": 1 }], "": 2 };
  expect(getByPointer(root, "/a~1b/0/c~0d")).toBe(1);
  expect(getByPointer(root, "#/a~1b/0/c~0d")).toBe(1);
  expect(getByPointer(root, "")).toBe(root);
  expect(getByPointer(root, "/")).toBe(2);
  expect(getByPointer(root, "/toString")).toBeUndefined();
  expect(getByPointer(root, "/a~1b/1/x")).toBeUndefined();
});

test("refuses references that lead nowhere, outside, or in a circle", () => {
  expect(() => resolve(document, { $ref: "#/nope" })).toThrow("leads nowhere");
  expect(() => resolve(document, { $ref: "a.yaml" })).toThrow("leads out of the document");
  expect(() => resolve(document, { $ref: "#/components/schemas/Loop" })).toThrow("leads in a circle");
});

test.each([
  ["application/json", true],
  ["application/problem+json; charset=utf-8", true],
  ["Application/JSON ;v=1", true],
  ["application/jsonl", false],
  ["text/plain; a=+json", false],
])("says whether %s is JSON", (mediaType, expected) => {
  expect(isJsonMediaType(mediaType)).toBe(expected);
});

test("samples a parameter from its example, else from its schema", () => {
  const parameters = listOperations(document)[1]?.parameters ?? [];
  expect(parameters.map((parameter) => sampleParameter(document, parameter))).toEqual([7, "b c"]);
});

test("writes a curl line with credentials, body and required parameters, quoted for a shell", () => {
  const put = listOperations(document)[1];
  expect(put && toCurl(document, put, "http://127.0.0.1:1/")).toBe(
    `curl -X PUT -H "X-Key: $MY_KEY" -H "content-type: application/json" --data-binary '{"name":"it'\\''s"}' "http://127.0.0.1:1/runs/7?filter%5Ba%5D=b%20c"`,
  );
});

test("lays a curl line out to be read, an option per line", () => {
  const put = listOperations(document)[1];
  expect(put && toCurl(document, put, "http://127.0.0.1:1/", undefined, "block")).toBe(
    `curl "http://127.0.0.1:1/runs/7?filter%5Ba%5D=b%20c" \\
  -X PUT \\
  -H "X-Key: $MY_KEY" \\
  -H "content-type: application/json" \\
  --data-binary '{
  "name": "it'\\''s"
}'`,
  );
});

test("writes a form as parts, and credentials of a query and of a cookie where they belong", () => {
  const uploads: OpenApiDocument = {
    openapi: "3.1.0",
    info: { title: "Files", version: "1" },
    security: [{ key: [], session: [] }],
    components: {
      securitySchemes: {
        key: { type: "apiKey", in: "query", name: "api key", "x-env": "MY_KEY" },
        session: { type: "apiKey", in: "cookie", name: "sid" },
      },
    },
    paths: {
      "/files": {
        post: {
          requestBody: {
            content: {
              "multipart/form-data": {
                schema: { type: "object", properties: { file: { contentMediaType: "text/csv" }, note: {} } },
                example: { file: 'a;"b"', note: "it's" },
              },
            },
          },
          responses: {},
        },
      },
    },
  };
  const [post] = listOperations(uploads);
  const line = post && toCurl(uploads, post, "http://127.0.0.1:1");
  expect(line).toBe(
    `curl -X POST -H "Cookie: sid=$SESSION" -F 'file="a;\\"b\\"";filename=file;type=application/octet-stream' -F 'note="it'\\''s"' "http://127.0.0.1:1/files?api%20key=$MY_KEY"`,
  );
});
