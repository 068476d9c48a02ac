/** Walks a value beside its schemas: which properties are documented, which are not. */
import { isObject, type JsonObject, resolve, toPointerToken } from "@artifetch/document";
import type { Schemas } from "./schemas.ts";

export interface PropertyWalk {
  /** JSON Pointers of properties that no schema names, where no schema leaves the object open on purpose. */
  undocumented: { pointer: string; schema: JsonObject }[];
  /** Paths of documented properties that are there, `-` for any item of an array, sorted as met. */
  documented: Set<string>;
}

/** @param schema a schema of `schemas.document`. */
export function walkProperties(schemas: Schemas, schema: unknown, value: unknown): PropertyWalk {
  const walk: PropertyWalk = { undocumented: [], documented: new Set() };
  visit(schemas, [schema], value, { pointer: "", path: "" }, walk);
  return walk;
}

interface At {
  pointer: string;
  path: string;
}

function visit(schemas: Schemas, given: readonly unknown[], value: unknown, at: At, walk: PropertyWalk): void {
  if (typeof value !== "object" || value === null) return;
  const here = given.flatMap((schema) => flatten(schemas, schema, value));
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      const own = here.flatMap(({ items, prefixItems }) =>
        Array.isArray(prefixItems) && index < prefixItems.length ? [prefixItems[index]] : [items],
      );
      visit(schemas, own, item, { pointer: `${at.pointer}/${index}`, path: `${at.path}/-` }, walk);
    }
    return;
  }
  const isClosed = here.some(({ properties }) => isObject(properties)) && !here.some(isOpen);
  for (const [name, child] of Object.entries(value)) {
    const token = toPointerToken(name);
    const next = { pointer: `${at.pointer}/${token}`, path: `${at.path}/${token}` };
    const named = here.flatMap((schema) => findNamed(schema, name));
    if (named.length > 0) walk.documented.add(next.path);
    // The first schema with properties is the object's own; branches come after it.
    else if (isClosed) walk.undocumented.push({ pointer: next.pointer, schema: here.find(hasProperties) ?? {} });
    visit(schemas, named.length > 0 ? named : here.map((each) => each.additionalProperties), child, next, walk);
  }
}

function hasProperties({ properties }: JsonObject): boolean {
  return isObject(properties);
}

/** Whether a schema says of its own accord that there may be more: a map, or `true`. */
function isOpen({ additionalProperties: more, unevaluatedProperties: rest }: JsonObject): boolean {
  return [more, rest].some((each) => each === true || isObject(each));
}

function findNamed({ properties, patternProperties }: JsonObject, name: string): unknown[] {
  const own = isObject(properties) && Object.hasOwn(properties, name) ? [properties[name]] : [];
  const patterns = isObject(patternProperties) ? Object.entries(patternProperties) : [];
  return [...own, ...patterns.filter(([pattern]) => new RegExp(pattern, "u").test(name)).map(([, each]) => each)];
}

/** A schema and those that it is put together from, as far as they apply to the value. */
export function flatten(schemas: Schemas, schema: unknown, value: unknown): JsonObject[] {
  if (!isObject(schema)) return [];
  const referred = schema.$ref === undefined ? [] : [resolve(schemas.document, { $ref: schema.$ref })];
  const list = (key: string): unknown[] => (Array.isArray(schema[key]) ? (schema[key] as unknown[]) : []);
  const choices = [...list("oneOf"), ...list("anyOf")];
  const fitting = choices.filter((branch) => isObject(branch) && schemas.isValid(branch, value));
  // Where nothing fits, another check tells; a property that any branch names is documented.
  const branches = fitting.length > 0 ? fitting : choices;
  const conditional = [schema.then, schema.else].filter(isObject);
  return [
    schema,
    ...[...referred, ...list("allOf"), ...branches, ...conditional].flatMap((each) => flatten(schemas, each, value)),
  ];
}

/** A JSON Pointer with `-` for the number of each item: the place in any of them. */
export function toPath(pointer: string): string {
  return pointer.replaceAll(/\/\d+(?=\/|$)/g, "/-");
}

/** The paths of all properties of a value. */
export function listPaths(value: unknown, path: string, paths: Set<string>): void {
  if (Array.isArray(value)) for (const item of value) listPaths(item, `${path}/-`, paths);
  else if (isObject(value))
    for (const [name, child] of Object.entries(value)) {
      const next = toPath(`${path}/${toPointerToken(name)}`);
      paths.add(next);
      listPaths(child, next, paths);
    }
}
