/** Requests out of values: what goes into path, query, headers and body of an operation. */
import { isJsonMediaType, isObject, type JsonObject, type Operation, type Parameter } from "@artifetch/document";
import { toEssence } from "./media-type.ts";
import type { RequestTemplate } from "./model.ts";
import { type Wire, writeParameter } from "./parameters.ts";

/** The values of one request. A parameter that is not in its map is not sent. */
export interface Parts {
  path: JsonObject;
  query: JsonObject;
  header: JsonObject;
  cookie: JsonObject;
  /** Absent: no body. */
  body?: Body;
}

export interface Body {
  mediaType: string;
  value: unknown;
}

/**
 * Writes a request.
 *
 * @returns undefined where a value cannot be written: a list in a list, an empty path segment, a line break in a header.
 */
export function buildRequest(operation: Operation, parts: Parts): RequestTemplate | undefined {
  const written = operation.parameters.flatMap((parameter) => {
    const value = parts[parameter.in][parameter.name];
    return value === undefined ? [] : [{ parameter, value, wire: writeParameter(parameter, value) }];
  });
  const body = parts.body && writeBody(parts.body);
  if (written.some(({ wire }) => wire === undefined) || (parts.body && !body)) return undefined;
  const known = written as { parameter: Parameter; value: unknown; wire: Wire }[];
  const of = (place: Parameter["in"]) => known.filter(({ parameter }) => parameter.in === place);

  const path = fillPath(operation.path, of("path"));
  const query = of("query").flatMap(({ parameter, value, wire }) =>
    wire.pairs.map(([name, text]) => `${encode(name)}=${encodeValue(parameter, value, text)}`),
  );
  const headers = of("header").map(({ parameter, wire }) => [parameter.name.toLowerCase(), wire.text] as const);
  const cookies = of("cookie").flatMap(({ wire }) => wire.pairs.map(([name, text]) => `${name}=${encode(text)}`));
  // A header is visible ASCII here: other bytes are read in different ways, and line breaks end it (RFC 9110, section 5.5).
  if (path === undefined || headers.some(([, text]) => !/^[!-~]([ -~]*[!-~])?$/.test(text))) return undefined;
  return {
    method: operation.method,
    path: path + (query.length > 0 ? `?${query.join("&")}` : ""),
    headers: {
      accept: "*/*",
      ...Object.fromEntries(headers),
      ...(cookies.length > 0 && { cookie: cookies.join("; ") }),
      ...(body && { "content-type": body.contentType }),
    },
    ...(body && { body: body.bytes }),
  };
}

interface Written {
  parameter: Parameter;
  value: unknown;
  wire: Wire;
}

/** A segment that is empty or means another folder leads to another path: it cannot be sent as a value. */
function fillPath(template: string, written: readonly Written[]): string | undefined {
  const values = new Map(written.map(({ parameter, value, wire }) => [parameter.name, { parameter, value, wire }]));
  let isPossible = true;
  const path = template.replaceAll(/\{([^{}]+)\}/g, (_, name: string) => {
    const found = values.get(name);
    if (!found || found.wire.text === "") isPossible = false;
    return found ? encodeValue(found.parameter, found.value, found.wire.text) : "";
  });
  const segments = path.split("/").map((segment) => segment.replaceAll(/%2e/gi, "."));
  return isPossible && !segments.some((segment) => segment === "." || segment === "..") ? path : undefined;
}

function encode(text: string): string {
  return encodeURIComponent(text.replaceAll(/\p{Surrogate}/gu, "\uFFFD")).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** What separates the members of a list or object stays as it is; so do separators of the style before it. */
function encodeValue(parameter: Parameter, value: unknown, text: string): string {
  const encoded = encode(text);
  const hasSeparators = typeof value === "object" && value !== null && !parameter.content;
  const isPrefixed = parameter.style === "matrix" || parameter.style === "label";
  if (!hasSeparators && !isPrefixed) return encoded;
  return encoded.replaceAll("%2C", ",").replaceAll("%3B", ";").replaceAll("%3D", "=");
}

function writeBody({ mediaType, value }: Body): { contentType: string; bytes: Uint8Array } | undefined {
  const essence = toEssence(mediaType);
  // A range names no type that could be sent.
  const contentType = essence === "*/*" ? "application/json" : mediaType.replace("/*", "/plain");
  const toBytes = (text: string, type = contentType) => ({ contentType: type, bytes: new TextEncoder().encode(text) });
  if (isJsonMediaType(contentType)) return toBytes(JSON.stringify(value));
  if (essence === "multipart/form-data") return isObject(value) ? writeMultipart(value) : undefined;
  if (essence === "application/x-www-form-urlencoded")
    return isObject(value) ? toBytes(new URLSearchParams(toFields(value)).toString()) : undefined;
  return typeof value === "string" ? toBytes(value) : undefined;
}

/** Each property is a part of its name (OpenAPI 3.1.1, section 4.8.15.4). */
function toFields(value: JsonObject): [string, string][] {
  return Object.entries(value).map(([name, part]) => [name, typeof part === "string" ? part : JSON.stringify(part)]);
}

/** The same in every run, so that a case is. */
const boundary = "artifetch-boundary-7d1f";

function writeMultipart(value: JsonObject): { contentType: string; bytes: Uint8Array } {
  const parts = toFields(value).map(
    ([name, text]) =>
      `--${boundary}\r\ncontent-disposition: form-data; name="${name.replaceAll('"', "%22")}"\r\n\r\n${text}\r\n`,
  );
  const bytes = new TextEncoder().encode(`${parts.join("")}--${boundary}--\r\n`);
  return { contentType: `multipart/form-data; boundary=${boundary}`, bytes };
}
