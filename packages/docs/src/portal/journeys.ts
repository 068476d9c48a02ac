import { type Api, toPermalink } from "../api.ts";
import { escapeHtml } from "../html.ts";
import { drawWorkflow } from "./diagram.ts";
import type { RenderMarkdown } from "./markdown.ts";
import { renderPage, toRelative } from "./page.ts";
import type { Step, Workflow } from "./workflows.ts";

/** An API's workflows with what they need to be shown. */
export interface Journeys {
  api: Api;
  workflows: Workflow[];
}

/** Path in the site of the page that shows all journeys of an API. */
export function toJourneysPath(api: Pick<Api, "name">): string {
  return `journeys/${api.name}.html`;
}

/**
 * A workflow as a diagram and as a list of its steps.
 *
 * @param page path of the page that it stands in.
 * @param caption stands above the list. Default: the workflow's summary.
 */
export function renderWorkflow(
  api: Api,
  workflow: Workflow,
  page: string,
  renderMarkdown: RenderMarkdown,
  caption = workflow.summary,
): string {
  const toUrl = ({ operation }: Step) => toRelative(page, toPermalink(api, operation));
  const items = workflow.steps.map((step) => renderStep(step, toUrl(step), renderMarkdown));
  return `<figure class="journey">
${drawWorkflow(workflow, `workflow-${workflow.id}`, toUrl)}
<figcaption>
<p>${escapeHtml(caption)}</p>
<ol>
${items.join("\n")}
</ol>
</figcaption>
</figure>
`;
}

function renderStep(step: Step, url: string, renderMarkdown: RenderMarkdown): string {
  const { operation, takes, turns, description } = step;
  const notes = [
    ...(takes.length > 0 ? [`Takes ${takes.map(({ output, step }) => `${output} of ${step}`).join(", ")}.`] : []),
    ...turns.map(({ text }) => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`),
  ];
  const call = `<code>${escapeHtml(`${operation.method} ${operation.path}`)}</code>`;
  return `<li><strong>${escapeHtml(step.id)}</strong>: <a href="${escapeHtml(url)}">${escapeHtml(operation.summary ?? operation.id)}</a>
<br>${call}${renderText(description, renderMarkdown)}${notes.length > 0 ? `<p>${escapeHtml(notes.join(" "))}</p>` : ""}</li>`;
}

/** HTML of the page with all journeys of an API. */
export function renderJourneysPage({ api, workflows }: Journeys, renderMarkdown: RenderMarkdown): string {
  const path = toJourneysPath(api);
  const sections = workflows.map(
    (workflow) => `<h2 id="${escapeHtml(workflow.id)}">${escapeHtml(workflow.summary)}</h2>
${renderText(workflow.description, renderMarkdown)}
${renderWorkflow(api, workflow, path, renderMarkdown, "Steps")}`,
  );
  return renderPage({
    path,
    title: `Journeys through the ${api.title}`,
    description: `What is done with the ${api.title}, step by step.`,
    layout: "article",
    content: `  <div class="columns">
    <main id="content">
<h1>Journeys through the ${escapeHtml(api.title)}</h1>
<p>Generated from the API's workflows in Arazzo, which are run against the mock by a test. Each step leads to its operation in the
<a href="${escapeHtml(toRelative(path, `reference/${api.name}/index.html`))}">reference</a>.</p>
${sections.join("\n")}
    </main>
    <nav class="beside" aria-label="Journeys">
      <h2>Journeys</h2>
      <ul>${workflows.map(({ id, summary }) => `<li><a href="#${escapeHtml(id)}">${escapeHtml(summary)}</a></li>`).join("")}</ul>
    </nav>
  </div>`,
  });
}

function renderText(markdown: string, renderMarkdown: RenderMarkdown): string {
  const fail = (name: string) => {
    throw new Error(`"${name}" cannot stand in a description of a workflow`);
  };
  return markdown === "" ? "" : renderMarkdown(markdown, { toUrl: fail, toWorkflow: fail }).html;
}
