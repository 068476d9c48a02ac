/** Checks recorded traffic: HAR 1.2 (http://www.softwareishard.com/blog/har-12-spec/) as browsers, proxies and Playwright write it. */
import { isObject, type JsonObject, type OpenApiDocument, type Server } from "@artifetch/document";
import { type DecodedBody, decodeBody } from "./content-encoding.ts";
import type { HttpRequest, HttpResponse, RunEvent } from "./model.ts";
import { createTraffic, type TrafficReport } from "./traffic.ts";

export interface HarOptions {
  /** Absolute URL of the service: entries below it are checked. Default: the absolute servers of the document. */
  baseUrl?: string | undefined;
  /** Told of each answer as it is judged. */
  onEvent?: ((event: RunEvent) => void) | undefined;
  /**
   * Reads a body that lies beside the file, as Playwright stores them (`_file`).
   *
   * @returns undefined where there is none; its entry is then checked without its body. Default: there are none.
   */
  readAttachment?: ((name: string) => Promise<Uint8Array | undefined>) | undefined;
  /** Milliseconds since 1970. Default `Date.now`. */
  now?: (() => number) | undefined;
}

/** The file is no HAR, or there is nothing in it to check. The message is complete. */
export class HarError extends Error {
  override readonly name = "HarError";
}

/**
 * Checks every entry that belongs to the service; the others are counted in `notConcerned`.
 *
 * What a recorder did not keep is not held against the service: bodies that are missing or cut, headers of an entry that has
 * none, cookies and credentials, which browsers leave out.
 *
 * @param document bundled: every `$ref` points into itself.
 * @param har the parsed file.
 * @throws {HarError} when it is no HAR, or nothing in it belongs to the service or has an answer.
 *
 * @example
 * const report = await checkHar(document, JSON.parse(await readFile("session.har", "utf8")));
 */
export async function checkHar(
  document: OpenApiDocument,
  har: unknown,
  options: HarOptions = {},
): Promise<TrafficReport> {
  const { baseUrl, onEvent, now, readAttachment = async () => undefined } = options;
  const entries = readEntries(har);
  const places = baseUrl === undefined ? listServers(document) : [toPlace(baseUrl)];
  if (places.length === 0) {
    throw new HarError(
      "The document has no absolute server URL, so it cannot be told which entries belong to it: say it with --base-url.",
    );
  }
  const located = entries.map((entry, index) => ({ entry, index, path: findPath(places, readUrl(entry)) }));
  if (!located.some(({ path }) => path !== undefined)) throw new HarError(describeStrangers(entries, places));
  const traffic = createTraffic(document, { baseUrl: baseUrl ?? toExample(document), onEvent, now });

  for (const { entry, index, path } of located) {
    const { request, response } = entry;
    const method = text(request.method).toUpperCase();
    if (path === undefined) traffic.ignore();
    // 0 or -1 where a browser got no answer.
    else if (number(response.status) < 100) traffic.skip(method, path, describeFailure(entry));
    else if (number(response.status) === 101) traffic.ignore();
    else {
      const headers = readHeaders(response);
      await traffic.add({
        exchange: {
          request: await readRequest(entry, method, readAttachment),
          response: await readResponse(response, headers, readAttachment),
          durationMs: Math.max(0, number(entry.time)),
        },
        path,
        title: `entry ${index + 1}`,
        hasAllHeaders: Object.keys(headers).length > 0,
        hasSecrets: false,
      });
    }
  }
  const report = traffic.end();
  if (report.requests === 0)
    throw new HarError("None of the entries that belong to the service has an answer, so nothing could be checked.");
  return report;
}

interface Entry extends JsonObject {
  request: JsonObject;
  response: JsonObject;
}

type ReadAttachment = NonNullable<HarOptions["readAttachment"]>;

function readEntries(har: unknown): Entry[] {
  const entries = isObject(har) && isObject(har.log) ? har.log.entries : undefined;
  if (!Array.isArray(entries)) throw new HarError("It is no HAR file: it has no list log.entries.");
  const isEntry = (entry: unknown): entry is Entry =>
    isObject(entry) && isObject(entry.request) && isObject(entry.response) && URL.canParse(text(entry.request.url));
  const wrong = entries.findIndex((entry) => !isEntry(entry));
  if (wrong >= 0)
    throw new HarError(`It is no HAR file: log.entries[${wrong}] has no request with an absolute url, or no response.`);
  if (entries.length === 0) throw new HarError("The HAR file has no entries, so there is nothing to check.");
  return entries;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** HAR says -1 for what is not known. */
function number(value: unknown): number {
  return typeof value === "number" ? value : -1;
}

function readUrl({ request }: Entry): URL {
  return new URL(text(request.url));
}

/** Finds the path of a URL behind a base URL; undefined where it is elsewhere. */
interface Place {
  name: string;
  pattern: RegExp;
}

function toPlace(baseUrl: string): Place {
  const url = new URL(baseUrl);
  const base = url.origin + url.pathname.replace(/\/+$/, "");
  return { name: base, pattern: new RegExp(`^${escapeForPattern(base)}(?=/|$)`) };
}

function listServers({ servers = [] }: OpenApiDocument): Place[] {
  return servers.filter(({ url }) => /^[^/]+:\/\//.test(url) || /^\{[^}]+\}:/.test(url)).map(toServerPlace);
}

/** Variables stand for any of their values; where they are not listed, for any text without a slash. */
function toServerPlace({ url, variables = {} }: Server): Place {
  const template = url.replace(/\/+$/, "");
  const base = variables && /[{}]/.test(template) ? template : withoutDefaultPort(template);
  const pattern = base.split(/(\{[^{}]+\})/).map((part, index) => {
    if (index % 2 === 0) return escapeForPattern(part);
    const variable = variables[part.slice(1, -1)];
    if (variable?.enum) return `(?:${variable.enum.map(escapeForPattern).join("|")})`;
    return variable?.default.includes("/") ? "[^?#]+?" : "[^/?#]+";
  });
  return { name: template, pattern: new RegExp(`^${pattern.join("")}(?=/|$)`, "i") };
}

function withoutDefaultPort(base: string): string {
  return URL.canParse(base) ? new URL(base).href.replace(/\/+$/, "") : base;
}

function escapeForPattern(part: string): string {
  return part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

function findPath(places: readonly Place[], url: URL): string | undefined {
  const plain = url.origin + url.pathname;
  const lengths = places.flatMap(({ pattern }) => pattern.exec(plain)?.[0].length ?? []);
  return lengths.length === 0 ? undefined : plain.slice(Math.max(...lengths)) || "/";
}

function toExample({ servers = [] }: OpenApiDocument): string {
  const [server] = servers;
  return (server?.url ?? "").replaceAll(/\{([^{}]+)\}/g, (_, name) => server?.variables?.[name]?.default ?? "");
}

/** Says what is there instead, so that a wrong base URL is seen at once. */
function describeStrangers(entries: readonly Entry[], places: readonly Place[]): string {
  const counts = new Map<string, number>();
  for (const { origin } of entries.map(readUrl)) counts.set(origin, (counts.get(origin) ?? 0) + 1);
  const common = [...counts].toSorted((a, b) => b[1] - a[1]).slice(0, 5);
  const found = common.map(([origin, count]) => `${origin} (${count})`).join(", ");
  const wanted = places.map(({ name }) => name).join(", ");
  return (
    `None of its ${entries.length} entries belongs to the service, so nothing was checked. ` +
    `Looked for: ${wanted}. Found: ${found}${counts.size > 5 ? ", …" : ""}. If the service is one of these, say so with --base-url.`
  );
}

function describeFailure({ response }: Entry): string {
  const reason = text(response._error) || text(response._failureText) || text(response.statusText);
  return `the entry has no answer${reason && `: ${reason}`}`;
}

/** By lower-case name; without those that HTTP/2 writes with a colon and that are no headers. */
function readHeaders({ headers }: JsonObject): Record<string, string> {
  const read: Record<string, string> = {};
  for (const header of Array.isArray(headers) ? headers : []) {
    if (!isObject(header) || text(header.name).startsWith(":")) continue;
    const name = text(header.name).toLowerCase();
    const known = Object.hasOwn(read, name) ? `${read[name]}${name === "cookie" ? "; " : ", "}` : "";
    read[name] = known + text(header.value);
  }
  return read;
}

async function readRequest({ request }: Entry, method: string, readAttachment: ReadAttachment): Promise<HttpRequest> {
  const url = new URL(text(request.url));
  url.hash = "";
  const headers = readHeaders(request);
  const data = isObject(request.postData) ? request.postData : undefined;
  const contentType = headers["content-type"] ?? (text(data?.mimeType) || undefined);
  const content = data && (await readContent(data, headers, readAttachment));
  const declared = Math.max(
    number(headers["content-length"] && Number(headers["content-length"])),
    number(request.bodySize),
  );
  // Some recorders leave a body out and write an empty text.
  const isPartial = (content?.body.byteLength ?? 0) < declared || content?.bodyIsPartial === true;
  return {
    method,
    url: url.href,
    headers: {
      ...headers,
      ...(contentType !== undefined && (content || isPartial) && { "content-type": contentType }),
    },
    ...(content && content.body.byteLength > 0 && { body: content.body }),
    ...(isPartial && { bodyIsPartial: true }),
  };
}

async function readResponse(
  response: JsonObject,
  headers: Record<string, string>,
  readAttachment: ReadAttachment,
): Promise<HttpResponse> {
  const content = isObject(response.content) ? response.content : {};
  const read = await readContent(content, headers, readAttachment);
  const mimeType = text(content.mimeType);
  const isEncoded = headers["content-encoding"] !== undefined;
  const length = headers["content-length"];
  const size = Math.max(number(content.size), isEncoded || length === undefined ? -1 : Number(length));
  // An empty text is an empty body only where the numbers say so as well: recorders write it for what they did not keep.
  const isEmpty = length === "0" || (length === undefined && content.size === 0 && response.bodySize === 0);
  const isPartial = read.bodyIsPartial || (read.body.byteLength === 0 ? !isEmpty : read.body.byteLength < size);
  return {
    status: number(response.status),
    headers: {
      ...headers,
      ...toContentType(headers["content-type"] ?? (mimeType === "x-unknown" ? "" : mimeType), content),
      // The text was written anew: its length is no longer the one that was announced.
      ...(length !== undefined && !isEncoded && !isPartial && { "content-length": String(read.body.byteLength) }),
    },
    body: read.body,
    ...(isPartial && { bodyIsPartial: true }),
  };
}

/** A text in the file is UTF-8 from here on, whatever it was on the wire. */
function toContentType(contentType: string, { encoding }: JsonObject): Record<string, string> {
  if (contentType === "") return {};
  const isText = encoding === undefined;
  return { "content-type": isText ? contentType.replace(/;\s*charset\s*=\s*("[^"]*"|[^;\s]*)/i, "") : contentType };
}

/** The body of a request or answer as far as it was kept. */
async function readContent(
  content: JsonObject,
  headers: Readonly<Record<string, string>>,
  readAttachment: ReadAttachment,
): Promise<DecodedBody> {
  const encoding = content.encoding ?? content._encoding;
  const attached = text(content._file) && (await readAttachment(text(content._file)));
  if (attached) return { body: attached };
  if (typeof content.text !== "string" || (encoding !== undefined && encoding !== "base64"))
    return { body: new Uint8Array(), bodyIsPartial: true };
  if (encoding === undefined) return { body: new TextEncoder().encode(content.text) };
  const body = Buffer.from(content.text, "base64");
  // Most recorders take the content encoding off, some do not; what can be decoded was encoded.
  const decoded = await decodeBody(body, headers["content-encoding"], longestBodyBytes);
  return decoded.bodyError === undefined && !decoded.bodyIsPartial ? decoded : { body };
}

const longestBodyBytes = 64 * 2 ** 20;
