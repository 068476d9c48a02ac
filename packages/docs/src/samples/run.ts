/**
 * Runs samples against the mocks of their APIs, and writes what each did into a file:
 * `node run.ts tasks.json report.json`, and how many milliseconds each may take.
 *
 * They call real services; here, mock servers stand in their place, one per API for both languages, as a mock prepares each
 * operation when it is first asked for. Each credential that a document reads from an environment variable is there.
 */
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { loadDocument } from "@artifetch/document/load";
import { type JournalEntry, type MockServer, startMockServer } from "@artifetch/mock-server";
import type { Outcome, Report, Task } from "./outcome.ts";

/** More than any list of examples has pages: a sample that asks more often does not end. */
const maxRequests = 50;

const [tasksFile = "", reportFile = "", limitMs = ""] = process.argv.slice(2);
const tasks = JSON.parse(readFileSync(tasksFile, "utf8")) as Task[];
const execute = promisify(execFile);
const hasCurl = await execute("sh", ["-c", "command -v curl"]).then(
  () => true,
  () => false,
);

// What a sample throws behind our back ends the process.
const unfinished = "it was not run, as one before it ended the process";
const report: Report = {
  hasCurl,
  outcomes: tasks.map(() => ({ typescript: unfinished, ...(hasCurl && { curl: unfinished }) })),
};
process.once("exit", () => writeFileSync(reportFile, JSON.stringify(report)));

interface Run {
  task: Task;
  server: MockServer;
  outcome: Outcome;
}

const apis = [...new Set(tasks.map(({ api }) => api))];
await setCredentials();
const runs = await startServers();
await runModules();
if (hasCurl) await runCurls();
process.exit();

async function setCredentials(): Promise<void> {
  for (const { document } of await Promise.all(apis.map((api) => loadDocument(api)))) {
    for (const [name, scheme] of Object.entries(document.components?.securitySchemes ?? {})) {
      process.env[String(scheme["x-env"] ?? name.replaceAll(/\W+/g, "_").toUpperCase())] = "any";
    }
  }
}

async function startServers(): Promise<Run[]> {
  const options = { port: 0, journal: true, log: "silent" } as const;
  const servers = await Promise.all(apis.map((api) => startMockServer({ ...options, targets: [api] })));
  return tasks.flatMap((task, index) => {
    const [server, outcome] = [servers[apis.indexOf(task.api)], report.outcomes[index]];
    return server && outcome ? [{ task, server, outcome }] : [];
  });
}

/** One after the other: they share what is global. */
async function runModules(): Promise<void> {
  console.log = () => {};
  console.error = () => {};
  const { fetch } = globalThis;
  for (const { task, server, outcome } of runs) {
    server.journal.clear();
    globalThis.fetch = redirect(fetch, task, server);
    outcome.typescript = "it ends the process";
    const failure = await Promise.race([import(pathToFileURL(task.file).href).then(() => "", describeError), limit()]);
    outcome.typescript = failure || judge(server.journal.entries, task) || "";
  }
}

async function limit(): Promise<string> {
  await delay(Number(limitMs), undefined, { ref: false });
  return `it has not ended after ${limitMs} ms`;
}

function redirect(fetch: typeof globalThis.fetch, { baseUrl }: Task, server: MockServer): typeof globalThis.fetch {
  let requests = 0;
  return async (input, init) => {
    requests += 1;
    if (requests > maxRequests) throw new Error(`it asks more than ${maxRequests} times`);
    const request = new Request(input, init);
    return fetch(new Request(request.url.replace(baseUrl, server.url), request));
  };
}

async function runCurls(): Promise<void> {
  for (const { server } of runs) server.journal.clear();
  const queue = [...runs];
  const work = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const { task, server, outcome } = next;
      const failure = await runCurl(task.curl.replace(task.baseUrl, server.url));
      outcome.curl = failure ?? judge(server.journal.find(task.operationId), task) ?? "";
    }
  };
  await Promise.all(Array.from({ length: 2 * availableParallelism() }, work));
}

/** Resolves to what curl says; undefined where the answer is a success. */
async function runCurl(command: string): Promise<string | undefined> {
  const quiet = 'curl() { command curl --no-progress-meter --fail-with-body "$@"; }';
  try {
    await execute("sh", ["-c", `${quiet}\n${command}`], { encoding: "buffer" });
    return undefined;
  } catch (error) {
    const { stdout, stderr, message } = error as Error & { stdout?: Buffer; stderr?: Buffer };
    return [stderr, stdout].map((output) => String(output ?? "").trim()).join(" ") || message;
  }
}

/** Why what was asked is not what the sample is about; undefined where it is. */
function judge(entries: readonly JournalEntry[], { operationId }: Task): string | undefined {
  const refused = entries.find(({ response }) => response.status >= 300);
  if (refused) {
    const { request, response, problems } = refused;
    const reasons = problems.length > 0 ? problems.join("; ") : (response.text ?? "");
    return `${request.method} ${request.url} is answered with ${response.status}: ${reasons}`;
  }
  if (entries.some((entry) => entry.operationId === operationId)) return undefined;
  return `it does not ask for ${operationId}`;
}

function describeError(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
