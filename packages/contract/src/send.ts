/** The only place that calls `fetch`. */
import type { OpenApiDocument, Operation } from "@artifetch/document";
import type { Exchange, HttpRequest, RequestTemplate } from "./model.ts";
import { explain } from "./no-answer.ts";
import { listCredentialPlaces } from "./redact.ts";

/** No answer came: the run cannot go on. */
export class NoAnswerError extends Error {
  override readonly name = "NoAnswerError";
}

export type Fetch = (request: Request) => Promise<Response>;

export interface SendOptions {
  fetch: Fetch;
  /** Milliseconds until a request without a complete answer counts as unanswered. */
  timeoutMs: number;
  signal?: AbortSignal | undefined;
  now: () => number;
}

/** The absolute request: behind the base URL, with the credentials of the operation. */
export function toHttpRequest(
  document: OpenApiDocument,
  operation: Operation,
  baseUrl: string,
  { method, path, headers, body, isAnonymous }: RequestTemplate,
  credentials: Readonly<Record<string, string>>,
): HttpRequest {
  const request: HttpRequest = { method, url: baseUrl.replace(/\/+$/, "") + path, headers, ...(body && { body }) };
  return isAnonymous ? request : withCredentials(document, operation, request, credentials);
}

function withCredentials(
  document: OpenApiDocument,
  { security }: Operation,
  request: HttpRequest,
  credentials: Readonly<Record<string, string>>,
): HttpRequest {
  const isKnown = (scheme: string) => credentials[scheme] !== undefined;
  // The first way in of which every part is known; else what there is of the first.
  const chosen = security.find((names) => Object.keys(names).every(isKnown)) ?? security[0] ?? {};
  const places = listCredentialPlaces(document).filter(
    ({ scheme }) => Object.hasOwn(chosen, scheme) && isKnown(scheme),
  );
  const headers: Record<string, string> = { ...request.headers };
  const url = new URL(request.url);
  for (const { scheme, in: place, name, prefix } of places) {
    const value = credentials[scheme] ?? "";
    if (place === "query")
      url.search += `${url.search ? "&" : "?"}${encodeURIComponent(name)}=${encodeURIComponent(value)}`;
    else if (place === "cookie") headers.cookie = [headers.cookie, `${name}=${value}`].filter(Boolean).join("; ");
    else headers[name] = prefix === undefined ? value : `${prefix} ${prefix === "Basic" ? toBasic(value) : value}`;
  }
  return { ...request, url: url.href, headers };
}

/** A name and password are encoded (RFC 7617); anything else is taken to be so already. */
function toBasic(value: string): string {
  return value.includes(":") ? btoa(String.fromCharCode(...new TextEncoder().encode(value))) : value;
}

/**
 * Sends a request and reads the whole answer. Redirects are answers.
 *
 * @throws {NoAnswerError} when none came. A body that breaks off is an answer: see `HttpResponse.bodyError`.
 */
export async function send(request: HttpRequest, { fetch, timeoutMs, signal, now }: SendOptions): Promise<Exchange> {
  const { method, url, headers, body } = request;
  const timeout = AbortSignal.timeout(timeoutMs);
  const startedAt = now();
  let response: Response;
  try {
    const init = {
      method,
      headers,
      redirect: "manual",
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    } as const;
    response = await fetch(new Request(url, { ...init, ...(body && { body: new Uint8Array(body) }) }));
  } catch (error) {
    signal?.throwIfAborted();
    throw new NoAnswerError(`No answer from ${toPlace(url)}: ${describe(error, timeoutMs)}`, { cause: error });
  }
  const read = await readBody(response);
  signal?.throwIfAborted();
  return {
    request,
    response: { status: response.status, headers: readHeaders(response), ...read },
    durationMs: now() - startedAt,
  };
}

/** Without the query, which may hold a credential. */
function toPlace(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}

function readHeaders({ headers }: Response): Record<string, string> {
  const read: Record<string, string> = {};
  for (const [name, value] of headers) read[name] = read[name] === undefined ? value : `${read[name]}, ${value}`;
  return read;
}

async function readBody(response: Response): Promise<{ body: Uint8Array; bodyError?: string }> {
  try {
    return { body: new Uint8Array(await response.arrayBuffer()) };
  } catch (error) {
    return { body: new Uint8Array(), bodyError: describe(error) };
  }
}

function describe(error: unknown, timeoutMs?: number): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError" && timeoutMs !== undefined) return `none within ${timeoutMs} ms`;
  return explain(findRoot(error));
}

/** The innermost cause: where `fetch` says only that it failed, this is what happened. */
function findRoot(error: Error): Error {
  if (error instanceof AggregateError && error.errors[0] instanceof Error) return findRoot(error.errors[0]);
  return error.cause instanceof Error ? findRoot(error.cause) : error;
}
