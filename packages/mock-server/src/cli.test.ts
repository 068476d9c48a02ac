/** The command as users run it: a process of its own. */

import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, request as send } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { listApis } from "@artifetch/document/load";
import { expect, onTestFinished, test } from "vitest";

const bin = fileURLToPath(new URL("../bin/artifetch-mock.js", import.meta.url));
const service = toPath("service.yaml");
const second = toPath("second.yaml");

function toPath(name: string): string {
  return fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
}

/** Runs the command to its end. */
async function run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, ["--conditions=@artifetch/source", bin, ...args]);
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
  return { code, stdout, stderr };
}

interface Started {
  child: ChildProcessWithoutNullStreams;
  url: string;
  /** The lines so far, the first one included. */
  lines: string[];
  /** Resolves when there are that many lines. */
  untilLines(count: number): Promise<void>;
}

async function start(...args: string[]): Promise<Started> {
  const child = spawn(process.execPath, ["--conditions=@artifetch/source", bin, "--port", "0", ...args]);
  onTestFinished(() => void child.kill("SIGKILL"));
  child.stderr.pipe(process.stderr);
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (chunk) => {
    output += chunk;
    started.lines.splice(0, started.lines.length, ...output.split("\n").slice(0, -1));
  });
  const started: Started = {
    child,
    url: "",
    lines: [],
    async untilLines(count) {
      while (started.lines.length < count) await once(child.stdout, "data");
    },
  };
  await started.untilLines(1);
  started.url = started.lines[0]?.replace("listening on ", "") ?? "";
  return started;
}

test("listens, and says where: first the address, then each API", async () => {
  const { url, lines, untilLines, child } = await start(service, second, "--log", "silent");
  await untilLines(3);
  expect(lines[0]).toMatch(/^listening on http:\/\/127\.0\.0\.1:\d+$/);
  expect(lines.slice(1)).toEqual([
    expect.stringMatching(new RegExp(`^service: ${url}/service \\(\\d+ operations\\)$`)),
    `second: ${url}/second (2 operations)`,
  ]);
  expect(await (await fetch(`${url}/second/things`)).json()).toEqual({ things: [] });
  expect(await (await fetch(`${url}/__artifetch/health`)).text()).toContain('"status":"ok"');
  child.kill("SIGTERM");
  expect(await once(child, "exit")).toEqual([0, null]);
});

test("serves every API without arguments", async () => {
  const { lines, untilLines, url } = await start();
  await untilLines(1 + listApis().length);
  expect(lines.slice(1).map((line) => line.split(" ")[1])).toEqual(listApis().map((name) => `${url}/${name}`));
  expect(await (await fetch(url)).text()).toContain("<h1>Mock server</h1>");
});

test("takes its options", async () => {
  const { url, lines, untilLines } = await start(
    service,
    second,
    "--errors",
    "--no-cors",
    "--no-docs",
    "--log=json",
    "--dynamic",
    "--seed",
    "s",
  );
  const wrong = await fetch(`${url}/service/answers/wrong`, { headers: { prefer: "dynamic=false" } });
  expect([wrong.status, wrong.headers.get("access-control-allow-origin")]).toEqual([500, null]);
  expect((await fetch(url)).status).toBe(404);
  const bodies = await Promise.all([1, 2].map(async () => (await fetch(`${url}/service/answers/generated`)).text()));
  expect(bodies[0]).toBe(bodies[1]);
  await untilLines(4);
  expect(JSON.parse(lines[3] ?? "")).toMatchObject({ path: "/service/answers/wrong", status: 500, api: "service" });
});

test("serves a site", async () => {
  const { url } = await start(service, second, "--docs", toPath("site"), "--log", "silent");
  expect(await (await fetch(url)).text()).toBe("<h1>Site</h1>\n");
});

test("logs requests on standard output, for reading", async () => {
  const { url, lines, untilLines } = await start(service);
  await fetch(`${url}/runs/abc`);
  await untilLines(3);
  expect(lines[2]).toMatch(/^GET \/runs\/abc 422 [\d.]+ ms getRun: Request path parameter run_id must be integer$/);
});

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  test(`on ${signal} an open request is answered, and the command ends with 0`, async () => {
    const { child, url, untilLines } = await start(service);
    const headers = { "content-type": "application/json", "transfer-encoding": "chunked" };
    const open = send(`${url}/runs`, { method: "POST", headers });
    open.write('{"name":');
    // Only when the server answers another request has it read this one's head.
    await fetch(`${url}/runs/42`);
    await untilLines(3);
    child.kill(signal);
    // The port is free only after the signal has arrived.
    await untilRefused(url);
    open.end('"a"}');
    const [response] = await once(open, "response");
    expect([response.statusCode, await text(response)]).toEqual([201, '{"id":42,"state":"queued"}']);
    expect(await once(child, "exit")).toEqual([0, null]);
  });
}

async function untilRefused(url: string): Promise<void> {
  const isListening = () =>
    fetch(url).then(
      () => true,
      () => false,
    );
  while (await isListening());
}

test("prints its help and its version", async () => {
  const help = await run("--help");
  expect([help.code, help.stderr]).toEqual([0, ""]);
  for (const option of [
    "port",
    "host",
    "dynamic",
    "seed",
    "errors",
    "no-cors",
    "docs",
    "no-docs",
    "log",
    "help",
    "version",
  ]) {
    expect(help.stdout).toContain(`--${option}`);
  }
  expect(await run("--version")).toEqual({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/), stderr: "" });
});

const misuses: [string, string[], string[]][] = [
  ["an unknown API", ["no-such-api"], ["no-such-api", ...listApis()]],
  ["a missing file", ["./missing.yaml"], ["./missing.yaml"]],
  ["a document that does not parse", [toPath("broken.yaml")], ["broken.yaml:3"]],
  ["a document that is not OpenAPI 3", [toPath("swagger.yaml")], ["swagger.yaml", '"swagger: 2.0"']],
  ["a document without operations", [toPath("no-operations.yaml")], ["Idle has no operation"]],
  ["two targets of one name", [service, service], ['Two documents have the name "service"']],
  ["a port that is no number", ["--port", "abc"], ["--port", '"abc"', "an integer from 0 to 65535"]],
  ["a port out of range", ["--port", "70000"], ["--port", "70000", "an integer from 0 to 65535"]],
  ["a negative port", ["--port=-1"], ["--port", '"-1"', "an integer from 0 to 65535"]],
  ["a log format that does not exist", ["--log", "loud"], ["--log", '"loud"', "pretty, json, silent"]],
  ["an empty host", ["--host", ""], ["--host", "a host name or address"]],
  ["a folder that does not exist", ["--docs", "/no/such"], ["--docs", '"/no/such"', "an existing folder"]],
  ["a site and none", ["--docs", toPath("site"), "--no-docs"], ["--docs", "--no-docs"]],
  ["a site with a single target", [service, "--docs", toPath("site")], ["--docs", "single target"]],
  ["an option without its value", ["--port"], ["--port"]],
  ["a flag with a value", ["--errors=yes"], ["--errors"]],
  ["an option that does not exist", ["--watch"], ["--watch", "Options: --port"]],
];

for (const [name, args, parts] of misuses) {
  test.concurrent(`ends with 2 and the reason for ${name}`, async () => {
    const { code, stdout, stderr } = await run(...args);
    expect([code, stdout]).toEqual([2, ""]);
    for (const part of ["artifetch-mock: ", ...parts]) expect(stderr).toContain(part);
    expect(stderr).not.toMatch(/^\s+at /m);
  });
}

test("ends with 2 and the reason for a port in use", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  onTestFinished(() => void other.close());
  const { port } = other.address() as AddressInfo;
  const { code, stdout, stderr } = await run(service, "--port", String(port));
  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr).toBe(
    `artifetch-mock: Cannot listen on 127.0.0.1:${port}: it is in use. Stop the other program, or choose another port; port 0 picks a free one.\n`,
  );
});
