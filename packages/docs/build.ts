/**
 * Builds the documentation site into `dist/`: `pnpm run docs`, or `node --conditions=@artifetch/source build.ts`.
 *
 * `DOCS_BASE_URL`, the site's address, is for the sitemap alone; without it there is none.
 */
import { fileURLToPath } from "node:url";
import { readBaseUrl } from "./src/machine/llms.ts";
import { buildSite } from "./src/site.ts";

const folder = fileURLToPath(new URL("dist/", import.meta.url));
const started = performance.now();
try {
  const apis = await buildSite(folder, { baseUrl: readBaseUrl(process.env.DOCS_BASE_URL) });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`docs: landing page and ${apis.length} API reference(s) in ${folder} (${seconds} s)`);
} catch (error) {
  console.error(`docs: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
