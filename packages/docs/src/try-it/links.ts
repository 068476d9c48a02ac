import { getByPointer, isObject, type OpenApiDocument } from "@artifetch/document";
import type { Api } from "../api.ts";

/** Folder of an API's try-it page in the site. The form of an operation is at the fragment of its `operationId`. */
export function toTryPath({ name }: Pick<Api, "name">): string {
  return `try/${name}`;
}

/** The document with a link to its form at the end of each operation's description, relative to the API's reference. */
export function withTryLinks(api: Pick<Api, "name" | "document" | "operations">): OpenApiDocument {
  const copy = structuredClone(api.document);
  for (const { id, pointer } of api.operations) {
    const operation = getByPointer(copy, pointer);
    if (!isObject(operation)) continue;
    const link = `<a class="try" href="../../${toTryPath(api)}/index.html#${encodeURIComponent(id)}">Try it</a>`;
    operation.description = [operation.description, link].filter(Boolean).join("\n\n");
  }
  return copy;
}
