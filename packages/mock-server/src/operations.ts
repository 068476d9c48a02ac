/** The operations of a document: listed at once, made into Prism's form one by one when first asked. */

import { isObject, type JsonObject, type OpenApiDocument, resolve, type Server } from "@artifetch/document";
import type { HttpSecurityScheme, IHttpOperation } from "@stoplight/types";
import { MockServerError } from "./errors.ts";
import { dereference, loadPrism, loadTransformers } from "./prism.ts";
import { toPrismDocument } from "./prism-document.ts";

/** What finding an operation needs. */
export interface Operation {
  /** Lower case. */
  method: string;
  /** Path template, as in the document. */
  path: string;
  /** The document's `operationId`; `<method> <path>` where it has none. */
  id: string;
  /** Those of the operation, of its path or of the document: the first that has any. */
  servers: Server[];
}

/** Prism's list: other keys of a path item are no operations. */
const methods = new Set(["get", "post", "put", "delete", "options", "head", "patch", "trace"]);

/** In the document's order. */
export function listOperations(document: OpenApiDocument): Operation[] {
  return Object.entries(document.paths ?? {}).flatMap(([path, value]) => {
    const item = toPathItem(document, value);
    return Object.keys(item)
      .filter((method) => methods.has(method) && isObject(item[method]))
      .map((method) => {
        const { operationId, servers } = item[method] as JsonObject;
        const id = typeof operationId === "string" ? operationId : `${method} ${path}`;
        const own = [servers, item.servers, document.servers].find(Array.isArray) ?? [];
        return { method, path, id, servers: own.filter((server) => typeof server?.url === "string") };
      });
  });
}

/** A path item with its own keys over those that it refers to, as Prism merges them. */
function toPathItem(document: OpenApiDocument, value: unknown): JsonObject {
  if (!isObject(value)) return {};
  const { $ref, ...own } = value;
  return $ref === undefined ? own : { ...(resolve(document, value) as JsonObject), ...own };
}

/**
 * One operation as Prism's own command line has it.
 *
 * @throws {MockServerError} when Prism cannot read it.
 */
export async function prepareOperation(
  document: OpenApiDocument,
  { method, path }: Pick<Operation, "method" | "path">,
): Promise<IHttpOperation> {
  const { json, transformOperations } = loadTransformers();
  const find = (operations: readonly IHttpOperation[]) =>
    operations.find((one) => one.method === method && one.path === path);
  // The steps of `getHttpOperationsFromSpec` in Prism, for the part of the document that belongs to the operation.
  try {
    const { dereferenced, isCircular } = dereference(toPrismDocument(toPart(document, method, path)));
    // Where a circle is cut depends on what else is in the document, and made-up bodies on where it is cut.
    if (isCircular) return completeOperation(find(await readWhole(document)) as IHttpOperation);
    const flat = json.decycle(dereferenced) as Record<string, unknown>;
    const operation = find(transformOperations(flat));
    const target = { document: { ...flat, __target__: operation }, path: "#/__target__", cloneDocument: false };
    return completeOperation(json.bundleTarget(target) as IHttpOperation);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new MockServerError(`${method.toUpperCase()} ${path}: Prism cannot read it: ${reason}`, { cause: error });
  }
}

const wholes = new WeakMap<OpenApiDocument, Promise<IHttpOperation[]>>();

/** All operations, as Prism reads them at its start: once per document. */
function readWhole(document: OpenApiDocument): Promise<IHttpOperation[]> {
  const operations = wholes.get(document) ?? loadPrism().getHttpOperationsFromSpec(toPrismDocument(document));
  wholes.set(document, operations);
  return operations;
}

/** The document without other operations, and without components that this one does not use. */
function toPart(document: OpenApiDocument, method: string, path: string): JsonObject {
  const item = toPathItem(document, document.paths?.[path]);
  const kept = Object.entries(item).filter(([key]) => key === method || !methods.has(key));
  const { openapi, info, servers, security, tags, jsonSchemaDialect } = document;
  const common = { openapi, info, servers, security, tags, jsonSchemaDialect };
  const part = { ...JSON.parse(JSON.stringify(common)), paths: { [path]: Object.fromEntries(kept) } };
  const securitySchemes = document.components?.securitySchemes;
  const components = collectComponents(document, [part, securitySchemes]);
  // A reference may lead anywhere, into another method of the path too.
  if (!components) return { ...document, paths: { ...document.paths, [path]: item } };
  // Where a document has no schemes at all, Prism asks for none, whatever an operation says.
  return { ...part, components: { ...components, ...(securitySchemes && { securitySchemes }) } };
}

/** The components that values refer to, directly or not; undefined where a reference leads elsewhere in the document. */
function collectComponents(
  document: OpenApiDocument,
  values: readonly unknown[],
): Record<string, JsonObject> | undefined {
  const found: Record<string, JsonObject> = {};
  const open = [...values];
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value !== "object" || value === null) continue;
    for (const child of Object.values(value)) if (typeof child === "object") open.push(child);
    const reference = "$ref" in value && typeof value.$ref === "string" ? value.$ref : "";
    if (!reference.startsWith("#")) continue;
    const [, kind = "", name = ""] = /^#\/components\/([^/%~]+)\/([^/%~]+)(?:\/|$)/.exec(reference) ?? [];
    const component = document.components?.[kind]?.[name];
    if (component === undefined) return undefined;
    if (Object.hasOwn(found[kind] ?? {}, name)) continue;
    found[kind] = { ...found[kind], [name]: component };
    open.push(component);
  }
  return found;
}

/**
 * An operation as Prism's own command line leaves it, and without callbacks.
 *
 * OpenAPI's default for form-style query parameters is `explode: true`; Prism sets it only while it prints the list of
 * operations at its start. Callbacks would make the mock send requests of its own.
 */
export function completeOperation({ callbacks: _, ...operation }: IHttpOperation): IHttpOperation {
  const query = operation.request?.query?.map((parameter) =>
    parameter.style === "form" ? { ...parameter, explode: parameter.explode ?? true } : parameter,
  );
  const security = operation.security?.map((schemes) => schemes.map(toKnownScheme));
  return {
    ...operation,
    ...(query && { request: { ...operation.request, query } }),
    ...(security && { security }),
  };
}

/** Prism knows three HTTP authentication schemes, in lower case, and takes any other for a fault of the request. */
function toKnownScheme(scheme: HttpSecurityScheme): HttpSecurityScheme {
  if (scheme.type !== "http") return scheme;
  const name = scheme.scheme.toLowerCase();
  if (name === "bearer") return { ...scheme, scheme: name };
  if (name === "basic" || name === "digest") return { ...scheme, scheme: name } as HttpSecurityScheme;
  return { id: scheme.id, key: scheme.key, type: "apiKey", in: "header", name: "Authorization", extensions: {} };
}
