/** Requests built from what a document shows: parameter and body examples, and values that break one rule. */
import {
  isJsonMediaType,
  isObject,
  type JsonObject,
  type OpenApiDocument,
  type Operation,
  type Parameter,
  resolve,
  sampleMediaType,
  sampleParameter,
} from "@artifetch/document";

/** The argument of an operation of the client. */
export interface CallRequest {
  path: Record<string, unknown>;
  query: Record<string, unknown>;
  header: Record<string, unknown>;
  cookie: Record<string, unknown>;
  body?: unknown;
  headers?: Record<string, string>;
}

/** A valid request: every required parameter and the body, or every parameter there is. */
export function buildRequest(document: OpenApiDocument, operation: Operation, which: "all" | "required"): CallRequest {
  const request: CallRequest = { path: {}, query: {}, header: {}, cookie: {} };
  for (const parameter of operation.parameters) {
    if (which === "required" && !parameter.required && parameter.in !== "path") continue;
    request[parameter.in][parameter.name] = sampleParameter(document, parameter);
  }
  const content = Object.entries(operation.requestBody?.content ?? {});
  const [type, mediaType] = content.find(([name]) => isJsonMediaType(name)) ?? content[0] ?? [];
  if (!type || !mediaType) return request;
  const value = sampleMediaType(document, mediaType);
  request.body = /^multipart\/form-data/i.test(type) && isObject(value) ? toForm(value) : value;
  return request;
}

/** Each property is a part of its name (OpenAPI 3.1.1, section 4.8.15.4). */
function toForm(value: JsonObject): FormData {
  const form = new FormData();
  for (const [name, part] of Object.entries(value)) {
    form.append(name, typeof part === "string" ? part : JSON.stringify(part));
  }
  return form;
}

/** The same request with one parameter replaced. */
export function withParameter(request: CallRequest, parameter: Parameter, value: unknown): CallRequest {
  return { ...request, [parameter.in]: { ...request[parameter.in], [parameter.name]: value } };
}

/** The same request without one parameter. */
export function withoutParameter(request: CallRequest, parameter: Parameter): CallRequest {
  const { [parameter.name]: _, ...rest } = request[parameter.in];
  return { ...request, [parameter.in]: rest };
}

/** A text that a parameter's type, enum or format refuses, or undefined where it takes any text. */
export function findWrongValue(document: OpenApiDocument, parameter: Parameter): string | undefined {
  const schema = schemaOf(document, parameter);
  const types = typesOf(schema);
  if (Array.isArray(schema.enum)) return schema.enum.includes("not-in-the-list") ? undefined : "not-in-the-list";
  if (types.length > 0 && types.every((type) => ["boolean", "integer", "null", "number"].includes(type))) {
    return `not-of-type-${types[0]}`;
  }
  const asserted = ["date", "date-time", "ipv4", "ipv6", "uuid"];
  return typeof schema.format === "string" && asserted.includes(schema.format) ? "not-in-the-format" : undefined;
}

function schemaOf(document: OpenApiDocument, parameter: Parameter): JsonObject {
  const schema = resolve(document, parameter.schema);
  return isObject(schema) ? schema : {};
}

function typesOf(schema: JsonObject): string[] {
  return [schema.type].flat().filter((type): type is string => typeof type === "string");
}
