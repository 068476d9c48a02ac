/** Building a request: pure, from what the caller gives and what the document says. */
import type { OperationDefinition } from "./definition.ts";
import { OptionError } from "./errors/option-error.ts";
import type { CallOptions, RequestBody } from "./result.ts";

/** What an operation takes, by place. */
export interface UntypedRequest extends CallOptions {
  path?: Readonly<Record<string, unknown>>;
  query?: Readonly<Record<string, unknown>>;
  header?: Readonly<Record<string, unknown>>;
  cookie?: Readonly<Record<string, unknown>>;
  body?: unknown;
}

/** Path and query put together. @throws {OptionError} for a path value that is not one segment. */
export function toTarget(path: string, { path: values = {}, query }: UntypedRequest): string {
  const search = query && toQuery(query);
  return toSegments(path, values) + (search ? `?${search}` : "");
}

/** A path template with its parameters filled in. */
export function toSegments(path: string, values: Readonly<Record<string, unknown>>): string {
  return path.replace(/\{([^{}]+)\}/g, (_, name: string) => toSegment(name, values[name]));
}

/** In the `simple` style (OpenAPI 3.1.1, section 4.8.12.6): a list is joined by commas. */
function toSegment(name: string, value: unknown): string {
  const segment = Array.isArray(value)
    ? value.map((item) => encodeURIComponent(item)).join()
    : encodeURIComponent(String(value ?? ""));
  if (segment === "" || segment === "." || segment === "..") {
    throw new OptionError(
      `Path parameter "${name}" is ${JSON.stringify(value)}; it takes a value that is one path segment.`,
    );
  }
  return segment;
}

/**
 * A query in the styles that the documents use: lists as repeated names (`form`, exploded), objects in brackets
 * (`deepObject`), also where they are nested, which OpenAPI leaves open. What is undefined or null is not sent.
 */
export function toQuery(query: Readonly<Record<string, unknown>>): string {
  return Object.entries(query)
    .flatMap(([name, value]) => toPairs(name, value))
    .map((pair) => pair.map(encodeURIComponent).join("="))
    .join("&");
}

function toPairs(name: string, value: unknown): string[][] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((item) => toPairs(name, item));
  if (typeof value !== "object") return [[name, String(value)]];
  return Object.entries(value).flatMap(([key, item]) => toPairs(`${name}[${key}]`, item));
}

/** Headers of an operation by lower-case name; later sources win: the client's, the document's parameters, the call's. */
export function toHeaders(
  accept: string,
  bodyType: string,
  { header, headers, cookie, body }: UntypedRequest,
  clientHeaders: Readonly<Record<string, string>>,
): Record<string, string> {
  const result: Record<string, string> = { accept, ...clientHeaders };
  // A form's boundary is made, and told, by `fetch`.
  if (body !== undefined && !(body instanceof FormData)) result["content-type"] = bodyType;
  if (cookie) {
    const pairs = Object.entries(cookie).map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`);
    result.cookie = pairs.join("; ");
  }
  addHeaders(result, header);
  addHeaders(result, headers);
  return result;
}

/** Adds headers under their lower-case names; what is undefined or null is not sent. */
export function addHeaders(
  target: Record<string, string>,
  source: Readonly<Record<string, unknown>> | undefined,
): Record<string, string> {
  for (const name in source) {
    const value = source[name];
    if (value === undefined || value === null) continue;
    const text = String(value);
    // RFC 9110, sections 5.1 and 5.5; beyond Latin-1 there is no way to write a character. Not quoted: it may be a secret.
    if (!/^[!#$%&'*+.^_`|~\w-]+$/.test(name) || /[^\t\x20-\x7e\x80-\xff]/.test(text)) {
      throw new OptionError(
        `Header ${JSON.stringify(name)} has a name or value that a header cannot carry, such as a line break.`,
      );
    }
    target[name.toLowerCase()] = text;
  }
  return target;
}

/** JSON where the document says JSON; else as it is. */
export function toBody(extras: OperationDefinition[3], body: unknown): RequestBody | undefined {
  if (body === undefined) return undefined;
  // What is no JSON is typed as a body that `fetch` takes.
  return extras?.body || body instanceof FormData ? (body as RequestBody) : JSON.stringify(body);
}

/** JSON where every answer is JSON or nothing; anything where one can be text or bytes. */
export function toAccept(answers: string): string {
  return /^j+$/.test(answers.replace(/default|[\dX]{3}| /g, "")) ? "application/json" : "*/*";
}
