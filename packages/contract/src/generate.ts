/**
 * fast-check arbitraries out of JSON Schema 2020-12, as OpenAPI uses it.
 *
 * Written here because no kept library does it: `json-schema-fast-check` is archived (2022) and knows neither `$ref` nor
 * `oneOf`; the others write source files instead of values. What is made is a good guess, not a promise: a validator has
 * the last word, as keywords such as `not` and `if` can only be tried.
 */
import { getByPointer, isObject, type JsonObject, resolve } from "@artifetch/document";
import fc, { type Arbitrary } from "fast-check";
import type { Schemas } from "./schemas.ts";

/** How many references deep optional parts are still made: recursive schemas end there. */
const deepest = 5;
/** More alternatives than this (products of several `oneOf`) are not worth their time. */
const mostAlternatives = 24;

/**
 * Values for a schema, nearly all of them good: the validator has not had its word.
 *
 * @param pointer a schema, as a URI fragment.
 * @param isPlain texts of printable ASCII only, for paths, queries and headers.
 */
export function toGuess(schemas: Schemas, pointer: string, isPlain = false): Arbitrary<unknown> {
  return toValue(toContext(schemas, isPlain), getByPointer(schemas.document, pointer));
}

const contexts = new WeakMap<Schemas, { plain: Context; any: Context }>();

function toContext(schemas: Schemas, isPlain: boolean): Context {
  const known = contexts.get(schemas) ?? {
    plain: { schemas, isPlain: true, depth: 0, made: new Map() },
    any: { schemas, isPlain: false, depth: 0, made: new Map() },
  };
  contexts.set(schemas, known);
  return isPlain ? known.plain : known.any;
}

/** Seed of values that stand in for missing examples: the same in every run, whatever the run's seed. */
const inventionSeed = 7;
const inventionTries = 100;

/** Makes up one small good value for a schema; undefined where none of many is good. */
export function createInvent(schemas: Schemas): (pointer: string) => unknown {
  const known = new Map<string, unknown>();
  return (pointer) => {
    if (known.has(pointer)) return known.get(pointer);
    const guesses = fc.sample(toGuess(schemas, pointer, true), { seed: inventionSeed, numRuns: inventionTries });
    const good = guesses.filter((value) => schemas.check(pointer, value).length === 0);
    const value = good.toSorted((a, b) => toSize(a) - toSize(b)).at(Math.floor(good.length / 2));
    known.set(pointer, value);
    return value;
  };
}

function toSize(value: unknown): number {
  return JSON.stringify(value)?.length ?? 0;
}

interface Context {
  schemas: Schemas;
  isPlain: boolean;
  depth: number;
  /** By schema and depth: a schema that many others refer to is prepared once. */
  made: Map<unknown, Map<number, Arbitrary<unknown>>>;
}

function toValue(context: Context, schema: unknown): Arbitrary<unknown> {
  const { depth, made } = context;
  // A schema that requires itself has no end in any case; null is as wrong as anything else there.
  if (schema === false || depth > 2 * deepest) return fc.constant(null);
  const known = made.get(schema) ?? new Map<number, Arbitrary<unknown>>();
  made.set(schema, known);
  const arbitrary = known.get(depth) ?? toAlternatives(context, schema);
  known.set(depth, arbitrary);
  return arbitrary;
}

function toAlternatives(context: Context, schema: unknown): Arbitrary<unknown> {
  const alternatives = merge(context, schema).slice(0, mostAlternatives);
  const inner = { ...context, depth: context.depth + 1 };
  return fc.oneof(...alternatives.map((alternative) => toSingle(inner, alternative)));
}

/** A schema with its references and `allOf` merged in, once for each choice of its `oneOf` and `anyOf`. */
function merge(context: Context, schema: unknown, path: ReadonlySet<string> = new Set()): JsonObject[] {
  if (!isObject(schema)) return [{}];
  const { $ref, allOf, oneOf, anyOf, if: _, then, else: other, ...own } = schema;
  const parts: JsonObject[][] = [[own]];
  if (typeof $ref === "string") {
    if (path.has($ref)) return [own];
    parts.push(merge(context, resolve(context.schemas.document, { $ref }), new Set([...path, $ref])));
  }
  for (const part of list(allOf)) parts.push(merge(context, part, path));
  for (const choices of [oneOf, anyOf])
    if (Array.isArray(choices)) parts.push(choices.flatMap((choice) => merge(context, choice, path)));
  const outcomes = [then, other].filter(isObject);
  // Which of the two applies is up to `if`: both are tried, and nothing.
  if (outcomes.length > 0) parts.push([{}, ...outcomes.flatMap((outcome) => merge(context, outcome, path))]);
  let products: JsonObject[] = [{}];
  for (const part of parts) {
    products = products.flatMap((left) => part.map((right) => combine(left, right))).filter(isPossible);
    if (products.length > mostAlternatives) products = spread(products);
  }
  return products.length > 0 ? products : [own];
}

/** Evenly over the whole list, so that no branch of the last choice is lost. */
function spread(products: readonly JsonObject[]): JsonObject[] {
  const step = products.length / mostAlternatives;
  return Array.from({ length: mostAlternatives }, (_, index) => products[Math.floor(index * step)] ?? {});
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

const tightest: Record<string, (a: number, b: number) => number> = {
  exclusiveMaximum: Math.min,
  exclusiveMinimum: Math.max,
  maximum: Math.min,
  maxItems: Math.min,
  maxLength: Math.min,
  minimum: Math.max,
  minItems: Math.max,
  minLength: Math.max,
};

/** Two schemas that both apply, as one. */
function combine(left: JsonObject, right: JsonObject): JsonObject {
  const merged: JsonObject = { ...left, ...right };
  for (const [key, choose] of Object.entries(tightest)) {
    const [a, b] = [left[key], right[key]];
    if (typeof a === "number" && typeof b === "number") merged[key] = choose(a, b);
  }
  if (left.type !== undefined && right.type !== undefined) merged.type = intersectTypes(left.type, right.type);
  if (left.const !== undefined || right.const !== undefined) merged.const = left.const ?? right.const;
  if (Array.isArray(left.enum) && Array.isArray(right.enum)) {
    const other = new Set(right.enum);
    merged.enum = left.enum.filter((value) => other.has(value));
  }
  merged.required = [...new Set([...list(left.required), ...list(right.required)])];
  if (isObject(left.properties) && isObject(right.properties)) {
    const ours = left.properties;
    merged.properties = {
      ...ours,
      ...Object.fromEntries(
        Object.entries(right.properties).map(([name, schema]) => [
          name,
          Object.hasOwn(ours, name) ? { allOf: [ours[name], schema] } : schema,
        ]),
      ),
    };
  }
  return merged;
}

function intersectTypes(a: unknown, b: unknown): unknown[] {
  const [left, right] = [[a].flat(), [b].flat()];
  return left.flatMap((type) => {
    if (right.includes(type)) return [type];
    if (type === "number" && right.includes("integer")) return ["integer"];
    return type === "integer" && right.includes("number") ? ["integer"] : [];
  });
}

function isPossible({ type, enum: values }: JsonObject): boolean {
  return !(Array.isArray(type) && type.length === 0) && !(Array.isArray(values) && values.length === 0);
}

function toSingle(context: Context, schema: JsonObject): Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (Array.isArray(schema.enum)) return fc.constantFrom(...schema.enum);
  const types = [schema.type ?? guessTypes(schema)].flat().map(String);
  return fc.oneof(...types.map((type) => toTyped(context, schema, type)));
}

/** A schema without a type that has keywords of one is meant for it. */
function guessTypes({
  properties,
  required,
  items,
  prefixItems,
  minLength,
  pattern,
  format,
  minimum,
}: JsonObject): string[] {
  if (properties !== undefined || list(required).length > 0) return ["object"];
  if (items !== undefined || prefixItems !== undefined) return ["array"];
  if (minLength !== undefined || pattern !== undefined || format !== undefined) return ["string"];
  return minimum === undefined ? ["any"] : ["number"];
}

function toTyped(context: Context, schema: JsonObject, type: string): Arbitrary<unknown> {
  switch (type) {
    case "null":
      return fc.constant(null);
    case "boolean":
      return fc.boolean();
    case "integer":
      return toInteger(schema);
    case "number":
      return hasInteger(schema) ? fc.oneof(toInteger(schema), toNumber(schema)) : toNumber(schema);
    case "string":
      return toText(context, schema);
    case "array":
      return toList(context, schema);
    case "object":
      return toObject(context, schema);
    default:
      // Free-form places are few: small and plain is enough.
      return fc.oneof(toText(context, {}), fc.boolean(), fc.integer({ min: 0, max: 99 }));
  }
}

/** Where nothing is said, 32 bits: valid by the letter, a larger number only finds what database column is behind it. */
const defaultLimit = 2 ** 31 - 1;

function toInteger(schema: JsonObject): Arbitrary<number> {
  const { min, max } = toLimits(schema, 1);
  const low = Math.ceil(min ?? Math.min(0, max ?? 0) - (schema.minimum === undefined ? defaultLimit : 0));
  const high = Math.floor(max ?? Math.max(defaultLimit, low));
  if (low > high) return fc.constant(low);
  const { multipleOf } = schema;
  if (typeof multipleOf !== "number" || multipleOf <= 0) return fc.integer({ min: low, max: high });
  const [first, last] = [Math.ceil(low / multipleOf), Math.floor(high / multipleOf)];
  return fc.integer({ min: Math.min(first, last), max: Math.max(first, last) }).map((count) => count * multipleOf);
}

function hasInteger(schema: JsonObject): boolean {
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = toLimits(schema, 1);
  return Math.ceil(min) <= Math.floor(max);
}

function toNumber(schema: JsonObject): Arbitrary<number> {
  const { min = -1e9, max = Math.max(1e9, min) } = toLimits(schema, 0);
  if (min >= max) return fc.constant(min);
  const minExcluded = min === schema.exclusiveMinimum;
  const maxExcluded = max === schema.exclusiveMaximum;
  const isInside = (value: number) =>
    (minExcluded ? value > min : value >= min) && (maxExcluded ? value < max : value <= max);
  // Rounded where that is possible: a number with 17 digits only tests how each side prints numbers.
  const round = (value: number) => (isInside(Number(value.toPrecision(6))) ? Number(value.toPrecision(6)) : value);
  return fc.double({ min, max, minExcluded, maxExcluded, noNaN: true, noDefaultInfinity: true }).map(round);
}

function toLimits(schema: JsonObject, step: number): { min?: number; max?: number } {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema;
  const lows = [minimum, typeof exclusiveMinimum === "number" ? exclusiveMinimum + step : undefined];
  const highs = [maximum, typeof exclusiveMaximum === "number" ? exclusiveMaximum - step : undefined];
  const [low, high] = [lows, highs].map((limits) => limits.filter((limit) => typeof limit === "number"));
  return {
    ...(low && low.length > 0 && { min: Math.max(...low) }),
    ...(high && high.length > 0 && { max: Math.min(...high) }),
  };
}

function toText({ isPlain }: Context, schema: JsonObject): Arbitrary<string> {
  const { pattern, format, minLength, maxLength } = schema;
  const low = typeof minLength === "number" ? minLength : 0;
  const high = Math.max(low, Math.min(typeof maxLength === "number" ? maxLength : low + 24, low + 200));
  if (typeof pattern === "string") {
    const matching = toMatching(pattern);
    if (matching) return matching;
  }
  const known = typeof format === "string" ? formats[format] : undefined;
  if (known) return known();
  // An empty value in a path or query is often taken for none.
  const least = isPlain ? Math.max(1, low) : low;
  const plain = fc.string({ unit: "grapheme-ascii", minLength: least, maxLength: Math.max(least, high) });
  if (isPlain) return plain.map((text) => text.trim().padEnd(least, "a"));
  // A grapheme can be several characters: where length counts, each must be one.
  const isFree = minLength === undefined && maxLength === undefined;
  return isFree ? fc.oneof(plain, fc.string({ unit: "grapheme", maxLength: high })) : plain;
}

/** Undefined for a pattern that fast-check cannot follow (look-behind, say). */
function toMatching(pattern: string): Arbitrary<string> | undefined {
  try {
    const known = matching.get(pattern) ?? fc.stringMatching(new RegExp(pattern, "u"), { size: "small" });
    matching.set(pattern, known);
    return known;
  } catch {
    return undefined;
  }
}

/** By pattern: preparing one takes longer than all else here. */
const matching = new Map<string, Arbitrary<string>>();

/** Years that every library can write. */
const times = { min: new Date("1970-01-01T00:00:00Z"), max: new Date("2100-01-01T00:00:00Z"), noInvalidDate: true };

const formats: Record<string, () => Arbitrary<string>> = {
  byte: () => fc.base64String(),
  date: () => fc.date(times).map((date) => date.toISOString().slice(0, 10)),
  "date-time": () => fc.date(times).map((date) => date.toISOString()),
  email: () => fc.emailAddress(),
  hostname: () => fc.domain(),
  ipv4: () => fc.ipV4(),
  ipv6: () => fc.ipV6(),
  time: () => fc.date(times).map((date) => date.toISOString().slice(11)),
  uri: () => fc.webUrl(),
  "uri-reference": () => fc.webUrl(),
  url: () => fc.webUrl(),
  uuid: () => fc.uuid(),
};

function toList(context: Context, schema: JsonObject): Arbitrary<unknown[]> {
  const { items, prefixItems, minItems, maxItems, uniqueItems } = schema;
  if (Array.isArray(prefixItems)) return fc.tuple(...prefixItems.map((each) => toValue(context, each)));
  const minLength = typeof minItems === "number" ? minItems : 0;
  const most = context.depth > deepest ? minLength : minLength + 3;
  const maxLength = Math.max(minLength, Math.min(typeof maxItems === "number" ? maxItems : most, most));
  if (maxLength === 0 || items === false) return fc.constant([]);
  const item = toValue(context, items);
  if (uniqueItems !== true) return fc.array(item, { minLength, maxLength });
  return fc.uniqueArray(item, { minLength, maxLength, selector: (value) => JSON.stringify(value) });
}

const entryName = fc.string({ unit: fc.constantFrom(..."abcdefghijklmnopqrstuvwxyz"), minLength: 1, maxLength: 8 });

function toObject(context: Context, schema: JsonObject): Arbitrary<JsonObject> {
  const required = new Set(list(schema.required).map(String));
  const properties = isObject(schema.properties) ? schema.properties : {};
  const known = Object.entries(properties).filter(
    ([name, each]) => each !== false && !isReadOnly(context, each) && (required.has(name) || context.depth <= deepest),
  );
  const { additionalProperties: more } = schema;
  // What only `additionalProperties` describes can be required all the same.
  const unnamed = [...required].filter((name) => !Object.hasOwn(properties, name)).map((name) => [name, more] as const);
  const model = Object.fromEntries([...known, ...unnamed].map(([name, each]) => [name, toValue(context, each)]));
  const requiredKeys = Object.keys(model).filter((name) => required.has(name));
  const record = fc.record(model, { requiredKeys, noNullPrototype: true }) as Arbitrary<JsonObject>;
  // A map gets entries; an object that is only open gets none: that more is allowed says nothing of what.
  if (Object.keys(properties).length > 0 || !isObject(more) || context.depth > deepest) return record;
  const least = typeof schema.minProperties === "number" ? schema.minProperties : 0;
  const entries = fc.dictionary(entryName, toValue(context, more), {
    minKeys: least,
    maxKeys: least + 2,
    noNullPrototype: true,
  });
  return fc.tuple(entries, record).map(([some, rest]) => ({ ...some, ...rest }));
}

function isReadOnly({ schemas }: Context, schema: unknown): boolean {
  if (!isObject(schema)) return false;
  const target = typeof schema.$ref === "string" ? resolve(schemas.document, schema) : schema;
  return schema.readOnly === true || (isObject(target) && target.readOnly === true);
}
