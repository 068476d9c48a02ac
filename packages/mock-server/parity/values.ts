/** Values for a schema, most of them valid, and the same values spoiled. */

import { isObject, type JsonObject, type OpenApiDocument, resolve } from "@artifetch/document";
import fc from "fast-check";

/** Texts that parsers trip over. */
export const oddTexts = [
  ...[
    "",
    " ",
    "a b",
    "a+b",
    "a,b",
    "1,2",
    "a;b",
    "a|b",
    "a/b",
    "a&b=c",
    "..",
    ".",
    "%",
    "%41",
    "%2C",
    "#",
    "?",
    "'",
    '"',
  ],
  ...[
    "ü",
    "\u4f60",
    "\u{1f600}",
    "null",
    "true",
    "0",
    "-1",
    "01",
    "1.5",
    "1e3",
    "+1",
    "99999999999999999999",
    "[]",
    "{}",
  ],
  ...["__proto__", "constructor", "toString", "2024-01-31", "x".repeat(300)],
];

const oddValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(null, true, false, 0, -1, 1.5, 1e21, [], {}, [null], [[]], { a: 1 }),
  fc.constantFrom(...oddTexts),
);

/** How deep a value follows its schema. */
const depthLimit = 4;

/** Values of a schema; references are followed, keywords that nothing is made of (`not`, `if`) are left out. */
export function valuesOf(document: OpenApiDocument, schema: unknown, depth = 0): fc.Arbitrary<unknown> {
  const resolved = resolve(document, schema);
  if (!isObject(resolved)) return oddValue;
  const merged = Array.isArray(resolved.allOf) ? mergeAll(document, resolved) : resolved;
  const shown = [merged.const, merged.default, merged.example, ...listOf(merged.examples)].filter(
    (value) => value !== undefined,
  );
  const options = [...(shown.length > 0 ? [fc.constantFrom(...shown)] : []), ...listOptions(document, merged, depth)];
  return fc.oneof(...options);
}

function listOptions(document: OpenApiDocument, schema: JsonObject, depth: number): fc.Arbitrary<unknown>[] {
  if (Array.isArray(schema.enum) && schema.enum.length > 0) return [fc.constantFrom(...schema.enum)];
  const alternatives = [...listOf(schema.oneOf), ...listOf(schema.anyOf)];
  if (alternatives.length > 0 && depth < depthLimit)
    return alternatives.map((alternative) => valuesOf(document, alternative, depth + 1));
  const types = listOf(schema.type);
  const [type = schema.properties ? "object" : schema.items ? "array" : "string"] = types;
  return [
    ...(types.includes("null") || schema.nullable ? [fc.constant(null)] : []),
    ofType(document, schema, type, depth),
  ];
}

function ofType(document: OpenApiDocument, schema: JsonObject, type: unknown, depth: number): fc.Arbitrary<unknown> {
  switch (type) {
    case "null":
      return fc.constant(null);
    case "boolean":
      return fc.boolean();
    case "integer":
    case "number":
      return numbersOf(schema, type === "integer" ? 1 : 0.5);
    case "array":
      if (Array.isArray(schema.prefixItems))
        return fc.tuple(...schema.prefixItems.map((item) => valuesOf(document, item, depth + 1)));
      return depth < depthLimit
        ? fc.array(valuesOf(document, schema.items, depth + 1), {
            minLength: Number(schema.minItems ?? 0),
            maxLength: Number(schema.minItems ?? 0) + 2,
          })
        : fc.constant([]);
    case "object":
      return depth < depthLimit ? objectsOf(document, schema, depth) : fc.constant({});
    default:
      return textsOf(schema);
  }
}

/** Both bounds, one step beyond each, and something between. */
function numbersOf({ minimum, maximum }: JsonObject, step: number): fc.Arbitrary<number> {
  const low = Number(minimum ?? 0);
  const high = Number(maximum ?? low + 100);
  return fc.oneof(
    fc.constantFrom(low, high),
    fc.constantFrom(low - step, high + step),
    fc.integer({ min: Math.ceil(low), max: Math.max(Math.ceil(low), Math.floor(high)) }),
  );
}

const formats: Record<string, string[]> = {
  "date-time": ["2024-01-31T12:00:00Z", "2024-01-31T12:00:00+02:00", "2024-01-31"],
  date: ["2024-01-31", "2024-02-31"],
  uuid: ["00000000-0000-4000-8000-000000000000", "0000"],
  uri: ["https://any.example/a?b=c", "nowhere"],
  email: ["a@any.example", "a@"],
  ipv4: ["127.0.0.1", "256.0.0.1"],
  byte: ["aGVsbG8=", "*"],
};

function textsOf({ format, pattern, minLength, maxLength }: JsonObject): fc.Arbitrary<string> {
  const listed = formats[String(format)];
  if (listed) return fc.constantFrom(...listed);
  const matching = typeof pattern === "string" ? toMatching(pattern) : undefined;
  if (matching) return matching;
  const low = Number(minLength ?? 0);
  const high = Number(maxLength ?? low + 20);
  const lengths = [...new Set([low, low - 1, high, high + 1])].filter((length) => length >= 0 && length < 2000);
  return fc.oneof(
    fc.constantFrom("text", "a1", "some-name"),
    fc.constantFrom(...lengths.map((length) => "x".repeat(length))),
    fc.constantFrom(...oddTexts),
  );
}

/** Undefined for a pattern that fast-check cannot make texts of. */
function toMatching(pattern: string): fc.Arbitrary<string> | undefined {
  try {
    return fc.stringMatching(new RegExp(pattern, "u"), { size: "small" });
  } catch {
    return undefined;
  }
}

function objectsOf(document: OpenApiDocument, schema: JsonObject, depth: number): fc.Arbitrary<unknown> {
  const properties = isObject(schema.properties) ? schema.properties : {};
  const required = listOf(schema.required).map(String);
  const model = Object.fromEntries(
    Object.entries(properties).map(([name, property]) => [name, valuesOf(document, property, depth + 1)]),
  );
  return fc.record(model, {
    requiredKeys: required.filter((name) => Object.hasOwn(model, name)),
    noNullPrototype: true,
  });
}

function mergeAll(document: OpenApiDocument, schema: JsonObject): JsonObject {
  const parts = listOf(schema.allOf).map((part) => resolve(document, part));
  const all = [...parts.filter(isObject), { ...schema, allOf: undefined }];
  return {
    ...Object.assign({}, ...all),
    properties: Object.assign({}, ...all.map(({ properties }) => properties)),
    required: all.flatMap(({ required }) => listOf(required)),
  };
}

/** Values of which one place is changed: taken away, replaced, or joined by a stranger. */
export function spoiled(values: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc
    .tuple(
      values,
      fc.array(fc.nat({ max: 9 }), { maxLength: 3 }),
      fc.constantFrom("remove", "replace", "add"),
      oddValue,
    )
    .map(([value, way, action, odd]) => change(value, way, action, odd));
}

function change(value: unknown, way: number[], action: string, odd: unknown): unknown {
  if (typeof value !== "object" || value === null || Object.keys(value).length === 0)
    return action === "add" && isObject(value) ? { ...value, unknown: odd } : odd;
  const keys = Object.keys(value);
  const [step = 0, ...rest] = way;
  const key = keys[step % keys.length] ?? "";
  const entries = Object.entries(value);
  if (action === "add" && rest.length === 0 && !Array.isArray(value)) return { ...value, unknown: odd };
  const changed = entries.flatMap(([name, item]) => {
    if (name !== key) return [[name, item]];
    if (rest.length > 0) return [[name, change(item, rest, action, odd)]];
    return action === "remove" ? [] : [[name, odd]];
  });
  return Array.isArray(value) ? changed.map(([, item]) => item) : Object.fromEntries(changed);
}

function listOf(value: unknown): unknown[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value];
}
