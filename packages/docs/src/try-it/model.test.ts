import { listOperations } from "@artifetch/document";
import { expect, test } from "vitest";
import { toTryModel } from "./model.ts";

const base = { openapi: "3.1.0", info: { title: "T", version: "1" } };

function toModel(operation: object, more: object = {}) {
  const document = JSON.parse(
    JSON.stringify({ ...base, paths: { "/a": { post: { operationId: "a", ...operation } } }, ...more }),
  );
  return toTryModel({ name: "t", document, operations: listOperations(document) });
}

test("a required parameter is filled in, an optional one only hinted at", () => {
  const parameters = [
    { name: "id", in: "path", required: true, example: "a-1", schema: { type: "string" } },
    { name: "sort", in: "query", schema: { type: "array", items: { enum: ["up", "down"] }, default: ["up"] } },
  ];
  expect(toModel({ parameters }).operations[0]?.parameters).toMatchObject([
    { name: "id", required: true, kind: "text", value: "a-1", hint: "", choices: [] },
    { name: "sort", required: false, kind: "list", value: "", hint: "up", choices: ["up", "down"] },
  ]);
});

test("every example of a body can be chosen; a form has its fields", () => {
  const form = {
    required: ["file"],
    properties: { file: { contentMediaType: "application/pdf" }, note: { type: "string" } },
  };
  const content = {
    "application/json": { examples: { one: { value: { a: 1 } }, two: { value: [] } } },
    "multipart/form-data": { schema: form, example: { file: "text" } },
  };
  expect(toModel({ requestBody: { required: true, content } }).operations[0]).toMatchObject({
    bodyRequired: true,
    bodies: [
      {
        kind: "text",
        examples: [
          { name: "one", text: '{\n  "a": 1\n}' },
          { name: "two", text: "[]" },
        ],
      },
      {
        kind: "form",
        fields: [
          { name: "file", required: true, isFile: true, value: "text" },
          { name: "note", required: false, isFile: false, value: "" },
        ],
      },
    ],
  });
});

test("the mock can be asked for every status and example, with the media type that has it", () => {
  const responses = {
    200: { description: "", content: { "image/png": { examples: { plot: {} } }, "text/plain": {} } },
    204: { description: "" },
    "4XX": { description: "", content: { "application/json": {} } },
    default: { description: "" },
  };
  expect(toModel({ responses }).operations[0]?.answers).toEqual([
    { label: "200 plot (image/png)", prefer: 'code=200, example="plot"', type: "image/png" },
    { label: "200 (text/plain)", prefer: "code=200", type: "text/plain" },
    { label: "204, no body", prefer: "code=204", type: "" },
    { label: "4XX", prefer: "code=400", type: "application/json" },
  ]);
});

test("a key in the query is asked for only where there is no other way", () => {
  const schemes = {
    Header: { type: "apiKey", in: "header", name: "X-Key" },
    Query: { type: "apiKey", in: "query", name: "key" },
    Basic: { type: "http", scheme: "basic" },
  };
  const list = (...security: object[]) =>
    toModel({ security }, { components: { securitySchemes: schemes } }).schemes.map(({ name }) => name);
  expect(list({ Header: [] }, { Query: [] })).toEqual(["Header"]);
  expect(list({ Query: [] })).toEqual(["Query"]);
  expect(list({ Query: [], Basic: [] }, { Header: [] })).toEqual(["Header"]);
  expect(list({ Header: [], Basic: [] })).toEqual(["Header", "Basic"]);
});

test("the document's servers are suggested with their defaults, but none that is relative", () => {
  const variables = { site: { default: "example.com" } };
  const servers = [{ url: "https://api.{site}/v1", variables }, { url: "/v1" }, { url: "https://{unknown}" }];
  expect(toModel({}, { servers }).servers).toEqual(["https://api.example.com/v1"]);
});
