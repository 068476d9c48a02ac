/** What `pnpm generate` writes: for each step a folder, and the files that belong into it, from `specs/` alone. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bundleDocument, listApis, loadDocument } from "@artifetch/document/load";
import { generateClient } from "../packages/client/generate.ts";
import { generateTypes } from "../packages/types/generate.ts";
import { root } from "./root.ts";

/** Map from file name to content. */
export type Files = ReadonlyMap<string, string>;

interface Step {
  /** The folder that the step owns, from the root; nothing else lives in it. */
  folder: string;
  generate(): Promise<Files>;
}

/** Names of the APIs: the folders of `specs/` that hold an entry document. */
export function listSpecs(folder = join(root, "specs")): string[] {
  return readdirSync(folder)
    .filter((name) => existsSync(join(folder, name, "openapi.yaml")))
    .sort();
}

export const steps: Record<"bundle" | "client" | "types", Step> = {
  bundle: {
    folder: "packages/document/bundled",
    generate: () =>
      forEach(listSpecs(), ".json", async (api) => {
        const document = await bundleDocument(join(root, "specs", api, "openapi.yaml"));
        return `${JSON.stringify(document)}\n`;
      }),
  },
  // These two start from the bundles, so that specs/ is read once.
  types: {
    folder: "packages/types/generated",
    generate: () => forEach(listApis(), ".d.ts", async (api) => generateTypes(api, (await loadDocument(api)).document)),
  },
  client: {
    folder: "packages/client/src/generated",
    generate: () => forEach(listApis(), ".ts", async (api) => generateClient(api, (await loadDocument(api)).document)),
  },
};

async function forEach(
  apis: readonly string[],
  extension: string,
  generate: (api: string) => Promise<string>,
): Promise<Files> {
  const files = new Map<string, string>();
  for (const api of apis) files.set(api + extension, await generate(api));
  return files;
}

/** Makes a folder hold exactly these files; a file that is right already is left alone. */
export function writeFiles(folder: string, files: Files): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of files) {
    const path = join(folder, name);
    if (!existsSync(path) || readFileSync(path, "utf8") !== content) writeFileSync(path, content);
  }
  for (const name of readdirSync(folder)) {
    if (!files.has(name)) rmSync(join(folder, name), { recursive: true });
  }
}

/** The files of a folder that differ from what they should be: changed, missing, or not expected there. */
export function compareFiles(folder: string, files: Files): string[] {
  const found = existsSync(folder) ? readdirSync(folder) : [];
  const wrong = [...files].flatMap(([name, content]) => {
    if (!found.includes(name)) return [`${name}: missing`];
    return readFileSync(join(folder, name), "utf8") === content ? [] : [`${name}: changed`];
  });
  return [...wrong, ...found.filter((name) => !files.has(name)).map((name) => `${name}: not generated from any API`)];
}
