/** Which parts of an answer are series to be drawn: read from the schemas of its document, never from names. */
import {
  isJsonMediaType,
  isObject,
  type JsonObject,
  type OpenApiDocument,
  type Operation,
  resolve,
} from "@artifetch/document";

/** Deeper than this no answer is looked through: schemas may contain themselves. */
const depthLimit = 6;

/**
 * Pointers, with `*` for any item or key, of the arrays in an operation's successful answers whose items are numbers, or points:
 * objects with two required properties and no other, the second a number, the first a number or a text (a time).
 */
export function findCharts(document: OpenApiDocument, { responses }: Operation): string[] {
  const found = new Set<string>();
  for (const [status, { content = {} }] of Object.entries(responses)) {
    for (const [type, { schema }] of Object.entries(content)) {
      if (status.startsWith("2") && isJsonMediaType(type)) walk(document, schema, "", 0, found);
    }
  }
  return [...found];
}

function walk(document: OpenApiDocument, value: unknown, pointer: string, depth: number, found: Set<string>): void {
  const schema = resolve(document, value);
  if (!isObject(schema) || depth > depthLimit) return;
  const { items, properties, additionalProperties } = schema;
  for (const part of [schema.allOf, schema.oneOf, schema.anyOf].flat()) walk(document, part, pointer, depth + 1, found);
  if (items !== undefined) {
    if (isSeries(document, items)) found.add(pointer);
    else walk(document, items, `${pointer}/*`, depth + 1, found);
  }
  walk(document, additionalProperties, `${pointer}/*`, depth + 1, found);
  for (const [name, property] of Object.entries(isObject(properties) ? properties : {})) {
    walk(document, property, `${pointer}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`, depth + 1, found);
  }
}

function isSeries(document: OpenApiDocument, items: unknown): boolean {
  const item = resolve(document, items);
  if (!isObject(item)) return false;
  if (isNumber(item)) return true;
  const properties = Object.entries(isObject(item.properties) ? item.properties : {});
  const required = [item.required].flat();
  if (properties.length !== 2 || !properties.every(([name]) => required.includes(name))) return false;
  const [first, second] = properties.map(([, property]) => resolve(document, property));
  return (
    isObject(first) && isObject(second) && isNumber(second) && (isNumber(first) || listTypes(first).includes("string"))
  );
}

function isNumber(schema: JsonObject): boolean {
  return listTypes(schema).some((type) => type === "number" || type === "integer");
}

function listTypes(schema: JsonObject): unknown[] {
  return [schema.type].flat();
}
