import type { OpenApiDocument } from "@artifetch/document";
import { expect, test } from "vitest";
import { judgeExamples } from "./examples.ts";
import { createJudge } from "./judge.ts";
import { createSchemas } from "./schemas.ts";

const schema = { type: "integer" };

test("names an example that breaks its schema, and one without a name by its place alone", () => {
  const document: OpenApiDocument = {
    openapi: "3.1.0",
    info: { title: "Examples", version: "1" },
    paths: {
      "/a": {
        post: {
          operationId: "postA",
          parameters: [{ name: "limit", in: "query", schema, example: "many" }],
          requestBody: { content: { "application/json": { schema, example: "one" } } },
          responses: {
            "200": {
              description: "OK",
              content: { "application/json": { schema, examples: { wrong: { value: "two" }, right: { value: 2 } } } },
            },
          },
        },
      },
    },
  };
  const judge = createJudge(document);
  const [operation] = judge.operations;
  const verdict = operation && judgeExamples(judge, createSchemas(document, "request"), operation);
  expect(verdict?.findings.map(({ message }) => message)).toEqual([
    "the example of request body breaks its schema: it must be integer",
    "the example wrong of 200 breaks its schema: it must be integer",
    "the example of query parameter limit breaks its schema: it must be integer",
  ]);
});
