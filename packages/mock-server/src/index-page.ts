/** The page at `/` where there is no documentation site: which APIs are served, and where. */

import { type MockResponse, toResponse } from "./message.ts";
import { escapeXml } from "./serialize.ts";

export interface ListedApi {
  /** First path segment. */
  name: string;
  title: string;
  operations: number;
}

export function renderIndexPage(apis: readonly ListedApi[]): MockResponse {
  const items = apis.map(({ name, title, operations }) => {
    const [href, label] = [`/${encodeURIComponent(name)}`, escapeXml(name)];
    return `<li><code>${label}</code>: ${escapeXml(title)}, ${operations} operations, <a href="${href}/openapi.json">openapi.json</a></li>`;
  });
  return toResponse(
    200,
    "text/html; charset=utf-8",
    `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Mock server</title></head>
<body>
<h1>Mock server</h1>
<p>Each API is served under its name. <a href="/__artifetch/health">State of the server</a></p>
<ul>
${items.join("\n")}
</ul>
</body>
</html>
`,
  );
}
