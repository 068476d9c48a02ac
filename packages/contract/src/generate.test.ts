import type { OpenApiDocument } from "@artifetch/document";
import fc from "fast-check";
import { expect, test } from "vitest";
import { toGuess } from "./generate.ts";
import { createSchemas } from "./schemas.ts";

const list: Record<string, object> = {
  integer: { type: "integer", minimum: -3, exclusiveMaximum: 5 },
  "integer without limits": { type: "integer" },
  "multiple of": { type: "integer", multipleOf: 7, minimum: 1, maximum: 100 },
  "open interval": { type: "number", exclusiveMinimum: 0, exclusiveMaximum: 1 },
  text: { type: "string", minLength: 3, maxLength: 5 },
  pattern: { type: "string", pattern: "^[a-z]{2}-\\d+$" },
  "several types": { type: ["string", "null", "boolean"] },
  constant: { const: { a: 1 } },
  "null in a list of values": { enum: [1, "a", null] },
  list: { type: "array", items: { type: "integer" }, minItems: 2, maxItems: 3, uniqueItems: true },
  tuple: { type: "array", prefixItems: [{ type: "string" }, { type: "integer" }], items: false, minItems: 2 },
  map: { type: "object", additionalProperties: { type: "integer" }, minProperties: 1 },
  closed: {
    type: "object",
    additionalProperties: false,
    required: ["a"],
    properties: { a: { type: "string" }, b: {} },
  },
  "all of": {
    allOf: [
      { $ref: "#/components/schemas/Named" },
      { type: "object", required: ["size"], properties: { size: { type: "integer" } } },
    ],
  },
  "one of with a discriminator": {
    oneOf: [
      { type: "object", required: ["k"], properties: { k: { const: "a" } } },
      { type: "object", required: ["k", "v"], properties: { k: { const: "b" }, v: { type: "integer" } } },
    ],
  },
  "any of beside properties": {
    type: "object",
    required: ["a"],
    properties: { a: { type: "string" } },
    anyOf: [
      { required: ["b"], properties: { b: { type: "integer" } } },
      { required: ["c"], properties: { c: { type: "boolean" } } },
    ],
  },
  recursive: { $ref: "#/components/schemas/Node" },
  "recursive by a choice": { $ref: "#/components/schemas/Tree" },
  ...Object.fromEntries(
    ["uuid", "date", "date-time", "time", "email", "uri", "ipv4", "ipv6", "hostname", "byte"].map((format) => [
      format,
      { type: "string", format },
    ]),
  ),
};

const document: OpenApiDocument = {
  openapi: "3.1.0",
  info: { title: "Shapes", version: "1" },
  components: {
    schemas: {
      ...(list as OpenApiDocument["components"] & object),
      Loop: { anyOf: [{ type: "integer" }, { $ref: "#/components/schemas/Loop" }] },
      Named: { type: "object", required: ["name"], properties: { name: { type: "string", minLength: 1 } } },
      Node: {
        type: "object",
        required: ["next"],
        properties: { next: { oneOf: [{ $ref: "#/components/schemas/Node" }, { type: "null" }] } },
      },
      Tree: { anyOf: [{ type: "integer" }, { type: "array", items: { $ref: "#/components/schemas/Tree" } }] },
    } as never,
  },
};
const schemas = createSchemas(document, "request");

test.each(Object.keys(list))("makes values for a schema: %s", (name) => {
  const pointer = `#/components/schemas/${name}`;
  const values = fc.sample(toGuess(schemas, pointer), { seed: 3, numRuns: 200 });
  const wrong = values.filter((value) => schemas.check(pointer, value).length > 0);
  expect(wrong.slice(0, 3)).toEqual([]);
  if (!("const" in (list[name] ?? {})))
    expect(new Set(values.map((value) => JSON.stringify(value))).size).toBeGreaterThan(1);
});

test("comes to an end where a schema refers to nothing but itself", () => {
  // No validator does.
  const values = fc.sample(toGuess(schemas, "#/components/schemas/Loop"), { seed: 3, numRuns: 20 });
  expect(values.some((value) => typeof value === "number")).toBe(true);
});

test("reaches every branch of a choice", () => {
  const values = fc.sample(toGuess(schemas, "#/components/schemas/one of with a discriminator"), {
    seed: 3,
    numRuns: 50,
  });
  expect(new Set(values.map((value) => (value as { k: string }).k))).toEqual(new Set(["a", "b"]));
});

test("makes the same values with the same seed", () => {
  const sample = (seed: number) => fc.sample(toGuess(schemas, "#/components/schemas/all of"), { seed, numRuns: 20 });
  expect(sample(5)).toEqual(sample(5));
  expect(sample(5)).not.toEqual(sample(6));
});

test("writes only printable ASCII where a value goes into a path, query or header", () => {
  const values = fc.sample(toGuess(schemas, "#/components/schemas/text", true), { seed: 3, numRuns: 200 });
  expect(values.filter((value) => !/^[ -~]+$/.test(String(value)))).toEqual([]);
});
