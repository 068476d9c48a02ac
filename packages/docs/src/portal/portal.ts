/** Everything of the site but the references: landing page, guides, journeys, search, and what programs read. */
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Api } from "../api.ts";
import { renderLanding } from "../landing.ts";
import { renderCollections } from "../machine/collections.ts";
import { type DocumentFile, renderDocuments, renderIndex, type SiteFile } from "../machine/documents.ts";
import { renderLlms, renderSitemap } from "../machine/llms.ts";
import { renderOperation } from "../machine/operation-page.ts";
import { type Article, renderArticle, renderArticlePage, type Site, toMarkdownCopy } from "./articles.ts";
import { bundlePortalScript } from "./bundle.ts";
import { listLinkedFiles, type MarkdownDocument, readDocuments } from "./documents.ts";
import { type Journeys, renderJourneysPage, renderWorkflow, toJourneysPath } from "./journeys.ts";
import { createMarkdown, type RenderMarkdown } from "./markdown.ts";
import { renderPlainPage } from "./plain-page.ts";
import { listEntries, renderEntries } from "./search-entries.ts";
import { readWorkflows } from "./workflows.ts";

/** Folder of the repository. */
const repository = fileURLToPath(new URL("../../../../", import.meta.url));

export interface PortalOptions {
  /** Folder of the repository whose documents become pages. Default: this one. */
  root?: string;
  /** Address of the site, absolute, with a slash at the end; for the sitemap. Default: none is written. */
  baseUrl?: string | undefined;
}

/**
 * Writes the portal into the folder of the site.
 *
 * @throws {Error} for a document that links to a file that is not there, or names a workflow that is not there.
 */
export async function writePortal(
  apis: readonly Api[],
  folder: string,
  { root = repository, baseUrl }: PortalOptions = {},
): Promise<void> {
  const render = await createMarkdown();
  const journeys = await readJourneys(apis, root);
  const site: Site = {
    root,
    documents: await readDocuments(root),
    toFilePath,
    toWorkflow: (name, page) => findWorkflow(name, page, journeys, render),
  };
  const articles = site.documents.map((document) => renderArticle(document, site, render));
  const pages = renderPages(apis, articles, journeys, render);
  const files = await renderMachineFiles(apis, articles, site);
  const sitemap = renderSitemap([...pages.map(({ path }) => path), ...apis.map(toReferencePage)], baseUrl);
  await writeFiles(folder, [...pages, ...files, ...sitemap, ...(await renderAssets(apis, articles, journeys))]);
  await copyLinkedFiles(site, folder);
}

function toReferencePage({ name }: Api): string {
  return `reference/${name}/index.html`;
}

async function readJourneys(apis: readonly Api[], root: string): Promise<Journeys[]> {
  const journeys = await Promise.all(apis.map(async (api) => ({ api, workflows: await readWorkflows(root, api) })));
  return journeys.filter(({ workflows }) => workflows.length > 0);
}

function findWorkflow(name: string, page: string, journeys: readonly Journeys[], render: RenderMarkdown): string {
  const all = journeys.flatMap(({ api, workflows }) => workflows.map((workflow) => ({ api, workflow })));
  const found = all.find(({ api, workflow }) => `${api.name}/${workflow.id}` === name);
  if (found) return renderWorkflow(found.api, found.workflow, page, render);
  const names = all.map(({ api, workflow }) => `${api.name}/${workflow.id}`);
  throw new Error(`there is no workflow "${name}"; there are ${names.join(", ")}`);
}

function renderPages(
  apis: readonly Api[],
  articles: readonly Article[],
  journeys: readonly Journeys[],
  render: RenderMarkdown,
): SiteFile[] {
  const guides = articles.filter(({ page }) => page.startsWith("guides/") && page !== "guides/index.html");
  const toEntry = ({ title, page }: Article) => ({ title, path: page });
  const cards = apis.map((api) => {
    const guide = guides.filter(({ page }) => page === `guides/${api.name}.html`);
    const hasJourneys = journeys.some((other) => other.api === api);
    return {
      api,
      pages: [
        ...guide.map(({ page }) => ({ title: "Guide", path: page })),
        ...(hasJourneys ? [{ title: "Journeys", path: toJourneysPath(api) }] : []),
      ],
    };
  });
  return [
    { path: "index.html", content: renderLanding(cards, guides.map(toEntry)) },
    ...articles.map((article) => ({ path: article.page, content: renderArticlePage(article, articles) })),
    ...apis.map((api) => renderPlainPage(api, render)),
    ...journeys.map((one) => ({ path: toJourneysPath(one.api), content: renderJourneysPage(one, render) })),
  ];
}

async function renderMachineFiles(apis: readonly Api[], articles: readonly Article[], site: Site): Promise<SiteFile[]> {
  const documents = new Map<string, DocumentFile[]>();
  for (const api of apis) {
    documents.set(api.name, [...renderDocuments(api), ...(await renderCollections(api))]);
  }
  const copies = articles.map((article) => ({
    title: article.title,
    path: article.page.replace(/\.html$/, ".md"),
    content: toMarkdownCopy(article, site),
  }));
  return [
    ...[...documents.values()].flat(),
    renderIndex(apis, documents),
    ...apis.flatMap((api) => api.operations.map((operation) => renderOperation(api, operation))),
    ...copies,
    renderLlms(
      apis,
      copies.filter(({ path }) => path.startsWith("guides/") && path !== "guides/index.md"),
    ),
  ];
}

async function renderAssets(
  apis: readonly Api[],
  articles: readonly Article[],
  journeys: readonly Journeys[],
): Promise<SiteFile[]> {
  const entries = listEntries(apis, articles, journeys);
  return [
    { path: "assets/portal.js", content: await bundlePortalScript() },
    { path: "assets/portal.css", content: await readFile(new URL("portal.css", import.meta.url), "utf8") },
    { path: "assets/search-index.js", content: renderEntries(entries) },
  ];
}

/** Where a linked file that is no page lies in the site: with the licence's name it is read, not downloaded. */
function toFilePath(file: string): string {
  return `files/${file.includes(".") ? file : `${file}.txt`}`;
}

async function copyLinkedFiles({ root, documents }: Site, folder: string): Promise<void> {
  const linked = documents.flatMap(({ file, source }: MarkdownDocument) => listLinkedFiles(root, file, source));
  for (const file of new Set(linked.filter((name) => !name.endsWith(".md")))) {
    const target = join(folder, toFilePath(file));
    await mkdir(dirname(target), { recursive: true });
    await copyFile(join(root, file), target);
  }
}

async function writeFiles(folder: string, files: readonly SiteFile[]): Promise<void> {
  await Promise.all(
    [...new Set(files.map(({ path }) => dirname(path)))].map((path) => mkdir(join(folder, path), { recursive: true })),
  );
  await Promise.all(files.map(({ path, content }) => writeFile(join(folder, path), content)));
}
