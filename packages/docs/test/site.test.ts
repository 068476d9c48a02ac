import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type MockServer, startMockServer } from "@artifetch/mock-server";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, assert, beforeAll, expect, test } from "vitest";
import { readApis } from "../src/api.ts";
import { expectNoOverflow, launchChromium, type VisitOptions, visit as visitIn, waitForRedoc } from "./chromium.ts";
import { type StaticServer, serveFolder } from "./static-server.ts";

const dist = fileURLToPath(new URL("../dist/", import.meta.url));
const apis = await readApis();

let browser: Browser;
/** The site as users meet it: beside the APIs, on the mock server of `pnpm start`. */
let mock: MockServer;
let site: string;
let prefixedServer: StaticServer;

beforeAll(async () => {
  assert(existsSync(`${dist}index.html`), "there is no site in packages/docs/dist: build it with `pnpm run docs`");
  browser = await launchChromium();
  mock = await startMockServer({ port: 0, docs: dist });
  site = `${mock.url}/`;
  prefixedServer = await serveFolder(dist, "/some/prefix/");
});

afterAll(async () => {
  await browser?.close();
  await Promise.all([mock?.close(), prefixedServer?.close()]);
});

const visit = (url: string, check: (page: Page) => Promise<void>, options?: VisitOptions) =>
  visitIn(browser, url, check, options);

async function expectApis(page: Page): Promise<void> {
  const cards = page.getByRole("main").getByRole("heading", { level: 3 });
  await expect.poll(() => cards.allTextContents()).toEqual(apis.map(({ title }) => title));
  for (const { title, operations } of apis) {
    const card = page.getByRole("listitem").filter({ has: page.getByRole("heading", { name: title, exact: true }) });
    expect(await card.textContent()).toContain(`${operations.length} operation`);
  }
}

async function expectOperations(page: Page, summaries: string[]): Promise<void> {
  const headings = await page.locator("#api-content h2").allTextContents();
  expect(headings.map((heading) => heading.trim())).toEqual(expect.arrayContaining(summaries));
}

function getHeading(page: Page, summary: string): Locator {
  return page.locator("#api-content").getByRole("heading", { level: 2 }).filter({ hasText: summary }).first();
}

async function isInViewport(locator: Locator): Promise<boolean> {
  return locator.evaluate((element) => {
    const { top, bottom } = element.getBoundingClientRect();
    return top >= 0 && bottom <= window.innerHeight;
  });
}

test("the landing page lists every API", () => visit(site, expectApis));

test("the landing page lists every API with scripts off", () => visit(site, expectApis, { javaScriptEnabled: false }));

for (const { name, operations } of apis) {
  const summaries = operations.flatMap(({ summary }) => summary ?? []);
  const last = summaries.at(-1) ?? "";
  const path = `reference/${name}/index.html`;

  test(`the landing page leads to the reference of ${name} and back`, () =>
    visit(prefixedServer.url, async (page) => {
      await page.locator(`a[href="${path}"]`).click();
      await page.waitForURL(`${prefixedServer.url}${path}`);
      await waitForRedoc(page);
      await expectOperations(page, summaries);
      await page.getByRole("link", { name: "All APIs" }).click();
      await page.waitForURL(`${prefixedServer.url}index.html`);
    }));

  test(`the reference of ${name} shows every operation`, () =>
    visit(site + path, async (page) => {
      await waitForRedoc(page);
      expect(summaries.length).toBe(operations.length);
      await expectOperations(page, summaries);
    }));

  test(`the reference of ${name} shows every operation with scripts off`, () =>
    visit(site + path, (page) => expectOperations(page, summaries), { javaScriptEnabled: false }));

  // Redoc swallows the error when React throws the prerendered page away; what shows is that its elements are replaced.
  test(`Redoc takes over the prerendered elements of ${name}`, () =>
    visit(
      site + path,
      async (page) => {
        await waitForRedoc(page);
        expect(await page.locator("#api-content[data-prerendered]").count()).toBe(1);
      },
      {
        prepare: (page) =>
          page.route("**/redoc.standalone.js", async (route) => {
            const content = page.locator("#redoc #api-content");
            await content.evaluate((element) => element.setAttribute("data-prerendered", ""));
            await route.continue();
          }),
      },
    ));

  test(`the reference of ${name} shows a sample and the sources of every operation with scripts off`, () =>
    visit(
      site + path,
      async (page) => {
        const codes = await page.locator("#api-content .panel-request-samples").allTextContents();
        const called = codes.map((code) => /\bclient\.(\w+)/.exec(code)?.[1]);
        expect(called.toSorted()).toEqual(operations.map(({ id }) => id).toSorted());
        expect(await page.locator("#api-content .sources").count()).toBe(operations.length);
      },
      { javaScriptEnabled: false },
    ));

  test(`the plain page of ${name} shows every operation with scripts off, in a window of 390 pixels`, () =>
    visit(
      `${site}reference/${name}/plain.html`,
      async (page) => {
        await expectNoOverflow(page);
        const headings = await page.locator("main h2").allTextContents();
        expect(headings.map((heading) => heading.replace(/ #$/, ""))).toEqual(summaries);
        // Nothing is folded away: what stands in the page is seen.
        expect(await page.locator("main [hidden], main details:not([open])").count()).toBe(0);
      },
      { javaScriptEnabled: false, viewport: { width: 390, height: 844 } },
    ));

  for (const javaScriptEnabled of [true, false]) {
    test(`what is inferred in ${name} leads to its operation with scripts ${javaScriptEnabled ? "on" : "off"}`, () =>
      visit(
        `${site}reference/${name}/inferred/index.html`,
        async (page) => {
          await expectNoOverflow(page);
          const link = page.getByRole("main").getByRole("link").last();
          const summary = (await link.textContent()) ?? "";
          await link.click();
          await page.waitForURL(/\/index\.html#/);
          if (javaScriptEnabled) await waitForRedoc(page);
          await expect.poll(() => isInViewport(getHeading(page, summary)), { timeout: 10_000 }).toBe(true);
        },
        { javaScriptEnabled, viewport: { width: 390, height: 844 } },
      ));
  }

  for (const javaScriptEnabled of [true, false]) {
    test(`a permalink opens an operation of ${name} with scripts ${javaScriptEnabled ? "on" : "off"}`, async () => {
      const links: string[] = [];
      const readLink = async (page: Page) => {
        links.push((await getHeading(page, last).getByRole("link").first().getAttribute("href")) ?? "");
      };
      await visit(site + path, readLink, { javaScriptEnabled });
      const expectHeading = async (page: Page) => {
        if (javaScriptEnabled) await waitForRedoc(page);
        await expect.poll(() => isInViewport(getHeading(page, last)), { timeout: 10_000 }).toBe(true);
      };
      await visit(site + path + links[0], expectHeading, { javaScriptEnabled });
    });
  }
}

test("a mark leads from the reference to the page of what is inferred", async () => {
  const marked = apis.find(({ document }) => JSON.stringify(document).includes('"x-inferred"'));
  assert(marked, "no document infers anything");
  await visit(`${site}reference/${marked.name}/index.html`, async (page) => {
    await waitForRedoc(page);
    await page.locator("a.inferred").first().click();
    await page.waitForURL(`${site}reference/${marked.name}/inferred/index.html`);
  });
});

test("every bundled document is served as JSON", async () => {
  for (const { name, document } of apis) {
    const response = await fetch(`${site}reference/${name}/openapi.json`);
    expect(await response.json()).toEqual(document);
  }
});
