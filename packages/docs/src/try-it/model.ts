/** What the try-it page of an API needs of its document: made at build time, so that the page carries no document and no parser. */
import { type ApiDefinition, defineApi } from "@artifetch/client/definition";
import {
  isJsonMediaType,
  isObject,
  type JsonObject,
  type MediaType,
  type OpenApiDocument,
  type Operation,
  type Parameter,
  resolve,
  type Server,
  sampleMediaType,
  sampleParameter,
} from "@artifetch/document";
import type { Api } from "../api.ts";
import { findCharts } from "./charts.ts";

/** All of it is data: the page reads it as JSON. */
export interface TryModel {
  api: string;
  /** What the client builds its requests from. */
  definition: ApiDefinition;
  /** Security schemes that a reader can fill in, in the document's order. */
  schemes: TryScheme[];
  /** Absolute base URLs to suggest: the document's servers with the defaults of their variables. */
  servers: string[];
  operations: TryOperation[];
}

export interface TryScheme {
  name: string;
  /** How the value is sent: `Header X-Key`, `Authorization: Bearer …`. */
  place: string;
  description: string;
  /** What passes where any credential does. */
  placeholder: string;
}

export interface TryOperation {
  id: string;
  method: string;
  path: string;
  parameters: TryParameter[];
  /** One for each media type; empty where the operation takes no body. */
  bodies: TryBody[];
  bodyRequired: boolean;
  /** Answers that the mock can be asked for, in the document's order. */
  answers: TryAnswer[];
  /** Pointers of the arrays in an answer that are drawn as lines; `*` stands for any item or key. */
  charts: string[];
}

export interface TryParameter {
  name: string;
  place: Parameter["in"];
  required: boolean;
  /** Markdown, as in the document; empty for none. */
  description: string;
  /** How text becomes a value: as it is, a line for each item, or parsed as JSON. */
  kind: "text" | "list" | "json";
  /** Values to suggest; others can be sent. */
  choices: string[];
  /** To start with; empty for a parameter that can be left out. */
  value: string;
  /** A value that fits; empty where `value` has it. */
  hint: string;
}

export interface TryBody {
  /** Media type. */
  type: string;
  kind: "form" | "text";
  /** For text, at least one; the first is filled in. */
  examples: { name: string; text: string }[];
  /** For a form. */
  fields: { name: string; description: string; required: boolean; isFile: boolean; value: string }[];
}

export interface TryAnswer {
  label: string;
  /** `code=200, example=small`, for the header `Prefer`. */
  prefer: string;
  /** Media type to accept; empty where the answer has no body. */
  type: string;
}

/** @throws {Error} for a reference that leads nowhere. */
export function toTryModel({ name, document, operations }: Pick<Api, "name" | "document" | "operations">): TryModel {
  const definition = defineApi(document, operations);
  return {
    api: name,
    definition,
    schemes: listSchemes(document, definition, operations),
    servers: [...new Set((document.servers ?? []).map(fillServer).filter((url) => /^https?:\/\/[^{}]+$/.test(url)))],
    operations: operations.map((operation) => toTryOperation(document, operation)),
  };
}

function toTryOperation(document: OpenApiDocument, operation: Operation): TryOperation {
  const { id, method, path, parameters, requestBody, responses } = operation;
  return {
    id,
    method,
    path,
    parameters: parameters.map((parameter) => toTryParameter(document, parameter)),
    bodies: Object.entries(requestBody?.content ?? {}).map(([type, media]) => toTryBody(document, type, media)),
    bodyRequired: requestBody?.required === true,
    answers: Object.entries(responses).flatMap(([status, { content = {} }]) => listAnswers(status, content)),
    charts: findCharts(document, operation),
  };
}

function toTryParameter(document: OpenApiDocument, parameter: Parameter): TryParameter {
  const schema = resolveSchema(document, parameter.schema);
  // What has a media type of its own is written in it, as one text.
  const kind = parameter.content ? "text" : toKind(schema);
  const sample = toText(sampleParameter(document, parameter), kind);
  const required = parameter.required === true;
  return {
    name: parameter.name,
    place: parameter.in,
    required,
    description: parameter.description ?? "",
    kind,
    choices: listChoices(document, schema),
    value: required ? sample : "",
    hint: required ? "" : sample,
  };
}

function toKind(schema: JsonObject): TryParameter["kind"] {
  const types = [schema.type].flat();
  return types.includes("array") ? "list" : types.includes("object") ? "json" : "text";
}

function toText(value: unknown, kind: TryParameter["kind"]): string {
  if (kind === "list" && Array.isArray(value)) return value.map(String).join("\n");
  return typeof value === "string" && kind !== "json" ? value : JSON.stringify(value);
}

function listChoices(document: OpenApiDocument, schema: JsonObject): string[] {
  const own = [schema, resolveSchema(document, schema.items)].find((part) => Array.isArray(part.enum))?.enum;
  if (Array.isArray(own)) return own.filter((value) => value !== null).map(String);
  return [schema.type].flat().includes("boolean") ? ["true", "false"] : [];
}

function toTryBody(document: OpenApiDocument, type: string, media: MediaType): TryBody {
  const sample = sampleMediaType(document, media);
  const isForm = /^(multipart\/form-data|application\/x-www-form-urlencoded)\b/i.test(type);
  if (isForm) return { type, kind: "form", examples: [], fields: listFields(document, media, sample) };
  const write = (value: unknown) =>
    typeof value === "string" && !isJsonMediaType(type) ? value : JSON.stringify(value, undefined, 2);
  const named = Object.entries(media.examples ?? {}).filter(([, { value }]) => value !== undefined);
  const examples = named.map(([name, { value }]) => ({ name, text: write(value) }));
  return {
    type,
    kind: "text",
    examples: examples.length > 0 ? examples : [{ name: "", text: write(sample) }],
    fields: [],
  };
}

function listFields(document: OpenApiDocument, media: MediaType, sample: unknown): TryBody["fields"] {
  const schema = resolveSchema(document, media.schema);
  const required = [schema.required].flat();
  return Object.entries(isObject(schema.properties) ? schema.properties : {}).map(([name, property]) => {
    const field = resolveSchema(document, property);
    const value = isObject(sample) ? sample[name] : undefined;
    return {
      name,
      description: String(field.description ?? ""),
      required: required.includes(name),
      // OpenAPI 3.1 says `contentMediaType`, 3.0 `format: binary`.
      isFile: field.contentMediaType !== undefined || field.format === "binary",
      value: value === undefined ? "" : toText(value, "text"),
    };
  });
}

function listAnswers(status: string, content: Record<string, MediaType>): TryAnswer[] {
  // The mock is asked for a number; a range has its first status.
  const code = status === "default" ? undefined : status.toUpperCase().replace("XX", "00");
  if (code === undefined) return [];
  const types = Object.entries(content);
  if (types.length === 0) return [{ label: `${status}, no body`, prefer: `code=${code}`, type: "" }];
  return types.flatMap(([type, { examples = {} }]) => {
    const names = Object.keys(examples);
    const where = types.length > 1 ? ` (${type})` : "";
    if (names.length === 0) return [{ label: `${status}${where}`, prefer: `code=${code}`, type }];
    return names.map((name) => ({
      label: `${status} ${name}${where}`,
      prefer: `code=${code}, example="${name}"`,
      type,
    }));
  });
}

/** A scheme in the query is left out where there is another way: a key in a URL ends up in logs. */
function listSchemes(
  document: OpenApiDocument,
  { schemes }: ApiDefinition,
  operations: readonly Operation[],
): TryScheme[] {
  const isSafe = (names: readonly string[]) => names.every((name) => schemes[name]?.[0] !== "query");
  const offered = new Set(
    operations.flatMap((operation) => {
      const alternatives = operation.security.map((requirement) => Object.keys(requirement));
      const safe = alternatives.filter(isSafe);
      return (safe.length > 0 ? safe : alternatives).flat();
    }),
  );
  return Object.entries(schemes)
    .filter(([name]) => offered.has(name))
    .map(([name, [where, target]]) => ({
      name,
      place: /^(header|query|cookie)$/.test(where) ? `${where} ${target}` : `header ${target}: ${where} …`,
      description: String(resolveSchema(document, document.components?.securitySchemes?.[name]).description ?? ""),
      placeholder: where === "Basic" ? "any:any" : "any",
    }));
}

function fillServer({ url, variables = {} }: Server): string {
  return url.replaceAll(/\{([^{}]+)\}/g, (whole, name: string) => String(variables[name]?.default ?? whole));
}

function resolveSchema(document: OpenApiDocument, value: unknown): JsonObject {
  const schema = resolve(document, value);
  return isObject(schema) ? schema : {};
}
