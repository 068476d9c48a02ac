import type { AxeResults } from "axe-core";
import axeCore from "axe-core";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { expect } from "vitest";
import { chromiumArguments, findChromium } from "../../../scripts/chromium.ts";

/** Starts Chromium with a user data folder of its own, which playwright makes and removes. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: findChromium(process.env), args: chromiumArguments });
}

export interface VisitOptions extends BrowserContextOptions {
  /** Runs before the page is opened. */
  prepare?: (page: Page) => Promise<unknown>;
  /** What of the notes is meant to be there. */
  expected?: RegExp;
}

/** Opens a page in a new, empty browser context, and fails on whatever should not happen there. */
export async function visit(
  browser: Browser,
  url: string,
  check: (page: Page) => Promise<void>,
  { prepare, expected, ...options }: VisitOptions = {},
): Promise<void> {
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, ...options });
  // Only ends what hangs: a busy machine is slow, which is no fault.
  context.setDefaultTimeout(120_000);
  try {
    const page = await context.newPage();
    const problems = watchPage(page, url, options.javaScriptEnabled ?? true);
    await prepare?.(page);
    await page.goto(url, { waitUntil: "load" });
    await check(page);
    // Scripts may ask for something late.
    if (options.javaScriptEnabled ?? true) await page.waitForLoadState("networkidle");
    expect(problems.filter((problem) => !expected?.test(problem))).toEqual([]);
  } finally {
    await context.close();
  }
}

/**
 * Notes everything that should not happen on a page of the site: errors and warnings on the console, uncaught errors,
 * failed requests, error statuses, and requests to another host.
 *
 * @param scripts whether the page runs scripts. Where it does not, Chromium reports each of them as a failed request.
 * @returns the notes so far; grows as things happen.
 */
function watchPage(page: Page, siteUrl: string, scripts: boolean): string[] {
  const { origin } = new URL(siteUrl);
  const problems: string[] = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) problems.push(`console ${message.type()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => problems.push(`page error: ${error.message}`));
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (!["data:", "blob:"].includes(url.protocol) && url.origin !== origin)
      problems.push(`foreign request: ${url.href}`);
  });
  page.on("requestfailed", (request) => {
    const reason = request.failure()?.errorText;
    // Leaving a page aborts what it still loads.
    if (reason === "net::ERR_ABORTED" || (!scripts && request.resourceType() === "script")) return;
    problems.push(`failed request: ${request.url()}: ${reason}`);
  });
  page.on("response", (response) => {
    if (response.status() >= 400) problems.push(`status ${response.status()}: ${response.url()}`);
  });
  return problems;
}

/** Waits until Redoc has taken over the prerendered page: React puts its marks on the elements it has hydrated. */
export async function waitForRedoc(page: Page): Promise<void> {
  await page.waitForFunction(() => {
    const root = document.querySelector("#redoc #api-content");
    return root !== null && Object.keys(root).some((key) => key.startsWith("__reactFiber"));
  });
}

/** No wider than the window: nothing is reached only by scrolling sideways. */
export async function expectNoOverflow(page: Page): Promise<void> {
  const { scrollWidth, clientWidth } = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return { scrollWidth, clientWidth };
  });
  expect(scrollWidth).toBeLessThanOrEqual(clientWidth);
}

/**
 * What axe finds on the page as it stands, as text.
 *
 * @param rule the only one to look for. Default: all, those that axe calls best practices included.
 */
export async function findBarriers(page: Page, rule?: string): Promise<string[]> {
  // By the debugger, which the policy of the page does not bind.
  await page.evaluate(axeCore.source);
  const { violations } = await page.evaluate<AxeResults>(
    `axe.run(${JSON.stringify({
      resultTypes: ["violations"],
      ...(rule && { runOnly: { type: "rule", values: [rule] } }),
    })})`,
  );
  return violations.flatMap(({ id, impact, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${impact} ${id} ${target}: ${failureSummary}`),
  );
}
