/** `fetch` that answers in process. */

import type { OpenApiDocument } from "@artifetch/document";
import { loadDocument } from "@artifetch/document/load";
import { OptionError } from "./errors.ts";
import { awaitAnswer, toFaultyBody } from "./fault-delivery.ts";
import { createHandler, type Handler } from "./handler.ts";
import { createJournal, type Journal, noJournal, type WritableJournal } from "./journal.ts";
import type { MockRequest, MockResponse } from "./message.ts";
import { STATUS_CODES } from "./node-http.ts";
import { checkFetchOptions, isTarget, type MockFetchOptions, type Target } from "./options.ts";
import { loadMemory } from "./stateful/load.ts";

/** A `fetch` that answers in process, and what it was asked. */
export type MockFetch = typeof fetch & { journal: Journal };

/**
 * Makes a `fetch` that answers from a document, without a socket: to hand to a client in a test.
 *
 * The path of the URL counts, under any origin: as it is in the document, or after the base path of one of the document's
 * servers or of the option `baseUrl`. Redirects are answered as they are, not followed. The document is read with the first request.
 *
 * The returned function rejects as `fetch` does: with the signal's reason when aborted, with a `TypeError` for a URL that
 * is not absolute, or a connection that is reset by a fault; and with a `DocumentError` (of `@artifetch/document/load`) when the target cannot be read.
 *
 * @param target API name, path or URL of an OpenAPI 3.x document, or a parsed document.
 * @throws {OptionError} for an option that does not exist or a value that it does not take.
 *
 * @example
 * const mockFetch = createMockFetch("./openapi.yaml");
 * const response = await mockFetch("https://any.example/runs/42", { headers: { Prefer: "code=404" } });
 */
export function createMockFetch(target: Target, options: MockFetchOptions = {}): MockFetch {
  return toMockFetch(createMock(target, options));
}

/** A document to answer from, before it is read. */
export interface Mock {
  /** Reads the document, once. */
  load(): Promise<Handler>;
  baseUrl: string | undefined;
  journal: WritableJournal | false;
}

/** @throws {OptionError} */
export function createMock(target: Target, options: MockFetchOptions): Mock {
  if (!isTarget(target)) throw new OptionError("target", "takes an API name, a path, a URL or a document.");
  checkFetchOptions(options);
  const { journal = true, baseUrl, ...answerOptions } = options;
  const documents: OpenApiDocument[] = [];
  let handler: Promise<Handler> | undefined;
  return {
    load() {
      handler ??= loadDocument(target).then(async ({ document }) => {
        documents.push(document);
        return createHandler(document, answerOptions, await loadMemory(document, answerOptions));
      });
      return handler;
    },
    baseUrl,
    journal: journal && createJournal(journal === true ? {} : journal, () => documents),
  };
}

export function toMockFetch(mock: Mock): MockFetch {
  const mockFetch: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    request.signal.throwIfAborted();
    const response = await untilAborted(answer(mock, request), request.signal);
    if (response.fault) await awaitAnswer(response.fault, request.signal);
    return toFetchResponse(response, request);
  };
  return Object.assign(mockFetch, { journal: mock.journal || noJournal });
}

async function answer({ load, baseUrl, journal }: Mock, request: Request): Promise<MockResponse> {
  const loading = load();
  const body = request.body && new Uint8Array(await request.arrayBuffer());
  const { handle, hasPath, serverUrls } = await loading;
  const url = new URL(request.url);
  const paths = toPaths(url, baseUrl === undefined ? serverUrls : [baseUrl, ...serverUrls]);
  const asked: MockRequest = {
    method: request.method,
    url: (paths.find(hasPath) ?? url.pathname) + url.search,
    // What fetch itself adds on a socket; without it, another body may be chosen.
    headers: { accept: "*/*", ...Object.fromEntries(request.headers) },
    ...(body && { body }),
  };
  const response = await handle(asked);
  if (journal) journal.record({ ...asked, url: request.url }, response);
  return response;
}

/** Settles as the work does, or rejects with the signal's reason as soon as it aborts. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let abort = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort);
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/**
 * The paths that a URL can mean in the document, the likeliest first: without the base path of a server whose origin it has,
 * as it is, without the base path of another server; among those the longest base path first.
 */
function toPaths(url: URL, serverUrls: readonly string[]): string[] {
  const stripped = serverUrls
    .map(toServerPattern)
    .flatMap(({ origin, base }) => {
      const [match] = base.exec(url.pathname) ?? [];
      if (match === undefined) return [];
      return [
        {
          path: url.pathname.slice(match.length) || "/",
          isOwn: origin?.test(url.origin) ?? false,
          length: match.length,
        },
      ];
    })
    .sort((a, b) => b.length - a.length);
  return [
    ...stripped.filter(({ isOwn }) => isOwn).map(({ path }) => path),
    url.pathname,
    ...stripped.filter(({ isOwn }) => !isOwn).map(({ path }) => path),
  ];
}

/** Patterns for the origin (none for a relative URL) and the base path of a server URL; a variable stands for any one segment. */
export function toServerPattern(serverUrl: string): { origin?: RegExp; base: RegExp } {
  const [, origin, base = ""] = /^([a-z][a-z0-9+.-]*:\/\/[^/]*)?(.*?)\/*$/i.exec(serverUrl) ?? [];
  return {
    ...(origin !== undefined && { origin: new RegExp(`^${toPattern(origin)}$`, "i") }),
    base: new RegExp(`^${toPattern(base)}(?=/|$)`),
  };
}

function toPattern(template: string): string {
  return template
    .split(/\{[^}]*\}/)
    .map((text) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"))
    .join("[^/]+");
}

function toBody({ body, fault }: MockResponse, request: Request): Uint8Array<ArrayBuffer> | ReadableStream | null {
  if (fault?.truncate && request.method !== "HEAD")
    return toFaultyBody(body ?? new Uint8Array(), fault, request.signal);
  if (fault?.dripBytesPerSecond && body) return toFaultyBody(body, fault, request.signal);
  return body ? new Uint8Array(body) : null;
}

/** Statuses that a `Response` must not have a body for (Fetch standard, "null body status"). */
const bodilessStatuses = new Set([204, 205, 304]);

function toFetchResponse(answered: MockResponse, request: Request): Response {
  const { status, headers } = answered;
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((line): [string, string] => [name, line]),
  );
  const response = new Response(bodilessStatuses.has(status) ? null : toBody(answered, request), {
    status,
    statusText: STATUS_CODES[status] ?? "",
    headers: lines,
  });
  // The constructor leaves the URL empty; code that reports failures reads it.
  return Object.defineProperty(response, "url", { value: request.url });
}
