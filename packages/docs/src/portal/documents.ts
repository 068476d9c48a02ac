/** The Markdown documents of the repository that become pages: those that readers are led to. */
import { existsSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, posix } from "node:path";
import { isAbsolute, listTargets } from "./markdown.ts";

export interface MarkdownDocument {
  /** Path from the root of the repository, with `/`. */
  file: string;
  /** Path of its page in the site. */
  page: string;
  source: string;
}

/** Where reading starts. What these lead to becomes a page, too, so no link leaves the site for a file. */
const entries = ["docs/guides/README.md", "CHANGELOG.md", "README.md"];

/**
 * Every Markdown document that is reached from the guides, the changelog and the README by relative links, in that order.
 *
 * @throws {Error} for a link to a file that is not there; the message names document and link.
 */
export async function readDocuments(root: string): Promise<MarkdownDocument[]> {
  const documents = new Map<string, MarkdownDocument>();
  const open = [...entries];
  for (let file = open.shift(); file !== undefined; file = open.shift()) {
    if (documents.has(file)) continue;
    const source = await readFile(join(root, file), "utf8");
    documents.set(file, { file, page: toPagePath(file), source });
    open.push(...listLinkedFiles(root, file, source).filter((linked) => linked.endsWith(".md")));
  }
  return [...documents.values()];
}

/**
 * Files and folders of the repository that a document links to, as paths from the root.
 *
 * @throws {Error} for one that is not there.
 */
export function listLinkedFiles(root: string, file: string, source: string): string[] {
  return listTargets(source)
    .filter((target) => !isAbsolute(target))
    .map((target) => toFile(root, file, target).file);
}

/**
 * The file that a relative link of a document leads to, as a path from the root, and the link's fragment with `#`.
 *
 * @throws {Error} for one that is not there.
 */
export function toFile(root: string, fromFile: string, target: string): { file: string; fragment: string } {
  const [path = "", fragment] = target.split(/#(.*)/s);
  const file = posix.join(posix.dirname(fromFile), decodeURI(path));
  if (file.startsWith("..") || !existsSync(join(root, file)) || !statSync(join(root, file)).isFile()) {
    throw new Error(`${fromFile}: the link "${target}" leads to no file of the repository`);
  }
  return { file, fragment: fragment === undefined ? "" : `#${fragment}` };
}

function toPagePath(file: string): string {
  if (file === "CHANGELOG.md") return "changelog.html";
  const path = file.replace(/(^|\/)README\.md$/, "$1index.html").replace(/\.md$/, ".html");
  return path.startsWith("docs/guides/") ? path.slice("docs/".length) : `project/${path}`;
}
