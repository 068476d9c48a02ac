/** The page of all that is inferred in an API's document. */
import type { Operation } from "@artifetch/document";
import type { Api } from "./api.ts";
import { contentSecurityPolicy, escapeHtml } from "./html.ts";
import { type InferredFact, listInferredFacts } from "./inferred.ts";

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
  return renderPage(
    api,
    `    <h1>What is inferred in ${escapeHtml(api.title)}</h1>
    <p>No source states what stands here: it was concluded from what is named beside it. ${facts.length} facts, which touch ${touched}
      of ${api.operations.length} operations. Whatever has no mark is in the sources that its operation lists.</p>
    <h2>In one operation</h2>
${own.join("\n")}
    <h2>In several operations</h2>
${shared.length > 0 ? renderShared(shared, link) : "    <p>Nothing.</p>"}`,
  );
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

function renderPage(api: Api, content: string): string {
  return `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta http-equiv="Content-Security-Policy" content="${escapeHtml(contentSecurityPolicy)}">
  <meta name="color-scheme" content="light dark">
  <title>What is inferred – ${escapeHtml(api.title)} – Artifetch</title>
  <link rel="icon" href="../../../assets/icon.svg" type="image/svg+xml">
  <link rel="stylesheet" href="../../../assets/site.css">
</head>
<body class="subpage">
  <header class="bar">
    <a href="../../../index.html"><img src="../../../assets/icon.svg" alt="" width="20" height="20">Artifetch <span>All APIs</span></a>
    <a class="aside" href="../index.html">Reference</a>
  </header>
  <main>
${content}
  </main>
</body>
</html>
`;
}
