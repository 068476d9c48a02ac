import { listOperations, type OpenApiDocument, type Operation } from "@artifetch/document";
import { listApis, loadDocument } from "@artifetch/document/load";

/** One API as the site shows it. */
export interface Api {
  /** Folder name in `specs/`, and path of the API's pages in the site. */
  name: string;
  title: string;
  version: string;
  /** One or two sentences of plain text; empty where the document has neither summary nor description. */
  summary: string;
  /** Day on which the document was last compared with its sources, `YYYY-MM-DD`; empty where it does not say. */
  checked: string;
  generations: Generation[];
  operations: Operation[];
  document: OpenApiDocument;
}

/** A family of paths and how stable it is (`x-generations` of specs/README.md). */
export interface Generation {
  name: string;
  /** What its paths begin with. */
  path: string;
  stability: string;
}

/**
 * Every API that has a bundled document, in the order of `listApis`.
 *
 * @throws {Error} when there is none: the documents are made by `pnpm generate`.
 */
export async function readApis(): Promise<Api[]> {
  const names = listApis();
  if (names.length === 0) throw new Error("no bundled documents found; make them with `pnpm generate:bundle`");
  return Promise.all(names.map(async (name) => toApi(name, (await loadDocument(name)).document)));
}

/** What the site needs of one document. */
export function toApi(name: string, document: OpenApiDocument): Api {
  const { title, version, summary, description } = document.info;
  return {
    name,
    title,
    version,
    summary: summary ?? toPlainText(firstParagraph(description ?? "")),
    checked: String(document.info["x-checked"] ?? ""),
    // The lint rule info-lists-generations checks their form.
    generations: (document.info["x-generations"] as Generation[] | undefined) ?? [],
    operations: listOperations(document),
    document,
  };
}

/** Path of an operation in the site: the page of its API's reference, and the fragment that Redoc gives it there. */
export function toPermalink(api: Pick<Api, "name">, operation: Operation): string {
  const [tag] = Array.isArray(operation.source.tags) ? operation.source.tags : [];
  const fragment = [tag, operation.id].filter(Boolean).map(toSlug).join("/");
  return `reference/${api.name}/index.html#${fragment}`;
}

/** As Redoc makes the ids of its sections: with the characters that the package `slugify` keeps. A wrong one is a dead link. */
function toSlug(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[^\w\s$*+~.()'"!\-:@]+/g, "")
    .trim()
    .replaceAll(/\s+/g, "-");
}

function firstParagraph(markdown: string): string {
  return markdown.trim().split(/\n\s*\n/)[0] ?? "";
}

/** Markdown of one paragraph without its marks: links become their text. */
function toPlainText(markdown: string): string {
  return markdown
    .replaceAll(/^#+\s+/gm, "")
    .replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replaceAll(/[*`]/g, "")
    .replaceAll(/\s+/g, " ");
}
