/** The try-it page of an API, and its script. */
import { fileURLToPath } from "node:url";
import { type Operation, toCurl } from "@artifetch/document";
import { rolldown } from "rolldown";
import { type Api, toPermalink } from "../api.ts";
import { escapeHtml, tryItPolicy } from "../html.ts";
import { toReferencePath } from "../landing.ts";
import { toTryModel } from "./model.ts";

/**
 * The script of every try-it page, client included: one classic script, because a module does not load from a disk.
 *
 * @throws {Error} when the sources do not bundle.
 */
export async function bundleTryScript(): Promise<string> {
  const bundle = await rolldown({
    input: fileURLToPath(new URL("page/main.ts", import.meta.url)),
    platform: "browser",
    resolve: { conditionNames: ["@artifetch/source", "browser", "import", "default"] },
  });
  try {
    const { output } = await bundle.generate({ format: "iife", minify: true, codeSplitting: false });
    return output[0].code;
  } finally {
    await bundle.close();
  }
}

/** HTML of the page. Without scripts it is a list of the operations, each with a curl line that does the same. */
export function renderTryPage(api: Api): string {
  const { title, operations } = api;
  const reference = `../../${encodeURI(toReferencePath(api))}/index.html`;
  // "<" would end the element that holds it.
  const model = JSON.stringify(toTryModel(api)).replaceAll("<", "\\u003c");
  const name = escapeHtml(title);
  return `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta http-equiv="Content-Security-Policy" content="${escapeHtml(tryItPolicy)}">
  <meta name="referrer" content="no-referrer">
  <meta name="color-scheme" content="light dark">
  <title>Try ${name} – Artifetch</title>
  <link rel="icon" href="../../assets/icon.svg" type="image/svg+xml">
  <link rel="stylesheet" href="../../assets/site.css">
  <link rel="stylesheet" href="../../assets/try-it.css">
  <script id="model" type="application/json">${model}</script>
  <script src="../../assets/try-it.js" defer></script>
</head>
<body class="try-it">
  <header class="bar">
    <a href="../../index.html"><img src="../../assets/icon.svg" alt="" width="20" height="20">Artifetch <span>All APIs</span></a>
    <a href="${reference}"><span>Reference</span></a>
  </header>
  <main>
    <h1>Try ${name}</h1>
    <p>Open an operation, fill it in, send it. Requests go to the service chosen below and nowhere else.</p>
    <div id="service"><p>Sending needs scripts. The curl line of each operation does the same, against the mock that
      <code>npx pnpm@12 start</code> serves.</p></div>
    <h2>Operations</h2>
${operations.map((operation) => renderOperation(api, operation)).join("\n")}
  </main>
</body>
</html>
`;
}

function renderOperation(api: Api, operation: Operation): string {
  const { name, document } = api;
  const { id, method, path, summary = id } = operation;
  const curl = toCurl(document, operation, `http://127.0.0.1:4010/${name}`, () => "any");
  return `    <details class="operation" id="${escapeHtml(id)}">
      <summary><h3>${escapeHtml(summary)}</h3> <code><b class="method ${method.toLowerCase()}">${method}</b> ${escapeHtml(path)}</code></summary>
      <p class="curl"><a href="../../${escapeHtml(encodeURI(toPermalink(api, operation)))}">In the reference</a>. With curl, against the mock:</p>
      <div class="scroll" role="region" tabindex="0" aria-label="curl line of ${escapeHtml(id)}"><pre>${escapeHtml(curl)}</pre></div>
    </details>`;
}
