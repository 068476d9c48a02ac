import { spawnSync } from "node:child_process";
import { root } from "../scripts/root.ts";

/** Builds a package as it would be published, so that no measurement is of an old build. */
export async function build(packageName: string): Promise<void> {
  const { status, stderr, stdout } = spawnSync(
    process.execPath,
    ["scripts/turbo.ts", "build", `--filter=${packageName}`],
    {
      cwd: root,
      encoding: "utf8",
    },
  );
  if (status !== 0) throw new Error(`The build of ${packageName} failed:\n${stdout}${stderr}`);
}
