import { createStyle } from "./report/index.ts";
import { run } from "./run.ts";

const stop = new AbortController();
// Once: a second signal ends the process as signals do.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort(signal));

process.exitCode = await run(process.argv.slice(2), {
  environment: process.env,
  print: (line) => console.log(line),
  printError: (line) => console.error(line),
  signal: stop.signal,
  progress: process.stderr,
  columns: process.stdout.columns,
  style: createStyle(process.stdout),
});
