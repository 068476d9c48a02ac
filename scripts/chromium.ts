/** Where Chromium is, and how it is started: for every test in a browser. */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

const names = ["chromium", "chromium-browser", "google-chrome"];

// The sandbox needs a user other than root. The rest keeps the browser from fetching anything of its own.
export const chromiumArguments = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

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
