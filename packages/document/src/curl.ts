import { isJsonMediaType, isObject, type OpenApiDocument, type Operation, resolve } from "./document.ts";
import { sampleMediaType, sampleParameter } from "./sample.ts";

/**
 * A `curl` command line that calls an operation with the document's own examples: required parameters, the body, and a
 * placeholder for each credential (`$DD_API_KEY`, say, where the document names an environment variable).
 *
 * @param baseUrl absolute URL that the path is appended to.
 * @param credential what to send for a security scheme. Default: its environment variable, else its name in capitals.
 */
export function toCurl(
  document: OpenApiDocument,
  operation: Operation,
  baseUrl: string,
  credential: (scheme: string, variable: string) => string = (_, variable) => `$${variable}`,
): string {
  const words = ["curl"];
  if (operation.method !== "GET") words.push("-X", operation.method);
  for (const [name, value] of listHeaders(document, operation, credential))
    words.push("-H", quote(`${name}: ${value}`));
  words.push(...toBody(document, operation), quote(toUrl(document, operation, baseUrl)));
  return words.join(" ");
}

function toUrl(document: OpenApiDocument, { path, parameters }: Operation, baseUrl: string): string {
  const values = new Map(parameters.map((parameter) => [parameter.name, String(sampleParameter(document, parameter))]));
  const filled = path.replaceAll(/\{([^{}]+)\}/g, (_, name: string) => encodeURIComponent(values.get(name) ?? ""));
  const query = parameters
    .filter((parameter) => parameter.in === "query" && parameter.required)
    .map(({ name }) => `${encodeURIComponent(name)}=${encodeURIComponent(values.get(name) ?? "")}`)
    .join("&");
  return baseUrl.replace(/\/$/, "") + filled + (query && `?${query}`);
}

function listHeaders(
  document: OpenApiDocument,
  operation: Operation,
  credential: (scheme: string, variable: string) => string,
): [string, string][] {
  const schemes = Object.keys(operation.security[0] ?? {}).flatMap((name): [string, string][] => {
    const scheme = resolve(document, document.components?.securitySchemes?.[name]);
    if (!isObject(scheme)) return [];
    const variable = String(scheme["x-env"] ?? name.replaceAll(/\W+/g, "_").toUpperCase());
    const value = credential(name, variable);
    if (scheme.type === "apiKey") return scheme.in === "header" ? [[String(scheme.name), value]] : [];
    const word = scheme.type === "http" ? String(scheme.scheme) : "Bearer";
    return [["Authorization", `${word.charAt(0).toUpperCase()}${word.slice(1)} ${value}`]];
  });
  const parameters = operation.parameters
    .filter((parameter) => parameter.in === "header" && parameter.required)
    .map((parameter): [string, string] => [parameter.name, String(sampleParameter(document, parameter))]);
  return [...schemes, ...parameters];
}

function toBody(document: OpenApiDocument, { requestBody }: Operation): string[] {
  const content = Object.entries(requestBody?.content ?? {});
  const [type, mediaType] = content.find(([name]) => isJsonMediaType(name)) ?? content[0] ?? [];
  if (!type || !mediaType) return [];
  const value = sampleMediaType(document, mediaType);
  const text = typeof value === "string" && !isJsonMediaType(type) ? value : JSON.stringify(value);
  return ["-H", quote(`content-type: ${type}`), "--data-binary", `'${text.replaceAll("'", "'\\''")}'`];
}

/** In double quotes, so that the shell fills in variables and nothing else. */
function quote(text: string): string {
  return `"${text.replaceAll(/["\\`]/g, "\\$&")}"`;
}
