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
  operations: Operation[];
  document: OpenApiDocument;
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
    operations: listOperations(document),
    document,
  };
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
