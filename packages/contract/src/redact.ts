/** Requests without their credentials: what reports may show, and the `curl` line that sends them again. */
import { isObject, type OpenApiDocument, type Operation, resolve } from "@artifetch/document";
import type { Exchange, HttpRequest } from "./model.ts";

/** Where credentials stand in requests, and the environment variable that each is shown as. */
export interface CredentialPlace {
  /** Name of the security scheme. */
  scheme: string;
  in: "header" | "query" | "cookie";
  /** Of the header (lower case), query parameter or cookie. */
  name: string;
  /** The word before the credential in `Authorization`: `Bearer`. */
  prefix?: string;
  /** The document's `x-env`; where it has none, the name of the scheme in capitals. */
  variable: string;
}

/** The places of all security schemes that send something; `mutualTLS` does not. */
export function listCredentialPlaces(document: OpenApiDocument): CredentialPlace[] {
  return Object.entries(document.components?.securitySchemes ?? {}).flatMap(([scheme, entry]): CredentialPlace[] => {
    const definition = resolve(document, entry);
    if (!isObject(definition)) return [];
    const variable = String(definition["x-env"] ?? toVariable(scheme));
    if (definition.type === "apiKey") {
      const place = definition.in as CredentialPlace["in"];
      const name = String(definition.name);
      return [{ scheme, in: place, name: place === "header" ? name.toLowerCase() : name, variable }];
    }
    if (definition.type === "mutualTLS") return [];
    const word = definition.type === "http" ? String(definition.scheme) : "bearer";
    const prefix = word.charAt(0).toUpperCase() + word.slice(1).toLowerCase();
    return [{ scheme, in: "header", name: "authorization", prefix, variable }];
  });
}

function toVariable(name: string): string {
  return name.replaceAll(/\W+/g, "_").toUpperCase();
}

/** Headers that hold credentials whatever the document says. */
const secretHeaders = new Set(["authorization", "cookie", "proxy-authorization"]);

/** The request with each credential replaced by `$NAME`, the environment variable that it would be read from. */
export function redactRequest(document: OpenApiDocument, operation: Operation | undefined, request: HttpRequest) {
  const places = toOrdered(listCredentialPlaces(document), operation);
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, redactHeader(places, name, value)]),
  );
  return { ...request, url: redactUrl(places, request.url), headers };
}

/** The exchange with the credentials of its request replaced, also where the answer repeats them, and what the answer sets as cookies hidden. */
export function redactExchange(
  document: OpenApiDocument,
  operation: Operation | undefined,
  exchange: Exchange,
): Exchange {
  const secrets = listSentSecrets(document, operation, exchange.request);
  const headers = Object.entries(exchange.response.headers).map(([name, value]) => [
    name,
    name === "set-cookie" ? value.replace(/=.*$/s, "=(hidden)") : replaceSecrets(value, secrets),
  ]);
  return {
    ...exchange,
    request: redactRequest(document, operation, exchange.request),
    response: {
      ...exchange.response,
      headers: Object.fromEntries(headers),
      body: replaceInBytes(exchange.response.body, secrets),
    },
  };
}

type Secret = readonly [value: string, replacement: string];

/** Shorter ones would be found in innocent text. */
const shortestSecret = 6;

/** The credentials of a request, as a service may repeat them; longest first. */
export function listSentSecrets(
  document: OpenApiDocument,
  operation: Operation | undefined,
  { url, headers }: HttpRequest,
): Secret[] {
  const { searchParams } = new URL(url);
  const cookies = (headers.cookie ?? "").split(/;\s*/);
  const found = toOrdered(listCredentialPlaces(document), operation).flatMap((place): Secret[] => {
    const { in: where, name, prefix, variable } = place;
    const text =
      where === "query"
        ? searchParams.get(name)
        : where === "cookie"
          ? cookies.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1)
          : headers[name];
    const isOther = prefix !== undefined && !text?.toLowerCase().startsWith(`${prefix.toLowerCase()} `);
    const value = isOther ? undefined : text?.slice(prefix === undefined ? 0 : prefix.length + 1);
    return value && value.length >= shortestSecret ? [[value, `$${variable}`]] : [];
  });
  return found.toSorted(([a], [b]) => b.length - a.length);
}

/** The text with each credential replaced by `$NAME`. */
export function replaceSecrets(text: string, secrets: readonly Secret[]): string {
  return secrets.reduce((all, [value, replacement]) => all.replaceAll(value, replacement), text);
}

/** What is not text stays the bytes that it is. */
function replaceInBytes(body: Uint8Array, secrets: readonly Secret[]): Uint8Array {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  if (!secrets.some(([value]) => bytes.includes(value))) return body;
  const encoded = secrets.map(([value, replacement]) => [Buffer.from(value).toString("latin1"), replacement] as const);
  return new Uint8Array(Buffer.from(replaceSecrets(bytes.toString("latin1"), encoded), "latin1"));
}

/** Schemes of the operation first: several may use one header. */
function toOrdered(places: readonly CredentialPlace[], operation: Operation | undefined): CredentialPlace[] {
  const own = new Set((operation?.security ?? []).flatMap((names) => Object.keys(names)));
  return places.toSorted((a, b) => Number(own.has(b.scheme)) - Number(own.has(a.scheme)));
}

function redactHeader(places: readonly CredentialPlace[], name: string, value: string): string {
  const candidates = places.filter((place) => place.in === "header" && place.name === name);
  const [word = ""] = value.split(" ", 1);
  const place = candidates.find(({ prefix }) => prefix?.toLowerCase() === word.toLowerCase()) ?? candidates[0];
  if (!place && !secretHeaders.has(name)) return value;
  if (name === "cookie") return redactCookies(places, value);
  const variable = place?.variable ?? toVariable(name);
  return value.includes(" ") ? `${word} $${variable}` : `$${variable}`;
}

function redactCookies(places: readonly CredentialPlace[], value: string): string {
  return value
    .split(/;\s*/)
    .map((pair) => {
      const [name = ""] = pair.split("=", 1);
      const place = places.find((each) => each.in === "cookie" && each.name === name);
      return `${name}=$${place?.variable ?? toVariable(name)}`;
    })
    .join("; ");
}

function redactUrl(places: readonly CredentialPlace[], text: string): string {
  const url = new URL(text);
  url.username &&= "";
  url.password &&= "";
  const secret = places.filter((place) => place.in === "query" && url.searchParams.has(place.name));
  if (secret.length === 0) return url.href;
  const pairs = url.search
    .slice(1)
    .split("&")
    .map((pair) => {
      const [name = ""] = pair.split("=", 1);
      const place = secret.find((each) => each.name === decodeURIComponent(name.replaceAll("+", " ")));
      return place ? `${name}=$${place.variable}` : pair;
    });
  url.search = "";
  const [base = "", hash] = url.href.split("#");
  return `${base}?${pairs.join("&")}${hash === undefined ? "" : `#${hash}`}`;
}

/** A `curl` command line for a redacted request: in double quotes, so that the shell fills in the variables. */
export function toCurlLine({ method, url, headers, body }: HttpRequest, variables: readonly string[]): string {
  const words = ["curl", "--globoff"];
  if (method === "HEAD") words.push("--head");
  else if (method !== (body ? "POST" : "GET")) words.push("-X", method);
  // Curl has its own value for these, and means the same.
  const own = new Set(["content-length", "host", ...(headers.accept === "*/*" ? ["accept"] : [])]);
  for (const [name, value] of Object.entries(headers)) {
    // A header without a value is written with a semicolon.
    if (!own.has(name)) words.push("-H", quote(value === "" ? `${name};` : `${name}: ${value}`, variables));
  }
  if (!body) return [...words, quote(url, variables)].join(" ");
  const text = toPlainText(body);
  if (text !== undefined) return [...words, "--data-binary", quoteLiterally(text), quote(url, variables)].join(" ");
  const bytes = btoa(Array.from(body, (byte) => String.fromCharCode(byte)).join(""));
  return [`echo ${bytes} | base64 -d |`, ...words, "--data-binary", "@-", quote(url, variables)].join(" ");
}

/** Undefined for bytes that a command line cannot hold. A leading `@` would name a file. */
function toPlainText(body: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
    return text.includes("\0") || text.startsWith("@") ? undefined : text;
  } catch {
    return undefined;
  }
}

/** Variables of credentials are left for the shell; any other dollar sign is itself. */
function quote(text: string, variables: readonly string[]): string {
  const escaped = text.replaceAll(/["\\`$]/g, "\\$&");
  return `"${variables.reduce((all, name) => all.replaceAll(`\\$${name}`, `$${name}`), escaped)}"`;
}

function quoteLiterally(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
