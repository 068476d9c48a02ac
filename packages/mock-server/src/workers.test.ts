/** The command with several processes, from its sources. */

import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test, vi } from "vitest";

const bin = fileURLToPath(new URL("../bin/artifetch-mock.js", import.meta.url));
const service = fileURLToPath(new URL("../fixtures/service.yaml", import.meta.url));

interface Started {
  child: ChildProcessWithoutNullStreams;
  url: string;
  /** Lines of standard output and of standard error so far. */
  lines: string[];
  messages: string[];
}

async function start(...args: string[]): Promise<Started> {
  const child = spawn(process.execPath, ["--conditions=@artifetch/source", bin, "--port", "0", ...args]);
  onTestFinished(() => void child.kill("SIGKILL"));
  const lines = collectLines(child.stdout);
  const messages = collectLines(child.stderr);
  await vi.waitUntil(() => lines.length > 0, { timeout: 30_000 });
  return { child, url: lines[0]?.replace("listening on ", "") ?? "", lines, messages };
}

function collectLines(stream: NodeJS.ReadableStream): string[] {
  const lines: string[] = [];
  let output = "";
  stream.setEncoding("utf8").on("data", (chunk) => {
    output += chunk;
    lines.splice(0, lines.length, ...output.split("\n").slice(0, -1));
  });
  return lines;
}

/** Process ids of the workers, from the system's own table. */
function listWorkers({ child }: Started): number[] {
  const table = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8");
  return table.split(" ").filter(Boolean).map(Number);
}

const hasProcessTable = process.platform === "linux";

/** Each on a connection of its own, which go round the workers. */
function ask(url: string, count: number): Promise<number[]> {
  const send = async () => (await fetch(`${url}/runs/42`, { headers: { connection: "close" } })).status;
  return Promise.all(Array.from({ length: count }, send));
}

test("several processes share one port, and print one start", async () => {
  const started = await start(service, "--workers", "3", "--log", "json");
  const { child, url, lines, messages } = started;
  if (hasProcessTable) expect(listWorkers(started).length).toBe(3);
  expect(await ask(url, 60)).toEqual(Array(60).fill(200));
  const ended = once(child.stdout, "end");
  child.kill("SIGTERM");
  expect(await once(child, "exit")).toEqual([0, null]);
  await ended;
  const events = lines.slice(1).map((line) => JSON.parse(line).event);
  expect(events).toEqual(["api", ...Array(60).fill("request")]);
  expect(lines[0]).toMatch(/^listening on http:\/\/127\.0\.0\.1:[1-9]\d*$/);
  expect(messages).toEqual([]);
  await expect(fetch(url)).rejects.toThrow("fetch failed");
});

test("a port in use is named once", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  onTestFinished(() => void other.close());
  const { port } = other.address() as AddressInfo;
  const args = ["--conditions=@artifetch/source", bin, service, "--workers", "2", "--port", String(port)];
  const child = spawn(process.execPath, args);
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr).toMatch(/^artifetch-mock: Cannot listen on 127\.0\.0\.1:\d+: it is in use\. [^\n]*\n$/);
});

test.skipIf(!hasProcessTable)(
  "a worker that dies is replaced, a few times; without any the command ends with 1",
  async () => {
    const started = await start(service, "--workers", "2", "--log", "silent");
    const { child, url, messages } = started;
    for (let count = 1; count <= 5; count += 1) {
      process.kill(listWorkers(started)[0] ?? 0, "SIGKILL");
      await vi.waitUntil(() => messages.length === count && listWorkers(started).length === 2, { timeout: 30_000 });
      expect(messages.at(-1)).toMatch(
        /^artifetch-mock: worker \d+ ended \(SIGKILL\); another one has taken its place\.$/,
      );
      expect(await ask(url, 4)).toEqual([200, 200, 200, 200]);
    }
    const exit = once(child, "exit");
    for (const left of [1, 0]) {
      process.kill(listWorkers(started)[0] ?? 0, "SIGKILL");
      await vi.waitUntil(() => messages.at(-1)?.endsWith(`not replaced, ${left} left: 5 others did within a minute.`), {
        timeout: 30_000,
      });
    }
    expect(await exit).toEqual([1, null]);
  },
);

test.skipIf(!hasProcessTable)("all workers end when the first process is killed", async () => {
  const started = await start(service, "--workers", "2", "--log", "silent");
  const workers = listWorkers(started);
  started.child.kill("SIGKILL");
  const isAlive = (id: number) => {
    try {
      return process.kill(id, 0);
    } catch {
      return false;
    }
  };
  await vi.waitUntil(() => !workers.some(isAlive), { timeout: 30_000 });
});

test("every worker reloads a changed document, and one says so", async () => {
  const folder = mkdtempSync(join(tmpdir(), "artifetch-workers-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "service.yaml");
  copyFileSync(service, file);
  const { url, messages } = await start(file, "--workers", "2", "--watch", "--log", "silent");
  writeFileSync(file, readFileSync(service, "utf8").replaceAll("  /runs/{run_id}:", "  /gone/{run_id}:"));
  await vi.waitUntil(async () => (await ask(url, 4)).every((status) => status === 404), { timeout: 30_000 });
  await vi.waitUntil(() => messages.length > 0, { timeout: 30_000 });
  expect(messages).toEqual([expect.stringMatching(/^artifetch-mock: reloaded service: \d+ operations\.$/)]);
});
