/** JSON Schema of an OpenAPI document: found by pointer, compiled once, with every broken rule's place in the document. */
import { getByPointer, isObject, type JsonObject, type OpenApiDocument, toPointerToken } from "@artifetch/document";
import { Ajv2020, type ErrorObject, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

/** One rule that a value breaks. */
export interface Violation {
  /** JSON Pointer of the place in the value; of the object for a missing or unknown property. */
  pointer: string;
  keyword: string;
  /** What is wrong, without the place: `must be >= 1`. */
  message: string;
  /** The keyword in the document, as a URI fragment. */
  documentPointer: string;
}

export interface Schemas {
  /** The document in JSON Schema 2020-12, for one direction; pointers into it are pointers into the original. */
  document: OpenApiDocument;
  /** The document as it was given, with its examples. */
  source: OpenApiDocument;
  /**
   * The rules that a value breaks; of `oneOf` and `anyOf` only that none fits, with what the closest one misses.
   *
   * @param pointer a schema, as a URI fragment. Where it leads nowhere, any value is good.
   */
  check(pointer: string, value: unknown): Violation[];
  /** The same as a bare yes or no, for a schema object of {@link document}. */
  isValid(schema: JsonObject | boolean, value: unknown): boolean;
  /** Where a schema object of {@link document} stands. */
  locate(schema: object): string | undefined;
}

/**
 * Prepares the schemas of a document for what is sent (`request`) or answered (`response`): a required property that is
 * `readOnly` is not required in requests, nor one that is `writeOnly` in answers (OpenAPI 3.0 says so; 3.1 leaves it open,
 * and services do it). OpenAPI 3.0's `nullable` and exclusive limits are read as what they mean in 3.1.
 */
export function createSchemas(document: OpenApiDocument, direction: "request" | "response"): Schemas {
  const prepared = prepare(document, direction);
  const pointers = indexObjects(prepared);
  const ajv = new Ajv2020({
    allErrors: true,
    logger: false,
    // Tells the schema object of each error, whose place is known: paths of Ajv start anew at each reference.
    verbose: true,
    strict: false,
    validateSchema: false,
  });
  addFormats.default(ajv);
  ajv.addSchema(prepared, documentKey);
  const compiled = new Map<string, ValidateFunction>();

  const compile = (pointer: string): ValidateFunction | undefined => {
    const known = compiled.get(pointer);
    if (known) return known;
    if (getByPointer(prepared, pointer) === undefined) return undefined;
    const validate = ajv.compile({ $ref: documentKey + toUriFragment(pointer) });
    compiled.set(pointer, validate);
    return validate;
  };

  return {
    document: prepared,
    source: document,
    check: (pointer, value) => {
      const validate = compile(pointer);
      if (!validate || validate(value)) return [];
      return reduce(validate.errors ?? []).map((error) => toViolation(error, pointer, pointers));
    },
    isValid: (schema, value) => {
      if (typeof schema === "boolean") return schema;
      const pointer = pointers.get(schema);
      return pointer === undefined || (compile(pointer)?.(value) ?? true);
    },
    locate: (schema) => pointers.get(schema),
  };
}

const documentKey = "openapi";

/**
 * Where the value of a pointer really stands: as a URI fragment without references on the way.
 *
 * @param tokens unescaped keys from `start` on.
 * @returns undefined where there is nothing.
 */
export function locate(document: OpenApiDocument, start: string, tokens: readonly string[]): string | undefined {
  let pointer = start;
  for (const token of [...tokens, undefined]) {
    const seen = new Set<string>();
    let value = getByPointer(document, pointer);
    while (isObject(value) && typeof value.$ref === "string" && value.$ref.startsWith("#") && !seen.has(pointer)) {
      seen.add(pointer);
      // A schema may say more beside its reference: it stays where it is.
      if (token === undefined && Object.keys(value).length > 1) break;
      pointer = escapePercent(decodeURIComponent(value.$ref));
      value = getByPointer(document, pointer);
    }
    if (value === undefined) return undefined;
    if (token !== undefined) pointer = toChild(pointer, token);
  }
  return pointer;
}

/** The pointer of a child, as a URI fragment. */
export function toChild(pointer: string, key: string): string {
  return `${pointer}/${escapePercent(toPointerToken(key))}`;
}

/** Pointers are decoded where they are read; all else is left as it is, to be read by people. */
function escapePercent(text: string): string {
  return text.replaceAll("%", "%25");
}

function toUriFragment(pointer: string): string {
  return pointer.replaceAll(/[^\w\-.~!$&'()*+,;=:@/%#]/gu, encodeURIComponent);
}

function toViolation(error: ErrorObject, root: string, pointers: ReadonlyMap<object, string>): Violation {
  const { instancePath, keyword, message = "is not allowed", params } = error;
  const schema = isObject(error.parentSchema) ? pointers.get(error.parentSchema) : undefined;
  // Ajv has no object for the schema `false`.
  const documentPointer = schema === undefined || keyword === "false schema" ? root : toChild(schema, keyword);
  return { pointer: instancePath, keyword, message: `${message}${describe(params)}`, documentPointer };
}

function describe(params: Record<string, unknown>): string {
  const { additionalProperty, unevaluatedProperty, allowedValue, allowedValues } = params;
  const unknown = additionalProperty ?? unevaluatedProperty;
  if (unknown !== undefined) return `: ${JSON.stringify(unknown)}`;
  const allowed = allowedValues ?? allowedValue;
  return allowed === undefined ? "" : `: ${JSON.stringify(allowed)}`;
}

/**
 * Of a value that fits no branch of `oneOf` or `anyOf`, Ajv tells what is wrong with each. That is noise, except for the
 * branch that comes closest: it goes into the message. `if` says only that the branch before it failed.
 */
function reduce(errors: readonly ErrorObject[]): ErrorObject[] {
  const kept: ErrorObject[] = [];
  for (const error of errors) {
    if (error.keyword === "if" || error.keyword === "propertyNames") continue;
    const isChoice = ["oneOf", "anyOf"].includes(error.keyword) && error.params.passingSchemas == null;
    if (!isChoice) {
      kept.push(error);
      continue;
    }
    const isBelow = ({ instancePath, parentSchema }: ErrorObject) =>
      (instancePath === error.instancePath || instancePath.startsWith(`${error.instancePath}/`)) &&
      parentSchema !== error.parentSchema;
    const below = kept.filter(isBelow);
    kept.splice(0, kept.length, ...kept.filter((each) => !isBelow(each)));
    const closest = below.toSorted((a, b) => toDepth(b) - toDepth(a))[0];
    const where = closest && closest.instancePath !== error.instancePath ? `${closest.instancePath} ` : "";
    const why = closest ? ` (closest: ${where}${closest.message ?? ""}${describe(closest.params)})` : "";
    kept.push({ ...error, message: `${error.message ?? ""}${why}` });
  }
  return kept;
}

function toDepth({ instancePath, keyword }: ErrorObject): number {
  // A branch of another type is further away than one that lacks a property.
  return instancePath.split("/").length * 2 + (keyword === "type" ? 0 : 1);
}

function indexObjects(root: object): Map<object, string> {
  const pointers = new Map<object, string>();
  const visit = (value: unknown, pointer: string): void => {
    if (typeof value !== "object" || value === null || pointers.has(value)) return;
    pointers.set(value, pointer);
    for (const [key, child] of Object.entries(value)) visit(child, toChild(pointer, key));
  };
  visit(root, "#");
  return pointers;
}

/** Keys below which keys are names that the author chose. */
const nameMaps = new Set(
  "$defs definitions dependentSchemas patternProperties properties responses schemas".split(" "),
);
/** Keys with values that are no schemas, whatever they look like. */
const literals = new Set(["const", "default", "enum", "x-pagination", "x-job-states"]);

function prepare(document: OpenApiDocument, direction: "request" | "response"): OpenApiDocument {
  const isOld = document.openapi.startsWith("3.0");
  const hidden = direction === "request" ? "readOnly" : "writeOnly";
  const isHidden = (property: unknown): boolean => {
    if (!isObject(property)) return false;
    const target = typeof property.$ref === "string" ? getByPointer(document, property.$ref) : undefined;
    return property[hidden] === true || (isObject(target) && target[hidden] === true);
  };
  const copy = (value: unknown, areNames: boolean): unknown => {
    if (Array.isArray(value)) return value.map((item) => copy(item, false));
    if (!isObject(value)) return value;
    const entries = Object.entries(value)
      // Ajv would take an `$id` in an example for the name of a schema.
      .filter(([key]) => areNames || (key !== "example" && key !== "examples"))
      .map(([key, child]) => [
        key,
        !areNames && literals.has(key) ? child : copy(child, !areNames && nameMaps.has(key)),
      ]);
    const result: JsonObject = Object.fromEntries(entries);
    if (areNames) return result;
    if (isOld) modernize(result);
    const { properties, required } = result;
    if (isObject(properties) && Array.isArray(required))
      result.required = required.filter((name) => !isHidden(properties[String(name)]));
    return result;
  };
  return copy(document, false) as OpenApiDocument;
}

/** Rewrites a schema of OpenAPI 3.0 in place. */
function modernize(schema: JsonObject): void {
  for (const [exclusive, limit] of [
    ["exclusiveMinimum", "minimum"],
    ["exclusiveMaximum", "maximum"],
  ] as const) {
    if (typeof schema[exclusive] !== "boolean") continue;
    if (schema[exclusive] && typeof schema[limit] === "number") schema[exclusive] = schema[limit];
    else delete schema[exclusive];
  }
  if (schema.nullable !== true || typeof schema.type !== "string") return;
  schema.type = [schema.type, "null"];
  // By the letter (3.0.3, proposal 2019-10-31) null has to be in the list as well; most authors leave it out and mean it.
  if (Array.isArray(schema.enum) && !schema.enum.includes(null)) schema.enum = [...schema.enum, null];
}
