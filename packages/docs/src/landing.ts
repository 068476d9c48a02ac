import type { Api } from "./api.ts";
import { contentSecurityPolicy, escapeHtml } from "./html.ts";

/** HTML of the landing page. All URLs are relative: the site works under any path. */
export function renderLanding(apis: Api[]): string {
  return `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta http-equiv="Content-Security-Policy" content="${escapeHtml(contentSecurityPolicy)}">
  <meta name="color-scheme" content="light dark">
  <meta name="description" content="API reference of Artifetch: job results and run artifacts of machine-learning platforms.">
  <title>Artifetch API reference</title>
  <link rel="icon" href="assets/icon.svg" type="image/svg+xml">
  <link rel="stylesheet" href="assets/site.css">
</head>
<body class="landing">
  <a class="skip" href="#apis">Skip to the APIs</a>
  <header class="intro">
    <p class="brand"><img src="assets/icon.svg" alt="" width="28" height="28">Artifetch</p>
    <h1>Job results and run artifacts, documented</h1>
    <p>References of the APIs that hold what machine-learning platforms produce. Written by hand from published facts;
      each operation names its sources, and what no source states is marked.</p>
  </header>
  <main id="apis">
    <h2>APIs</h2>
    <ul class="apis">
${apis.map(renderCard).join("\n")}
    </ul>
  </main>
  <footer>
    <p>Not the vendors' own documentation. Works offline: nothing on these pages is loaded from elsewhere.</p>
  </footer>
</body>
</html>
`;
}

/** Folder of an API's reference in the site. Not the API's name alone: that is where the mock serves the API itself. */
export function toReferencePath({ name }: Api): string {
  return `reference/${name}`;
}

function renderCard(api: Api): string {
  const { name, title, version, summary, operations } = api;
  const folder = encodeURI(toReferencePath(api));
  const id = escapeHtml(name);
  return `      <li class="api">
        <h3 id="${id}"><a href="${folder}/index.html">${escapeHtml(title)}</a></h3>
        <p>${escapeHtml(summary)}</p>
        <ul class="facts">
          <li>${operations.length} ${operations.length === 1 ? "operation" : "operations"}</li>
          <li>Version ${escapeHtml(version)}</li>
          <li><a href="${folder}/inferred/index.html" aria-describedby="${id}">What is inferred</a></li>
          <li><a href="${folder}/openapi.json" aria-describedby="${id}">OpenAPI document</a></li>
        </ul>
      </li>`;
}
