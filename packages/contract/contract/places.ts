/**
 * Where values stand in a body, beside what the document says of each. Written apart from the checks, which it tests: it says
 * little, and only where it is sure.
 */
import { isObject, type JsonObject, type OpenApiDocument, resolve } from "@artifetch/document";

export interface Place {
  path: readonly (string | number)[];
  value: unknown;
  /** What applies there: the schema and the parts that it is put together from. */
  schemas: readonly JsonObject[];
  /** The types that are allowed; undefined where nothing is said of them. */
  types: ReadonlySet<string> | undefined;
}

export function listPlaces(document: OpenApiDocument, schema: unknown, value: unknown): Place[] {
  const places: Place[] = [];
  const visit = (path: Place["path"], given: readonly unknown[], current: unknown): void => {
    const schemas = given.flatMap((each) => flatten(document, each, current));
    places.push({ path, value: current, schemas, types: findTypes(schemas) });
    if (Array.isArray(current))
      for (const [index, item] of current.entries())
        visit(
          [...path, index],
          schemas.map(({ items, prefixItems }) =>
            Array.isArray(prefixItems) && index < prefixItems.length ? prefixItems[index] : items,
          ),
          item,
        );
    else if (isObject(current))
      for (const [name, child] of Object.entries(current)) {
        const named = schemas.flatMap(({ properties }) =>
          isObject(properties) && name in properties ? [properties[name]] : [],
        );
        visit([...path, name], named.length > 0 ? named : schemas.map((each) => each.additionalProperties), child);
      }
  };
  visit([], [schema], value);
  return places;
}

/** A choice (`oneOf`, `anyOf`) is followed only where the type of the value leaves one branch. */
function flatten(document: OpenApiDocument, schema: unknown, value: unknown): JsonObject[] {
  if (!isObject(schema)) return [];
  const { $ref, allOf, oneOf, anyOf } = schema;
  const referred = $ref === undefined ? [] : [resolve(document, { $ref })];
  const parts = Array.isArray(allOf) ? allOf : [];
  const chosen = [oneOf, anyOf].flatMap((list) => {
    const fitting = (Array.isArray(list) ? list : []).filter((branch) => canBe(document, branch, value));
    return fitting.length === 1 ? fitting : [];
  });
  return [schema, ...[...referred, ...parts, ...chosen].flatMap((each) => flatten(document, each, value))];
}

function canBe(document: OpenApiDocument, branch: unknown, value: unknown): boolean {
  const types = findTypes(flatten(document, branch, value));
  return types === undefined || listTypesOf(value).some((type) => types.has(type));
}

/** A choice at the place itself says more than can be told here: then nothing is said. */
function findTypes(schemas: readonly JsonObject[]): ReadonlySet<string> | undefined {
  if (schemas.some(({ oneOf, anyOf }) => oneOf !== undefined || anyOf !== undefined)) return undefined;
  const [first] = schemas.flatMap(({ type, const: constant, enum: list }) => {
    if (type !== undefined) return [[type].flat().map(String)];
    const values = constant === undefined ? list : [constant];
    return Array.isArray(values) ? [values.flatMap(listTypesOf)] : [];
  });
  return first && new Set(first);
}

export function listTypesOf(value: unknown): string[] {
  if (value === null) return ["null"];
  if (Array.isArray(value)) return ["array"];
  return typeof value === "number" ? (Number.isInteger(value) ? ["integer", "number"] : ["number"]) : [typeof value];
}

/** The body with another value at a place; `undefined` takes it away. */
export function put(body: unknown, [key, ...rest]: Place["path"], value: unknown): unknown {
  if (key === undefined) return value;
  if (Array.isArray(body)) return body.with(Number(key), put(body[Number(key)], rest, value));
  const object = body as JsonObject;
  const next = put(object[key], rest, value);
  const { [key]: _, ...others } = object;
  return next === undefined ? others : { ...object, [key]: next };
}
