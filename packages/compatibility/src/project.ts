/** The published packages as a user gets them: packed, and put into a fresh project with nothing else in it. */
import { execFile } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Plan } from "./plan.ts";

const run = promisify(execFile);

/** Folder of this package. */
export const here = fileURLToPath(new URL("..", import.meta.url));
const packages = dirname(here);

export interface Manifest {
  name: string;
  version: string;
  private?: boolean;
  exports?: Record<string, unknown>;
  bin?: string | Record<string, string>;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

export function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
}

/** The manifest in a tarball. */
export async function readPacked(tarball: string): Promise<Manifest> {
  const { stdout } = await run("tar", ["-xzOf", tarball, "package/package.json"]);
  return JSON.parse(stdout);
}

/** The script behind a command of an installed package. */
export function toExecutable(folder: string, command: string): string {
  const { bin } = readManifest(folder);
  const file = typeof bin === "string" ? bin : bin?.[command];
  if (!file) throw new Error(`The package in ${folder} has no command ${command}.`);
  return join(folder, file);
}

/** Map from the name of every published package to its folder. */
export function listPublished(): Map<string, string> {
  const folders = readdirSync(packages).map((name) => join(packages, name));
  return new Map(
    folders.flatMap((folder) => {
      const manifest = readManifest(folder);
      return manifest.private ? [] : [[manifest.name, folder] as const];
    }),
  );
}

/** Packs every published package into a folder; resolves to a map from name to tarball. */
export async function packAll(folder: string): Promise<Map<string, string>> {
  const entries = [...listPublished()].map(async ([name, source]) => {
    const { stdout } = await run("pnpm", ["pack", "--json", "--pack-destination", folder], {
      cwd: source,
      shell: process.platform === "win32",
    });
    return [name, JSON.parse(stdout).filename] as const;
  });
  return new Map(await Promise.all(entries));
}

/**
 * Installs a packed package into `node_modules` of a project, with what its manifest asks for and no more: other packed
 * packages from their tarballs, the rest linked to where this workspace has it.
 */
export async function install(project: string, name: string, tarballs: ReadonlyMap<string, string>): Promise<void> {
  const tarball = tarballs.get(name);
  if (!tarball) throw new Error(`${name} is not among the packed packages.`);
  const target = join(project, "node_modules", name);
  if (existsSync(target)) return;
  mkdirSync(target, { recursive: true });
  await run("tar", ["-xzf", tarball, "--strip-components=1", "-C", target]);
  for (const dependency of Object.keys(readManifest(target).dependencies ?? {})) {
    if (tarballs.has(dependency)) await install(project, dependency, tarballs);
    else linkInstalled(project, dependency, join(listPublished().get(name) ?? "", "node_modules"));
  }
}

/** Links an installed package, whose dependencies pnpm keeps beside what the link leads to. */
function linkInstalled(project: string, name: string, nodeModules: string): void {
  const link = join(project, "node_modules", name);
  if (existsSync(link)) return;
  mkdirSync(dirname(link), { recursive: true });
  symlinkSync(realpathSync(join(nodeModules, name)), link, "junction");
}

/** Copies an installed package and its dependencies, which pnpm keeps beside it. */
export function copyInstalled(project: string, name: string, nodeModules: string): void {
  const source = realpathSync(join(nodeModules, name));
  cpSync(source, join(project, "node_modules", name), { recursive: true });
  const siblings = source.slice(0, -name.length);
  for (const dependency of Object.keys(readManifest(source).dependencies ?? {}))
    copyInstalled(project, dependency, siblings);
}

/** Copies the suite into a folder of a project, with the factories of the planned APIs and the plan itself. */
export function writeSuite(folder: string, plan: Plan): void {
  cpSync(join(here, "suite"), folder, { recursive: true });
  const imports = plan.apis.map(({ name }, index) => `import * as api${index} from "@artifetch/client/${name}";`);
  const entries = plan.apis.map(({ name }, index) => `  ${JSON.stringify(name)}: findFactory(api${index}),`);
  writeFileSync(
    join(folder, "factories.js"),
    `${imports.join("\n")}

const findFactory = (module) => Object.entries(module).find(([name]) => name.startsWith("create"))[1];

export const factories = {
${entries.join("\n")}
};
`,
  );
  writeFileSync(join(folder, "plan.js"), `export const plan = ${JSON.stringify(plan)};\n`);
}
