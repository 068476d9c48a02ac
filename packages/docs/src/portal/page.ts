import { posix } from "node:path";
import { contentSecurityPolicy, escapeHtml } from "../html.ts";

/** What is special to one page of the portal: every page but the references. */
export interface Page {
  /** Path of its file in the site, with `/`. */
  path: string;
  title: string;
  /** One sentence for search engines and link previews. */
  description: string;
  /** Class of the body. */
  layout: "landing" | "article";
  /** HTML of `<main>` and what stands beside it; the main content has `id="content"`. */
  content: string;
}

/** Entries of the bar at the top of every page: text and path in the site. */
const navigation = [
  ["APIs", "index.html"],
  ["Guides", "guides/index.html"],
  ["Changelog", "changelog.html"],
] as const;

/** Key under which Redoc keeps the reader's choice of colours; shared, so that one switch serves the whole site. */
export const colorModeKey = "redoc.colorMode";

// Before the first paint, or a page that is switched to dark flashes light. `scripts` shows what only works with scripts.
const headScript = `(function(r){r.classList.add("scripts");try{var m=localStorage.getItem("${colorModeKey}");if(m==="light"||m==="dark")r.classList.add(m)}catch(e){}})(document.documentElement)`;

/** A relative URL: the site works under any path. */
export function toRelative(fromPage: string, toPath: string): string {
  const [path = "", fragment] = toPath.split(/#(.*)/s);
  const url = path === "" || path === fromPage ? "" : encodeURI(posix.relative(posix.dirname(fromPage), path));
  if (fragment !== undefined) return `${url}#${fragment}`;
  return url || posix.basename(fromPage);
}

/** HTML of a page of the portal. */
export function renderPage({ path, title, description, layout, content }: Page): string {
  const to = (target: string) => escapeHtml(toRelative(path, target));
  return `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta http-equiv="Content-Security-Policy" content="${escapeHtml(contentSecurityPolicy)}">
  <meta name="color-scheme" content="light dark">
  <meta name="description" content="${escapeHtml(description)}">
  <title>${escapeHtml(title === "Artifetch" ? title : `${title} – Artifetch`)}</title>
  <link rel="icon" href="${to("assets/icon.svg")}" type="image/svg+xml">
  <link rel="stylesheet" href="${to("assets/portal.css")}">
  <script>${headScript}</script>
  <script src="${to("assets/portal.js")}" defer></script>
</head>
<body class="${layout}" data-root="${escapeHtml(toRoot(path))}">
  <a class="skip" href="#content">Skip to the content</a>
  <header class="top">
    <a class="brand" href="${to("index.html")}"><img src="${to("assets/icon.svg")}" alt="" width="24" height="24">Artifetch</a>
    <nav aria-label="Site">
      <ul>
${navigation.map(([text, target]) => `        <li><a href="${to(target)}"${target === path ? ' aria-current="page"' : ""}>${text}</a></li>`).join("\n")}
      </ul>
    </nav>
    <search class="search needs-scripts">
      <input type="search" placeholder="Search" aria-label="Search APIs and guides" autocomplete="off" spellcheck="false" aria-keyshortcuts="/">
      <kbd aria-hidden="true">/</kbd>
      <div class="results" hidden>
        <p role="status"></p>
        <ul class="found"></ul>
      </div>
    </search>
    <button class="colors needs-scripts" type="button"><span aria-hidden="true">◐</span><span class="name"></span></button>
  </header>
${content}
  <footer class="bottom">
    <p>Not the vendors' own documentation. Works offline: nothing on these pages is loaded from elsewhere.
      For machines: <a href="${to("llms.txt")}">llms.txt</a>, <a href="${to("documents.json")}">documents.json</a>.</p>
  </footer>
</body>
</html>
`;
}

function toRoot(path: string): string {
  return "../".repeat(path.split("/").length - 1);
}
