/** Questions to a schema that is spread over `$ref`, `allOf`, `anyOf` and `oneOf`, as a union with null is. */
import { child, children, follow, isReference, items, type Place, type Resolve } from "./redocly.ts";

/** Every schema whose keywords say something about the same value as the given one, itself first. */
export function branches(schema: Place, resolve: Resolve, seen = new Set<unknown>()): Place[] {
  if (schema.node === undefined || seen.has(schema.node)) return [];
  seen.add(schema.node);
  const targets = isReference(schema.node) ? [follow(schema, resolve)] : [];
  const parts = ["allOf", "anyOf", "oneOf"].flatMap((keyword) => items(child(schema, keyword)));
  return [schema, ...[...targets, ...parts].flatMap((part) => branches(part, resolve, seen))];
}

/** The schemas of the value that a JSON Pointer names in a body; empty when the body has no such value. */
export function schemasAt(schema: Place, pointer: string, resolve: Resolve): Place[] {
  const tokens = pointer.split("/").slice(1);
  return tokens.reduce<Place[]>(
    (schemas, token) =>
      schemas.flatMap((part) => step(part, token.replaceAll("~1", "/").replaceAll("~0", "~"), resolve)),
    schema.node === undefined ? [] : [schema],
  );
}

function step(schema: Place, token: string, resolve: Resolve): Place[] {
  return branches(schema, resolve)
    .flatMap((branch) => [
      child(child(branch, "properties"), token),
      ...(/^\d+$/.test(token) ? [child(branch, "items")] : []),
    ])
    .filter(({ node }) => node !== undefined);
}

/** Whether any part of the schema allows the given type. */
export function allowsType(schema: Place, type: string, resolve: Resolve): boolean {
  return branches(schema, resolve).some((branch) => [child(branch, "type").node].flat().includes(type));
}

/** The values to which `enum` and `const` restrict a schema; empty when nothing does. */
export function listedValues(schema: Place, resolve: Resolve): unknown[] {
  return branches(schema, resolve).flatMap((branch) =>
    children(branch).flatMap(([keyword, { node }]) => {
      if (keyword === "enum" && Array.isArray(node)) return node;
      return keyword === "const" ? [node] : [];
    }),
  );
}
