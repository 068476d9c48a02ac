/** The real `prism mock`, as a process of its own. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { OpenApiDocument } from "@artifetch/document";
import { sendOnWire, type WireAnswer, type WireRequest } from "../fixtures/wire.ts";

export type Outcome = WireAnswer | Failure;

export interface Failure {
  failure: "the process ends" | "no answer" | "no valid HTTP";
  /** What the process wrote before it ended. */
  reason: string;
}

export interface Prism extends AsyncDisposable {
  /** Starts a new process where the last one ended. */
  ask(request: WireRequest): Promise<Outcome>;
  /** Whether the process has made a body up, which can change what it answers later. */
  hasMadeUp(): boolean;
  /** Ends the process: the next request meets a new one. */
  forget(): void;
}

interface Running {
  child: ChildProcess;
  port: number;
  errors: string[];
}

const manifest = createRequire(import.meta.url).resolve("@stoplight/prism-cli/package.json");
const command = join(manifest, "..", "dist", "index.js");

/** How long an answer may take before it counts as missing; only a request that hangs takes that long. */
const patienceMs = 30_000;

export async function startPrism(document: OpenApiDocument): Promise<Prism> {
  const folder = await mkdtemp(join(tmpdir(), "artifetch-parity-"));
  const file = join(folder, "openapi.json");
  await writeFile(file, JSON.stringify(document));
  let running: Running | undefined = await start(file);
  let hasMadeUp = false;
  const forget = (): void => {
    running?.child.kill();
    running = undefined;
    hasMadeUp = false;
  };
  return {
    async ask(request) {
      if (running && hasEnded(running.child)) forget();
      running ??= await start(file);
      hasMadeUp ||= /dynamic=true/.test(JSON.stringify(request));
      return ask(running, request);
    },
    hasMadeUp: () => hasMadeUp,
    forget,
    async [Symbol.asyncDispose]() {
      running?.child.kill();
      await rm(folder, { recursive: true });
    },
  };
}

async function start(file: string): Promise<Running> {
  // Production mode would make it fork, and end at once.
  const env = { ...process.env, NODE_ENV: "test" };
  const child = spawn(process.execPath, [command, "mock", "-p", "0", file], { env });
  const errors: string[] = [];
  child.stderr.on("data", (chunk) => errors.push(String(chunk)));
  let output = "";
  for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
    output += chunk;
    const [, port] = /is listening on http:\/\/127\.0\.0\.1:(\d+)/.exec(output) ?? [];
    if (port === undefined) continue;
    child.stdout.resume();
    return { child, port: Number(port), errors };
  }
  throw new Error(`prism mock did not start:\n${output}${errors.join("")}`);
}

async function ask({ child, port, errors }: Running, request: WireRequest): Promise<Outcome> {
  const controller = new AbortController();
  const signal = AbortSignal.any([controller.signal, AbortSignal.timeout(patienceMs)]);
  const answered = sendOnWire(port, request, signal);
  if (isExpectedToHang(request)) void giveUp(port, answered, controller);
  try {
    return await answered;
  } catch (error) {
    const { name, code = "" } = error as NodeJS.ErrnoException;
    if (name === "AbortError") return { failure: "no answer", reason: "" };
    if (code.startsWith("HPE_")) return { failure: "no valid HTTP", reason: code };
    if (await isServing(port)) return { failure: "no valid HTTP", reason: code };
    if (!hasEnded(child)) await once(child, "exit");
    return { failure: "the process ends", reason: errors.join("") };
  }
}

/** By itself or by a signal: it runs out of memory at times. */
function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

async function isServing(port: number): Promise<boolean> {
  const answer = await sendOnWire(port, { title: "", method: "GET", path: "/" }).catch(() => undefined);
  return answer !== undefined;
}

/** Prism answers no request with a body that is no JSON although its type says so. */
function isExpectedToHang({ headers = {}, body }: WireRequest): boolean {
  const [, type = ""] = Object.entries(headers).find(([name]) => name.toLowerCase() === "content-type") ?? [];
  return body !== undefined && /json/i.test(type);
}

/** Waits no longer once later requests have been answered: Prism has one thread, and takes them in turn. */
async function giveUp(port: number, answered: Promise<unknown>, controller: AbortController): Promise<void> {
  let isSettled = false;
  const settle = (): void => {
    isSettled = true;
  };
  answered.then(settle, settle);
  for (let count = 0; count < 5 && !isSettled; count++) {
    await sendOnWire(port, { title: "", method: "GET", path: "/" }, controller.signal).catch(settle);
  }
  if (!isSettled) controller.abort();
}
