/** What holds of every page of the site, whatever it shows. */
import { gzipSync } from "node:zlib";
import { Parser } from "htmlparser2";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readApis } from "../src/api.ts";
import { expectNoOverflow, findBarriers, launchChromium, visit, waitForRedoc } from "./chromium.ts";
import { dist, isReference, pages } from "./pages.ts";
import { type StaticServer, serveFolder } from "./static-server.ts";

const apis = await readApis();
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
