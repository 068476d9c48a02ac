/** Every page of the site without what it cannot count on: scripts, and a server. */
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchChromium, visit, waitForRedoc } from "./chromium.ts";
import { dist, isReference, pages } from "./pages.ts";
import { type StaticServer, serveFolder } from "./static-server.ts";

let browser: Browser;
let server: StaticServer;

beforeAll(async () => {
  browser = await launchChromium();
  server = await serveFolder(dist);
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
});

/** Lines of text that a reader sees in the content of a page. */
async function readLines(page: Page, path: string): Promise<string[]> {
  const parts = page.locator(isReference(path) ? "#api-content" : "main > :not(.service, #service)");
  // biome-ignore lint/performance/useDomNodeTextContent: what is hidden is not read.
  const texts = await parts.evaluateAll((elements) => elements.map((element) => (element as HTMLElement).innerText));
  return texts.flatMap((text) => text.split("\n").map((line) => line.trim())).filter(Boolean);
}

test.each(pages)("%s can be read with scripts off", async (path) => {
  const before: string[] = [];
  await visit(browser, server.url + path, async (page) => {
    if (isReference(path)) await waitForRedoc(page);
    before.push(...(await readLines(page, path)));
  });
  await visit(
    browser,
    server.url + path,
    async (page) => {
      const lines = new Set(await readLines(page, path));
      // Buttons of Redoc.
      expect(before.filter((line) => !lines.has(line) && !/^(Copy|(Expand|Collapse) all)$/.test(line))).toEqual([]);
      // What needs scripts is not offered.
      expect(await page.getByRole("searchbox").count()).toBe(0);
    },
    { javaScriptEnabled: false },
  );
});

test.each(pages)("%s can be read from a disk", (path) =>
  visit(
    browser,
    pathToFileURL(dist + path).href,
    async (page) => {
      expect((await readLines(page, path)).length).toBeGreaterThan(3);
    },
    // Redoc is a module, which browsers do not load from a disk: the prerendered page stands.
    isReference(path) ? { expected: /redoc\.standalone\.js|net::ERR_FAILED/ } : {},
  ),
);
