/** What of an answer is shown, and how: pure, from its bytes, its headers and what the document says of it. */
import { parseCsv, parseJsonLines } from "./delimited.ts";

/** One way to show an answer, or a part of it. `label` names the part; empty for the whole. */
export type View =
  | { kind: "chart"; label: string; points: Point[]; isTime: boolean; names: readonly [x: string, y: string] }
  | { kind: "image"; label: string; url: string }
  | { kind: "table"; label: string; columns: string[]; rows: string[][]; total: number }
  | { kind: "text"; text: string; total: number }
  | { kind: "bytes"; text: string; total: number };

/** With `isTime`, `x` is in milliseconds since 1970. */
export type Point = readonly [x: number, y: number];

/** More is in the download: a page with it would no longer scroll. */
export const limits = { characters: 200_000, rows: 200, images: 12, tables: 8, bytes: 256 };

export interface Answer {
  bytes: Uint8Array;
  /** Header `Content-Type`; empty for none. */
  contentType: string;
  /** Name that the service gives the file; empty for none. */
  fileName: string;
}

/**
 * Views of an answer, the most telling first: charts, images, tables; then the text, or the first bytes of what is no text.
 * None for an empty body.
 *
 * @param charts pointers of the series in it, with `*` for any item or key.
 */
export function toViews({ bytes, contentType, fileName }: Answer, charts: readonly string[]): View[] {
  if (bytes.length === 0) return [];
  const imageType = findImageType(bytes, contentType);
  if (imageType) return [{ kind: "image", label: fileName, url: toDataUrl(restoreBytes(bytes), imageType) }];
  const text = decodeText(bytes);
  if (text === undefined) return [{ kind: "bytes", text: toHex(bytes), total: bytes.length }];
  const value = parseJson(text);
  if (value !== undefined) return [...viewJson(value, charts), viewText(formatJson(text))];
  const table = viewTextTable(text, contentType, fileName);
  return table ? [table, viewText(text)] : [viewText(text)];
}

function viewText(text: string): View {
  return { kind: "text", text: text.slice(0, limits.characters), total: text.length };
}

function viewTextTable(text: string, contentType: string, fileName: string): View | undefined {
  const objects = parseJsonLines(text);
  if (objects) return toTable("", objects);
  const csv = parseCsv(text, /^text\/csv\b/i.test(contentType) || /\.csv$/i.test(fileName));
  return csv && { kind: "table", label: "", ...csv, rows: csv.rows.slice(0, limits.rows), total: csv.rows.length };
}

function viewJson(value: unknown, charts: readonly string[]): View[] {
  const series = charts.flatMap((pattern) => findByPattern(value, pattern.split("/").slice(1), ""));
  const lines = series.flatMap(({ label, found }) => toChart(label, found) ?? []);
  const images: View[] = [];
  const tables: View[] = [];
  walk(value, "", 0, images, tables);
  return [...lines, ...images, ...tables];
}

function findByPattern(value: unknown, tokens: readonly string[], label: string): { label: string; found: unknown }[] {
  const [token, ...rest] = tokens;
  if (token === undefined) return [{ label, found: value }];
  if (typeof value !== "object" || value === null) return [];
  const key = token.replaceAll("~1", "/").replaceAll("~0", "~");
  return Object.entries(value)
    .filter(([name]) => token === "*" || name === key)
    .flatMap(([name, child]) => findByPattern(child, rest, `${label}/${name}`));
}

/** Undefined where there are fewer than two points or three numbers, which are a pair and no series, or one of them is none. */
function toChart(label: string, found: unknown): View | undefined {
  if (!Array.isArray(found) || found.length < 2) return undefined;
  if (found.every((item) => Number.isFinite(item))) {
    if (found.length < 3) return undefined;
    const points = found.map((item, index): Point => [index, item]);
    return { kind: "chart", label, points, isTime: false, names: ["index", "value"] };
  }
  const [x = "", y = ""] = Object.keys(typeof found[0] === "object" && found[0] !== null ? found[0] : {});
  const isTime = found.every((item) => typeof item?.[x] === "string");
  const points = found.map(
    (item): Point => [isTime ? Date.parse(item[x]) : Number(item?.[x] ?? Number.NaN), item?.[y]],
  );
  if (!points.every((point) => point.every(Number.isFinite))) return undefined;
  return { kind: "chart", label, points, isTime, names: [x, y] };
}

/** Collects images that are written into the JSON as data URLs, and arrays of objects as tables. */
function walk(value: unknown, label: string, depth: number, images: View[], tables: View[]): void {
  if (typeof value === "string") {
    if (images.length < limits.images && /^data:image\/[\w.+-]+;base64,[\w+/=]+$/.test(value)) {
      images.push({ kind: "image", label, url: value });
    }
    return;
  }
  if (typeof value !== "object" || value === null || depth > 8) return;
  // What lies within a row is in its cells.
  const inner = isRows(value) ? [] : tables;
  if (isRows(value) && tables.length < limits.tables) tables.push(toTable(label, value));
  for (const [name, child] of Object.entries(value)) walk(child, `${label}/${name}`, depth + 1, images, inner);
}

function isRows(value: object): value is Record<string, unknown>[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((item) => typeof item === "object" && item !== null && !Array.isArray(item))
  );
}

function toTable(label: string, objects: readonly Record<string, unknown>[]): View {
  const shown = objects.slice(0, limits.rows).map(flatten);
  const columns = [...new Set(shown.flatMap((row) => Object.keys(row)))];
  const rows = shown.map((row) => columns.map((name) => (row[name] === undefined ? "" : toCell(row[name]))));
  return { kind: "table", label, columns, rows, total: objects.length };
}

/** One level of nested objects becomes columns of its own: `attributes.name`. */
function flatten(row: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).flatMap(([name, value]) =>
      typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length > 0
        ? Object.entries(value).map(([key, inner]) => [`${name}.${key}`, inner])
        : [[name, value]],
    ),
  );
}

function toCell(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > 200 ? `${text.slice(0, 199)}…` : text;
}

function findImageType(bytes: Uint8Array, contentType: string): string | undefined {
  const declared = /^image\/[\w.+-]+/i.exec(contentType)?.[0];
  if (declared) return declared;
  const start = String.fromCharCode(...bytes.subarray(0, 12));
  if (start.startsWith("\x89PNG\r\n\x1a\n")) return "image/png";
  if (start.startsWith("\xff\xd8\xff")) return "image/jpeg";
  if (/^GIF8[79]a/.test(start)) return "image/gif";
  return /^RIFF.{4}WEBP/s.test(start) ? "image/webp" : undefined;
}

/**
 * The mock sends an image as its document has it, a character for each byte, in UTF-8 (as Prism does): shown is what that stands
 * for. An image's own bytes are no UTF-8, so that nothing else is changed.
 */
function restoreBytes(bytes: Uint8Array): Uint8Array {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    const restored = Uint8Array.from(text, (character) => character.charCodeAt(0));
    return findImageType(restored, "") ? restored : bytes;
  } catch {
    return bytes;
  }
}

/** A data URL, because the page's policy lets no other in than those and the site's own. */
function toDataUrl(bytes: Uint8Array, type: string): string {
  let text = "";
  // In parts: a call takes only so many arguments.
  for (let start = 0; start < bytes.length; start += 8192) {
    text += String.fromCharCode(...bytes.subarray(start, start + 8192));
  }
  return `data:${type};base64,${btoa(text)}`;
}

/** Undefined for what is no UTF-8, or has control characters that no text has. */
function decodeText(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what tells bytes from text.
    return /[\0-\x08\x0e-\x1a\x1c-\x1f]/.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * JSON indented, with every number as the service wrote it: one beyond 2^53 keeps its digits where the browser knows
 * `JSON.rawJSON` (https://tc39.es/proposal-json-parse-with-source/), and the text stays as it is where it does not.
 */
export function formatJson(text: string): string {
  const { rawJSON } = JSON as { rawJSON?: (text: string) => unknown };
  if (!rawJSON) return text;
  const keep = (_key: string, value: unknown, context?: { source?: string }) =>
    typeof value === "number" && context?.source !== undefined ? rawJSON(context.source) : value;
  return JSON.stringify(JSON.parse(text, keep), undefined, 2);
}

/** The first bytes as in `hexdump -C`, without its addresses. */
function toHex(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let start = 0; start < Math.min(bytes.length, limits.bytes); start += 16) {
    const row = [...bytes.subarray(start, Math.min(start + 16, limits.bytes))];
    const hex = row.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    const characters = row.map((byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : "."));
    lines.push(`${hex.padEnd(47)}  ${characters.join("")}`);
  }
  return lines.join("\n");
}
