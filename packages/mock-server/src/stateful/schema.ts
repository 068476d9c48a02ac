/** What a document's schemas say of a value: whether it is valid, where a job's state stands, which properties there are. */

import { createRequire } from "node:module";
import { isObject, type JsonObject, type OpenApiDocument, resolve, toPointerToken } from "@artifetch/document";
import type { Ajv2020 } from "ajv/dist/2020.js";

/** `x-job-states` of a document (specs/README.md). */
export interface JobStates {
  order: string[];
  terminal: string[];
  cancelled?: string;
}

export interface FoundStates {
  /** JSON Pointer with `*` for the items of a list. */
  pointer: string;
  states: JobStates;
}

export type IsValid = (value: unknown) => boolean;

/** Loaded when the first answer is checked: a mock without memory needs none of it, and it takes a tenth of a second. */
const require = createRequire(import.meta.url);

function createAjv(): Ajv2020 {
  const { Ajv2020 }: typeof import("ajv/dist/2020.js") = require("ajv/dist/2020.js");
  const addFormats: typeof import("ajv-formats") = require("ajv-formats");
  const ajv = new Ajv2020({ strict: false, validateSchema: false, logger: false });
  addFormats.default(ajv);
  return ajv;
}

/** Makes the checks of a document's schemas. A schema is compiled when first asked; one that cannot be compiled takes any value. */
export function createChecks(document: OpenApiDocument): (schema: unknown) => IsValid {
  let ajv: Ajv2020 | undefined;
  const isOld = document.openapi.startsWith("3.0");
  const components = isOld ? toJsonSchema(document.components) : document.components;
  const compiled = new Map<unknown, IsValid>();
  return (schema) => {
    const known = compiled.get(schema);
    if (known) return known;
    ajv ??= createAjv();
    const check = compile(ajv, isOld ? toJsonSchema(schema) : schema, components);
    compiled.set(schema, check);
    return check;
  };
}

function compile(ajv: Ajv2020, schema: unknown, components: unknown): IsValid {
  if (!isObject(schema)) return () => schema !== false;
  try {
    // `$ref`s of the document start at its root: the schema is compiled in a root that has the same components.
    const check = ajv.compile({ ...schema, components });
    return (value) => check(value) === true;
  } catch {
    return () => true;
  }
}

/** Schemas of OpenAPI 3.0 as JSON Schema 2020-12: exclusive limits are numbers there, and null is a type (3.1 migration guide). */
function toJsonSchema(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toJsonSchema);
  if (!isObject(value)) return value;
  const { nullable, ...rest } = value;
  const schema: JsonObject = Object.fromEntries(Object.entries(rest).map(([name, part]) => [name, toJsonSchema(part)]));
  for (const [exclusive, limit] of [
    ["exclusiveMinimum", "minimum"],
    ["exclusiveMaximum", "maximum"],
  ] as const) {
    if (schema[exclusive] === true) schema[exclusive] = schema[limit];
    else if (schema[exclusive] === false) delete schema[exclusive];
  }
  if (nullable !== true) return schema;
  return { anyOf: [schema, { type: "null" }] };
}

/** Deeper than any state stands; schemas may be circular. */
const deepest = 6;

/** The first state of a job in a schema, nearest to its root first. */
export function findStates(document: OpenApiDocument, schema: unknown): FoundStates | undefined {
  let level: { schema: unknown; pointer: string }[] = [{ schema, pointer: "" }];
  for (let depth = 0; depth <= deepest; depth++) {
    const parts = level.flatMap(({ schema, pointer }) =>
      listAlternatives(document, schema).map((part) => ({ schema: part, pointer })),
    );
    for (const { schema, pointer } of parts) {
      const states = readStates(schema["x-job-states"]);
      if (states) return { pointer, states };
    }
    level = parts.flatMap(({ schema, pointer }) => [
      ...Object.entries(isObject(schema.properties) ? schema.properties : {}).map(([name, part]) => ({
        schema: part,
        pointer: `${pointer}/${toPointerToken(name)}`,
      })),
      ...(schema.items === undefined ? [] : [{ schema: schema.items, pointer: `${pointer}/*` }]),
    ]);
  }
  return undefined;
}

function readStates(value: unknown): JobStates | undefined {
  if (!isObject(value) || !Array.isArray(value.order) || value.order.length === 0) return undefined;
  return {
    order: value.order.map(String),
    terminal: Array.isArray(value.terminal) ? value.terminal.map(String) : value.order.slice(-1).map(String),
    ...(value.cancelled !== undefined && { cancelled: String(value.cancelled) }),
  };
}

/** The schema at a pointer with `*` for items, or undefined where the document does not say. */
export function findSchema(document: OpenApiDocument, schema: unknown, tokens: readonly string[]): unknown {
  const [token, ...rest] = tokens;
  if (token === undefined) return schema;
  for (const part of listAlternatives(document, schema)) {
    const properties = isObject(part.properties) ? part.properties : {};
    const child = token === "*" || /^\d+$/.test(token) ? part.items : undefined;
    const next = child ?? (Object.hasOwn(properties, token) ? properties[token] : undefined);
    const found = next === undefined ? undefined : findSchema(document, next, rest);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Whether a schema names properties; else any name is as good as another. */
export function namesProperties(document: OpenApiDocument, schema: unknown): boolean {
  return listAlternatives(document, schema).some(({ properties }) => isObject(properties));
}

/** A schema with its references resolved, and the schemas that it is put together from. */
function listAlternatives(document: OpenApiDocument, schema: unknown, seen: readonly unknown[] = []): JsonObject[] {
  const resolved = resolve(document, schema);
  if (!isObject(resolved) || seen.includes(resolved)) return [];
  // A reference of OpenAPI 3.1 may have neighbours.
  const beside = isObject(schema) && schema !== resolved ? [schema] : [];
  const parts = [resolved.allOf, resolved.oneOf, resolved.anyOf].flatMap((list) => (Array.isArray(list) ? list : []));
  return [...beside, resolved, ...parts.flatMap((part) => listAlternatives(document, part, [...seen, resolved]))];
}
