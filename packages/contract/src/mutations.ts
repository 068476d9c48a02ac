/** Wrong versions of a valid body, each wrong in one place: what a schema has to refuse to be worth anything. */
import { isObject, type JsonObject, type OpenApiDocument, resolve } from "@artifetch/document";
import type { Validate } from "./validate.ts";

export interface Mutation {
  /** What was done: a required property dropped, a value of another type, a value off the list of an `enum` or `const`. */
  kind: "dropped" | "off-list" | "retyped";
  /** JSON Pointer (RFC 6901) of the place in the body. */
  pointer: string;
  /** The whole body with that one change. */
  body: unknown;
  /** Whether no schema says anything of the type at this place: the document leaves it open on purpose. */
  isOpen: boolean;
}

type Subschemas = JsonObject[];

/**
 * Every mutation of a body: at each place of it one retyped value, at each property that a schema requires one without it, at
 * each value that a schema lists one off the list.
 *
 * @param isValid tells whether a value fits a schema, to find the branches of `oneOf` and `anyOf` that the body takes.
 */
export function mutate(
  document: OpenApiDocument,
  schema: unknown,
  body: unknown,
  isValid: (schema: JsonObject) => Validate,
): Mutation[] {
  const visit = (
    value: unknown,
    schemas: Subschemas,
    pointer: string,
    rebuild: (value: unknown) => unknown,
  ): Mutation[] => {
    const here = schemas.flatMap((each) => flatten(document, each, value, isValid));
    const types = here.flatMap(({ type, const: constant, enum: list }) => [type ?? (constant ?? list) !== undefined]);
    const own: Mutation[] = [
      {
        kind: "retyped",
        pointer,
        body: rebuild(retype(value, toTypes(document, schemas))),
        isOpen: !types.some(Boolean),
      },
    ];
    if (here.some((each) => Array.isArray(each.enum) || "const" in each)) {
      own.push({ kind: "off-list", pointer, body: rebuild(offList(value)), isOpen: false });
    }
    if (Array.isArray(value)) {
      const items = here.flatMap((each) => toSchemas(document, each.items));
      return [
        ...own,
        ...value.flatMap((item, index) =>
          visit(item, items, `${pointer}/${index}`, (changed) => rebuild(value.with(index, changed))),
        ),
      ];
    }
    if (isObject(value)) {
      const required = new Set(here.flatMap((each) => (Array.isArray(each.required) ? each.required.map(String) : [])));
      for (const [name, child] of Object.entries(value)) {
        const at = `${pointer}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
        const { [name]: _, ...rest } = value;
        if (required.has(name)) own.push({ kind: "dropped", pointer: at, body: rebuild(rest), isOpen: false });
        const children = here.flatMap((each) => findProperty(document, each, name));
        own.push(...visit(child, children, at, (changed) => rebuild({ ...value, [name]: changed })));
      }
    }
    return own;
  };
  return visit(body, toSchemas(document, schema), "", (value) => value);
}

/** A schema and those that it is put together from, as far as they apply to the value. */
function flatten(
  document: OpenApiDocument,
  schema: JsonObject,
  value: unknown,
  isValid: (schema: JsonObject) => Validate,
): Subschemas {
  const branches = [schema.oneOf, schema.anyOf].flat().flatMap((each) => toSchemas(document, each));
  const parts = [
    ...toSchemas(document, schema.$ref === undefined ? undefined : { $ref: schema.$ref }),
    ...[schema.allOf].flat().flatMap((each) => toSchemas(document, each)),
    ...branches.filter((branch) => isValid(branch)(value).length === 0),
  ];
  return [schema, ...parts.flatMap((part) => flatten(document, part, value, isValid))];
}

function findProperty(document: OpenApiDocument, schema: JsonObject, name: string): Subschemas {
  const properties = isObject(schema.properties) ? schema.properties : {};
  const patterns = isObject(schema.patternProperties) ? Object.entries(schema.patternProperties) : [];
  const matching = patterns.filter(([pattern]) => new RegExp(pattern, "u").test(name)).map(([, each]) => each);
  const named = [properties[name], ...matching].filter((each) => each !== undefined);
  return (named.length > 0 ? named : [schema.additionalProperties]).flatMap((each) => toSchemas(document, each));
}

function toSchemas(document: OpenApiDocument, schema: unknown): Subschemas {
  if (!isObject(schema)) return [];
  const { $ref, ...siblings } = schema;
  if (typeof $ref !== "string") return [schema];
  const target = resolve(document, { $ref });
  return isObject(target) ? [target, siblings] : [siblings];
}

/** The types that schemas name for a value, those of branches that it does not take included. */
function toTypes(document: OpenApiDocument, schemas: Subschemas): Set<unknown> {
  const parts = schemas.flatMap(({ $ref, allOf, anyOf, oneOf }) =>
    [$ref === undefined ? undefined : { $ref }, allOf, anyOf, oneOf]
      .flat()
      .flatMap((each) => toSchemas(document, each)),
  );
  const own = schemas.flatMap(({ type }) => type ?? []);
  return new Set([...own, ...(parts.length > 0 ? toTypes(document, parts) : [])]);
}

/** A value of a type that is not allowed. */
function retype(value: unknown, allowed: ReadonlySet<unknown>): unknown {
  const candidates: [string, unknown][] = [
    ["array", ["mutant"]],
    ["object", { mutant: true }],
    ["string", "mutant"],
    ["boolean", false],
    ["number", 0.5],
    ["null", null],
  ];
  const own = Array.isArray(value) ? "array" : value === null ? "null" : typeof value;
  const other = candidates.find(
    ([type]) => type !== own && !allowed.has(type) && !(type === "number" && allowed.has("integer")),
  );
  return other ? other[1] : null;
}

function offList(value: unknown): unknown {
  if (typeof value === "number") return value + 1_000_003;
  return typeof value === "boolean" ? !value : "off-the-list";
}
