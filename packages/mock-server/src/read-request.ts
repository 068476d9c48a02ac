/**
 * A request as Prism's engine takes it.
 *
 * Prism 5.16 hangs or ends on some of what is refused here; each case is listed in DIFFERENCES.md.
 */

import type { IHttpRequest } from "@stoplight/prism-http";
import type { MockRequest } from "./message.ts";
import { RefusedRequest } from "./problem.ts";
import { isJson } from "./serialize.ts";

/** Prism's limit: 10 MB as the package `bytes` counts them. */
export const bodyLimitBytes = 10 * 1024 * 1024;

/** Whether a request says of its body that it is larger than the limit. */
export function isTooLarge(headers: Readonly<Record<string, string | string[] | undefined>>): boolean {
  return Number(headers["content-length"]) > bodyLimitBytes;
}

export function toBodyTooLarge(): RefusedRequest {
  const detail = "The body exceeds 10 MB (10485760 bytes).";
  return new RefusedRequest("BODY_TOO_LARGE", 413, "Request body too large", detail);
}

/** A request in the engine's form; headers and query are always there. */
export type EngineRequest = IHttpRequest & {
  url: { path: string; query: Record<string, string | string[]> };
  headers: Record<string, string>;
};

/**
 * @param split path and query where they are not those of the URL on the request line.
 * @throws {RefusedRequest} 400 or 413 for a request that cannot be read, whatever it is meant for.
 */
export function readRequest(
  { method, url, headers, body }: MockRequest,
  { pathname, search }: SplitUrl = splitUrl(url),
): EngineRequest {
  if (pathname.includes("%")) checkPath(pathname);
  const essence = readContentType(headers["content-type"]);
  const query = readQuery(search);
  const server = query.__server && new URLSearchParams(search).get("__server");
  const accept = headers.accept ? readAccept(headers.accept) : headers.accept;
  return {
    // Prism compares methods as strings; one that no document can declare ends in 405.
    method: method.toLowerCase() as IHttpRequest["method"],
    url: { path: pathname, query, ...(server && { baseUrl: server }) },
    headers:
      accept === headers.accept && !body
        ? headers
        : {
            ...headers,
            ...(accept !== undefined && { accept }),
            ...(body && { "content-length": String(body.byteLength) }),
          },
    body: readBody(body, essence, headers["content-type"] ?? ""),
  };
}

/** Path and query as they are after normalisation; the query with its question mark, or empty. */
export interface SplitUrl {
  pathname: string;
  search: string;
}

/** A path and a query that normalisation leaves as they are. */
const plainUrl = /^((?:\/(?!\.)[\w.~!$&()*+,;=:@-]*)+)(\?[\w.~!$&()*+,;=:@/?%-]*)?$/;

/**
 * Path and query of a URL on the request line, normalised as WHATWG URLs are: `/a/../b` is `/b`.
 *
 * @throws {RefusedRequest} 400 when it is no URL.
 */
export function splitUrl(url: string): SplitUrl {
  const plain = plainUrl.exec(url);
  if (plain) return { pathname: plain[1] ?? "/", search: plain[2] === "?" ? "" : (plain[2] ?? "") };
  try {
    // With the origin in front, "//a" stays a path. A proxy's request line has an origin already.
    return url.startsWith("/") ? new URL(`http://localhost${url}`) : new URL(url, "http://localhost");
  } catch {
    throw new RefusedRequest("INVALID_URL", 400, "Invalid URL", "The URL on the request line cannot be read.");
  }
}

function checkPath(path: string): void {
  if (!isDecodable(path)) {
    const detail = `The path ${path} has a "%" that does not start a percent-encoded UTF-8 character.`;
    throw new RefusedRequest("INVALID_URL", 400, "Invalid URL", detail);
  }
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

function readQuery(search: string): EngineRequest["url"]["query"] {
  if (search === "") return {};
  return readPlainQuery(search) ?? readAnyQuery(new URLSearchParams(search));
}

/** As `URLSearchParams` reads a query, and faster; undefined where a name comes twice, or where it would repair something. */
function readPlainQuery(search: string): Record<string, string> | undefined {
  const isEncoded = search.includes("%") || search.includes("+");
  const query: Record<string, string> = {};
  for (const pair of search.slice(1).split("&")) {
    if (pair === "") continue;
    const end = pair.includes("=") ? pair.indexOf("=") : pair.length;
    const name = isEncoded ? decodeForm(pair.slice(0, end)) : pair.slice(0, end);
    const value = isEncoded ? decodeForm(pair.slice(end + 1)) : pair.slice(end + 1);
    // Names that every object has count as met, too.
    if (name === undefined || value === undefined || name in query) return undefined;
    query[name] = value;
  }
  return query;
}

/** Undefined for what is no percent-encoded UTF-8. */
function decodeForm(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return undefined;
  }
}

function readAnyQuery(searchParams: URLSearchParams): Record<string, string | string[]> {
  return Object.fromEntries(
    [...new Set(searchParams.keys())].map((key) => {
      const [value = "", ...rest] = searchParams.getAll(key);
      return [key, rest.length > 0 ? [value, ...rest] : value];
    }),
  );
}

// RFC 9110, sections 5.6.2, 5.6.4 and 5.6.6: token, quoted string, parameters.
const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const mediaType = new RegExp(`^\\s*${token}/${token}\\s*(?:;|$)`);
const mediaRange = new RegExp(`^\\s*${token}/${token}\\s*(?:;\\s*${token}\\s*=\\s*(?:${token}|"[^"]*")\\s*)*$`);

function readContentType(header: string | undefined): string {
  if (!header) return "";
  if (!mediaType.test(header)) {
    const detail = `The Content-Type header ${JSON.stringify(header)} is not a media type such as application/json.`;
    throw new RefusedRequest("INVALID_CONTENT_TYPE", 400, "Invalid content type", detail);
  }
  return header.replace(/;.*$/s, "").trim().toLowerCase();
}

/** `*` means any type (old Java clients send it); a range that cannot be read is left out. */
function readAccept(header: string): string {
  if (header === "*/*") return header;
  const ranges = header
    .split(",")
    .map((range) => range.replace(/^\s*\*\s*(?=;|$)/, "*/*"))
    .filter((range) => mediaRange.test(range));
  if (ranges.length > 0) return ranges.join(",").trim();
  const detail = `The Accept header ${JSON.stringify(header)} has no media range such as application/json or */*.`;
  throw new RefusedRequest("INVALID_ACCEPT", 400, "Invalid Accept header", detail);
}

function readBody(body: Uint8Array | undefined, essence: string, contentType: string): unknown {
  if (!body || body.byteLength === 0) return null;
  if (body.byteLength > bodyLimitBytes) throw toBodyTooLarge();
  const text = decodeText(body, contentType);
  if (isJson(essence)) return parseJson(text);
  if (essence === "application/x-www-form-urlencoded") checkForm(text);
  return text;
}

function decodeText(body: Uint8Array, contentType: string): string {
  const [, charset = "utf-8"] = /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(contentType) ?? [];
  try {
    return new TextDecoder(charset).decode(body);
  } catch {
    throw new RefusedRequest("INVALID_BODY", 400, "Invalid body", `The charset ${JSON.stringify(charset)} is unknown.`);
  }
}

/** No service nests deeper; checking or writing a value, as deep as a body can be, would exceed the stack. */
const depthLimit = 500;

function parseJson(text: string): unknown {
  if (text.length > depthLimit && isDeeper(text, depthLimit)) {
    const detail = `The body nests arrays and objects more than ${depthLimit} levels deep.`;
    throw new RefusedRequest("BODY_TOO_DEEP", 400, "Invalid body", detail);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    // The parser's message quotes the body; only its position is repeated, as a body may hold a secret.
    const [, position] = /at position (\d+)/.exec(String(error)) ?? [];
    const place = position ? ` (position ${position})` : "";
    throw new RefusedRequest("INVALID_JSON", 400, "Invalid JSON", `The body does not parse as JSON${place}.`);
  }
}

/** Looks at each character once: a pattern for texts could be made to look at them again and again. */
function isDeeper(text: string, limit: number): boolean {
  let depth = 0;
  let isText = false;
  for (let index = 0; index < text.length; index++) {
    const character = text[index];
    if (character === '"') isText = !isText;
    else if (isText) index += character === "\\" ? 1 : 0;
    else if (character === "[" || character === "{") depth++;
    else if (character === "]" || character === "}") depth--;
    if (depth > limit) return true;
  }
  return false;
}

function checkForm(text: string): void {
  const name = text.split("&").map((pair) => pair.split("=")[0] ?? "");
  if (name.every(isDecodable)) return;
  const detail = 'The name of a form field has a "%" that does not start a percent-encoded UTF-8 character.';
  throw new RefusedRequest("INVALID_BODY", 400, "Invalid body", detail);
}
