import { getByPointer, listOperations, type OpenApiDocument } from "@artifetch/document";
import { expect, test } from "vitest";
import { readApis } from "./api.ts";
import { listInferredFacts } from "./inferred.ts";
import { renderInferred } from "./inferred-page.ts";

const apis = await readApis();

const document: OpenApiDocument = {
  openapi: "3.1.0",
  info: { title: "Jobs", version: "1" },
  security: [{ key: [] }],
  paths: {
    "/jobs": {
      parameters: [{ name: "team", in: "header", "x-inferred": "for both methods" }],
      get: {
        operationId: "listJobs",
        "x-inferred": "the order",
        parameters: [{ $ref: "#/components/parameters/Page" }],
        responses: {
          200: {
            content: { "application/json": { schema: { type: "array", items: { $ref: "#/components/schemas/Job" } } } },
          },
        },
      },
      post: {
        operationId: "createJob",
        security: [],
        responses: {
          default: { "x-inferred": "that it can fail" },
          201: {
            headers: { Location: { "x-inferred": "that it is sent" } },
            links: { get: { operationId: "listJobs", "x-inferred": "no" } },
          },
        },
      },
    },
  },
  components: {
    parameters: { Page: { name: "page", in: "query", schema: { type: "integer" }, "x-inferred": "the bound" } },
    schemas: {
      Job: {
        type: "object",
        properties: {
          parts: {
            type: "array",
            items: { $ref: "#/components/schemas/Job", properties: { id: { "x-inferred": "the form" } } },
          },
        },
      },
      Unused: { "x-inferred": "nobody asks", default: { "x-inferred": "data" } },
    },
    securitySchemes: { key: { type: "apiKey", in: "header", name: "k", "x-inferred": "the name" } },
  },
};

test("a fact is listed once, with the operations that it is part of and its place in words", () => {
  const facts = listInferredFacts(document, listOperations(document));
  expect(facts.map(({ place, reason, operationIds }) => [place, reason, operationIds.join()])).toEqual([
    ["the operation", "the order", "listJobs"],
    ["query parameter page", "the bound", "listJobs"],
    ["Job.parts[].id", "the form", "listJobs"],
    ["header parameter team", "for both methods", "listJobs,createJob"],
    ["security scheme key", "the name", "listJobs"],
    ["response 201, header Location", "that it is sent", "createJob"],
    ["response default", "that it can fail", "createJob"],
    ["Unused", "nobody asks", ""],
  ]);
});

test.each(apis)("the page of $name lists every mark of the document, and links it to its operations", (api) => {
  const facts = listInferredFacts(api.document, api.operations);
  const text = JSON.stringify(api.document);
  expect(facts.length).toBe(text.split('"x-inferred":').length - 1);
  for (const { pointer, reason } of facts) {
    expect(getByPointer(api.document, pointer.slice(1))).toMatchObject({ "x-inferred": reason });
  }
  const page = renderInferred(api, new Map(api.operations.map(({ id }) => [id, `to/${id}`])));
  for (const id of new Set(facts.flatMap(({ operationIds }) => operationIds))) {
    expect(page).toContain(`href="../index.html#to/${id}"`);
  }
  expect(page.split("<dt>").length - 1).toBe(facts.length);
});
