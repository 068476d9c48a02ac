/** What the portal does in a browser: search, colours, diagrams. What holds of every page is in pages.test.ts and offline.test.ts. */
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Browser, Page, Route } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readApis } from "../src/api.ts";
import { launchChromium, type VisitOptions, visit } from "./chromium.ts";
import { type StaticServer, serveFolder } from "./static-server.ts";

const dist = fileURLToPath(new URL("../dist/", import.meta.url));
const apis = await readApis();
let browser: Browser;
let server: StaticServer;

beforeAll(async () => {
  browser = await launchChromium();
  server = await serveFolder(dist, "/some/prefix/");
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
});

const open = (url: string, check: (page: Page) => Promise<void>, options?: VisitOptions) =>
  visit(browser, url, check, options);

const readBackground = (page: Page) => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);

/** Only ends what hangs. */
const patiently = { timeout: 20_000 };

const light = "rgb(255, 255, 255)";
const dark = "rgb(18, 24, 24)";

test.each(apis.map((api) => ({ name: api.name, api })))(
  "the search finds an operation of $name, by the keyboard alone",
  ({ api }) => {
    const operation = api.operations.at(-1);
    return open(`${server.url}guides/index.html`, async (page) => {
      await page.keyboard.press("/");
      await page.keyboard.type(operation?.id ?? "");
      const first = page.locator(".results a").first();
      await expect
        .poll(() => first.locator(".call").textContent(), patiently)
        .toBe(`${operation?.method} ${operation?.path}`);
      await page.keyboard.press("ArrowDown");
      expect(await first.evaluate((element) => element === document.activeElement)).toBe(true);
      await Promise.all([page.waitForURL(`**/reference/${api.name}/index.html#**`), page.keyboard.press("Enter")]);
    });
  },
);

test("the search finds a section of a guide, and leads to it", () =>
  open(`${server.url}index.html`, async (page) => {
    await page.getByRole("searchbox").fill("errors retries");
    await page.locator(".results a", { hasText: "Errors, retries" }).first().click();
    await page.waitForURL("**/guides/errors-and-retries.html**");
  }));

test("Enter opens the first result, Escape closes the results and leads back to the field", () =>
  open(`${server.url}index.html`, async (page) => {
    const box = page.getByRole("searchbox");
    const results = page.locator(".results");
    await box.fill("retry");
    await expect.poll(() => results.isVisible(), patiently).toBe(true);
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Escape");
    expect(await results.isVisible()).toBe(false);
    expect(await box.evaluate((element) => element === document.activeElement)).toBe(true);
    await box.fill("retries timeouts");
    await expect.poll(() => results.locator("a").count(), patiently).toBeGreaterThan(0);
    const href = await results.locator("a").first().getAttribute("href");
    await page.keyboard.press("Enter");
    await page.waitForURL(server.url + href);
  }));

test("a query that nothing fits says so", () =>
  open(`${server.url}index.html`, async (page) => {
    await page.getByRole("searchbox").fill("xyzzyplugh");
    await expect.poll(() => page.getByRole("status").textContent(), patiently).toBe("Nothing found");
  }));

test("an index that does not load is told, and tried again", () =>
  open(`${server.url}index.html`, async (page) => {
    const box = page.getByRole("searchbox");
    const broken = (route: Route) => route.fulfill({ contentType: "text/javascript", body: "searchEntries = [{}]" });
    await page.route("**/search-index.js", broken);
    await box.fill("job");
    await expect.poll(() => page.getByRole("status").textContent(), patiently).toBe("The search could not be loaded");
    await page.unroute("**/search-index.js", broken);
    await box.fill("jobs");
    await expect.poll(() => page.locator(".results a").count(), patiently).toBeGreaterThan(0);
  }));

test("the search works on a page that is opened from a disk", () =>
  open(pathToFileURL(`${dist}guides/testing.html`).href, async (page) => {
    await page.getByRole("searchbox").fill(apis[0]?.operations[0]?.id ?? "");
    await expect.poll(() => page.locator(".results a").count(), patiently).toBeGreaterThan(0);
  }));

test.each([
  { colorScheme: "light", before: light, after: dark },
  { colorScheme: "dark", before: dark, after: light },
] as const)(
  "colours follow the system ($colorScheme), and the switch holds on the next page",
  ({ colorScheme, before, after }) =>
    open(
      `${server.url}index.html`,
      async (page) => {
        expect(await readBackground(page)).toBe(before);
        await page.getByRole("button", { name: /^Switch to/ }).click();
        expect(await readBackground(page)).toBe(after);
        // Before the script at the end has run: no flash of the other colours.
        await page.route("**/portal.js", (route) => route.fulfill({ contentType: "text/javascript", body: "" }));
        await page.goto(`${server.url}guides/testing.html`, { waitUntil: "commit" });
        await page.waitForSelector("main");
        expect(await readBackground(page)).toBe(after);
      },
      { colorScheme },
    ),
);

test("the first Tab leads to a link that skips the bar, and focus is visible", () =>
  open(`${server.url}guides/testing.html`, async (page) => {
    await page.keyboard.press("Tab");
    const focused = page.locator(":focus");
    expect(await focused.textContent()).toBe("Skip to the content");
    expect(await focused.evaluate((element) => getComputedStyle(element).outlineStyle)).toBe("solid");
    expect((await focused.boundingBox())?.x).toBeGreaterThanOrEqual(0);
  }));

test.each(apis.map(({ name }) => name))(
  "the diagrams of %s have a name, a description and steps that lead to the reference",
  (name) =>
    open(`${server.url}journeys/${name}.html`, async (page) => {
      const diagrams = await page.locator("svg.workflow").all();
      expect(diagrams.length).toBeGreaterThan(0);
      for (const diagram of diagrams) {
        const title = (await diagram.locator("title").textContent()) ?? "";
        expect(await page.getByRole("group", { name: title }).count()).toBeGreaterThan(0);
        const steps = await diagram.locator("a").count();
        const figure = page.locator("figure", { has: page.getByRole("group", { name: title }) });
        expect(await figure.locator("ol > li > a").count()).toBe(steps);
      }
      await page.locator("figure ol a").first().click();
      await page.waitForURL(`**/reference/${name}/index.html#**`);
    }),
);
