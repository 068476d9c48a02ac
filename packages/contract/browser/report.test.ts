/** The HTML report in a browser, from a disk: what only a browser can tell. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { AxeResults } from "axe-core";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { chromiumArguments, findChromium } from "../../../scripts/chromium.ts";
import { parseReportTargets, writeReports } from "../src/report/write.ts";
import { goodInput, hostile, input } from "../test/sample-report.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const folder = mkdtempSync(join(tmpdir(), "report-"));
const urls = Object.fromEntries(
  ["bad", "good"].map((name) => [name, pathToFileURL(join(folder, `${name}.html`)).href]),
);
let browser: Browser;

beforeAll(async () => {
  await writeReports(parseReportTargets([`html=${folder}/bad.html`]), input);
  await writeReports(parseReportTargets([`html=${folder}/good.html`]), goodInput);
  browser = await chromium.launch({ executablePath: findChromium(process.env), args: chromiumArguments });
});
afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true });
});

/** Opens a report, and fails on anything that it asks for, refuses, or says on the console. */
async function visit(name: string, check: (page: Page) => Promise<void>, options: BrowserContextOptions = {}) {
  const url = urls[name] ?? expect.fail(name);
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, ...options });
  try {
    const page = await context.newPage();
    const noted: string[] = [];
    page.on("console", (message) => noted.push(message.text()));
    page.on("pageerror", (error) => noted.push(error.message));
    page.on("dialog", (dialog) => noted.push(dialog.message()));
    page.on("request", (request) => noted.push(request.url()));
    await page.goto(url, { waitUntil: "load" });
    await check(page);
    expect(noted).toEqual([url]);
  } finally {
    await context.close();
  }
}

async function findFaults(page: Page): Promise<string[]> {
  // By the debugger, which the policy of the page does not bind.
  await page.evaluate(axe);
  const { violations } = await page.evaluate<AxeResults>("axe.run()");
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} ${target}: ${failureSummary}`),
  );
}

const openAll = (page: Page) =>
  page.evaluate("for (const element of document.querySelectorAll('details')) element.open = true");

for (const name of Object.keys(urls)) {
  for (const colorScheme of ["light", "dark"] as const) {
    test(`axe finds nothing in the ${name} report in ${colorScheme}`, () =>
      visit(
        name,
        async (page) => {
          await openAll(page);
          expect(await findFaults(page)).toEqual([]);
        },
        { colorScheme },
      ));
  }

  test(`the ${name} report fits a window of 390 pixels`, () =>
    visit(
      name,
      async (page) => {
        await openAll(page);
        expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(390);
      },
      { viewport: { width: 390, height: 844 } },
    ));
}

test("what a service sends is text", () =>
  visit("bad", async (page) => {
    await openAll(page);
    expect(await page.title()).toBe("Depot & Sons 1.4: contract report");
    expect(await page.locator("script, img, svg, iframe, [onerror], [onload]").count()).toBe(0);
    expect(await page.getByText(hostile).count()).toBeGreaterThan(0);
    expect(await page.getByText("\\u001b[2J").count()).toBeGreaterThan(0);
  }));

test("the policy of the page refuses scripts, styles and requests, should any come in", async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(urls.bad ?? "");
  await page.evaluate(`
    for (const html of ["<img src='http://127.0.0.1:9/x'>", "<p style='color: red'>", "<p onclick='document.title = 1'>"])
      document.body.insertAdjacentHTML("beforeend", html);
    document.body.lastElementChild.click();
    document.body.append(Object.assign(document.createElement("script"), { textContent: "document.title = 2" }));
  `);
  expect(await page.title()).toBe("Depot & Sons 1.4: contract report");
  expect(await page.evaluate("getComputedStyle(document.querySelector('p[style]')).color")).not.toBe("rgb(255, 0, 0)");
  await context.close();
});

test("everything can be read with the keyboard alone, with scripts off", () =>
  visit(
    "good",
    async (page) => {
      const part = page.locator("details", { has: page.getByRole("heading", { name: "getRun", exact: true }) });
      const checks = part.getByRole("columnheader", { name: "Check" });
      expect(await checks.isVisible()).toBe(false);
      await page.keyboard.press("Tab");
      await page.keyboard.press("Enter");
      const focused = part.locator("summary:focus");
      for (let presses = 0; presses < 20 && (await focused.count()) === 0; presses += 1)
        await page.keyboard.press("Tab");
      await page.keyboard.press("Enter");
      expect(await checks.isVisible()).toBe(true);
    },
    { javaScriptEnabled: false },
  ));
