import { spawnSync } from "node:child_process";

/** Checks the TypeScript project in a folder and returns what the compiler says: nothing where all is well. */
export function compile(folder: string): string {
  const { error, stderr, stdout } = spawnSync("tsc", ["-p", folder], { encoding: "utf8" });
  if (error) throw error;
  return stdout + stderr;
}
