/** An API on one page that hides nothing: every status, field and sample, for readers without scripts, for printing and for Ctrl+F. */
import { posix } from "node:path";
import type { Api } from "../api.ts";
import { escapeHtml } from "../html.ts";
import type { SiteFile } from "../machine/documents.ts";
import { renderOperation } from "../machine/operation-page.ts";
import type { RenderMarkdown } from "./markdown.ts";
import { renderPage, toRelative } from "./page.ts";

/** Path in the site of an API's plain page. */
export function toPlainPath({ name }: Pick<Api, "name">): string {
  return `reference/${name}/plain.html`;
}

/** The Markdown files of an API's operations, one after the other. */
export function renderPlainPage(api: Api, render: RenderMarkdown): SiteFile {
  const path = toPlainPath(api);
  const title = `${api.title} on one page`;
  const operations = api.operations.map((operation) => {
    const file = renderOperation(api, operation);
    const { html, sections } = render(file.content, {
      toUrl: (target) => toRelative(path, posix.join(posix.dirname(file.path), target)),
      toWorkflow: (name) => {
        throw new Error(`"${name}" cannot stand in ${operation.id}`);
      },
    });
    return { id: operation.id, title: sections[0]?.title ?? operation.id, html: nest(html, operation.id) };
  });
  const contents = operations.map(({ id, title }) => `<li><a href="#${escapeHtml(id)}">${escapeHtml(title)}</a></li>`);
  const reference = escapeHtml(toRelative(path, `reference/${api.name}/index.html`));
  return {
    path,
    content: renderPage({
      path,
      title,
      description: `Every operation of the ${api.title}, with all fields, answers and samples open.`,
      layout: "article",
      content: `  <div class="columns">
    <main id="content">
<h1>${escapeHtml(title)}</h1>
<p>All that the <a href="${reference}">reference</a> says, with nothing to unfold.</p>
${operations.map(({ html }) => html).join("\n")}
    </main>
    <nav class="beside" aria-label="Operations"><h2>Operations</h2><ul>${contents.join("")}</ul></nav>
  </div>`,
    }),
  };
}

/** The HTML of an operation as a part of a page: headings one level down, and ids that no other operation has. */
function nest(html: string, id: string): string {
  const prefix = escapeHtml(id);
  let isFirst = true;
  return html
    .replaceAll(/(<\/?h)([1-5])(?=[ >])/g, (_, start, level) => `${start}${Number(level) + 1}`)
    .replaceAll(/(<h\d id=")([^"]*)/g, (_, start, slug) => {
      const own = isFirst ? prefix : `${prefix}-${slug}`;
      isFirst = false;
      return start + own;
    })
    .replaceAll(/(class="anchor" href="#)([^"]*)/g, `$1${prefix}-$2`);
}
