import { listOperations } from "@artifetch/document";
import { expect, test } from "vitest";
import { findCharts } from "./charts.ts";

const point = (x: object, more: object = {}) => ({
  type: "object",
  required: ["x", "y", ...Object.keys(more)],
  properties: { x, y: { type: "number" }, ...more },
});

function find(schema: object, components: object = {}): string[] | undefined {
  const responses = { 200: { description: "", content: { "application/json": { schema } } } };
  const document = {
    openapi: "3.1.0",
    info: { title: "T", version: "1" },
    paths: { "/a": { get: { responses } } },
    components: { schemas: components },
  };
  const parsed = JSON.parse(JSON.stringify(document));
  return listOperations(parsed).map((operation) => findCharts(parsed, operation))[0];
}

test("an array of points is a series, with a number or a time to its left", () => {
  const points = { type: ["array", "null"], items: { $ref: "#/components/schemas/Point" } };
  const schema = { type: "array", items: { properties: { points } } };
  expect(find(schema, { Point: point({ type: ["number", "string"] }) })).toEqual(["/*/points"]);
});

test("an array of numbers is a series", () => {
  expect(find({ properties: { "a/b": { type: "array", items: { type: "integer" } } } })).toEqual(["/a~1b"]);
});

test("objects with a third property, an optional one, or no number are no points", () => {
  expect(find({ type: "array", items: point({ type: "number" }, { z: { type: "number" } }) })).toEqual([]);
  expect(find({ type: "array", items: { ...point({ type: "number" }), required: ["x"] } })).toEqual([]);
  expect(find({ type: "array", items: point({ type: "object" }) })).toEqual([]);
});

test("a schema that contains itself is looked through only so far", () => {
  const node = {
    properties: { values: { type: "array", items: { type: "number" } }, next: { $ref: "#/components/schemas/Node" } },
  };
  expect(find({ $ref: "#/components/schemas/Node" }, { Node: node })).toContain("/next/values");
});
