/** Whether a value fits a schema, where that can be seen without a compiler of schemas, which takes longer to load. */

import { isObject } from "@artifetch/document";
import type { IHttpParam } from "@stoplight/types";
import { compileRules, scalarKeywords } from "./checks.ts";

type Schema = NonNullable<IHttpParam["schema"]>;

const knownKeywords = new Set([
  ...scalarKeywords,
  ..."properties required additionalProperties items minItems maxItems anyOf readOnly".split(" "),
]);

/** The types of draft 7, as Ajv tells them. */
const isOfType: Record<string, (value: unknown) => boolean> = {
  string: (value) => typeof value === "string",
  number: Number.isFinite,
  integer: Number.isInteger,
  boolean: (value) => typeof value === "boolean",
  null: (value) => value === null,
  array: Array.isArray,
  object: isObject,
};

/** A check that says yes is right; one that says no may be wrong: any keyword that it does not know is a no. */
export function fitsPlainly(schema: unknown, value: unknown): boolean {
  if (schema === true) return true;
  if (!isObject(schema) || !Object.keys(schema).every((keyword) => isKnown(keyword))) return false;
  const { type, anyOf } = schema as Schema;
  const types = type === undefined ? [] : [type].flat();
  if (types.length > 0 && !types.some((name) => Object.hasOwn(isOfType, name) && isOfType[name]?.(value))) return false;
  if (anyOf && !(Array.isArray(anyOf) && anyOf.some((choice) => fitsPlainly(choice, value)))) return false;
  const rules = compileRules(schema as Schema);
  // They look at texts and numbers alone, and compare everything with `enum` and `const`.
  if (!rules?.every((isKept) => isKept(value as string))) return false;
  if (Array.isArray(value)) return isListInOrder(schema as Schema, value);
  return !isObject(value) || isMapInOrder(schema as Schema, value);
}

function isKnown(keyword: string): boolean {
  return keyword.startsWith("x-") || knownKeywords.has(keyword);
}

function isListInOrder({ items = true, minItems = 0, maxItems = Number.POSITIVE_INFINITY }: Schema, value: unknown[]) {
  const isCounted = value.length >= minItems && value.length <= maxItems;
  return isCounted && value.every((item) => fitsPlainly(items, item));
}

function isMapInOrder(schema: Schema, value: Readonly<Record<string, unknown>>): boolean {
  const { properties = {}, required = [], additionalProperties = true } = schema;
  if (!Array.isArray(required) || !required.every((name) => Object.hasOwn(value, name))) return false;
  return Object.entries(value).every(([name, child]) =>
    fitsPlainly(Object.hasOwn(properties, name) ? properties[name] : additionalProperties, child),
  );
}
