/** Links of OpenAPI (3.1.1, section 4.8.20): what an answer says can be called next, and with which values. */
import { getByPointer, isObject, type OpenApiDocument, type Operation, resolve } from "@artifetch/document";
import { findResponseKey } from "./judge.ts";
import { decode } from "./media-type.ts";
import type { Exchange } from "./model.ts";

export interface Followed {
  name: string;
  target: Operation;
  /** Values of the target's parameters: `path.run_id` → 7. */
  values: ReadonlyMap<string, unknown>;
  /** The runtime expression of each value. */
  expressions: ReadonlyMap<string, string>;
}

/** The links of an answer whose every value is there; the first item of an empty list is not. */
export function followLinks(
  document: OpenApiDocument,
  operations: readonly Operation[],
  operation: Operation,
  exchange: Exchange,
): Followed[] {
  const key = findResponseKey(operation, exchange.response.status);
  const links = key === undefined ? undefined : (operation.responses[key] as { links?: unknown } | undefined)?.links;
  return Object.entries(isObject(links) ? links : {}).flatMap(([name, entry]): Followed[] => {
    const link = resolve(document, entry);
    const target = findTarget(document, operations, link);
    if (!isObject(link) || !target) return [];
    const values = new Map<string, unknown>();
    const expressions = new Map<string, string>();
    for (const [parameter, expression] of Object.entries(isObject(link.parameters) ? link.parameters : {})) {
      const place = toPlace(target, parameter);
      const value = evaluate(expression, operation, exchange);
      if (place === undefined || value === undefined || value === null || value === "") return [];
      values.set(place, value);
      expressions.set(place, String(expression));
    }
    return [{ name, target, values, expressions }];
  });
}

/** The operation that a link leads to; undefined where it is none of this document. */
export function findTarget(
  document: OpenApiDocument,
  operations: readonly Operation[],
  entry: unknown,
): Operation | undefined {
  const link = resolve(document, entry);
  if (!isObject(link)) return undefined;
  const { operationId, operationRef } = link;
  if (typeof operationId === "string") return operations.find(({ id }) => id === operationId);
  if (typeof operationRef !== "string" || !operationRef.startsWith("#")) return undefined;
  const source = getByPointer(document, operationRef);
  return operations.find((operation) => operation.source === source);
}

/** A name may say its place, where two parameters share it: `path.id`. */
function toPlace({ parameters }: Operation, name: string): string | undefined {
  const found = parameters.find((parameter) => parameter.name === name || `${parameter.in}.${parameter.name}` === name);
  return found && `${found.in}.${found.name}`;
}

/** A runtime expression (OpenAPI 3.1.1, section 4.8.20.4), a text with expressions in braces, or a constant. */
export function evaluate(expression: unknown, operation: Operation, exchange: Exchange): unknown {
  if (typeof expression !== "string") return expression;
  if (expression.startsWith("$")) return evaluateOne(expression, operation, exchange);
  let isComplete = true;
  const text = expression.replaceAll(/\{(\$[^{}]+)\}/g, (_, inner: string) => {
    const value = evaluateOne(inner, operation, exchange);
    if (value === undefined || value === null || typeof value === "object") isComplete = false;
    return String(value);
  });
  return isComplete ? text : undefined;
}

function evaluateOne(expression: string, operation: Operation, { request, response }: Exchange): unknown {
  if (expression === "$statusCode") return response.status;
  if (expression === "$method") return request.method;
  if (expression === "$url") return request.url;
  const [, side, part = ""] = /^\$(request|response)\.(.+)$/.exec(expression) ?? [];
  if (side === undefined) return undefined;
  const { headers, body } = side === "request" ? request : response;
  if (part.startsWith("header.")) return headers[part.slice("header.".length).toLowerCase()];
  if (part === "body" || part.startsWith("body#")) return readPointer(body, part.slice("body".length));
  if (side === "response") return undefined;
  if (part.startsWith("query.")) return new URL(request.url).searchParams.get(part.slice("query.".length)) ?? undefined;
  return part.startsWith("path.") ? readPathValue(operation, request.url, part.slice("path.".length)) : undefined;
}

function readPointer(body: Uint8Array | undefined, fragment: string): unknown {
  try {
    return getByPointer(JSON.parse(decode(body ?? new Uint8Array())), fragment || "#");
  } catch {
    return undefined;
  }
}

function readPathValue({ path }: Operation, url: string, name: string): unknown {
  const names = [...path.matchAll(/\{([^{}]+)\}/g)].map(([, each]) => each);
  const fixed = path.split(/\{[^{}]+\}/).map((text) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  // At the end: in front of it may be the path of the base URL.
  const match = new RegExp(`${fixed.join("([^/]+)")}$`).exec(new URL(url).pathname);
  const value = match?.[names.indexOf(name) + 1];
  return value === undefined || !names.includes(name) ? undefined : decodeURIComponent(value);
}
