/** A command line that a reader can paste to see an API answer. */

import {
  isObject,
  iterateOperations,
  type OpenApiDocument,
  type Operation,
  resolve,
  toCurl,
} from "@artifetch/document";

/**
 * A curl line for an operation that needs nothing but headers: a GET with a parameter in its path rather than another GET, and
 * that rather than the rest. Undefined where there is none, or the document has a reference that leads nowhere.
 */
export function toSampleCall(document: OpenApiDocument, baseUrl: string): string | undefined {
  try {
    const operation = findCallable(document);
    return operation && toCurl(document, operation, baseUrl, (scheme) => toCredential(document, scheme));
  } catch {
    return undefined;
  }
}

function findCallable(document: OpenApiDocument): Operation | undefined {
  let found: Operation | undefined;
  for (const operation of iterateOperations(document)) {
    if (!isCallable(document, operation)) continue;
    if (toRank(operation) > (found ? toRank(found) : 0)) found = operation;
    if (toRank(operation) === bestRank) break;
  }
  return found;
}

const bestRank = 3;

function toRank({ method, path }: Operation): number {
  if (method !== "GET") return 1;
  return path.includes("{") ? bestRank : 2;
}

function isCallable(document: OpenApiDocument, { security, parameters }: Operation): boolean {
  const schemes = Object.keys(security[0] ?? {}).map((name) => findScheme(document, name));
  return (
    schemes.every(({ type, in: place, scheme }) =>
      type === "apiKey" ? place === "header" : type !== "mutualTLS" && String(scheme).toLowerCase() !== "digest",
    ) && parameters.every((parameter) => parameter.in !== "cookie" || !parameter.required)
  );
}

/** Any credential will do, if it has the form of one: Basic (RFC 7617) is `user:password` in Base64. */
function toCredential(document: OpenApiDocument, scheme: string): string {
  return String(findScheme(document, scheme).scheme).toLowerCase() === "basic" ? btoa("any:any") : "any";
}

function findScheme(document: OpenApiDocument, name: string): Record<string, unknown> {
  const scheme = resolve(document, document.components?.securitySchemes?.[name]);
  return isObject(scheme) ? scheme : {};
}
