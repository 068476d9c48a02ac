/** The documentation site: the time of its build, the weight of its pages as they reach a browser, and the scripts of its peers. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { listApis } from "@artifetch/document/load";
import { startMockServer } from "@artifetch/mock-server";
import { chromium, type Page, type Request } from "playwright-core";
import { chromiumArguments, findChromium } from "../../scripts/chromium.ts";
import { root } from "../../scripts/root.ts";
import { artifacts } from "../folders.ts";
import { toMedian } from "../rounds.ts";
import type { Table } from "../table.ts";
import peers from "./peers.json" with { type: "json" };

/** Bytes of script of the landing page. Source: issue 7. */
const budget = 60_000;

const rounds = 3;
const site = join(root, "packages/docs/dist");

export async function measure(): Promise<Table[]> {
  const times = Array.from({ length: rounds }, buildOnce);
  return [
    { title: `Build of the site, median of ${rounds}`, rows: [describeBuild(toMedian(times))] },
    { title: "A first visit, gzip -9 (bytes)", rows: await weighPages() },
    { title: "Script of a reference, gzip -9 (bytes)", rows: weighPeers() },
  ];
}

/** In seconds, nothing cached. */
function buildOnce(): number {
  const started = performance.now();
  execFileSync(process.execPath, ["--conditions=@artifetch/source", "build.ts"], {
    cwd: join(root, "packages/docs"),
    stdio: ["ignore", "ignore", "inherit"],
  });
  return (performance.now() - started) / 1000;
}

function describeBuild(seconds: number): Table["rows"][number] {
  const files = readdirSync(site, { recursive: true, encoding: "utf8" }).filter((file) =>
    statSync(join(site, file)).isFile(),
  );
  const pages = files.filter((file) => file.endsWith(".html")).length;
  const bytes = files.reduce((sum, file) => sum + statSync(join(site, file)).size, 0);
  return {
    pages,
    "other files": files.length - pages,
    MB: bytes / 1e6,
    seconds,
    "pages per second": pages / seconds,
  };
}

/** Pages as a browser loads them: everything that it asks for, each answer compressed. */
async function weighPages(): Promise<Table["rows"]> {
  const [api = ""] = listApis();
  const server = await startMockServer({ port: 0, docs: site });
  const browser = await chromium.launch({ executablePath: findChromium(process.env), args: chromiumArguments });
  const search = async (page: Page) => {
    await page.getByRole("searchbox").fill("artifact");
    await page.locator(".results a").first().waitFor();
  };
  try {
    const visits: [string, string, ((page: Page) => Promise<void>)?][] = [
      ["landing page", "index.html"],
      ["landing page, with a search", "index.html", search],
      [`guide of ${api}`, `guides/${api}.html`],
      [`reference of ${api}`, `reference/${api}/index.html`],
      [`the same without scripts`, `reference/${api}/plain.html`],
      [`try it, ${api}`, `try/${api}/index.html`],
    ];
    const rows: Table["rows"] = [];
    for (const [page, path, use] of visits) {
      const weights = await weighVisit(await browser.newPage(), `${server.url}/${path}`, use);
      rows.push({ page, ...weights, ...(path === "index.html" && { "script at most": budget }) });
    }
    return rows;
  } finally {
    await browser.close();
    await server.close();
  }
}

async function weighVisit(page: Page, url: string, use?: (page: Page) => Promise<void>) {
  const requests: Request[] = [];
  page.on("requestfinished", (request) => requests.push(request));
  await page.goto(url, { waitUntil: "networkidle" });
  await use?.(page);
  await page.waitForLoadState("networkidle");
  const weights = { requests: requests.length, document: 0, script: 0, stylesheet: 0, other: 0, total: 0 };
  for (const request of requests) {
    const bytes = compress((await (await request.response())?.body()) ?? Buffer.alloc(0));
    const type = request.resourceType();
    weights[type === "document" || type === "script" || type === "stylesheet" ? type : "other"] += bytes;
    weights.total += bytes;
  }
  await page.close();
  return weights;
}

/** What a page has to load before a reader can use a reference, as each project publishes it. */
function weighPeers(): Table["rows"] {
  const assets = join(site, "assets");
  const own = [
    { script: "artifetch: landing page, guides, search", bytes: weigh(join(assets, "portal.js")) },
    { script: "artifetch: try it, client included", bytes: weigh(join(assets, "try-it.js")) },
    { script: "artifetch: reference (Redoc, one copy for all)", bytes: weigh(join(assets, "redoc.standalone.js")) },
  ];
  const others = peers.map(({ name, version, package: source, file }) => ({
    script: `${name} ${version}`,
    bytes: weigh(fetchFile(source, version, file)),
  }));
  return [...own, ...others];
}

/** A file of a published package. Fetched alone, without what it depends on: only the file is weighed. */
function fetchFile(name: string, version: string, file: string): string {
  const folder = join(artifacts, "docs", `${name.replaceAll("/", "-")}-${version}`);
  mkdirSync(folder, { recursive: true });
  const options = ["pack", `${name}@${version}`, "--silent", "--ignore-scripts"];
  const archive = execFileSync("npm", options, { cwd: folder, encoding: "utf8" }).trim();
  execFileSync("tar", ["-xf", archive, `package/${file}`], { cwd: folder });
  return join(folder, "package", file);
}

function weigh(file: string): number {
  return compress(readFileSync(file));
}

function compress(content: Uint8Array): number {
  return gzipSync(content, { level: 9 }).length;
}
