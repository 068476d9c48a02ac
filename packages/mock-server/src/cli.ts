/** The command `artifetch-mock`. Runs when it is imported. */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type ParseArgsConfig, parseArgs } from "node:util";
import { listNearNames } from "@artifetch/document";
import { DocumentError, listApis } from "@artifetch/document/load";
import { MockServerError, OptionError } from "./errors.ts";
import { getStandardOutput } from "./line-writer.ts";
import { checkServerOptions, defaultHost, defaultPort, logFormats, type MockServerOptions } from "./options.ts";
import { createPaint } from "./paint.ts";
import { startMockServer } from "./server.ts";
import { formatStart } from "./start-table.ts";
import type { WorkerRole, Workers } from "./workers.ts";

const options = {
  port: { type: "string" },
  host: { type: "string" },
  dynamic: { type: "boolean" },
  seed: { type: "string" },
  errors: { type: "boolean" },
  fault: { type: "string", multiple: true },
  latency: { type: "string" },
  stateful: { type: "boolean" },
  "state-after-polls": { type: "string" },
  "state-after-ms": { type: "string" },
  "no-cors": { type: "boolean" },
  docs: { type: "string" },
  "no-docs": { type: "boolean" },
  journal: { type: "boolean" },
  log: { type: "string" },
  watch: { type: "boolean" },
  workers: { type: "string" },
  help: { type: "boolean" },
  version: { type: "boolean" },
} satisfies ParseArgsConfig["options"];

const renderHelp = () => `Usage: artifetch-mock [target ...] [options]

A target is the name of an API, or the path or URL of an OpenAPI 3.x document.
One target is served at /, several each at /<name>; none means every API.

  --port PORT      0 picks a free port (default ${defaultPort})
  --host HOST      address to listen on (default ${defaultHost})
  --dynamic        make bodies up from their schemas instead of sending examples
  --seed TEXT      make dynamic answers and faults repeatable
  --errors         answer 500 where an answer breaks its own schema
  --fault TEXT     a fault for a share of the requests: "10% status=503; retry-after=2" (repeatable)
  --latency MS     wait before every answer: 50, or a range: 20-80
  --stateful       remember: what is created is there, what is deleted is gone, jobs move
  --state-after-polls N  with --stateful, a job moves on with every Nth request for it (default 1)
  --state-after-ms MS    with --stateful, a job moves on every MS milliseconds instead
  --no-cors        no CORS headers, no answers to preflight requests
  --docs DIR       static site for / (default: a page that lists the APIs)
  --no-docs        nothing at /
  --journal        keep requests and answers, to read at /__artifetch/journal
  --log FORMAT     one line per request: ${logFormats.join(", ")} (default pretty)
  --watch          reload a document when one of its files changes
  --workers N      serve from N processes, 1 to ${workerLimit} (default 1)
  --help           this text
  --version        version of this program

A request chooses its answer with the header Prefer: code=404, example=NAME, dynamic=true.

APIs: ${listApis().join(", ")}
`;

const workerLimit = 64;

/** A misuse, or a document or address that cannot be used: its message is for the user, no stack trace. */
const exitCodeMisuse = 2;

class UsageError extends Error {}

await run(process.argv.slice(2));

async function run(commandLine: string[]): Promise<void> {
  try {
    const { values, positionals } = readCommandLine(commandLine);
    if (values.help) process.stdout.write(renderHelp());
    else if (values.version) process.stdout.write(`${readVersion()}\n`);
    else await serve(toServerOptions(values, positionals), readWorkers(values), commandLine);
  } catch (error) {
    process.stderr.write(`artifetch-mock: ${describe(error)}\n`);
    process.exitCode = exitCodeMisuse;
  }
}

type Values = ReturnType<typeof readCommandLine>["values"];

function readCommandLine(commandLine: string[]) {
  try {
    return parseArgs({ args: commandLine, options, allowPositionals: true });
  } catch (error) {
    const [reason] = (error as Error).message.split(/\. To specify|\n/);
    const names = Object.keys(options).map((name) => `--${name}`);
    const [, unknown = ""] = /^Unknown option '(--[^']+)'/.exec(reason ?? "") ?? [];
    const near = listNearNames(unknown, names);
    const meant = near.length > 0 ? ` Did you mean ${near.join(" or ")}?` : "";
    throw new UsageError(`${reason?.replace(/\.$/, "")}.${meant} Options: ${names.join(", ")}.`);
  }
}

function toServerOptions(values: Values, targets: string[]): MockServerOptions {
  if (values["no-docs"] && values.docs !== undefined) throw new UsageError("--docs and --no-docs exclude each other.");
  const port = values.port;
  return {
    targets,
    // What is no number stays as it is, for the message that refuses it.
    ...(port !== undefined && { port: /^\d+$/.test(port) ? Number(port) : (port as unknown as number) }),
    host: values.host,
    dynamic: values.dynamic,
    seed: values.seed,
    errors: values.errors,
    fault: values.fault,
    latency: values.latency,
    stateful: toStateful(values),
    cors: !values["no-cors"],
    docs: values["no-docs"] ? false : values.docs,
    journal: values.journal,
    log: (values.log ?? "pretty") as MockServerOptions["log"],
    watch: values.watch,
  };
}

function toStateful(values: Values): MockServerOptions["stateful"] {
  const pace = [
    ["state-after-polls", "afterPolls"],
    ["state-after-ms", "afterMs"],
  ] as const;
  const given = pace.flatMap(([name, option]) => {
    const value = values[name];
    if (value === undefined) return [];
    if (!values.stateful) throw new UsageError(`--${name} needs --stateful.`);
    if (!/^[1-9]\d*$/.test(value)) throw new UsageError(`--${name} is "${value}"; it takes an integer of at least 1.`);
    return [[option, Number(value)] as const];
  });
  return given.length > 0 ? Object.fromEntries(given) : values.stateful;
}

function readWorkers(values: Values): number {
  const { workers = "1" } = values;
  const count = /^\d+$/.test(workers) ? Number(workers) : 0;
  if (count < 1 || count > workerLimit) {
    throw new OptionError("workers", `is "${workers}"; it takes an integer from 1 to ${workerLimit}.`);
  }
  const single = ["stateful", "journal"].find((name) => name in values && values[name as keyof Values]);
  if (count > 1 && single !== undefined) {
    throw new UsageError(`--workers and --${single} exclude each other: each worker would have a memory of its own.`);
  }
  return count;
}

async function serve(serverOptions: MockServerOptions, workers: number, commandLine: string[]): Promise<void> {
  const started =
    workers > 1
      ? await startMany(serverOptions, workers, commandLine)
      : { ...(await startOne(serverOptions, { slot: 0 })), kill: () => {} };
  if (!started) return;
  // Before anything is printed: whoever waits for the first line may send a signal at once.
  for (const signal of ["SIGINT", "SIGTERM"] as const) stopOn(signal, started);
  await print(started.start);
}

/** @param role the worker in the first slot speaks for all. */
async function startOne(serverOptions: MockServerOptions, { slot, port = serverOptions.port }: Partial<WorkerRole>) {
  const server = await startMockServer({
    ...serverOptions,
    port,
    writeMessage: slot === 0 ? writeMessage : () => {},
  });
  return { start: formatStart(server, serverOptions, createPaint(process.stdout)), close: server.close };
}

/** In a worker, which has the same command line: serves as one of them, and resolves to undefined. */
async function startMany(
  serverOptions: MockServerOptions,
  count: number,
  commandLine: string[],
): Promise<Workers | undefined> {
  // Loaded only here: a single process needs none of it, and it takes a tenth of the start.
  const { isWorker, serveAsWorker, startWorkers } = await import("./workers.ts");
  if (isWorker) {
    await serveAsWorker((role) => startOne(serverOptions, role), describe);
    return undefined;
  }
  checkServerOptions(serverOptions);
  const { port = defaultPort, host = defaultHost } = serverOptions;
  return startWorkers({ count, port, host, file: fileURLToPath(import.meta.url), commandLine, writeMessage });
}

/** The first signal lets open requests finish; a second one ends the process at once, as it would without this. */
function stopOn(signal: NodeJS.Signals, { close, kill }: { close(): Promise<void>; kill(): void }): void {
  // One listener for both: Deno calls one that is added meanwhile for the same signal.
  let isStopping = false;
  const onSignal = (): void => {
    if (!isStopping) {
      isStopping = true;
      void close();
      return;
    }
    process.removeListener(signal, onSignal);
    kill();
    getStandardOutput().flushNow();
    process.kill(process.pid, signal);
  };
  process.on(signal, onSignal);
}

async function print(text: string): Promise<void> {
  const output = getStandardOutput();
  for (const line of text.split("\n")) output.write(line);
  await output.flush();
}

function writeMessage(message: string): void {
  process.stderr.write(`artifetch-mock: ${message}\n`);
}

function describe(error: unknown): string {
  if (error instanceof OptionError) return `--${error.option} ${error.reason}`;
  if (error instanceof DocumentError || error instanceof MockServerError || error instanceof UsageError)
    return error.message;
  return `failed: ${error instanceof Error ? error.message : String(error)}`;
}

function readVersion(): string {
  const manifest: { version: string } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  return manifest.version;
}
