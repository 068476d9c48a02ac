import fc from "fast-check";
import { expect, test } from "vitest";
import { fitsPlainly } from "./plain-schema.ts";
import { loadSchemaCompiler } from "./prism.ts";

const type = fc.constantFrom("string", "number", "integer", "boolean", "null", "array", "object");
const { schema } = fc.letrec((tie) => ({
  schema: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.boolean(),
    fc.record(
      {
        type: fc.oneof(type, fc.uniqueArray(type, { minLength: 1, maxLength: 2 })),
        enum: fc.uniqueArray(fc.constantFrom("a", 1, null, true), { minLength: 1 }),
        const: fc.constantFrom("a", 1, false),
        minLength: fc.nat(2),
        maxLength: fc.nat(3),
        pattern: fc.constantFrom("^a", "\\d$", "😀"),
        minimum: fc.constantFrom(0, 1.5),
        exclusiveMaximum: fc.constantFrom(1, 2.5),
        format: fc.constantFrom("int32", "date-time", "unknown"),
        description: fc.constant("said"),
        "x-kept": fc.constant(1),
        uniqueItems: fc.boolean(),
        properties: fc.dictionary(fc.constantFrom("a", "b", "toString"), tie("schema")),
        required: fc.subarray(["a", "b"]),
        additionalProperties: tie("schema"),
        items: tie("schema"),
        minItems: fc.nat(1),
        maxItems: fc.nat(2),
        anyOf: fc.array(tie("schema"), { minLength: 1, maxLength: 2 }),
      },
      { requiredKeys: [], noNullPrototype: true },
    ),
  ),
}));
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom(null, true, false, 0, 1, 1.5, 2 ** 40, -1, "", "a", "ab9", "😀😀", "2024-01-01T00:00:00Z"),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom("a", "b", "toString", "c"), tie("value"), { noNullPrototype: true }),
  ),
}));

test("takes no value that Ajv refuses", () => {
  let yes = 0;
  fc.assert(
    fc.property(schema, value, (one, candidate) => {
      if (!fitsPlainly(one, candidate)) return;
      yes += 1;
      expect(loadSchemaCompiler().compile(one as object)(candidate)).toBe(true);
    }),
    { numRuns: 5000 },
  );
  expect(yes).toBeGreaterThan(500);
});

const run = {
  type: "object",
  required: ["id", "files"],
  properties: {
    id: { type: "string", pattern: "^r", description: "Identity." },
    state: { anyOf: [{ type: "string", enum: ["done"] }, { type: "null" }] },
    files: { type: "array", items: { type: ["integer", "null"], minimum: 1 } },
  },
  additionalProperties: false,
};

test("knows no type by the name of what every object has", () => {
  expect(fitsPlainly({ type: "toString" }, 1)).toBe(false);
});

test.each([
  [{ id: "r1", files: [1, null], state: null }, true],
  [{ id: "r1", files: [] }, true],
  [{ id: "s1", files: [] }, false],
  [{ id: "r1", files: [0] }, false],
  [{ id: "r1" }, false],
  [{ id: "r1", files: [], state: "gone" }, false],
  [{ id: "r1", files: [], more: 1 }, false],
  [[], false],
])("says of %j: %j", (candidate, isInOrder) => {
  expect(fitsPlainly(run, candidate)).toBe(isInOrder);
});
