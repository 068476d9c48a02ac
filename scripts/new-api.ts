/** Writes a skeleton of a document that lints, compiles and can be mocked: `pnpm new-api <name>`. */
import { existsSync } from "node:fs";
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { listSpecs } from "./generated-files.ts";
import { root } from "./root.ts";

const template = join(root, "scripts/new-api");

/**
 * Makes `<specs>/<name>/` from the template, whole or not at all.
 *
 * @throws {Error} for a name that is no folder name in kebab-case, or that is taken.
 */
export async function createApi(name: string, specs = join(root, "specs")): Promise<string> {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) {
    throw new Error(
      `"${name}" cannot be an API name: it takes lower-case words and digits joined by "-", such as "my-platform".`,
    );
  }
  const folder = join(specs, name);
  if (existsSync(folder)) throw new Error(`specs/${name} exists already. APIs: ${listSpecs(specs).join(", ")}.`);

  const draft = join(specs, `.${name}.new`);
  await rm(draft, { recursive: true, force: true });
  await mkdir(specs, { recursive: true });
  try {
    await cp(template, draft, { recursive: true });
    for (const file of await readdir(draft, { recursive: true, withFileTypes: true })) {
      if (!file.isFile()) continue;
      const path = join(file.parentPath, file.name);
      await writeFile(path, (await readFile(path, "utf8")).replaceAll("API_NAME", name));
    }
    await rename(draft, folder);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return folder;
}

if (import.meta.main) {
  const [name = "", ...rest] = process.argv.slice(2);
  try {
    if (rest.length > 0 || name === "") throw new Error("Usage: pnpm new-api <name>");
    await createApi(name);
    console.log(`Wrote specs/${name}. Edit it, then: pnpm generate`);
  } catch (error) {
    console.error(`new-api: ${(error as Error).message}`);
    process.exitCode = 2;
  }
}
