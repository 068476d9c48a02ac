import type { JsonObject, OpenApiDocument } from "@artifetch/document";
import { expect, test } from "vitest";
import { type Change, listChanges } from "./changes.ts";
import { createSchemas } from "./schemas.ts";

function change(schema: JsonObject, value: unknown, isText = false): Change[] {
  const document: OpenApiDocument = {
    openapi: "3.1.0",
    info: { title: "One", version: "1" },
    components: { schemas: { One: schema } },
  };
  return listChanges(createSchemas(document, "request"), "#/components/schemas/One", value, isText);
}
const broken = (changes: Change[]) =>
  changes.flatMap(({ label, value, violation }) => (violation ? [[violation.keyword, label, value]] : []));

test("leaves out what would break two rules at once", () => {
  expect(broken(change({ type: "string", enum: ["a"], maxLength: 3 }, "a"))).toEqual([]);
  expect(broken(change({ enum: ["a"] }, "a"))).toEqual([["enum", "off its list", "not-in-the-list"]]);
});

test("takes a text for wrong only where nothing that it spells is right", () => {
  const schema = { oneOf: [{ type: "integer" }, { type: "string", maxLength: 3, pattern: "^\\d" }] };
  const longer = (isText: boolean) => change(schema, "123", isText).filter(({ label }) => label.startsWith("longer"));
  expect(broken(longer(false))).toEqual([["oneOf", "longer than its maxLength", "1231"]]);
  expect(broken(longer(true))).toEqual([]);
});

test("names the composition that a change stands in", () => {
  const schema = {
    oneOf: [{ type: "object", required: ["a"], properties: { a: { type: "integer", minimum: 1 } } }, { type: "null" }],
  };
  const found = change(schema, { a: 5 }).find(({ label }) => label === "below its minimum");
  expect(found).toMatchObject({
    pointer: "/a",
    value: { a: 0 },
    violation: { keyword: "oneOf", message: expect.stringContaining("closest: /a must be >= 1") },
  });
});

test("changes the first place where a schema applies, and only that", () => {
  const changes = change({ type: "array", items: { type: "integer", maximum: 9 } }, [1, 2, 3]);
  expect(changes.filter(({ label }) => label === "above its maximum").map(({ value }) => value)).toEqual([[10, 2, 3]]);
});
