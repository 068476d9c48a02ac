/**
 * Runs samples against the mocks of their APIs, and writes what each did into a file: `node run.ts tasks.json report.json`.
 *
 * They call real services; here, what they fetch is answered by the mock in process, and what they ask by curl by a mock server.
 * Each credential that a document reads from an environment variable is there.
 */
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { loadDocument } from "@artifetch/document/load";
import { createMockFetch, type JournalEntry, type MockFetch, startMockServer } from "@artifetch/mock-server";
import type { Report, Task } from "./outcome.ts";

/** More than any list of examples has pages: a sample that asks more often does not end. */
const maxRequests = 50;

const [tasksFile = "", reportFile = ""] = process.argv.slice(2);
const tasks = JSON.parse(readFileSync(tasksFile, "utf8")) as Task[];
const execute = promisify(execFile);
const hasCurl = await execute("sh", ["-c", "command -v curl"]).then(
  () => true,
  () => false,
);

// A sample that waits for what never comes ends the process.
const unfinished = "it never ended, or one before it did not";
const report: Report = {
  hasCurl,
  outcomes: tasks.map(() => ({ typescript: unfinished, ...(hasCurl && { curl: unfinished }) })),
};
process.once("exit", () => writeFileSync(reportFile, JSON.stringify(report)));

const apis = [...new Set(tasks.map(({ api }) => api))];
await setCredentials();
if (hasCurl) await Promise.all(apis.map(runCurls));
await runModules();
process.exit();

async function setCredentials(): Promise<void> {
  for (const { document } of await Promise.all(apis.map((api) => loadDocument(api)))) {
    for (const [name, scheme] of Object.entries(document.components?.securitySchemes ?? {})) {
      process.env[String(scheme["x-env"] ?? name.replaceAll(/\W+/g, "_").toUpperCase())] = "any";
    }
  }
}

/** One after the other: they share what is global. */
async function runModules(): Promise<void> {
  console.log = () => {};
  console.error = () => {};
  const mocks = new Map(apis.map((api) => [api, createMockFetch(api)]));
  for (const [index, { api, operationId, file }] of tasks.entries()) {
    const mock = mocks.get(api);
    const outcome = report.outcomes[index];
    if (!mock || !outcome) continue;
    mock.journal.clear();
    globalThis.fetch = limitRequests(mock);
    const failure = await import(pathToFileURL(file).href).then(() => undefined, describeError);
    outcome.typescript = failure ?? judge(mock.journal.entries, operationId) ?? "";
  }
}

function limitRequests(mock: MockFetch): typeof fetch {
  let requests = 0;
  return (input, init) => {
    requests += 1;
    if (requests <= maxRequests) return mock(input, init);
    throw new Error(`it asks more than ${maxRequests} times`);
  };
}

async function runCurls(api: string): Promise<void> {
  const server = await startMockServer({ targets: [api], port: 0, journal: true, log: "silent" });
  const queue = [...tasks.entries()].filter(([, task]) => task.api === api);
  const worker = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const [index, { operationId, curl, baseUrl }] = next;
      const failure = await runCurl(curl.replace(baseUrl, server.url));
      const outcome = report.outcomes[index];
      if (outcome) outcome.curl = failure ?? judge(server.journal.find(operationId), operationId) ?? "";
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  await server.close();
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
function judge(entries: readonly JournalEntry[], operationId: string): string | undefined {
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
