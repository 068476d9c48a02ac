/** What a request says, read back: the other direction of `parameters.ts` (OpenAPI 3.1.1, section 4.8.12). */
import { isJsonMediaType, isObject, type JsonObject, type Parameter } from "@artifetch/document";
import { listListReadings, listReadings, listTypes, type Pair } from "./parameters.ts";
import { locate, type Schemas, toChild } from "./schemas.ts";

/** A request taken apart, nothing decoded yet. */
export interface RequestText {
  /** Map from the name of a path parameter to its segment. */
  path: Readonly<Record<string, string>>;
  query: readonly Pair[];
  headers: Readonly<Record<string, string>>;
  cookies: readonly Pair[];
}

/** A parameter as it was sent. */
export interface SentParameter {
  /** Decoded, to be shown. */
  text: string;
  /** Everything that it can be read as; empty: in a form of which nothing certain can be said. */
  readings: readonly unknown[];
}

/** @param path the path of the request without base path and query. */
export function takeApart(
  template: string,
  path: string,
  query: string,
  headers: Readonly<Record<string, string>>,
): RequestText {
  return {
    path: matchPath(template, path),
    query: query.split("&").filter(Boolean).map(toPair),
    headers,
    cookies: (headers.cookie ?? "").split(/;\s*/).filter(Boolean).map(toPair),
  };
}

function toPair(text: string): Pair {
  const at = text.indexOf("=");
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}

function matchPath(template: string, path: string): Record<string, string> {
  const names = [...template.matchAll(/\{([^{}]+)\}/g)].map(([, name = ""]) => name);
  const texts = template.split(/\{[^{}]+\}/).map((text) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const values = new RegExp(`^${texts.join("([^/]+)")}/?$`).exec(path)?.slice(1) ?? [];
  return Object.fromEntries(names.map((name, index) => [name, values[index] ?? ""]));
}

/** Percent-decoded; what is not an encoding stays as it is. */
export function decodeText(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** A name or value of a query or form, where `+` is a space. */
export function decodeQuery(text: string): string {
  return decodeText(text.replaceAll("+", " "));
}

/**
 * Reads a parameter.
 *
 * @param pointer where the parameter stands in the document, as a URI fragment.
 * @returns undefined where it was not sent.
 */
export function readParameter(
  schemas: Schemas,
  parameter: Parameter,
  pointer: string,
  request: RequestText,
): SentParameter | undefined {
  const { in: place, name, content, schema } = parameter;
  const types = listTypes(schemas.document, schema);
  if (types.has("object") && !content) return readObject(schemas, parameter, toChild(pointer, "schema"), request);
  const decode = place === "query" ? decodeQuery : decodeText;
  const texts = listTexts(parameter, request);
  if (texts.length === 0) return undefined;
  const decoded = texts.map((text) => (place === "header" ? text : decode(text)));
  const text = decoded.join(", ");
  if (content) return { text, readings: readContent(content, decoded[0] ?? "") };
  if (types.has("array")) {
    const lists = toLists(parameter, texts).map((items) =>
      items.map((item) => (place === "header" ? item : decode(item))),
    );
    const scalars = types.size > 1 ? decoded.flatMap(listReadings) : [];
    return { text, readings: [...lists.flatMap((items) => listListReadings(items)), ...scalars] };
  }
  const isEmptyAllowed = text === "" && (parameter as unknown as JsonObject).allowEmptyValue === true;
  if (isEmptyAllowed || types.size === 0) return { text, readings: [] };
  const plain = place === "path" ? decoded.map((each) => withoutPrefix(parameter, name, each)) : decoded;
  return { text, readings: plain.flatMap(listReadings) };
}

function listTexts({ in: place, name }: Parameter, request: RequestText): string[] {
  if (place === "path") return [request.path[name] ?? ""];
  if (place === "header") {
    const value = request.headers[name.toLowerCase()];
    return value === undefined ? [] : [value];
  }
  const decode = place === "query" ? decodeQuery : decodeText;
  const pairs = place === "query" ? request.query : request.cookies;
  return pairs.filter(([key]) => decode(key) === name).map(([, value]) => value);
}

function withoutPrefix({ style }: Parameter, name: string, text: string): string {
  if (style === "label") return text.replace(/^\./, "");
  return style === "matrix" && text.startsWith(`;${name}=`) ? text.slice(name.length + 2) : text;
}

/** The items of a list in the ways that senders write its style: separated before they are encoded, and after. */
function toLists(parameter: Parameter, texts: readonly string[]): string[][] {
  const { in: place, name, style, explode } = parameter;
  const isQuery = place === "query" || place === "cookie";
  if (isQuery && (explode ?? (style ?? "form") === "form")) return [[...texts]];
  const [separator, encoded] = separators[style ?? ""] ?? [/,/, /,|%2C/i];
  if (isQuery) return [separator, encoded].map((each) => texts.flatMap((text) => text.split(each)));
  const plain = place === "path" ? withoutPrefix(parameter, name, texts[0] ?? "") : (texts[0] ?? "");
  const lists = [separator, encoded].map((each) => plain.split(each));
  const isExploded = explode && (style === "label" || style === "matrix");
  if (isExploded) return [plain.split(style === "label" ? "." : `;${name}=`)];
  return lists.map((items) => items.map((item) => (place === "header" ? item.trim() : item)));
}

/** Of a text that is not decoded yet: as the style is written, and as it is when its separators are encoded with the rest. */
const separators: Readonly<Record<string, [RegExp, RegExp]>> = {
  spaceDelimited: [/%20|\+| /, /%20|\+| /],
  pipeDelimited: [/\|/, /\||%7C/i],
};

function readContent(content: NonNullable<Parameter["content"]>, text: string): unknown[] {
  if (!Object.keys(content).some(isJsonMediaType)) return [];
  try {
    return [JSON.parse(text)];
  } catch {
    return [text];
  }
}

/** Of objects, only those are read whose members stand under names of their own. */
function readObject(
  schemas: Schemas,
  parameter: Parameter,
  pointer: string,
  request: RequestText,
): SentParameter | undefined {
  const { in: place, name, style, explode } = parameter;
  const pairs = request.query.map(([key, value]) => [decodeQuery(key), decodeQuery(value)] as const);
  const isDeep = style === "deepObject";
  const isExploded = place === "query" && (style ?? "form") === "form" && explode !== false;
  if (place !== "query" || (!isDeep && !isExploded)) {
    const [text] = listTexts(parameter, request);
    return text === undefined ? undefined : { text, readings: [] };
  }
  const members = isDeep ? pairs.flatMap((pair) => toDeepMember(name, pair)) : toNamed(schemas, pointer, pairs);
  if (members.length === 0) return undefined;
  const text = members.map((pair) => pair.join("=")).join("&");
  // Members of members have no common form.
  if (members.some(([key]) => /[[\]]/.test(key))) return { text, readings: [] };
  return { text, readings: [readMembers(schemas, pointer, members)] };
}

function toDeepMember(name: string, [key, value]: Pair): Pair[] {
  return key.startsWith(`${name}[`) && key.endsWith("]") ? [[key.slice(name.length + 1, -1), value]] : [];
}

function toNamed(schemas: Schemas, pointer: string, pairs: readonly Pair[]): Pair[] {
  return pairs.filter(([key]) => locate(schemas.document, pointer, ["properties", key]) !== undefined);
}

/**
 * An object out of named texts, as forms and exploded parameters have it: each member as its own schema can best read it.
 */
export function readMembers(schemas: Schemas, pointer: string, members: readonly Pair[]): JsonObject {
  const names = [...new Set(members.map(([name]) => name))];
  return Object.fromEntries(
    names.map((name) => {
      const texts = members.filter(([key]) => key === name).map(([, text]) => text);
      const own = locate(schemas.document, pointer, ["properties", name]);
      return [name, own === undefined ? (texts[0] ?? "") : readMember(schemas, own, texts)];
    }),
  );
}

function readMember(schemas: Schemas, pointer: string, texts: readonly string[]): unknown {
  const readings = texts.flatMap(listReadings);
  const lists = [texts, texts.flatMap((text) => text.split(","))].flatMap((items) => listListReadings(items));
  const structures = texts.flatMap(readStructure);
  const all = [...readings, ...structures, ...lists];
  const good = all.find((reading) => schemas.check(pointer, reading).length === 0);
  if (good !== undefined) return good;
  // What the text spells tells more than that it is a text.
  const types = listTypes(schemas.document, { $ref: pointer });
  return all.find((reading) => types.has(reading === null ? "null" : typeof reading)) ?? texts[0];
}

/** A part of a form may hold JSON. */
function readStructure(text: string): unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) || Array.isArray(value) ? [value] : [];
  } catch {
    return [];
  }
}
