import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { JsonObject } from "@artifetch/document";
import type { Api } from "./api.ts";
import { contentSecurityPolicy, escapeHtml, toText } from "./html.ts";
import { inferredUrl } from "./inferred-page.ts";
import { applyPatches, type Patch } from "./patch.ts";
import { withProvenance } from "./provenance.ts";
import { redocPatches } from "./redoc-patches.ts";
import { type Sample, withSamples } from "./samples/samples.ts";
import { withTryLinks } from "./try-it/links.ts";

const run = promisify(execFile);
const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));
const cli = fileURLToPath(import.meta.resolve("@redocly/cli/bin/cli.js"));
const redocBundle = fileURLToPath(import.meta.resolve("redoc/bundles/redoc.standalone.js"));
const redocPackage = fileURLToPath(import.meta.resolve("redoc/package.json"));

/** Height of the bar above the reference (`.bar` in site.css), in pixels. */
const barHeightPx = 48;

/** Options of Redoc: https://redocly.com/docs/redoc/v3.x/config */
const redocOptions = {
  downloadUrls: [{ title: "OpenAPI document", url: "openapi.json" }],
  scrollYOffset: barHeightPx,
  // The first is shown where the reader has not chosen; "payload" is the body alone.
  codeSamples: { languages: [{ lang: "TypeScript" }, { lang: "curl" }, { lang: "payload", label: "Payload" }] },
};

/** Redoc for the browser, as the site serves it: one file for all pages. */
export async function readRedoc(): Promise<string> {
  return applyPatches(await readFile(redocBundle, "utf8"), redocPatches, "redoc.standalone.js");
}

/** Redoc's licence, which asks to go with every copy. */
export async function readRedocLicense(): Promise<string> {
  return readFile(join(redocPackage, "../LICENSE"), "utf8");
}

export interface Reference {
  html: string;
  /** Map from operation id to the fragment that leads to it, without `#`. */
  permalinks: Map<string, string>;
}

/**
 * An API's reference: prerendered by `redocly build-docs`, then made independent of where it lies.
 *
 * @param workFolder a folder for the files that build-docs reads and writes.
 * @throws {Error} when build-docs fails, or an operation is missing from the page's text.
 */
export async function renderReference(api: Api, samples: readonly Sample[], workFolder: string): Promise<Reference> {
  const documentFile = join(workFolder, `${api.name}.json`);
  const outputFile = join(workFolder, `${api.name}.html`);
  const document = withSamples(withProvenance(withTryLinks(api), inferredUrl), api.operations, samples);
  await writeFile(documentFile, JSON.stringify(document));
  const template = [
    "--template",
    here("reference.hbs"),
    "--templateOptions.policy",
    contentSecurityPolicy,
    "--templateOptions.api",
    api.name,
  ];
  const options = ["--openapi", JSON.stringify(redocOptions), "--title", `${api.title} – Artifetch`];
  const cliArguments = ["build-docs", documentFile, "--output", outputFile, ...template, ...options];
  await run(process.execPath, ["--import", here("patch-redocly-cli.ts"), cli, ...cliArguments], {
    // Not the work tree's root: its redocly.yaml is about linting.
    cwd: here("."),
    env: { ...process.env, REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_UPDATE_NOTICE: "true" },
  }).catch((error: Error & { stderr?: string }) => {
    // The CLI prints its manual before the error.
    const reason = /^Error: .*/m.exec(error.stderr ?? "")?.[0] ?? error.stderr ?? error.message;
    throw new Error(`${api.name}: redocly build-docs failed: ${reason}`, { cause: error });
  });
  const page = makeLocal(await readFile(outputFile, "utf8"), await readRedocVersion());
  checkReference(api, page);
  return { html: page, permalinks: findPermalinks(api, page) };
}

async function readRedocVersion(): Promise<string> {
  const { version } = JSON.parse(await readFile(redocPackage, "utf8")) as { version: string };
  return version;
}

/** Takes Redoc from the site's own copy, and makes the links between sections of the prerendered page fragments of that page. */
function makeLocal(page: string, redocVersion: string): string {
  const cdn = `https://cdn\\.redocly\\.com/redoc/v${redocVersion.replaceAll(".", "\\.")}/bundles/redoc\\.standalone\\.js`;
  const script = "../../assets/redoc.standalone.js";
  const patches: Patch[] = [
    {
      purpose: "Redoc is preloaded from the site",
      find: new RegExp(`<link rel="modulepreload" href="${cdn}"[^>]*>`),
      replacement: `<link rel="modulepreload" href="${script}">`,
    },
    {
      purpose: "Redoc is imported from the site",
      find: new RegExp(`(import \\{ hydrate \\} from )"${cdn}"`),
      replacement: `$1"${script}"`,
    },
  ];
  return applyPatches(page, patches, "build-docs").replaceAll(
    /(<a\b[^>]*\shref=")\/(?!\/)([^"]*)/g,
    (_, start, path) =>
      // One "#" names a section by its id, which also works without script; the router reads it like "#/…".
      path.includes("#") ? `${start}#/${path}` : `${start}#${path}`,
  );
}

/** Redoc's ids of sections: `<tag>/<operation>`, in lower case. */
function findPermalinks({ name, operations }: Api, page: string): Map<string, string> {
  const ids = Array.from(page.matchAll(/\sid="([^"/]+\/([^"/]+))"/g), ([, id = "", last = ""]) => [last, id] as const);
  const byOperation = new Map(ids.toReversed());
  const permalinks = operations.map(({ id }) => [id, byOperation.get(id.toLowerCase()) ?? ""] as const);
  const missing = permalinks.filter(([, fragment]) => fragment === "").map(([id]) => id);
  if (missing.length > 0) throw new Error(`${name}: no permalink in the reference: ${missing.join(", ")}`);
  return new Map(permalinks);
}

function checkReference({ name, operations }: Api, page: string): void {
  if (!page.includes('"disableTelemetry":true')) throw new Error(`${name}: build-docs left Redoc's telemetry on`);
  const foreign = page.match(/<(?:script|link|img|iframe)\b[^>]*\s(?:src|href)="(?:https?:)?\/\/[^"]*"/)?.[0];
  if (foreign) throw new Error(`${name}: the reference loads from another host: ${foreign}`);
  // What Redoc's script is given, after the prerendered page, is no text of it.
  const content = page.slice(page.indexOf('id="api-content"'), page.lastIndexOf('<script type="module">'));
  const text = toText(content);
  const code = content.replaceAll(/<[^>]*>/g, "");
  const called = new Set(Array.from(code.matchAll(/\bclient\.([\w$]+)/g), ([, id]) => id));
  const missing = operations.flatMap(({ id, summary, source }) => [
    ...(summary && !text.includes(summary.replaceAll(/\s+/g, " ")) ? [`the summary of ${id}`] : []),
    ...(called.has(id) ? [] : [`the sample of ${id}`]),
    ...listProvenance(source)
      .filter((line) => !text.includes(toText(escapeHtml(line))))
      .map((line) => `"${line}" of ${id}`),
  ]);
  if (missing.length > 0) throw new Error(`${name}: not in the reference's text: ${missing.join(", ")}`);
}

/** Sources of an operation; its own mark is Markdown, whose text is another. */
function listProvenance({ "x-sources": sources }: JsonObject): string[] {
  return Array.isArray(sources) ? sources.map(String) : [];
}
