/**
 * Compiled checks of requests: whether Prism would find nothing to say about one, without asking it.
 *
 * A check that says yes is right; one that says no may be wrong, and then Prism looks at the request itself.
 */

import type { HttpSecurityScheme, IHttpOperation, IHttpParam } from "@stoplight/types";
import { inputContext, loadDeserializers, loadSchemaValidator, loadValidator } from "./prism.ts";
import type { EngineRequest } from "./read-request.ts";

export type Check = (request: EngineRequest) => boolean;

type Values = Readonly<Record<string, string | string[]>>;
type ParameterCheck = (values: Values) => boolean;
type Place = "path" | "query" | "header";
type Schema = NonNullable<IHttpParam["schema"]>;

/** Makes the check of an operation that Prism has read. */
export function compileCheck(operation: IHttpOperation): Check {
  const { request = {} } = operation;
  const checks = [
    compileSecurity(operation),
    ...(request.path?.length ? [compilePath(operation, request.path)] : []),
    ...(request.query?.length ? [compileQuery(operation, request.query)] : []),
    ...(request.headers?.length ? [compileHeaders(operation, request.headers)] : []),
    ...(operation.request ? [compileBody(operation)] : []),
  ];
  return (candidate) => checks.every((check) => check(candidate));
}

function compileSecurity({ security = [] }: IHttpOperation): Check {
  if (security.length === 0) return () => true;
  const alternatives = security.map((schemes) => {
    // Prism's meaning of an empty list: no credential is sent.
    if (schemes.length === 0) return ({ headers }: EngineRequest) => headers.authorization === undefined;
    const checks = schemes.map(compileScheme);
    return (request: EngineRequest) => checks.every((check) => check(request));
  });
  return (request) => alternatives.some((isMet) => isMet(request));
}

/** Other types that Prism takes a bearer token for; it has a warning for those that it does not know. */
const bearerTypes = new Set(["oauth2", "openIdConnect"]);

function compileScheme(scheme: HttpSecurityScheme): Check {
  if (scheme.type === "apiKey") {
    const name = scheme.in === "header" ? scheme.name.toLowerCase() : scheme.name;
    if (scheme.in === "header") return ({ headers }) => Boolean(headers[name]);
    if (scheme.in === "query") return ({ url }) => Boolean(url.query[name]);
    const cookie = new RegExp(`${escapeRegExp(name)}=.+`);
    return ({ headers }) => cookie.test(headers.cookie ?? "");
  }
  const isBearer = scheme.type === "http" ? scheme.scheme === "bearer" : bearerTypes.has(scheme.type);
  if (!isBearer) return () => false;
  return ({ headers }) => /^Bearer\s.+$/.test(headers.authorization ?? "");
}

/** For a path of plain segments; Prism reads a comma or a percent sign in its own ways. */
function compilePath(operation: IHttpOperation, parameters: readonly IHttpParam[]): Check {
  const places = operation.path.split("/").map((segment) => /^\{([\w-]+)\}$/.exec(segment)?.[1]?.toLowerCase());
  const isPlain = operation.path.split("/").every((segment, index) => places[index] || !/[{}%,]/.test(segment));
  const check = compileParameters(operation, "path", parameters);
  if (!isPlain || !check) return () => false;
  return ({ url: { path } }) => {
    if (path.includes("%") || path.includes(",")) return false;
    const segments = path.split("/");
    const values: Record<string, string> = {};
    for (let index = 0; index < places.length; index += 1) {
      const name = places[index];
      if (name !== undefined) values[name] = segments[index] ?? "";
    }
    return check(values);
  };
}

function compileQuery(operation: IHttpOperation, parameters: readonly IHttpParam[]): Check {
  const check = compileParameters(operation, "query", parameters);
  if (!check) return () => false;
  return ({ url: { query } }) => {
    const values: Record<string, string | string[]> = {};
    for (const name in query) {
      const key = name.toLowerCase();
      if (key in values) return false;
      values[key] = query[name] ?? "";
    }
    return check(values);
  };
}

function compileHeaders(operation: IHttpOperation, parameters: readonly IHttpParam[]): Check {
  const check = compileParameters(operation, "header", parameters);
  return check ? ({ headers }) => check(headers) : () => false;
}

/** Undefined where two parameters differ only in the case of their names: which one Prism means is its own matter. */
function compileParameters(
  operation: IHttpOperation,
  place: Place,
  parameters: readonly IHttpParam[],
): ParameterCheck | undefined {
  const names = new Set(parameters.map(({ name }) => name.toLowerCase()));
  if (names.size < parameters.length) return undefined;
  const checks = parameters.map((parameter) => compileParameter(operation, place, parameter));
  return (values) => checks.every((check) => check(values));
}

function compileParameter(operation: IHttpOperation, place: Place, parameter: IHttpParam): ParameterCheck {
  const name = parameter.name.toLowerCase();
  const { required = false, deprecated = false, schema } = parameter;
  const isKnownStyle = place === "query" ? ["form", "simple", "unspecified"] : ["simple"];
  const isInOrder = isKnownStyle.includes(parameter.style ?? "") && (schema ? compileScalar(schema) : () => true);
  if (!isInOrder || isList(schema)) return compileOther(operation, place, parameter);
  return (values) => {
    const value = values[name];
    // Prism takes an empty value for a missing one.
    if (!value) return !required;
    return !deprecated && typeof value === "string" && isInOrder(value);
  };
}

/** The check of a parameter that is a list, an object, or has a schema beyond the simplest: with Prism's own parts. */
function compileOther(operation: IHttpOperation, place: Place, parameter: IHttpParam): ParameterCheck {
  const name = parameter.name.toLowerCase();
  const { required = false, deprecated = false, explode = false, style, schema } = parameter;
  const deserialize = (loadDeserializers()[place] as Record<string, Deserialize | undefined>)[style];
  const properties = schema ? { [name]: schema } : {};
  const wrapped = { type: "object", properties, required: required ? [name] : [] } as WrappedSchema;
  const bundle = (operation as { __bundled__?: unknown }).__bundled__;
  return (values) => {
    // See `withoutAbsentLists` in engine.ts.
    if (place === "header" && values[name] === undefined && isList(schema)) return !required;
    if (deprecated && values[name]) return false;
    const value = toValue(() => deserialize?.(name, values, schema, explode));
    if (value === unreadable) return false;
    const { validateAgainstSchema } = loadSchemaValidator();
    const found = validateAgainstSchema(value ? { [name]: value } : {}, wrapped, true, inputContext, place, bundle);
    return found._tag === "None";
  };
}

type WrappedSchema = Parameters<ReturnType<typeof loadSchemaValidator>["validateAgainstSchema"]>[1];
type Deserialize = (name: string, values: Values, schema: Schema | undefined, explode: boolean) => unknown;

const unreadable = Symbol("unreadable");

/** Prism's deserializers throw on what they cannot read. */
function toValue(read: () => unknown): unknown {
  try {
    return read();
  } catch {
    return unreadable;
  }
}

function isList(schema: Schema | undefined): boolean {
  return schema?.type === "array" || schema?.type === "object";
}

/** Bodies are left to Prism, which compiles each schema once; here only those that are not there. */
function compileBody(operation: IHttpOperation): Check {
  const { body } = operation.request ?? {};
  const isRequired = body?.required === true;
  const resource = { ...operation, request: body ? { body } : {} };
  return (request) => {
    if (request.body === null) return !isRequired && !Number.parseInt(request.headers["content-length"] ?? "", 10);
    return loadValidator().validateInput({ resource, element: request })._tag === "Right";
  };
}

type Scalar = string | number | boolean;

/** Keywords that say nothing about whether a value is valid, or that {@link compileRules} and {@link compileScalar} know. */
export const scalarKeywords = new Set(
  "$schema type format enum const pattern minLength maxLength minimum maximum exclusiveMinimum exclusiveMaximum title description default deprecated example examples".split(
    " ",
  ),
);

/** A check of the text of a scalar against its schema as Ajv makes it with `coerceTypes`; undefined for other schemas. */
export function compileScalar(schema: Schema): ((text: string) => boolean) | undefined {
  const keywords = Object.keys(schema).filter((keyword) => !keyword.startsWith("x-"));
  if (!keywords.every((keyword) => scalarKeywords.has(keyword))) return undefined;
  const coerce = compileCoercion(schema.type);
  const rules = coerce && compileRules(schema);
  if (!rules) return undefined;
  return (text) => {
    const value = coerce(text);
    return value !== undefined && rules.every((isKept) => isKept(value));
  };
}

/** A function from a text to the value of the first type that it can have; to undefined where it can have none. */
function compileCoercion(type: Schema["type"]): ((text: string) => Scalar | undefined) | undefined {
  const types = type === undefined ? ["string"] : Array.isArray(type) ? type : [type];
  if (types.some((name) => name === "array" || name === "object")) return undefined;
  if (types.includes("string")) return (text) => text;
  const coercions = types.map((name) => coercionsByType[name] ?? (() => undefined));
  return (text) => {
    for (const coerce of coercions) {
      const value = coerce(text);
      if (value !== undefined) return value;
    }
    return undefined;
  };
}

/** Ajv's rules: https://ajv.js.org/coercion.html. No text but the empty one becomes null. */
const coercionsByType: Record<string, (text: string) => Scalar | undefined> = {
  number: (text) => (Number.isNaN(Number(text)) ? undefined : Number(text)),
  integer: (text) => (Number.isInteger(Number(text)) ? Number(text) : undefined),
  boolean: (text) => (text === "true" ? true : text === "false" ? false : undefined),
};

/** The rules for scalars in a schema, beside its type; undefined where one of them is beyond this. */
export function compileRules(schema: Schema): ((value: Scalar) => boolean)[] | undefined {
  const { enum: values, const: only, pattern, minLength = 0, maxLength = Number.POSITIVE_INFINITY } = schema;
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, format } = schema;
  const limits = [minimum, maximum, exclusiveMinimum, exclusiveMaximum];
  // In OpenAPI 3.0 an exclusive limit is a flag.
  if (limits.some((limit) => limit !== undefined && typeof limit !== "number")) return undefined;
  const expression = pattern === undefined ? undefined : toExpression(pattern);
  if (pattern !== undefined && !expression) return undefined;
  const hasFormat = format === undefined ? undefined : numberFormats[format];
  if (format !== undefined && !hasFormat) return undefined;
  const rules: ((value: Scalar) => boolean)[] = [];
  if (hasFormat) rules.push((value) => typeof value !== "number" || hasFormat(value));
  if (values) rules.push((value) => values.includes(value));
  if (only !== undefined) rules.push((value) => value === only);
  if (expression) rules.push((value) => typeof value !== "string" || expression.test(value));
  if (minLength > 0 || maxLength < Number.POSITIVE_INFINITY)
    rules.push((value) => typeof value !== "string" || isBetween(countCharacters(value), minLength, maxLength));
  if (minimum !== undefined) rules.push((value) => typeof value !== "number" || value >= minimum);
  if (maximum !== undefined) rules.push((value) => typeof value !== "number" || value <= maximum);
  if (exclusiveMinimum !== undefined) rules.push((value) => typeof value !== "number" || value > exclusiveMinimum);
  if (exclusiveMaximum !== undefined) rules.push((value) => typeof value !== "number" || value < exclusiveMaximum);
  return rules;
}

/** Formats of numbers, as ajv-formats has them; those of texts are left to it. */
const numberFormats: Record<string, (value: number) => boolean> = {
  int32: (value) => Number.isInteger(value) && value >= -(2 ** 31) && value <= 2 ** 31 - 1,
  int64: Number.isInteger,
  float: () => true,
  double: () => true,
};

/** JSON Schema counts characters, not UTF-16 code units. */
function countCharacters(text: string): number {
  return [...text].length;
}

function isBetween(value: number, low: number, high: number): boolean {
  return value >= low && value <= high;
}

function toExpression(pattern: string): RegExp | undefined {
  try {
    return new RegExp(pattern, "u");
  } catch {
    return undefined;
  }
}

function escapeRegExp(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
