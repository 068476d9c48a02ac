/** What a sample sends: the same in every language. */
import {
  isFileSchema,
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

/** A body with its media type, and those of its properties that are files. */
export interface SampleBody {
  mediaType: string;
  value: unknown;
  files: readonly string[];
}

/** Values by name; a place that an operation takes nothing in is missing. */
export interface SampleRequest {
  path?: JsonObject;
  query?: JsonObject;
  header?: JsonObject;
  cookie?: JsonObject;
  body?: SampleBody;
}

/**
 * The operation with what its samples send marked as required: what is required, and of a GET that requires nothing in
 * its query the first filter that the document has an example of.
 */
export function toShownOperation(document: OpenApiDocument, operation: Operation): Operation {
  const shown = operation.method === "GET" ? findOptional(document, operation) : undefined;
  return {
    ...operation,
    parameters: operation.parameters.map((parameter) =>
      parameter === shown ? { ...parameter, required: true } : parameter,
    ),
  };
}

function findOptional(document: OpenApiDocument, { parameters, source }: Operation): Parameter | undefined {
  const pagination = isObject(source["x-pagination"]) ? source["x-pagination"] : {};
  const shown = parameters.filter(
    (parameter) =>
      parameter.in === "query" &&
      parameter.name !== pagination.parameter &&
      parameter.name !== pagination.sizeParameter &&
      (parameter.example !== undefined || parameter.examples) &&
      typeof sampleParameter(document, parameter) !== "object",
  );
  if (shown.some(({ required }) => required)) return undefined;
  return shown[0];
}

/**
 * The values that an operation's examples give its required parameters and its body.
 *
 * @throws {Error} for a body of which the document shows nothing that could be sent.
 */
export function toSampleRequest(document: OpenApiDocument, operation: Operation): SampleRequest {
  const request: SampleRequest = {};
  for (const parameter of operation.parameters) {
    if (!parameter.required) continue;
    request[parameter.in] = { ...request[parameter.in], [parameter.name]: sampleParameter(document, parameter) };
  }
  const body = toSampleBody(document, operation);
  return body ? { ...request, body } : request;
}

function toSampleBody(document: OpenApiDocument, { requestBody }: Operation): SampleBody | undefined {
  const content = Object.entries(requestBody?.content ?? {});
  const [mediaType, entry] = content.find(([name]) => isJsonMediaType(name)) ?? content[0] ?? [];
  if (!mediaType || !entry) return undefined;
  const value = sampleMediaType(document, entry);
  const isForm = mediaType === "multipart/form-data";
  if (!isJsonMediaType(mediaType) && typeof value !== "string" && !(isForm && isObject(value))) {
    throw new Error(`its body (${mediaType}) has no example that can be sent: give it one, a text`);
  }
  const schema = resolve(document, entry.schema);
  const properties = isObject(schema) && isObject(schema.properties) ? schema.properties : {};
  const files = Object.keys(properties).filter((name) => isFileSchema(document, properties[name]));
  return { mediaType, value, files };
}
