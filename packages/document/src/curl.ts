import { isJsonMediaType, isObject, type OpenApiDocument, type Operation, resolve } from "./document.ts";
import { isFileSchema, sampleMediaType, sampleParameter } from "./sample.ts";

/** How a command is laid out: `line`, to copy from a terminal; `block`, an option per line, JSON indented, to read. */
export type CurlLayout = "line" | "block";

/**
 * A `curl` command line that calls an operation with the document's own examples: required parameters, the body, and a
 * placeholder for each credential (`$DD_API_KEY`, say, where the document names an environment variable).
 *
 * @param baseUrl absolute URL that the path is appended to.
 * @param credential what to send for a security scheme. Default: its environment variable, else its name in capitals.
 * @param layout default `line`.
 */
export function toCurl(
  document: OpenApiDocument,
  operation: Operation,
  baseUrl: string,
  credential: (scheme: string, variable: string) => string = (_, variable) => `$${variable}`,
  layout: CurlLayout = "line",
): string {
  const credentials = listCredentials(document, operation, credential);
  const headers = operation.parameters
    .filter((parameter) => parameter.in === "header" && parameter.required)
    .map((parameter): [string, string] => [parameter.name, String(sampleParameter(document, parameter))]);
  const options = [
    ...(operation.method === "GET" ? [] : [`-X ${operation.method}`]),
    ...[...credentials.headers, ...headers].map(([name, value]) => `-H ${quote(`${name}: ${value}`)}`),
    ...toBody(document, operation, layout),
  ];
  const url = quote(toUrl(document, operation, baseUrl, credentials.query));
  return layout === "line" ? ["curl", ...options, url].join(" ") : [`curl ${url}`, ...options].join(" \\\n  ");
}

function toUrl(
  document: OpenApiDocument,
  { path, parameters }: Operation,
  baseUrl: string,
  credentials: [string, string][],
): string {
  const values = new Map(parameters.map((parameter) => [parameter.name, String(sampleParameter(document, parameter))]));
  const filled = path.replaceAll(/\{([^{}]+)\}/g, (_, name: string) => encodeURIComponent(values.get(name) ?? ""));
  const pairs = parameters
    .filter((parameter) => parameter.in === "query" && parameter.required)
    .map(({ name }) => `${encodeURIComponent(name)}=${encodeURIComponent(values.get(name) ?? "")}`);
  // Not encoded: the shell puts the value in.
  const query = [...pairs, ...credentials.map(([name, value]) => `${encodeURIComponent(name)}=${value}`)].join("&");
  return baseUrl.replace(/\/$/, "") + filled + (query && `?${query}`);
}

interface Credentials {
  headers: [string, string][];
  query: [string, string][];
}

function listCredentials(
  document: OpenApiDocument,
  operation: Operation,
  credential: (scheme: string, variable: string) => string,
): Credentials {
  const credentials: Credentials = { headers: [], query: [] };
  for (const name of Object.keys(operation.security[0] ?? {})) {
    const scheme = resolve(document, document.components?.securitySchemes?.[name]);
    if (!isObject(scheme)) continue;
    const variable = String(scheme["x-env"] ?? name.replaceAll(/\W+/g, "_").toUpperCase());
    const value = credential(name, variable);
    if (scheme.type === "apiKey") {
      if (scheme.in === "header") credentials.headers.push([String(scheme.name), value]);
      if (scheme.in === "cookie") credentials.headers.push(["Cookie", `${scheme.name}=${value}`]);
      if (scheme.in === "query") credentials.query.push([String(scheme.name), value]);
      continue;
    }
    const word = scheme.type === "http" ? String(scheme.scheme) : "Bearer";
    credentials.headers.push(["Authorization", `${word.charAt(0).toUpperCase()}${word.slice(1)} ${value}`]);
  }
  return credentials;
}

function toBody(document: OpenApiDocument, { requestBody }: Operation, layout: CurlLayout): string[] {
  const content = Object.entries(requestBody?.content ?? {});
  const [type, mediaType] = content.find(([name]) => isJsonMediaType(name)) ?? content[0] ?? [];
  if (!type || !mediaType) return [];
  const value = sampleMediaType(document, mediaType);
  if (type === "multipart/form-data" && isObject(value)) {
    const schema = resolve(document, mediaType.schema);
    const properties = isObject(schema) && isObject(schema.properties) ? schema.properties : {};
    // curl itself writes the content type, with the boundary that it chooses.
    return Object.entries(value).map(([name, part]) => toPart(name, part, isFileSchema(document, properties[name])));
  }
  const text =
    typeof value === "string" && !isJsonMediaType(type)
      ? value
      : JSON.stringify(value, undefined, layout === "block" ? 2 : undefined);
  return [`-H ${quote(`content-type: ${type}`)}`, `--data-binary ${quoteExactly(text)}`];
}

/** A part of a form. https://curl.se/docs/manpage.html#-F */
function toPart(name: string, value: unknown, isFile: boolean): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  // In curl's own quotes, without which ";" and "," would end the value.
  const content = `"${text.replaceAll(/["\\]/g, "\\$&")}"`;
  return `-F ${quoteExactly(`${name}=${content}${isFile ? `;filename=${name};type=application/octet-stream` : ""}`)}`;
}

/** In double quotes, so that the shell fills in variables and nothing else. */
function quote(text: string): string {
  return `"${text.replaceAll(/["\\`]/g, "\\$&")}"`;
}

/** In single quotes, in which the shell changes nothing. */
function quoteExactly(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
