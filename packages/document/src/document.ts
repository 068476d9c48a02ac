/**
 * What every reader of an OpenAPI document needs: its shape, its operations, and its references resolved.
 *
 * Pure: no file system, no network. Reading a document from somewhere is in `@artifetch/document/load`.
 */

/** A JSON object. */
export type JsonObject = { [key: string]: unknown };

/** An OpenAPI 3.x document whose `$ref`s all point into itself. Source: https://spec.openapis.org/oas/v3.1.1 */
export interface OpenApiDocument extends JsonObject {
  openapi: string;
  info: JsonObject & { title: string; version: string; summary?: string; description?: string };
  servers?: Server[];
  paths?: Record<string, JsonObject>;
  components?: Record<string, Record<string, JsonObject>>;
  security?: SecurityRequirement[];
}

export interface Server {
  url: string;
  description?: string;
  variables?: Record<string, ServerVariable>;
  /** Environment variable that the base URL is read from. */
  "x-env"?: string;
}

export interface ServerVariable {
  default: string;
  enum?: string[];
  description?: string;
  /** Environment variable that the value is read from. */
  "x-env"?: string;
}

/** Map from the name of a security scheme to its scopes; all of them are needed together. */
export type SecurityRequirement = Record<string, string[]>;

export interface Parameter {
  name: string;
  in: "path" | "query" | "header" | "cookie";
  required?: boolean;
  description?: string;
  style?: string;
  explode?: boolean;
  schema?: JsonObject;
  content?: Record<string, MediaType>;
  example?: unknown;
  examples?: Record<string, Example>;
}

export interface MediaType {
  schema?: JsonObject | boolean;
  example?: unknown;
  examples?: Record<string, Example>;
}

export interface Example {
  summary?: string;
  value?: unknown;
  externalValue?: string;
}

export interface Header {
  description?: string;
  required?: boolean;
  schema?: JsonObject;
}

export interface DocumentedResponse {
  description: string;
  headers?: Record<string, Header>;
  content?: Record<string, MediaType>;
}

export interface RequestBody {
  required?: boolean;
  content: Record<string, MediaType>;
}

/** One operation with everything that belongs to it; `$ref`s down to schemas are resolved, schemas are left as written. */
export interface Operation {
  /** The document's `operationId`; where it has none, `<method> <path>`. */
  id: string;
  /** Upper case, as on the wire. */
  method: string;
  /** Path template, as in the document. */
  path: string;
  summary?: string;
  description?: string;
  /** Parameters of the operation and of its path; the operation's replace the path's of the same name and place. */
  parameters: Parameter[];
  requestBody?: RequestBody;
  /** Map from status (`200`, `4XX`, `default`) to response, in the document's order. */
  responses: Record<string, DocumentedResponse>;
  /** Alternatives; an empty array means that no credential is asked for. */
  security: SecurityRequirement[];
  /** JSON Pointer of the operation in the document, as a URI fragment: `#/paths/~1runs/get`. */
  pointer: string;
  /** The Operation Object itself, with its extensions. */
  source: JsonObject;
}

const methods = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/** Whether a value is a JSON object: neither null nor an array. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A key as one token of a JSON Pointer (RFC 6901, section 3). */
export function toPointerToken(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}

/**
 * The value that a JSON Pointer names (RFC 6901), or undefined where there is none.
 *
 * Takes the plain form (`/data/0/id`, `""` for the whole) and the URI fragment form (`#/data/0/id`).
 */
export function getByPointer(root: unknown, pointer: string): unknown {
  const plain = pointer.startsWith("#") ? decodeURIComponent(pointer.slice(1)) : pointer;
  if (plain === "") return root;
  let value = root;
  for (const token of plain.slice(1).split("/")) {
    if (typeof value !== "object" || value === null) return undefined;
    const key = token.replaceAll("~1", "/").replaceAll("~0", "~");
    value = Object.hasOwn(value, key) ? (value as JsonObject)[key] : undefined;
  }
  return value;
}

/**
 * Follows `$ref` until something that is not a reference, and returns that.
 *
 * @throws {Error} when a reference leads nowhere, out of the document, or in a circle.
 */
export function resolve(document: OpenApiDocument, value: unknown): unknown {
  const seen = new Set<string>();
  let current = value;
  while (isObject(current) && typeof current.$ref === "string") {
    const reference = current.$ref;
    if (!reference.startsWith("#"))
      throw new Error(`The reference ${reference} leads out of the document: bundle it first.`);
    if (seen.has(reference)) throw new Error(`The reference ${reference} leads in a circle.`);
    seen.add(reference);
    current = getByPointer(document, reference);
    if (current === undefined) throw new Error(`The reference ${reference} leads nowhere.`);
  }
  return current;
}

/** Whether a media type is JSON: `application/json`, `text/json` or one that ends in `+json`; parameters are ignored. */
export function isJsonMediaType(mediaType: string): boolean {
  return /^\s*(application|text)\/json\s*(;|$)|^[^;]*\+json\s*(;|$)/i.test(mediaType);
}

/** The operations of a document in its order, with references resolved. */
export function listOperations(document: OpenApiDocument): Operation[] {
  return [...iterateOperations(document)];
}

/** As {@link listOperations}, but each is read only when it is asked for: for who needs but one of a large document. */
export function* iterateOperations(document: OpenApiDocument): Generator<Operation> {
  for (const [path, pathItem] of Object.entries(document.paths ?? {})) {
    const item = resolve(document, pathItem) as JsonObject;
    for (const method of methods) {
      const source = item[method];
      if (isObject(source)) yield readOperation(document, path, method, item, source);
    }
  }
}

function readOperation(
  document: OpenApiDocument,
  path: string,
  method: string,
  item: JsonObject,
  source: JsonObject,
): Operation {
  const body = resolve(document, source.requestBody) as RequestBody | undefined;
  return {
    id: typeof source.operationId === "string" ? source.operationId : `${method} ${path}`,
    method: method.toUpperCase(),
    path,
    ...(typeof source.summary === "string" && { summary: source.summary }),
    ...(typeof source.description === "string" && { description: source.description }),
    parameters: readParameters(document, item, source),
    ...(body && { requestBody: { ...body, content: readContent(document, body.content) } }),
    responses: mapValues(source.responses, (response) => readResponse(document, response)),
    security: (source.security as SecurityRequirement[] | undefined) ?? document.security ?? [],
    pointer: `#/paths/${toPointerToken(path)}/${method}`,
    source,
  };
}

function readParameters(document: OpenApiDocument, item: JsonObject, source: JsonObject): Parameter[] {
  const byPlace = new Map<string, Parameter>();
  for (const list of [item.parameters, source.parameters]) {
    for (const entry of Array.isArray(list) ? list : []) {
      const parameter = resolve(document, entry) as Parameter;
      byPlace.set(`${parameter.in} ${parameter.name}`, {
        ...parameter,
        ...(parameter.examples && { examples: readExamples(document, parameter.examples) }),
      });
    }
  }
  return [...byPlace.values()];
}

function readResponse(document: OpenApiDocument, value: unknown): DocumentedResponse {
  const response = resolve(document, value) as DocumentedResponse;
  return {
    ...response,
    ...(response.headers && {
      headers: mapValues(response.headers, (header) => resolve(document, header) as Header),
    }),
    ...(response.content && { content: readContent(document, response.content) }),
  };
}

function readContent(document: OpenApiDocument, content: unknown): Record<string, MediaType> {
  return mapValues(content, (value) => {
    const mediaType = resolve(document, value) as MediaType;
    return { ...mediaType, ...(mediaType.examples && { examples: readExamples(document, mediaType.examples) }) };
  });
}

function readExamples(document: OpenApiDocument, examples: unknown): Record<string, Example> {
  return mapValues(examples, (example) => resolve(document, example) as Example);
}

function mapValues<T>(map: unknown, convert: (value: unknown) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(isObject(map) ? map : {}).map(([key, value]) => [key, convert(value)]));
}
