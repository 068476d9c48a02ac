/** Prints in Markdown what changed in the documents since a commit: `pnpm --silent api-diff <commit>`. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { listSpecs } from "./generated-files.ts";
import { root } from "./root.ts";

const run = promisify(execFile);

/**
 * Compares the documents of a repository with those of one of its commits.
 *
 * @param commit anything that git takes for one.
 * @returns Markdown: a section per API that differs, with the semver bump of every change; a sentence where none does.
 * @throws {Error} when git knows no such commit, or a document cannot be read.
 */
export async function diffApis(commit: string, repository = root): Promise<string> {
  const workFolder = join(root, ".artifacts");
  await mkdir(workFolder, { recursive: true });
  const base = await mkdtemp(join(workFolder, "api-diff-"));
  try {
    await checkOut(commit, repository, base);
    const [before, now] = [base, repository].map((folder) => listApis(join(folder, "specs")));
    const names = [...new Set([...(before ?? []), ...(now ?? [])])].sort();
    const sections = await Promise.all(
      names.map(async (name) => {
        if (!now?.includes(name)) return `## ${name}\n\nThe API is gone.`;
        if (!before?.includes(name)) return `## ${name}\n\nThe API is new.`;
        return diffApi(name, base, repository);
      }),
    );
    const found = sections.filter((section) => section !== "");
    return found.length > 0 ? `${found.join("\n\n")}\n` : "No API has changed.\n";
  } finally {
    await rm(base, { recursive: true });
  }
}

function listApis(specs: string): string[] {
  return existsSync(specs) ? listSpecs(specs) : [];
}

/** Writes `specs/` of a commit into a folder. */
async function checkOut(commit: string, repository: string, folder: string): Promise<void> {
  const archive = join(folder, "specs.tar");
  // The end of options: a commit that begins with a dash is none.
  const options = ["archive", "--output", archive, "--end-of-options", commit, "specs"];
  await run("git", options, { cwd: repository }).catch((error: Error & { stderr?: string }) => {
    throw new Error(`git has no specs of "${commit}": ${error.stderr?.trim() || error.message}`, { cause: error });
  });
  await run("tar", ["-xf", archive, "-C", folder]);
}

async function diffApi(name: string, base: string, repository: string): Promise<string> {
  const [before, now] = [base, repository].map((folder) => join(folder, "specs", name, "openapi.yaml"));
  const output = join(base, `${name}.md`);
  const options = [
    "--format",
    "markdown",
    "--output",
    output,
    "--fail-on",
    "none",
    "--config",
    join(root, "redocly.yaml"),
  ];
  await run("redocly", ["diff", before ?? "", now ?? "", ...options], {
    cwd: root,
    env: { ...process.env, REDOCLY_SUPPRESS_UPDATE_NOTICE: "true", REDOCLY_TELEMETRY: "off" },
  }).catch((error: Error & { stderr?: string }) => {
    throw new Error(`${name}: redocly diff failed: ${error.stderr?.trim() || error.message}`, { cause: error });
  });
  const [, ...lines] = (await readFile(output, "utf8")).trim().split("\n");
  const changes = lines.filter((line) => line.startsWith("| "));
  // The head of the table and the line below it are always there.
  if (changes.length <= 2) return "";
  // Locations are paths from here, of what was and of what is.
  const text = lines.join("\n").replaceAll(/(?:\.\.\/|[\w.-]+\/)*(specs\/)/g, "$1");
  return `## ${name}\n${text}`;
}

if (import.meta.main) {
  const [commit, ...rest] = process.argv.slice(2);
  try {
    if (commit === undefined || rest.length > 0) throw new Error("Usage: pnpm api-diff <commit>");
    process.stdout.write(await diffApis(commit));
  } catch (error) {
    console.error(`api-diff: ${(error as Error).message}`);
    process.exitCode = 2;
  }
}
