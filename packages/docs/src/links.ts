/** Dead links of a built site: every page, every link, every fragment. */
import { readdir, readFile } from "node:fs/promises";
import { join, posix, sep } from "node:path";
import Slugger from "github-slugger";
import { Parser } from "htmlparser2";
import MarkdownIt from "markdown-it";

interface Content {
  /** What fragments can lead to. */
  ids: Set<string>;
  /** URLs as they are written, each once. */
  urls: Set<string>;
}

/**
 * @returns a line for each dead link: the file, the URL as it is written, and what is missing. Links to other hosts are not followed.
 */
export async function findDeadLinks(folder: string): Promise<string[]> {
  const files = await listFiles(folder);
  const known = new Set(files);
  const contents = new Map<string, Content>();
  for (const file of files.filter((name) => /\.(html|md)$/.test(name) || name === "llms.txt")) {
    const text = await readFile(join(folder, file), "utf8");
    contents.set(file, file.endsWith(".html") ? readHtml(text) : readMarkdown(text));
  }
  return [...contents].flatMap(([file, { urls }]) =>
    [...urls].flatMap((url) => {
      const problem = findProblem(file, url, known, contents);
      return problem === undefined ? [] : [`${file}: "${url}": ${problem}`];
    }),
  );
}

/** @throws {Error} that names every dead link. */
export async function checkLinks(folder: string): Promise<void> {
  const dead = await findDeadLinks(folder);
  if (dead.length > 0) throw new Error(`${dead.length} dead link(s):\n${dead.join("\n")}`);
}

async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length).split(sep).filter(Boolean).join("/"));
}

function readHtml(html: string): Content {
  const ids = new Set<string>();
  const urls = new Set<string>();
  const parser = new Parser({
    onopentag(_, { id, href, src }) {
      if (id) ids.add(id);
      for (const url of [href, src]) if (url !== undefined) urls.add(url);
    },
  });
  parser.end(html);
  return { ids, urls };
}

function readMarkdown(source: string): Content {
  const markdown = new MarkdownIt({ html: true });
  const slugger = new Slugger();
  const content = readHtml(markdown.render(source));
  const tokens = markdown.parse(source, {});
  for (const [index, { type }] of tokens.entries()) {
    const text = tokens[index + 1]?.children?.map((token) => token.content).join("") ?? "";
    if (type === "heading_open") content.ids.add(slugger.slug(text));
  }
  return content;
}

function findProblem(
  file: string,
  url: string,
  known: ReadonlySet<string>,
  contents: ReadonlyMap<string, Content>,
): string | undefined {
  if (/^([a-z][a-z0-9+.-]*:|\/\/)/i.test(url)) return undefined;
  if (url.startsWith("/")) return "begins with a slash, so it does not work under a prefix";
  const [path = "", route] = url.split(/#(.*)/s);
  // Redoc's router writes the id of a part of an operation behind the operation's own: `#/operation#operation/request`.
  const fragment = route?.replace(/^\/[^#]*#/, "");
  const target = decodeURI(path) === "" ? file : posix.join(posix.dirname(file), decodeURI(path));
  if (!known.has(target)) return `there is no file ${target}`;
  const ids = contents.get(target)?.ids;
  // An empty fragment is the top of the page.
  if (!fragment || !ids || ids.has(fragment) || ids.has(decodeURIComponent(fragment))) return undefined;
  return `${target} has no id ${fragment}`;
}
