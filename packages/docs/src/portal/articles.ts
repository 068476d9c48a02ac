/** Guides, changelog and the other documents of the repository as pages. */
import { posix } from "node:path";
import { escapeHtml } from "../html.ts";
import { type MarkdownDocument, toFile } from "./documents.ts";
import { isAbsolute, listTargets, type Rendered, type RenderMarkdown, type Section } from "./markdown.ts";
import { renderPage, toRelative } from "./page.ts";

export interface Article extends MarkdownDocument, Rendered {}

/** What articles refer to. */
export interface Site {
  /** Folder of the repository. */
  root: string;
  documents: readonly MarkdownDocument[];
  /** Path in the site of a file of the repository that is no page. */
  toFilePath(file: string): string;
  /** HTML of a workflow, to stand in the page at this path. */
  toWorkflow(name: string, page: string): string;
}

/** @throws {Error} for a link or a workflow that is not there; the message names the document. */
export function renderArticle(document: MarkdownDocument, site: Site, render: RenderMarkdown): Article {
  const rendered = render(document.source, {
    toUrl: (target) => toRelative(document.page, toSitePath(document, target, site)),
    toWorkflow: (name) => {
      try {
        return site.toWorkflow(name, document.page);
      } catch (error) {
        throw new Error(`${document.file}: ${(error as Error).message}`, { cause: error });
      }
    },
  });
  return { ...document, ...rendered };
}

function toSitePath(document: MarkdownDocument, target: string, { root, documents, toFilePath }: Site): string {
  const { file, fragment } = toFile(root, document.file, target);
  const page = documents.find((other) => other.file === file)?.page;
  return (page ?? toFilePath(file)) + fragment;
}

/** The document with its links led to the Markdown files of the site, for readers that are programs. */
export function toMarkdownCopy(document: MarkdownDocument, site: Site): string {
  const targets = listTargets(document.source).filter((target) => !isAbsolute(target));
  const byTarget = new Map(
    targets.map((target) => {
      const path = toSitePath(document, target, site).replace(/\.html(?=#|$)/, ".md");
      return [target, toRelative(document.page.replace(/\.html$/, ".md"), path)];
    }),
  );
  return document.source.replaceAll(/\]\(([^()\s]+)\)/g, (link, target) => {
    const url = byTarget.get(target);
    return url === undefined ? link : `](${url})`;
  });
}

/** HTML of an article's page, with the guides beside it and its own sections. */
export function renderArticlePage(article: Article, articles: readonly Article[]): string {
  const { page, title, sections, html } = article;
  return renderPage({
    path: page,
    title,
    description: toDescription(sections),
    layout: "article",
    content: `  <div class="columns">
    <main id="content">
${html.trim()}
    </main>
${renderContents(sections)}
${renderNavigation(article, articles)}
  </div>`,
  });
}

function toDescription(sections: readonly Section[]): string {
  const text = sections.find((section) => section.text !== "")?.text ?? "";
  return /^.{1,200}?[.:](?= |$)/.exec(text)?.[0] ?? text.slice(0, 200);
}

function renderNavigation(current: Article, articles: readonly Article[]): string {
  const group = (article: Article) => (posix.dirname(article.page) === "guides" ? "Guides" : "Project");
  const lists = ["Guides", "Project"].map((name) => {
    const items = articles
      .filter((article) => group(article) === name && !article.file.startsWith("docs/decisions/0"))
      .map(({ page, title }) => {
        const mark = page === current.page ? ' aria-current="page"' : "";
        return `<li><a href="${escapeHtml(toRelative(current.page, page))}"${mark}>${escapeHtml(title)}</a></li>`;
      });
    return `<h2>${name}</h2><ul>${items.join("")}</ul>`;
  });
  return `    <nav class="beside" aria-label="Pages">${lists.join("")}</nav>`;
}

function renderContents(sections: readonly Section[]): string {
  const listed = sections.filter(({ level }) => level === 2);
  if (listed.length < 2) return "";
  const items = listed.map(({ id, title }) => `<li><a href="#${escapeHtml(id)}">${escapeHtml(title)}</a></li>`);
  return `    <nav class="contents" aria-label="On this page">
      <h2>On this page</h2>
      <ul>${items.join("")}</ul>
    </nav>`;
}
