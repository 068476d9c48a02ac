/** What holds of every page of the site, whatever it shows. The pages are those in the folder: a new one is looked at, too. */
import { readdirSync } from "node:fs";
import { sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { Parser } from "htmlparser2";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readApis } from "../src/api.ts";
import { expectNoOverflow, findBarriers, launchChromium, visit, waitForRedoc } from "./chromium.ts";
import { type StaticServer, serveFolder } from "./static-server.ts";

const dist = fileURLToPath(new URL("../dist/", import.meta.url));
const apis = await readApis();
const pages = readdirSync(dist, { recursive: true, encoding: "utf8" })
  .map((file) => file.split(sep).join("/"))
  .filter((file) => file.endsWith(".html"))
  .sort();
const phone = { width: 390, height: 844 };

let browser: Browser;
let server: StaticServer;

beforeAll(async () => {
  browser = await launchChromium();
  server = await serveFolder(dist, "/some/deep/prefix/");
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
});

/** Waits for what scripts make of a page, and opens whatever can be opened. */
async function openAll(page: Page): Promise<void> {
  if ((await page.locator("#redoc").count()) > 0) await waitForRedoc(page);
  await page.evaluate(() => {
    for (const element of document.querySelectorAll("details")) element.open = true;
    // Redoc leaves out of the layout what is out of sight: axe would take that for lying on top of each other.
    for (const element of document.querySelectorAll<HTMLElement>("#api-content > *"))
      element.style.contentVisibility = "visible";
  });
  // A form comes when its operation is opened.
  await page.waitForFunction(() => document.querySelector("details.operation:not(:has(form))") === null);
}

test("there is every kind of page", () => {
  expect(pages).toEqual(expect.arrayContaining(["index.html", "guides/index.html", "changelog.html"]));
  const kinds = [
    "reference/*/index.html",
    "reference/*/plain.html",
    "reference/*/inferred/index.html",
    "try/*/index.html",
    "journeys/*.html",
  ];
  expect(pages).toEqual(
    expect.arrayContaining(apis.flatMap(({ name }) => kinds.map((kind) => kind.replace("*", name)))),
  );
});

test("every page is reached from the landing page, under any prefix", async () => {
  const queue = [`${server.url}index.html`];
  const seen = new Set(queue);
  for (const url of queue) {
    const response = await fetch(url);
    expect(response.status, url).toBe(200);
    if (!url.endsWith(".html")) continue;
    const parser = new Parser({
      onopentag(_, { href, src }) {
        for (const target of [href, src]) {
          const absolute = target === undefined ? undefined : new URL(target, url);
          if (absolute) absolute.hash = "";
          if (absolute?.origin !== new URL(server.url).origin || seen.has(absolute.href)) continue;
          seen.add(absolute.href);
          queue.push(absolute.href);
        }
      },
    });
    parser.end(await response.text());
  }
  expect(queue.filter((url) => url.endsWith(".html")).sort()).toEqual(pages.map((page) => server.url + page).sort());
});

/** A page of Redoc's, whose structure is not ours. */
const isReference = (path: string) => /^reference\/[^/]+\/index\.html$/.test(path);

test.each(pages)("%s opens without a problem, fits a phone, and axe finds nothing, in light and in dark", (path) =>
  visit(
    browser,
    server.url + path,
    async (page) => {
      await openAll(page);
      expect(await page.locator("h1").count()).toBeGreaterThan(0);
      const findings = await findBarriers(page);
      await page.emulateMedia({ colorScheme: "dark" });
      await page.reload({ waitUntil: "load" });
      await openAll(page);
      // But for the colours, one is as the other.
      findings.push(...(await findBarriers(page, "color-contrast")));
      await page.setViewportSize(phone);
      await expectNoOverflow(page);
      // Redoc skips levels of headings and leaves its menu outside of landmarks, which axe calls moderate.
      const isGrave = (finding: string) => !isReference(path) || /^(serious|critical) /.test(finding);
      expect(findings.filter(isGrave)).toEqual([]);
    },
    { colorScheme: "light" },
  ),
);

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

test("the landing page has at most 60 kB of script, compressed, the search included", async () => {
  const scripts: Promise<Buffer>[] = [];
  await visit(
    browser,
    `${server.url}index.html`,
    async (page) => {
      await page.getByRole("searchbox").fill("artifact");
      await expect.poll(() => page.locator(".results a").count()).toBeGreaterThan(0);
    },
    {
      prepare: async (page) =>
        page.on("response", (response) => {
          if (response.request().resourceType() === "script") scripts.push(response.body());
        }),
    },
  );
  const sizes = (await Promise.all(scripts)).map((body) => gzipSync(body, { level: 9 }).length);
  expect(sizes.length).toBe(2);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(60_000);
});
