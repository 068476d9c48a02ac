/** What was asked and what was answered, for a test to look at. */

import { getByPointer, isObject, type JsonObject, type OpenApiDocument } from "@artifetch/document";
import { MockServerError } from "./errors.ts";
import type { MockRequest, MockResponse } from "./message.ts";
import { splitUrl } from "./read-request.ts";
import { isJson } from "./serialize.ts";

export interface JournalOptions {
  /** Number of entries that are kept; the oldest give way. 1 or more, default 1000. */
  limit?: number | undefined;
  /** Keep the values of credentials. Default false: they read `[redacted]`. */
  credentials?: boolean | undefined;
}

export interface JournalMessage {
  /** Map from name in lower case to value, or to values that were sent as one line each. */
  headers: Record<string, string | string[]>;
  /** The body as text, its first 65536 characters; missing where there is none, and where it is no UTF-8. */
  text?: string;
  /** The body as a JSON value; missing where it is none, and where `text` is not the whole of it. */
  json?: unknown;
  /** Length of the body; 0 for none. */
  sizeBytes: number;
}

export interface JournalRequest extends JournalMessage {
  /** In upper case. */
  method: string;
  /** As it was asked: for `fetch` the whole URL, for a server path and query. */
  url: string;
  /** Percent-encoded, without the query. For an API that is served below its name: with the name. */
  path: string;
  /** Map from parameter, decoded, to its value, or to its values where it was sent more than once. */
  query: Record<string, string | string[]>;
}

export interface JournalResponse extends JournalMessage {
  status: number;
}

/** One request and its answer. */
export interface JournalEntry {
  /** Name of the API that was asked; missing in a journal of one document. */
  api?: string;
  /** `operationId` of the operation that answered; `<method> <path>` where it has none. Missing where none did. */
  operationId?: string;
  request: JournalRequest;
  response: JournalResponse;
  /** What was wrong with the request or the answer, in words; empty where nothing was. */
  problems: string[];
}

/**
 * Requests and answers, in the order of the answers.
 *
 * Values of headers, cookies and query parameters that hold credentials (`Authorization`, cookies, and those that the
 * document's security schemes name) read `[redacted]`. Bodies are kept as they are.
 */
export interface Journal {
  /**
   * A copy: it stays as it is when more is asked.
   *
   * @throws {MockServerError} when no journal is kept, as for `find` and `clear`.
   */
  readonly entries: readonly JournalEntry[];
  /** The entries of an operation. */
  find(operationId: string): JournalEntry[];
  /** Forgets every entry. */
  clear(): void;
}

/** A journal that is written to. */
export interface WritableJournal extends Journal {
  record(request: MockRequest, response: MockResponse & { api?: string }): void;
}

export const defaultJournalLimit = 1000;

const textLimit = 65_536;
const redacted = "[redacted]";

/** @param listDocuments those that are mocked: their security schemes say what a credential is. */
export function createJournal(
  { limit = defaultJournalLimit, credentials = false }: JournalOptions,
  listDocuments: () => readonly OpenApiDocument[],
): WritableJournal {
  let entries: JournalEntry[] = [];
  return {
    get entries() {
      return [...entries];
    },
    find: (operationId) => entries.filter((entry) => entry.operationId === operationId),
    clear() {
      entries = [];
    },
    record(request, response) {
      if (entries.length >= limit) entries.shift();
      entries.push(toEntry(request, response, credentials ? noSecrets : toSecrets(listDocuments())));
    },
  };
}

/** What stands in place of a journal that is not kept: without entries, a test would take it for a server that nobody asked. */
export const noJournal: Journal = {
  get entries() {
    return refuse();
  },
  find: refuse,
  clear: refuse,
};

function refuse(): never {
  throw new MockServerError("No journal is kept: set the option journal to true.");
}

function toEntry(
  request: MockRequest,
  { status, headers, body, api, operationId, problems }: MockResponse & { api?: string },
  secrets: Secrets,
): JournalEntry {
  return {
    ...(api !== undefined && { api }),
    ...(operationId !== undefined && { operationId }),
    request: {
      method: request.method.toUpperCase(),
      ...readUrl(request.url, secrets),
      ...toMessage(request.headers, request.body, secrets),
    },
    response: { status, ...toMessage(headers, body, secrets) },
    problems,
  };
}

function readUrl(url: string, { query: secretNames }: Secrets): Pick<JournalRequest, "url" | "path" | "query"> {
  const [beforeQuery = "", ...rest] = url.split("?");
  const query: JournalRequest["query"] = {};
  const parameters = rest
    .join("?")
    .split("&")
    .filter((pair) => pair !== "")
    .map((pair) => {
      const [[name, value] = ["", ""]] = new URLSearchParams(pair);
      const isSecret = secretNames.has(name);
      const known = query[name];
      const shown = isSecret ? redacted : value;
      query[name] = known === undefined ? shown : [known, shown].flat();
      return isSecret ? `${pair.split("=")[0]}=${redacted}` : pair;
    });
  const search = rest.length > 0 ? `?${parameters.join("&")}` : "";
  return { url: beforeQuery + search, path: readPath(beforeQuery), query };
}

/** What cannot be read is refused, and kept as it is. */
function readPath(url: string): string {
  try {
    return splitUrl(url).pathname;
  } catch {
    return url;
  }
}

function toMessage(
  headers: Readonly<Record<string, string | string[]>>,
  body: Uint8Array | undefined,
  { headers: secretNames }: Secrets,
): JournalMessage {
  const shown = Object.entries(headers).map(([name, value]) => [name, secretNames.has(name) ? redacted : value]);
  const content = body && body.byteLength > 0 ? readBody(body, String(headers["content-type"] ?? "")) : {};
  return { headers: Object.fromEntries(shown), ...content, sizeBytes: body?.byteLength ?? 0 };
}

function readBody(body: Uint8Array, contentType: string): Pick<JournalMessage, "text" | "json"> {
  const text = decode(body);
  if (text === undefined) return {};
  if (text.length > textLimit) return { text: text.slice(0, textLimit) };
  const essence = contentType.split(";")[0]?.trim().toLowerCase() ?? "";
  return { text, ...(isJson(essence) && parse(text)) };
}

function decode(body: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch {
    return undefined;
  }
}

function parse(text: string): { json?: unknown } {
  try {
    return { json: JSON.parse(text) };
  } catch {
    return {};
  }
}

/** Names of headers, in lower case, and of query parameters whose values are credentials. */
interface Secrets {
  headers: ReadonlySet<string>;
  query: ReadonlySet<string>;
}

const noSecrets: Secrets = { headers: new Set(), query: new Set() };

function toSecrets(documents: readonly OpenApiDocument[]): Secrets {
  const schemes = documents.flatMap(listSchemes);
  const findNames = (place: string) =>
    schemes.filter((scheme) => scheme.type === "apiKey" && scheme.in === place).map(({ name }) => String(name));
  const headers = findNames("header").map((name) => name.toLowerCase());
  return {
    headers: new Set(["authorization", "proxy-authorization", "cookie", "set-cookie", ...headers]),
    query: new Set(findNames("query")),
  };
}

function listSchemes(document: OpenApiDocument): JsonObject[] {
  return Object.values(document.components?.securitySchemes ?? {})
    .map((scheme) => (typeof scheme.$ref === "string" ? getByPointer(document, scheme.$ref) : scheme))
    .filter(isObject);
}
