/** Values that keep every rule, out of what the document shows: the ground that cases are changed from. */
import {
  isJsonMediaType,
  isObject,
  type JsonObject,
  type MediaType,
  type OpenApiDocument,
  type Operation,
  type Parameter,
  resolve,
  sampleMediaType,
  sampleParameter,
} from "@artifetch/document";
import { listReadings } from "./parameters.ts";
import { flatten } from "./properties.ts";
import { locate, type Schemas, toChild } from "./schemas.ts";

/** A parameter or body with the place of its schema and values that the schema takes. */
export interface Ground {
  /** The schema, as a URI fragment; undefined: anything goes. */
  pointer: string | undefined;
  /** Named examples of the document first; at least one, all good. */
  values: readonly { name: string; value: unknown }[];
  /** The value was given or found, and exists. */
  isFound?: boolean;
}

/** Makes up a value for a schema where the document shows none that is good; undefined where that fails. */
export type Invent = (pointer: string) => unknown;

/** Where the schema of a parameter stands. */
export function locateParameter(
  document: OpenApiDocument,
  operation: Operation,
  parameter: Parameter,
): string | undefined {
  const path = operation.pointer.slice(0, operation.pointer.lastIndexOf("/"));
  for (const owner of [operation.pointer, path]) {
    const start = locate(document, owner, ["parameters"]);
    const list = start === undefined ? undefined : (resolve(document, { $ref: start }) as unknown[]);
    const index = (list ?? []).findIndex((each) => {
      const found = resolve(document, each) as Parameter;
      return found.in === parameter.in && found.name === parameter.name;
    });
    if (start !== undefined && index >= 0) return locate(document, start, [String(index)]);
  }
  return undefined;
}

/** The ground of a parameter; undefined where no good value is known. */
export function findParameterGround(
  schemas: Schemas,
  operation: Operation,
  parameter: Parameter,
  invent: Invent,
): Ground | undefined {
  const { document } = schemas;
  const own = locateParameter(document, operation, parameter);
  const pointer = own && findSchema(document, own, parameter);
  const examples = Object.entries(parameter.examples ?? {}).map(([name, { value }]) => ({ name, value }));
  return toGround(
    schemas,
    pointer,
    [...examples, { name: "sample", value: sampleParameter(schemas.source, parameter) }],
    invent,
  );
}

function findSchema(document: OpenApiDocument, pointer: string, { content }: Parameter): string | undefined {
  const [mediaType] = Object.keys(content ?? {});
  return locate(document, pointer, mediaType === undefined ? ["schema"] : ["content", mediaType, "schema"]);
}

/** The ground of a body of one media type; undefined where no good value is known. */
export function findBodyGround(
  schemas: Schemas,
  operation: Operation,
  mediaType: string,
  content: MediaType,
  invent: Invent,
): Ground | undefined {
  const pointer = locate(schemas.document, operation.pointer, ["requestBody", "content", mediaType, "schema"]);
  const examples = Object.entries(content.examples ?? {}).map(([name, { value }]) => ({ name, value }));
  const sample = { name: "sample", value: sampleMediaType(schemas.source, content) };
  return toGround(schemas, pointer, examples.length > 0 ? examples : [sample], invent);
}

function toGround(
  schemas: Schemas,
  pointer: string | undefined,
  shown: readonly { name: string; value: unknown }[],
  invent: Invent,
): Ground | undefined {
  const values = shown.filter(
    ({ value }) => value !== undefined && (pointer === undefined || schemas.check(pointer, value).length === 0),
  );
  if (values.length > 0) return { pointer, values };
  const value = pointer === undefined ? undefined : invent(pointer);
  return value === undefined ? undefined : { pointer, values: [{ name: "invented", value }] };
}

/** A value from elsewhere, as its parameter's schema has it: an id that stands as a text in one answer is a number in a path. */
export function readAs(schemas: Schemas, pointer: string | undefined, value: unknown): unknown {
  if (pointer === undefined || typeof value === "object") return value;
  const readings = [value, ...listReadings(String(value))];
  return readings.find((reading) => schemas.check(pointer, reading).length === 0) ?? value;
}

/** How deep optional properties are filled in. */
const deepest = 4;

/**
 * A value with every optional property that can be added to it without breaking a rule: what its limits are tried on.
 * Properties that are `readOnly` are left out, as requests should (OpenAPI 3.1.1, section 4.8.24).
 */
export function fillIn(schemas: Schemas, pointer: string, value: unknown, invent: Invent): unknown {
  let whole = value;
  const replace = (path: readonly (string | number)[], next: unknown): boolean => {
    const candidate = setAt(whole, path, next);
    if (schemas.check(pointer, candidate).length > 0) return false;
    whole = candidate;
    return true;
  };
  const visit = (path: readonly (string | number)[], given: readonly unknown[]): void => {
    const here = given.flatMap((schema) => flatten(schemas, schema, getAt(whole, path)));
    const current = getAt(whole, path);
    if (path.length >= deepest) return;
    if (Array.isArray(current)) {
      if (current.length > 0)
        visit(
          [...path, 0],
          here.map(({ items }) => items),
        );
      return;
    }
    if (!isObject(current)) return;
    for (const [name, schema] of here.flatMap(({ properties }) => Object.entries(properties ?? {}))) {
      const isThere = Object.hasOwn(getAt(whole, path) as JsonObject, name);
      if (!isThere && !isReadOnly(schemas, schema)) {
        const place = isObject(schema) ? schemas.locate(schema) : undefined;
        const made = place === undefined ? undefined : invent(place);
        if (made === undefined || !replace([...path, name], made)) continue;
      }
      if (isThere || Object.hasOwn(getAt(whole, path) as JsonObject, name)) visit([...path, name], [schema]);
    }
  };
  visit([], [resolvePointer(schemas, pointer)]);
  return whole;
}

/** The value with as few properties as its schema takes. */
export function strip(schemas: Schemas, pointer: string, value: unknown): unknown {
  if (!isObject(value)) return value;
  let whole: JsonObject = value;
  for (const name of Object.keys(value)) {
    const { [name]: _, ...rest } = whole;
    if (schemas.check(pointer, rest).length === 0) whole = rest;
  }
  return whole;
}

function isReadOnly(schemas: Schemas, schema: unknown): boolean {
  return (
    isObject(schema) &&
    (schema.readOnly === true || (resolve(schemas.document, schema) as JsonObject).readOnly === true)
  );
}

export function resolvePointer({ document }: Schemas, pointer: string): unknown {
  return resolve(document, { $ref: pointer });
}

export function getAt(value: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((at, key) => (at as Record<string | number, unknown> | undefined)?.[key], value);
}

export function setAt(value: unknown, path: readonly (string | number)[], next: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return next;
  if (Array.isArray(value)) return value.with(Number(key), setAt(value[Number(key)], rest, next));
  const object = isObject(value) ? value : {};
  return { ...object, [key]: setAt(object[key], rest, next) };
}

/** Headers that OpenAPI describes elsewhere: a parameter of such a name is ignored (3.1.1, section 4.8.12.2). */
const otherwiseDescribed = new Set(["accept", "authorization", "content-type"]);

/** The parameters that requests are made of. */
export function listParameters({ parameters }: Operation): Parameter[] {
  return parameters.filter(({ in: place, name }) => place !== "header" || !otherwiseDescribed.has(name.toLowerCase()));
}

/** The media types of a request body, those that cases can be written for; JSON first. */
export function listBodyTypes({ requestBody }: Operation): [string, MediaType][] {
  const entries = Object.entries(requestBody?.content ?? {});
  return entries.toSorted(([a], [b]) => Number(isJsonMediaType(b)) - Number(isJsonMediaType(a)));
}

/** The pointer of a body's content, for rules that OpenAPI itself states. */
export function toBodyPointer(document: OpenApiDocument, operation: Operation): string {
  return locate(document, operation.pointer, ["requestBody"]) ?? toChild(operation.pointer, "requestBody");
}
