/**
 * Runs turbo tasks by name: `node scripts/turbo.ts <task…> [turbo options]`.
 *
 * A wrapper only because telemetry and update notices of turbo and of the tools that it starts can be turned off by
 * environment variables alone.
 */
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { root } from "./root.ts";

const quietEnvironment = {
  DO_NOT_TRACK: "1",
  REDOCLY_SUPPRESS_UPDATE_NOTICE: "true",
  REDOCLY_TELEMETRY: "off",
  TURBO_NO_UPDATE_NOTIFIER: "1",
  TURBO_TELEMETRY_DISABLED: "1",
};

/** Runs turbo with the given arguments in the workspace root and resolves to its exit code. */
export function runTurbo(args: readonly string[]): Promise<number> {
  const child = spawn("turbo", ["run", "--log-order=grouped", ...args], {
    cwd: root,
    env: { ...process.env, ...quietEnvironment },
    shell: process.platform === "win32",
    stdio: "inherit",
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
  });
}

if (import.meta.main) process.exitCode = await runTurbo(["--output-logs=new-only", ...process.argv.slice(2)]);
