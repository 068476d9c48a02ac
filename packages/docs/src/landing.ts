import type { Api, Generation } from "./api.ts";
import { escapeHtml } from "./html.ts";
import { renderPage } from "./portal/page.ts";
import { toTryPath } from "./try-it/links.ts";

/** A page that the landing page leads to: its title and its path in the site. */
export interface Entry {
  title: string;
  path: string;
}

/** What the landing page knows of an API beyond its document. */
export interface Card {
  api: Api;
  /** The guide, the journeys: whatever there is. */
  pages: Entry[];
}

/** HTML of the landing page. All URLs are relative: the site works under any path. */
export function renderLanding(cards: readonly Card[], guides: readonly Entry[]): string {
  const links = guides.map(
    ({ title, path }) => `<li><a href="${escapeHtml(encodeURI(path))}">${escapeHtml(title)}</a></li>`,
  );
  return renderPage({
    path: "index.html",
    title: "Artifetch",
    description: "API reference of Artifetch: job results and run artifacts of machine-learning platforms.",
    layout: "landing",
    content: `  <main id="content">
    <section class="intro">
      <h1>Job results and run artifacts, documented</h1>
      <p>References of the APIs that hold what machine-learning platforms produce. Written by hand from published facts;
        each operation names its sources, and what no source states is marked.</p>
    </section>
    <h2 id="apis">APIs</h2>
    <ul class="apis">
${cards.map(renderCard).join("\n")}
    </ul>
    <h2 id="guides">Guides</h2>
    <ul class="guides">${links.join("")}</ul>
  </main>`,
  });
}

/** Folder of an API's reference in the site. Not the API's name alone: that is where the mock serves the API itself. */
export function toReferencePath({ name }: Pick<Api, "name">): string {
  return `reference/${name}`;
}

function renderCard({ api, pages }: Card): string {
  const { name, title, version, summary, operations, generations, checked } = api;
  const folder = encodeURI(toReferencePath(api));
  const id = escapeHtml(name);
  const ownPages = [
    { title: "Try it", path: `${toTryPath(api)}/index.html` },
    { title: "What is inferred", path: `${toReferencePath(api)}/inferred/index.html` },
    { title: "OpenAPI document", path: `${toReferencePath(api)}/openapi.json` },
  ];
  const links = [...pages, ...ownPages].map(
    (page) =>
      `<li><a href="${escapeHtml(encodeURI(page.path))}" aria-describedby="${id}">${escapeHtml(page.title)}</a></li>`,
  );
  return `      <li class="api">
        <h3 id="${id}"><a href="${folder}/index.html">${escapeHtml(title)}</a></h3>
        <p>${escapeHtml(summary)}</p>
        <ul class="facts">
          <li>${count(operations.length)}</li>
          <li>Document ${escapeHtml(version)}</li>
${generations.map((generation) => `          <li>${renderGeneration(generation)}</li>`).join("\n")}
          ${checked === "" ? "" : `<li>Checked <time datetime="${escapeHtml(checked)}">${escapeHtml(checked)}</time></li>`}
        </ul>
        <ul class="links">${links.join("")}</ul>
      </li>`;
}

function renderGeneration({ name, path, stability }: Generation): string {
  const text = stability === "unstated" ? "stability not stated" : stability;
  const what = name === "unversioned" ? path : name;
  // Where all paths are one generation, there is nothing to tell apart.
  const label = what === "/" ? "" : `<code>${escapeHtml(what)}</code> `;
  return `${label}<span class="stability ${escapeHtml(stability)}">${escapeHtml(text)}</span>`;
}

function count(operations: number): string {
  return `${operations} ${operations === 1 ? "operation" : "operations"}`;
}
