import { isObject, type JsonObject, type OpenApiDocument, resolve } from "@artifetch/document";
import { escapeHtml } from "./html.ts";

/** The document with each operation's sources at the end of its description, where a reference shows them as links. */
export function withSources(document: OpenApiDocument): OpenApiDocument {
  const copy = structuredClone(document);
  for (const pathItem of Object.values(copy.paths ?? {})) {
    for (const operation of Object.values(resolve(copy, pathItem) as JsonObject)) {
      if (isObject(operation) && Array.isArray(operation["x-sources"])) addSources(operation, operation["x-sources"]);
    }
  }
  return copy;
}

function addSources(operation: JsonObject, sources: unknown[]): void {
  const items = sources.map((source) => `<li>${toLink(String(source))}</li>`).join("");
  const list = `<details><summary>Sources</summary><ul>${items}</ul></details>`;
  operation.description = [operation.description, list].filter(Boolean).join("\n\n");
}

function toLink(source: string): string {
  const text = escapeHtml(source);
  return /^https?:\/\/\S+$/.test(source) ? `<a href="${text}">${text}</a>` : text;
}
