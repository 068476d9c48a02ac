import { copyFile, mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Api, readApis } from "./api.ts";
import { inferredUrl, renderInferred } from "./inferred-page.ts";
import { toReferencePath } from "./landing.ts";
import { checkLinks } from "./links.ts";
import { type PortalOptions, writePortal } from "./portal/portal.ts";
import { readRedoc, readRedocLicense, renderReference } from "./reference.ts";
import { checkSamples } from "./samples/check.ts";
import { createSamples, type Sample } from "./samples/samples.ts";
import { toTryPath } from "./try-it/links.ts";
import { bundleTryScript, renderTryPage } from "./try-it/page.ts";

/** Work files: on the same file system as the site, so that moving is one step, and ignored by git. */
const workFolder = fileURLToPath(new URL("../.artifacts/", import.meta.url));

/**
 * Builds the site. What stood in the folder before is replaced as a whole, and only by a complete site.
 *
 * @returns the APIs that the site documents.
 */
export async function buildSite(folder: string, options: PortalOptions = {}): Promise<Api[]> {
  const apis = await readApis();
  const samples = apis.flatMap(createSamples);
  await mkdir(workFolder, { recursive: true });
  const work = await mkdtemp(join(workFolder, "site-"));
  try {
    const next = join(work, "next");
    await writeAssets(join(next, "assets"));
    await finishAll([
      checkSamples(samples).then(({ hasCurl }) => {
        if (!hasCurl) console.warn("docs: there is no curl here, so the curl lines have not been run");
      }),
      ...apis.map((api) => writeReference(api, samples, join(next, toReferencePath(api)), work)),
      // These compute here, while the others wait for processes of their own.
      ...apis.map((api) => writeTryPage(api, join(next, toTryPath(api)))),
      writePortal(apis, next, options),
    ]);
    await checkLinks(next);
    await replaceFolder(next, folder, join(work, "previous"));
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return apis;
}

/**
 * Waits for all, so that nothing writes on into a folder that is removed.
 *
 * @throws {Error} that says what each of them has to complain of.
 */
async function finishAll(tasks: readonly Promise<void>[]): Promise<void> {
  const problems = (await Promise.allSettled(tasks)).flatMap((result) =>
    result.status === "rejected" ? [result.reason as Error] : [],
  );
  const [first, ...others] = problems;
  if (first && others.length === 0) throw first;
  if (first) throw new Error(problems.map(({ message }) => message).join("\n"), { cause: first });
}

async function writeAssets(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const copied = ["site.css", "icon.svg", "try-it/try-it.css"];
  await Promise.all([
    ...copied.map((file) => copyFile(fileURLToPath(new URL(file, import.meta.url)), join(folder, basename(file)))),
    writeFile(join(folder, "try-it.js"), await bundleTryScript()),
    writeFile(join(folder, "redoc.standalone.js"), await readRedoc()),
    writeFile(join(folder, "redoc.LICENSE.txt"), await readRedocLicense()),
  ]);
}

async function writeReference(api: Api, samples: readonly Sample[], folder: string, work: string): Promise<void> {
  const own = samples.filter((sample) => sample.api === api.name);
  await mkdir(folder, { recursive: true });
  const { html, permalinks } = await renderReference(api, own, work);
  await writeFile(join(folder, "index.html"), html);
  const inferredFile = join(folder, inferredUrl);
  await mkdir(dirname(inferredFile), { recursive: true });
  await writeFile(inferredFile, renderInferred(api, permalinks));
}

async function writeTryPage(api: Api, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "index.html"), renderTryPage(api));
}

async function replaceFolder(next: string, folder: string, previous: string): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  await rename(folder, previous).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
  });
  await rename(next, folder);
}
