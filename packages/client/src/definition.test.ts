import { listOperations, type OpenApiDocument } from "@artifetch/document";
import { expect, test } from "vitest";
import { defineApi } from "./definition.ts";

/** The definition of the one operation of a document, whose success has this schema. */
function define(schema: object, operation: object = {}, schemas: object = {}, method = "get") {
  const responses = { 200: { description: "OK", content: { "application/json": { schema } } } };
  const document = {
    openapi: "3.1.0",
    info: { title: "Test", version: "1" },
    paths: { "/runs": { [method]: { operationId: "run", responses, ...operation } } },
    components: { schemas },
  } as unknown as OpenApiDocument;
  return defineApi(document, listOperations(document)).operations.run;
}

const state = { type: "string", "x-job-states": { order: ["new", "busy", "done"], terminal: ["failed", "done"] } };
const job = (pointer: string) => ["GET", "/runs", "200j", { job: [pointer, "done", "failed"] }];

test("has no extras where an operation has nothing special", () => {
  expect(define({ type: "object" })).toEqual(["GET", "/runs", "200j"]);
});

test("finds the state of a job at the root, deep down, through references and in parts of a schema", () => {
  expect(define({ properties: { status: state } })).toEqual(job("/status"));
  expect(define({ properties: { data: { properties: { "a/b": state } } } })).toEqual(job("/data/a~1b"));
  const schemas = {
    Base: { properties: { status: { $ref: "#/components/schemas/State", description: "beside a reference" } } },
    State: state,
    Run: { allOf: [{ $ref: "#/components/schemas/Base" }], properties: { id: {} } },
    "Odd name": state,
  };
  expect(define({ oneOf: [{ type: "null" }, { $ref: "#/components/schemas/Run" }] }, {}, schemas)).toEqual(
    job("/status"),
  );
  expect(define({ properties: { s: { $ref: "#/components/schemas/Odd%20name" } } }, {}, schemas)).toEqual(job("/s"));
});

test("takes the state that is nearest to the root, however many references are on the way", () => {
  const schemas = { A: { allOf: [{ $ref: "#/components/schemas/B" }] }, B: { properties: { status: state } } };
  const parent = { properties: { parent: { properties: { status: state } } } };
  expect(define({ allOf: [parent, { $ref: "#/components/schemas/A" }] }, {}, schemas)).toEqual(job("/status"));
});

test("ends on a schema that contains itself", () => {
  const schemas = { Run: { properties: { parent: { $ref: "#/components/schemas/Run" } } } };
  expect(define({ $ref: "#/components/schemas/Run" }, {}, schemas)).toEqual(["GET", "/runs", "200j"]);
});

test("has no job for a list of them, nor for an operation that is not repeatable", () => {
  expect(define({ items: { properties: { status: state } } })).toEqual(["GET", "/runs", "200j"]);
  expect(define({ properties: { status: state } }, {}, {}, "post")).toEqual(["POST", "/runs", "200j"]);
});

test.each([
  [{ style: "none", items: "", sizeParameter: "limit" }, ["none", ""]],
  [{ style: "page", items: "/data", parameter: "page" }, ["page", "/data", "page", 1, "", "", "", "", 0]],
  [
    { style: "page", items: "", parameter: "p", sizeParameter: "s", size: 5, first: 0, total: "/t" },
    ["page", "", "p", 0, "", "", "/t", "s", 5],
  ],
  [
    { style: "page", items: "", parameter: "p", sizeParameter: "s", size: 5, total: "/t", totalPages: "/n" },
    ["page", "", "p", 1, "", "/n"],
  ],
  [
    { style: "page", items: "", parameter: "p", size: 5, first: 0, next: "/next", total: "/t", totalPages: "/n" },
    ["page", "", "p", 0, "/next"],
  ],
  [
    { style: "offset", items: "/a", parameter: "skip", sizeParameter: "take", total: "/t", totalPages: "/n" },
    ["offset", "/a", "skip", 0, "", "", "/t", "take", 0],
  ],
  [{ style: "cursor", items: "/a", parameter: "after", next: "/next" }, ["cursor", "/a", "after", 0, "/next"]],
])("keeps of %j what is needed to go on", (pagination, pages) => {
  expect(define({}, { "x-pagination": pagination })).toEqual(["GET", "/runs", "200j", { pages }]);
});
