/** The mock servers that are measured side by side, each a process (or more) of its own. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { get } from "node:http";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { artifacts } from "../folders.ts";
import type { Work } from "./requests.ts";

export interface Server {
  port: number;
  /** From the start of the process to its first answer. */
  startMs: number;
  /** Resident memory of the process and those it started. */
  readMemoryMiB(): number;
  close(): Promise<void>;
}

/** Command line of each server for a document in a file; without one, ours serves every API. */
const commands = {
  artifetch: (port, ...files) => [
    bin("@artifetch/mock-server", "artifetch-mock"),
    ...files,
    "--port",
    port,
    "--log",
    "silent",
  ],
  prism: (port, ...files) => [bin("@stoplight/prism-cli", "prism"), "mock", "-p", port, "-v", "silent", ...files],
  steady: (port, ...files) => [bin("@stdy/cli", "steady"), "--quiet", "--host", "127.0.0.1", "-p", port, ...files],
  scalar: (port, ...files) => [here("scalar.ts"), port, ...files],
  mockoon: (port, ...files) => [
    bin("@mockoon/cli", "mockoon-cli"),
    "start",
    "--port",
    port,
    "--hostname",
    "127.0.0.1",
    "--disable-admin-api",
    "--disable-log-to-file",
    "--max-transaction-logs",
    "0",
    "--data",
    ...files,
  ],
  bare: (port, ...files) => [here("bare.ts"), port, ...files],
} satisfies Record<string, (port: string, ...files: string[]) => string[]>;

export type ServerName = keyof typeof commands;

/** A server that has no answer by then does not serve the document. */
const patienceMs = 60_000;

/**
 * Starts a server and waits for its first answer of the class 2xx.
 *
 * @throws {Error} when it ends, answers otherwise, or takes more than a minute.
 */
export async function start(
  name: ServerName,
  file: string | undefined,
  { paths: [path = "/"], headers }: Work,
): Promise<Server> {
  const port = await findPort();
  const commandLine = commands[name](String(port), ...(file === undefined ? [] : [file]));
  const startMs = performance.now();
  // A group of its own, so that what it starts is counted and ended with it.
  const child = spawn(process.execPath, commandLine, {
    stdio: ["ignore", "ignore", "pipe"],
    detached: true,
    env: { ...process.env, NODE_ENV: "development" },
  });
  const errors: string[] = [];
  child.stderr.on("data", (chunk) => errors.push(String(chunk)));
  const server = { port, readMemoryMiB: () => readMemoryMiB(child), close: () => close(child) };
  try {
    await untilAnswered(child, port, path, headers, performance.now() + patienceMs);
    return { ...server, startMs: performance.now() - startMs };
  } catch (error) {
    await server.close();
    throw new Error(
      `${name} does not serve ${file ?? "every API"}: ${(error as Error).message} ${errors.join("").slice(0, 500)}`,
    );
  }
}

/** Writes a document where every server can read it. */
export function writeDocument(name: string, document: object): string {
  const folder = join(artifacts, "mock");
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${name}.json`);
  writeFileSync(file, JSON.stringify(document));
  return file;
}

/** The answer to the first request, with the headers that a server sends of its own accord left out. */
export async function readAnswer(
  { port }: Server,
  { paths: [path = "/"], headers }: Work,
): Promise<{ status: number; headers: Record<string, string>; body: string }> {
  const [incoming] = await once(
    get({ port, host: "127.0.0.1", path, headers: { accept: "*/*", ...headers }, agent: false }),
    "response",
  );
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const { connection: _, date: __, "keep-alive": ___, ...own } = incoming.headers;
  return { status: incoming.statusCode, headers: own, body: Buffer.concat(chunks).toString("utf8") };
}

/** The script behind a command of a dependency: without the shell that a package manager puts before it. */
function bin(packageName: string, command: string): string {
  const folder = fileURLToPath(new URL(`../node_modules/${packageName}/`, import.meta.url));
  return join(folder, JSON.parse(readFileSync(join(folder, "package.json"), "utf8")).bin[command]);
}

function here(file: string): string {
  return fileURLToPath(new URL(file, import.meta.url));
}

/**
 * A free port that no system gives out for port 0: some servers take seconds to start and do not say where they listen, and
 * nobody else may get their port meanwhile.
 */
async function findPort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    const server = createServer().listen(port, "127.0.0.1");
    const isFree = await once(server, "listening").then(
      () => true,
      () => false,
    );
    if (!isFree) continue;
    server.close();
    await once(server, "close");
    return port;
  }
}

async function untilAnswered(
  child: ChildProcess,
  port: number,
  path: string,
  headers: Record<string, string>,
  endMs: number,
): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}.`);
    if (performance.now() > endMs) throw new Error("no answer in time.");
    const status = await askOnce(port, path, headers);
    if (status !== undefined && status < 300) return;
    if (status !== undefined) throw new Error(`it answered ${status}.`);
    await setTimeout(2);
  }
}

/** The status of an answer; undefined while nothing listens. */
async function askOnce(port: number, path: string, headers: Record<string, string>): Promise<number | undefined> {
  try {
    const [incoming] = await once(
      get({ port, host: "127.0.0.1", path, headers: { accept: "*/*", ...headers }, agent: false }),
      "response",
    );
    incoming.resume();
    await once(incoming, "end");
    return incoming.statusCode;
  } catch {
    return undefined;
  }
}

function readMemoryMiB({ pid }: ChildProcess): number {
  const rows = execFileSync("ps", ["-eo", "pgid=,rss="], { encoding: "utf8" }).trim().split("\n");
  const sizes = rows.map((row) => row.trim().split(/\s+/).map(Number)).filter(([group]) => group === pid);
  return sizes.reduce((sum, [, kibibytes = 0]) => sum + kibibytes, 0) / 1024;
}

async function close(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null) return;
  const closed = once(child, "exit");
  process.kill(-child.pid, "SIGKILL");
  await closed;
}
