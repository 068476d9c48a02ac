/** Who says what a document says, and what nobody says: `x-sources` and `x-inferred`, made visible. */
import { isObject, type JsonObject, type OpenApiDocument, resolve } from "@artifetch/document";
import { escapeHtml } from "./html.ts";

/** Keys below which stands data, not description. */
const dataKeys: ReadonlySet<string> = new Set(["const", "default", "enum", "example", "examples", "value"]);

/** Keys whose value is a map: what stands in it are names, whatever they look like. */
const mapKeys: ReadonlySet<string> = new Set(
  "$defs callbacks content headers parameters paths patternProperties properties requestBodies responses schemas securitySchemes".split(
    " ",
  ),
);

/**
 * The keys of a part of a document below which it describes something, and whether that is a map of names.
 *
 * @param isMap whether the part is such a map itself.
 */
export function listDescribedKeys(part: object, isMap: boolean): { key: string; isMap: boolean }[] {
  return Object.keys(part)
    .filter((key) => isMap || !(dataKeys.has(key) || key.startsWith("x-")))
    .map((key) => ({ key, isMap: !isMap && mapKeys.has(key) }));
}

/**
 * The document with sources and marks in its descriptions, where a reference shows them: sources at the end of each operation;
 * a mark with its reason wherever a fact is inferred.
 *
 * @param inferredUrl where a mark leads: the page of all that is inferred, as seen from the reference.
 */
export function withProvenance(document: OpenApiDocument, inferredUrl: string): OpenApiDocument {
  const copy = structuredClone(document);
  for (const pathItem of Object.values(copy.paths ?? {})) {
    for (const operation of Object.values(resolve(copy, pathItem) as JsonObject)) {
      if (isObject(operation) && Array.isArray(operation["x-sources"])) addSources(operation, operation["x-sources"]);
    }
  }
  // Read from the original: a reason is added once, however often its place is referred to.
  addMarks(document, document, copy, inferredUrl);
  return copy;
}

function addSources(operation: JsonObject, sources: unknown[]): void {
  const items = sources.map((source) => `<li>${toLink(String(source))}</li>`).join("");
  const list = `<div class="sources"><p>Sources</p><ul>${items}</ul></div>`;
  operation.description = [operation.description, list].filter(Boolean).join("\n\n");
}

/** A page as a link, anything else as text. */
export function toLink(source: string): string {
  const text = escapeHtml(source);
  return /^https?:\/\/\S+$/.test(source) ? `<a href="${text}">${text}</a>` : text;
}

function addMarks(document: OpenApiDocument, original: unknown, copy: unknown, url: string, inMap = false): void {
  if (typeof original !== "object" || original === null || typeof copy !== "object" || copy === null) return;
  if (isObject(original) && isObject(copy)) {
    for (const reason of listReasons(document, original)) {
      const mark = `<a class="inferred" href="${escapeHtml(url)}">Inferred</a> ${reason}`;
      copy.description = [copy.description, mark].filter(Boolean).join("\n\n");
    }
  }
  for (const { key, isMap } of listDescribedKeys(original, inMap)) {
    addMarks(document, (original as JsonObject)[key], (copy as JsonObject)[key], url, isMap);
  }
}

/** Reasons to show at a place: its own, and that of what it refers to where its own description takes that one's place. */
function listReasons(document: OpenApiDocument, place: JsonObject): string[] {
  const target = typeof place.$ref === "string" && place.description ? resolve(document, place) : undefined;
  return [place, target].flatMap((part) =>
    isObject(part) && typeof part["x-inferred"] === "string" ? [part["x-inferred"]] : [],
  );
}
