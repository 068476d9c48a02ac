/** Packs once for all test files. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { copyInstalled, here, install, packAll } from "./project.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** A folder that has the client and the mock server installed from their tarballs. */
    project: string;
    /** Pairs of package name and tarball. */
    tarballs: [string, string][];
  }
}

export default async function setup({ provide }: TestProject): Promise<() => void> {
  const project = mkdtempSync(join(tmpdir(), "artifetch-packed-"));
  const tarballs = await packAll(project);
  writeFileSync(join(project, "package.json"), JSON.stringify({ private: true, type: "module" }));
  await install(project, "@artifetch/client", tarballs);
  await install(project, "@artifetch/mock-server", tarballs);
  copyInstalled(project, "@types/node", join(here, "node_modules"));
  provide("project", project);
  provide("tarballs", [...tarballs]);
  return () => rmSync(project, { recursive: true });
}
