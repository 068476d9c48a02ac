/** The page of all that is inferred in an API's document. */
import type { Operation } from "@artifetch/document";
import type { Api } from "./api.ts";
import { escapeHtml } from "./html.ts";
import { type InferredFact, listInferredFacts } from "./inferred.ts";
import { renderPage } from "./portal/page.ts";

/** URL of the page, as seen from the API's reference. */
export const inferredUrl = "inferred/index.html";

/**
 * HTML of the page: what concerns one operation under that operation, what several share after it.
 *
 * @param permalinks map from operation id to the fragment that it has in the reference.
 */
export function renderInferred(api: Api, permalinks: ReadonlyMap<string, string>): string {
  const facts = listInferredFacts(api.document, api.operations);
  const byId = new Map(api.operations.map((operation) => [operation.id, operation]));
  const link = (id: string) => toOperationLink(byId.get(id), permalinks.get(id) ?? "");
  const own = api.operations.flatMap(({ id }) => {
    const items = facts.filter(({ operationIds }) => operationIds.length === 1 && operationIds[0] === id);
    return items.length > 0 ? [renderOperation(link(id), items)] : [];
  });
  const shared = facts.filter(({ operationIds }) => operationIds.length !== 1);
  const touched = new Set(facts.flatMap(({ operationIds }) => operationIds)).size;
  const title = `What is inferred in the ${api.title}`;
  return renderPage({
    path: `reference/${api.name}/${inferredUrl}`,
    title,
    description: `What no source states of the ${api.title}, and what it was concluded from.`,
    layout: "article",
    content: `  <div class="columns">
    <main id="content">
<h1>${escapeHtml(title)}</h1>
<p>No source states what stands here: it was concluded from what is named beside it. ${facts.length} facts, which touch ${touched}
of ${api.operations.length} operations. Whatever has no mark is in the sources that its operation lists.</p>
<h2>In one operation</h2>
${own.join("\n")}
<h2>In several operations</h2>
${shared.length > 0 ? renderShared(shared, link) : "<p>Nothing.</p>"}
    </main>
  </div>`,
  });
}

function toOperationLink(operation: Operation | undefined, permalink: string): string {
  if (!operation) return "";
  const { summary, id, method, path } = operation;
  const title = escapeHtml(`${method} ${path}`);
  return `<a href="../index.html#${escapeHtml(permalink)}" title="${title}">${escapeHtml(summary ?? id)}</a>`;
}

function renderOperation(link: string, facts: InferredFact[]): string {
  return `    <section>
      <h3>${link}</h3>
      <dl class="facts-inferred">
${facts.map(renderFact).join("\n")}
      </dl>
    </section>`;
}

function renderShared(facts: InferredFact[], link: (id: string) => string): string {
  const items = facts.map((fact) => {
    const links = fact.operationIds.map(link);
    const used = links.length > 0 ? `In ${links.join(", ")}` : "In no operation";
    return `${renderFact(fact)}\n        <dd class="used">${used}</dd>`;
  });
  return `    <dl class="facts-inferred">\n${items.join("\n")}\n    </dl>`;
}

function renderFact({ place, reason }: InferredFact): string {
  return `        <dt>${escapeHtml(place)}</dt>\n        <dd>${toInline(reason)}</dd>`;
}

/** Text with the one mark of Markdown that reasons use: code. */
function toInline(text: string): string {
  return escapeHtml(text).replaceAll(/`([^`]+)`/g, "<code>$1</code>");
}
