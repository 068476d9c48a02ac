import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";

const names = ["chromium", "chromium-browser", "google-chrome"];

// The sandbox needs a user other than root. The rest keeps the browser from fetching anything of its own.
const launchArguments = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Starts Chromium with a user data folder of its own, which playwright makes and removes. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: findChromium(process.env), args: launchArguments });
}

/** @throws {Error} when there is no Chromium; the message says how to get one. */
export function findChromium(environment: NodeJS.ProcessEnv): string {
  const given = environment.CHROMIUM_PATH;
  if (given) {
    if (isExecutable(given)) return given;
    throw new Error(`CHROMIUM_PATH is "${given}", which is not an executable file. Set it to a Chromium or Chrome.`);
  }
  const folders = (environment.PATH ?? "").split(delimiter).filter(Boolean);
  const candidates = ["/usr/bin/chromium", ...names.flatMap((name) => folders.map((folder) => join(folder, name)))];
  const found = candidates.find(isExecutable);
  if (found) return found;
  throw new Error(
    `The browser tests need Chromium, and found none of /usr/bin/chromium, or ${names.join(", ")} on PATH. ` +
      "Install one (Debian: apt-get install chromium), or set CHROMIUM_PATH to one.",
  );
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
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
