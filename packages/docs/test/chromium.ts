import { type Browser, chromium, type Page } from "playwright-core";
import { chromiumArguments, findChromium } from "../../../scripts/chromium.ts";

/** Starts Chromium with a user data folder of its own, which playwright makes and removes. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: findChromium(process.env), args: chromiumArguments });
}

/**
 * Notes everything that should not happen on a page of the site: errors and warnings on the console, uncaught errors,
 * failed requests, error statuses, and requests to another host.
 *
 * @param scripts whether the page runs scripts. Where it does not, Chromium reports each of them as a failed request.
 * @returns the notes so far; grows as things happen.
 */
export function watchPage(page: Page, siteUrl: string, scripts: boolean): string[] {
  const { origin } = new URL(siteUrl);
  const problems: string[] = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) problems.push(`console ${message.type()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => problems.push(`page error: ${error.message}`));
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.protocol !== "data:" && url.origin !== origin) problems.push(`foreign request: ${url.href}`);
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
