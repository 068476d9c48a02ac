/** Bodies and rules as HTML: laid out, with the place that matters marked, and only its surroundings where they are long. */
import { getByPointer, isObject } from "@artifetch/document";
import { applyEdits, format, type Node, parseTree } from "jsonc-parser";
import { toTokens } from "./pointer.ts";
import { showControls, toText } from "./rows.ts";

const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** Text made safe for HTML content and for a quoted attribute; control characters are written out. */
export function escapeHtml(text: string): string {
  return showControls(text).replaceAll(/[&<>"']/g, (character) => entities[character] ?? character);
}

/** Characters from which on a body is shown as it came, without layout and mark. */
const longestLaidOut = 500_000;
const linesAround = 16;
const longestLine = 1000;
const shownBytes = 96;

/**
 * A body for a `<pre>`.
 *
 * @param pointer JSON Pointer of the place to mark; the nearest place above it is marked where it is not there.
 */
export function toBodyHtml(body: Uint8Array, pointer?: string): string {
  const text = toText(body);
  if (text === undefined) {
    const bytes = Array.from(body.subarray(0, shownBytes), (byte) => byte.toString(16).padStart(2, "0"));
    const more = body.byteLength - bytes.length;
    return `${body.byteLength} bytes that are not text: ${bytes.join(" ")}${more > 0 ? ` … (${more} more)` : ""}`;
  }
  return looksLikeJson(text) && text.length <= longestLaidOut ? toJsonHtml(text, pointer) : markLines(text);
}

/** An error in the middle does no harm: the text is laid out, not read. */
function looksLikeJson(text: string): boolean {
  return /^\s*[[{]/.test(text);
}

/** Only white space changes: numbers stay as they were written, names that come twice stay twice. */
function toJsonHtml(text: string, pointer: string | undefined): string {
  const laidOut = applyEdits(text, format(text, undefined, { insertSpaces: true, tabSize: 2, eol: "\n" }));
  const node = pointer === undefined ? undefined : findNode(parseTree(laidOut), toTokens(pointer));
  // The whole body is no place.
  return markLines(laidOut, node?.parent && { start: node.offset, end: node.offset + node.length });
}

/** The node at the end of the path, or as far as it leads; the property with its name, for a member of an object. */
function findNode(root: Node | undefined, tokens: readonly string[]): Node | undefined {
  let node = root;
  for (const token of tokens) {
    const value = node?.type === "property" ? node.children?.[1] : node;
    const next =
      value?.type === "array"
        ? value.children?.[Number(token)]
        : value?.children?.findLast(({ children }) => children?.[0]?.value === token);
    if (!next) break;
    node = next;
  }
  return node;
}

interface Span {
  start: number;
  end: number;
}

/** The text with a part marked, cut to the lines around its beginning. */
function markLines(text: string, mark?: Span): string {
  const lines = text.split("\n");
  const markedLine = mark === undefined ? 0 : text.slice(0, mark.start).split("\n").length - 1;
  const first = Math.max(0, markedLine - linesAround);
  const last = Math.min(lines.length, markedLine + linesAround);
  const start = lines.slice(0, first).join("\n").length + (first > 0 ? 1 : 0);
  const end = start + lines.slice(first, last).join("\n").length;
  const parts = mark
    ? [text.slice(start, mark.start), text.slice(mark.start, Math.min(mark.end, end)), text.slice(mark.end, end)]
    : [text.slice(start, end)];
  const [before = "", marked, after = ""] = parts.map((part) => escapeHtml(cutLines(part)));
  return [
    first > 0 ? `<i>… ${first} lines before</i>\n` : "",
    before,
    marked === undefined ? "" : `<mark>${marked}</mark>`,
    after,
    last < lines.length ? `\n<i>… ${lines.length - last} lines more</i>` : "",
  ].join("");
}

function cutLines(text: string): string {
  return text
    .split("\n")
    .map((line) =>
      line.length > longestLine
        ? `${line.slice(0, longestLine)}… (${line.length - longestLine} more characters)`
        : line,
    )
    .join("\n");
}

/**
 * The rule of a document at a pointer, for a `<pre>`: a keyword is marked in the object that it stands in. Empty where the
 * pointer leads nowhere.
 */
export function toRuleHtml(document: unknown, pointer: string): string {
  const rule = getByPointer(document, pointer);
  if (rule === undefined) return "";
  const isWhole = isObject(rule);
  const owner = isWhole ? rule : getByPointer(document, pointer.slice(0, pointer.lastIndexOf("/")));
  const text = JSON.stringify(toOutline(owner, 3), null, 2);
  return toJsonHtml(text, isWhole ? undefined : `#${pointer.slice(pointer.lastIndexOf("/"))}`);
}

/** Without what lies deeper, and without lists of sources: who is to blame already tells of them. */
function toOutline(value: unknown, depth: number): unknown {
  if (Array.isArray(value)) return depth === 0 ? ["…"] : value.map((item) => toOutline(item, depth - 1));
  if (!isObject(value)) return value;
  if (depth === 0) return { "…": "…" };
  const entries = Object.entries(value).filter(([key]) => key !== "x-sources");
  return Object.fromEntries(entries.map(([key, child]) => [key, toOutline(child, depth - 1)]));
}
