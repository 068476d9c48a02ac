/** Serves every API and the docs site on one port until stopped: `pnpm start`; `PORT` overrides 4010. */
import { join } from "node:path";
import { root } from "./root.ts";
import { runTurbo } from "./turbo.ts";

const code = await runTurbo(["--output-logs=errors-only", "generate:bundle", "docs"]);
if (code !== 0) process.exit(code);

// The command reads its options from here when it is imported; what this script was given is given on.
process.argv.splice(2, 0, "--port", readPort(process.env.PORT), "--docs", join(root, "packages/docs/dist"));
await import("@artifetch/mock-server/cli");

function readPort(value: string | undefined): string {
  if (value === undefined || value === "") return "4010";
  if (/^\d+$/.test(value) && Number(value) <= 65535) return value;
  console.error(`start: PORT is "${value}"; it takes a number from 0 (any free port) to 65535.`);
  process.exit(2);
}
