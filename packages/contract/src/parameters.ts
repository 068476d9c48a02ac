/** Parameters and headers as they stand on the wire (OpenAPI 3.1.1, section 4.8.12): written, and read in every way they can be. */
import { isObject, type JsonObject, type OpenApiDocument, type Parameter, resolve } from "@artifetch/document";

/** A parameter written: what stands in the path, or the pairs of a query or cookie, or the value of a header. */
export type Pair = readonly [name: string, value: string];

export interface Wire {
  text: string;
  pairs: readonly Pair[];
}

/**
 * Writes a value in the parameter's style. Nothing is percent-encoded yet; a text stays the text it is, whatever the type.
 *
 * @returns undefined where the style cannot say it: an empty list or object, a list in a list.
 */
export function writeParameter(
  { name, in: place, style, explode, content }: Parameter,
  value: unknown,
): Wire | undefined {
  if (content) return toSingle(name, JSON.stringify(value));
  const manner = style ?? (place === "query" || place === "cookie" ? "form" : "simple");
  const isExploded = explode ?? manner === "form";
  if (Array.isArray(value)) {
    const texts = value.map(toText);
    if (texts.length === 0 || texts.includes(undefined)) return undefined;
    const items = texts as string[];
    if (manner === "form" && isExploded) return { text: items.join(","), pairs: items.map((item) => [name, item]) };
    const separator = { spaceDelimited: " ", pipeDelimited: "|" }[manner] ?? ",";
    return toSingle(name, withPrefix(manner, name, items.join(manner === "label" && isExploded ? "." : separator)));
  }
  if (isObject(value)) return writeObject(name, manner, isExploded, value);
  const text = toText(value);
  return text === undefined ? undefined : toSingle(name, withPrefix(manner, name, text));
}

function writeObject(name: string, manner: string, isExploded: boolean, value: JsonObject): Wire | undefined {
  const entries = Object.entries(value).map(([key, child]) => [key, toText(child)] as const);
  if (entries.length === 0 || entries.some(([, text]) => text === undefined)) return undefined;
  const members = entries as readonly Pair[];
  if (manner === "deepObject") return { text: "", pairs: members.map(([key, text]) => [`${name}[${key}]`, text]) };
  if (manner === "form" && isExploded) return { text: "", pairs: members };
  const text = isExploded ? members.map((pair) => pair.join("=")).join(",") : members.flat().join(",");
  return toSingle(name, withPrefix(manner, name, text));
}

function toSingle(name: string, text: string): Wire {
  return { text, pairs: [[name, text]] };
}

function withPrefix(manner: string, name: string, text: string): string {
  if (manner === "label") return `.${text}`;
  return manner === "matrix" ? `;${name}=${text}` : text;
}

function toText(value: unknown): string | undefined {
  if (value === null) return "null";
  return typeof value === "object" || value === undefined ? undefined : String(value);
}

/**
 * Everything that a written scalar can be read as: the text itself, and the number, boolean or null that it spells. A server
 * decides by the schema, so a text is wrong only where none of these is right.
 */
export function listReadings(text: string): unknown[] {
  const readings: unknown[] = [text];
  if (text.trim() !== "" && Number.isFinite(Number(text))) readings.push(Number(text));
  if (/^(true|false)$/i.test(text)) readings.push(text.toLowerCase() === "true");
  // Some servers take 0 and 1 for booleans.
  if (/^[01]$/.test(text)) readings.push(text === "1");
  // An empty value may stand for null.
  if (/^(null|)$/i.test(text)) readings.push(null);
  return readings;
}

/** Everything that the written items of a list can be read as, all of them in the same way. */
export function listListReadings(texts: readonly string[]): unknown[][] {
  return ["string", "number", "boolean", "object"].map((type) =>
    texts.map((text) => listReadings(text).find((reading) => typeof reading === type) ?? text),
  );
}

/** The types that a schema names, those of its references and branches included; empty where it names none. */
export function listTypes(document: OpenApiDocument, schema: unknown, depth = 8): Set<string> {
  const target = resolve(document, schema);
  if (!isObject(target) || depth === 0) return new Set();
  const own = [target.type].flat().filter((type): type is string => typeof type === "string");
  if (own.length > 0) return new Set(own);
  const listed = [target.const, ...(Array.isArray(target.enum) ? target.enum : [])].filter(
    (value) => value !== undefined,
  );
  if (listed.length > 0) return new Set(listed.map(toType));
  const branches = [target.allOf, target.oneOf, target.anyOf].flatMap((list) => (Array.isArray(list) ? list : []));
  return new Set(branches.flatMap((branch) => [...listTypes(document, branch, depth - 1)]));
}

function toType(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}
