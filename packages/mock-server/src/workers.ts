/** Several processes behind one port (`node:cluster`): the first one starts the others, and serves nothing itself. */

import cluster, { type Worker } from "node:cluster";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { MockServerError } from "./errors.ts";
import { listen } from "./server.ts";

/** Whether this process was started by {@link startWorkers}. */
export const { isWorker } = cluster;

/** What a worker is told when it is started. */
export interface WorkerRole {
  /** 0 to the number of workers - 1; a worker that takes another's place has its slot. */
  slot: number;
  /** Never 0: all must have the same, those that come later, too. */
  port: number;
}

/** What a worker tells: that it serves, with the text to print, or why it cannot. */
type WorkerReport = { start: string } | { failed: string };

const roleVariable = "ARTIFETCH_MOCK_WORKER";
const closeMessage = "close";

export interface WorkersOptions {
  count: number;
  port: number;
  host: string;
  /** The file that each worker runs; it calls {@link serveAsWorker}. */
  file: string;
  commandLine: string[];
  /** Takes a sentence about a worker that has ended. */
  writeMessage(message: string): void;
}

export interface Workers {
  /** What the first worker has to print. */
  start: string;
  /** Resolves when all have answered their open requests and ended. */
  close(): Promise<void>;
  /** Ends all at once. */
  kill(): void;
}

/** A worker that ends is replaced, but not for ever: as many in a minute mean that the next one will end, too. */
const replacementLimit = 5;
const replacementWindowMs = 60_000;

/**
 * Resolves when every worker serves. When the last one has ended by itself, the exit code of this process is 1.
 *
 * @throws {MockServerError} with the reason of the first worker that cannot serve; none is left then.
 */
export async function startWorkers(options: WorkersOptions): Promise<Workers> {
  const { count, host, file, commandLine, writeMessage } = options;
  const port = options.port === 0 ? await pickPort(host) : options.port;
  cluster.setupPrimary({ exec: file, args: commandLine });
  let replacedMs: number[] = [];
  let isClosing = false;

  const kill = (): void => {
    isClosing = true;
    for (const worker of listWorkers()) worker.process.kill("SIGKILL");
  };
  const launch = async (slot: number): Promise<string> => {
    const role: WorkerRole = { slot, port };
    const worker = cluster.fork({ [roleVariable]: JSON.stringify(role) });
    const start = await waitUntilReady(worker);
    worker.once("exit", (code, signal) => void replace(slot, worker, signal ?? `exit code ${code}`));
    return start;
  };
  const replace = async (slot: number, worker: Worker, reason: string): Promise<void> => {
    if (isClosing) return;
    const ended = `worker ${worker.process.pid} ended (${reason})`;
    const now = performance.now();
    const recent = replacedMs.filter((timeMs) => now - timeMs < replacementWindowMs);
    try {
      if (recent.length >= replacementLimit) throw new MockServerError(`${recent.length} others did within a minute`);
      replacedMs = [...recent, now];
      await launch(slot);
      writeMessage(`${ended}; another one has taken its place.`);
    } catch (error) {
      const left = listWorkers().length;
      if (left === 0) process.exitCode = 1;
      if (!isClosing) writeMessage(`${ended} and is not replaced, ${left} left: ${(error as Error).message}.`);
    }
  };

  try {
    const [start = ""] = await Promise.all(Array.from({ length: count }, (_, slot) => launch(slot)));
    return { start, kill, close };
  } catch (error) {
    kill();
    throw error;
  }

  async function close(): Promise<void> {
    isClosing = true;
    await Promise.all(
      listWorkers().map(async (worker) => {
        const exit = once(worker, "exit");
        if (worker.isConnected()) worker.send(closeMessage);
        await exit;
      }),
    );
  }
}

/**
 * A free port. `node:cluster` would pick one for all, too, but a worker that is started when the others are gone would get
 * another one.
 */
async function pickPort(host: string): Promise<number> {
  const server = createServer();
  await listen(server, 0, host);
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

function listWorkers(): Worker[] {
  return Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined && !worker.isDead()) as Worker[];
}

/** Resolves to the text that the worker has to print. */
async function waitUntilReady(worker: Worker): Promise<string> {
  const report = await new Promise<WorkerReport>((resolve) => {
    worker.once("message", resolve);
    worker.once("exit", (code, signal) => {
      resolve({ failed: `a worker ended before it served (${signal ?? `exit code ${code}`})` });
    });
  });
  if ("failed" in report) throw new MockServerError(report.failed);
  return report.start;
}

/** Serves as one of several processes, until it is told to close or gets SIGTERM; reports to the process that started it. */
export async function serveAsWorker(
  serve: (role: WorkerRole) => Promise<{ start: string; close(): Promise<void> }>,
  describe: (error: unknown) => string,
): Promise<void> {
  // A terminal sends it to every process of the group: the first process closes the others.
  process.on("SIGINT", () => {});
  try {
    const role: WorkerRole = JSON.parse(process.env[roleVariable] ?? "");
    const { start, close } = await serve(role);
    const end = (): void => void close().then(() => process.connected && process.disconnect());
    process.once("SIGTERM", end);
    process.once("message", end);
    report({ start });
  } catch (error) {
    report({ failed: describe(error) }, () => process.disconnect());
  }
}

function report(message: WorkerReport, onSent: () => void = () => {}): void {
  process.send?.(message, onSent);
}
