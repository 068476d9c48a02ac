import type { Api } from "../api.ts";
import type { SiteFile } from "./documents.ts";
import { toOperationPath } from "./operation-page.ts";

/** A Markdown page of the site. */
export interface MarkdownPage {
  title: string;
  path: string;
}

/** The map of the site for language models. Source: https://llmstxt.org/ */
export function renderLlms(apis: readonly Api[], guides: readonly MarkdownPage[]): SiteFile {
  const sections = [
    `# Artifetch

> Typed clients, a mock server, contract checks and references for fetching what a machine-learning job left behind, of ${apis.length} APIs.

Documents are written by hand from published facts; every operation names its sources, and what no source states is marked as inferred.
All documents with their hashes are listed in [documents.json](documents.json).`,
    ["## Guides", "", ...guides.map(({ title, path }) => `- [${title}](${path})`)].join("\n"),
    ...apis.map((api) =>
      [
        `## ${api.title}`,
        "",
        `- [OpenAPI document](reference/${api.name}/openapi.json): ${api.summary}`,
        ...api.operations.map(
          (operation) =>
            `- [${operation.summary ?? operation.id}](${toOperationPath(api, operation)}): \`${operation.id}\`, \`${operation.method} ${operation.path}\``,
        ),
      ].join("\n"),
    ),
  ];
  return { path: "llms.txt", content: `${sections.join("\n\n")}\n` };
}

/**
 * `robots.txt`, and `sitemap.xml` where the site's address is known: a sitemap holds absolute URLs only
 * (https://www.sitemaps.org/protocol.html).
 *
 * @param baseUrl absolute, ends with a slash.
 */
export function renderSitemap(pages: readonly string[], baseUrl: string | undefined): SiteFile[] {
  const allow = "User-agent: *\nAllow: /\n";
  if (baseUrl === undefined) return [{ path: "robots.txt", content: allow }];
  const urls = pages.map((page) => {
    const url = new URL(encodeURI(page.replace(/(^|\/)index\.html$/, "$1")), baseUrl).href;
    return `  <url><loc>${url.replaceAll("&", "&amp;")}</loc></url>`;
  });
  const sitemap = `<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
${urls.join("\n")}
</urlset>
`;
  return [
    { path: "robots.txt", content: `${allow}Sitemap: ${new URL("sitemap.xml", baseUrl).href}\n` },
    { path: "sitemap.xml", content: sitemap },
  ];
}

/**
 * The site's address as `renderSitemap` takes it.
 *
 * @throws {Error} for what is no absolute http(s) URL.
 */
export function readBaseUrl(value: string | undefined): string | undefined {
  if (value === undefined || value === "") return undefined;
  const url = URL.parse(value);
  if (!url || !/^https?:$/.test(url.protocol) || url.search !== "" || url.hash !== "") {
    throw new Error(
      `DOCS_BASE_URL is "${value}"; it takes the absolute URL of the site, such as https://owner.github.io/artifetch/. Leave it out for a site without sitemap.`,
    );
  }
  return url.href.endsWith("/") ? url.href : `${url.href}/`;
}
