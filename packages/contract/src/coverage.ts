/** What of a document was exercised. */
import {
  getByPointer,
  isJsonMediaType,
  isObject,
  type JsonObject,
  type Operation,
  resolve,
  toPointerToken,
} from "@artifetch/document";
import { findResponseKey, type Judge } from "./judge.ts";
import { decode, findMediaType } from "./media-type.ts";
import type { Coverage, Covered, Exchange } from "./model.ts";
import { walkProperties } from "./properties.ts";
import { listParameters } from "./samples.ts";
import { locate, type Schemas } from "./schemas.ts";

export interface CoverageCounter {
  /** Notes what an exchange has shown. */
  add(operation: Operation, exchange: Exchange): void;
  read(): Coverage;
}

export function createCoverage({ document, operations, schemas }: Judge): CoverageCounter {
  const all = {
    operations: operations.map(({ id }) => id),
    statuses: operations.flatMap(({ id, responses }) => Object.keys(responses).map((key) => `${id} ${key}`)),
    parameters: operations.flatMap((operation) =>
      listParameters(operation).map(({ in: place, name }) => `${operation.id} ${place} ${name}`),
    ),
    properties: operations.flatMap((operation) => listAnswerProperties(schemas, operation)),
  };
  const seen = {
    operations: new Set<string>(),
    statuses: new Set<string>(),
    parameters: new Set<string>(),
    properties: new Set<string>(),
  };
  const toCovered = (kind: keyof Coverage): Covered => ({
    all: all[kind],
    seen: all[kind].filter((name) => seen[kind].has(name)),
  });
  return {
    add: (operation, exchange) => {
      const key = findResponseKey(operation, exchange.response.status);
      seen.operations.add(operation.id);
      for (const name of listSentParameters(operation, exchange)) seen.parameters.add(`${operation.id} ${name}`);
      if (key === undefined) return;
      seen.statuses.add(`${operation.id} ${key}`);
      const schema = findAnswerSchema(document, operation, key, exchange);
      if (schema === undefined) return;
      const { documented } = walkProperties(schemas, getByPointer(schemas.document, schema), readJson(exchange));
      for (const path of documented) seen.properties.add(`${operation.id} ${key} ${path}`);
    },
    read: () => ({
      operations: toCovered("operations"),
      statuses: toCovered("statuses"),
      parameters: toCovered("parameters"),
      properties: toCovered("properties"),
    }),
  };
}

function findAnswerSchema(
  document: Judge["document"],
  operation: Operation,
  key: string,
  { response }: Exchange,
): string | undefined {
  const contentType = response.headers["content-type"];
  const keys = Object.keys(operation.responses[key]?.content ?? {});
  const found = contentType === undefined ? undefined : findMediaType(keys, contentType);
  if (found === undefined || !isJsonMediaType(contentType ?? "")) return undefined;
  return locate(document, operation.pointer, ["responses", key, "content", found, "schema"]);
}

function readJson({ response }: Exchange): unknown {
  try {
    return JSON.parse(decode(response.body));
  } catch {
    return undefined;
  }
}

function listSentParameters(operation: Operation, { request }: Exchange): string[] {
  const { searchParams } = new URL(request.url);
  const query = [...searchParams.keys()];
  const cookies = (request.headers.cookie ?? "").split(/;\s*/).map((pair) => pair.split("=", 1)[0]);
  return listParameters(operation).flatMap((parameter) => {
    const { in: place, name } = parameter;
    // The members of an exploded object stand under their own names.
    const names = [name, ...listMembers(parameter.schema)];
    const isSent = {
      path: true,
      query: query.some((key) => names.includes(key) || key.startsWith(`${name}[`)),
      header: request.headers[name.toLowerCase()] !== undefined,
      cookie: cookies.includes(name),
    }[place];
    return isSent ? [`${place} ${name}`] : [];
  });
}

function listMembers(schema: JsonObject | undefined): string[] {
  return isObject(schema?.properties) ? Object.keys(schema.properties) : [];
}

/** How deep properties are listed: below, schemas repeat themselves. */
const deepest = 8;

function listAnswerProperties(schemas: Schemas, operation: Operation): string[] {
  return Object.entries(operation.responses).flatMap(([key, { content = {} }]) => {
    const names = new Set<string>();
    for (const mediaType of Object.keys(content).filter(isJsonMediaType)) {
      const pointer = locate(schemas.document, operation.pointer, ["responses", key, "content", mediaType, "schema"]);
      if (pointer !== undefined) listNames(schemas, { $ref: pointer }, "", new Set(), names);
    }
    return [...names].map((path) => `${operation.id} ${key} ${path}`);
  });
}

function listNames(
  schemas: Schemas,
  given: unknown,
  path: string,
  above: ReadonlySet<unknown>,
  names: Set<string>,
): void {
  if (!isObject(given)) return;
  const target = given.$ref === undefined ? undefined : resolve(schemas.document, { $ref: given.$ref });
  // A schema that contains itself is listed once.
  if (above.has(given) || path.split("/").length > deepest) return;
  const here = new Set([...above, given]);
  listNames(schemas, target, path, here, names);
  for (const key of ["allOf", "oneOf", "anyOf"])
    for (const part of Array.isArray(given[key]) ? given[key] : []) listNames(schemas, part, path, here, names);
  for (const part of [given.then, given.else]) listNames(schemas, part, path, here, names);
  for (const item of [given.items, ...(Array.isArray(given.prefixItems) ? given.prefixItems : [])])
    listNames(schemas, item, `${path}/-`, here, names);
  for (const [name, schema] of Object.entries(isObject(given.properties) ? given.properties : {})) {
    const next = `${path}/${toPointerToken(name)}`;
    names.add(next);
    listNames(schemas, schema, next, here, names);
  }
}
