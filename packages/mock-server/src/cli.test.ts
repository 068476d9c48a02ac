/** The command as users run it: a process of its own. */

import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request as send } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
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

function start(...args: string[]): Promise<Started> {
  return startWith(process.env, ...args);
}

async function startWith(env: NodeJS.ProcessEnv, ...args: string[]): Promise<Started> {
  const child = spawn(process.execPath, ["--conditions=@artifetch/source", bin, "--port", "0", ...args], { env });
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

test("listens, and says where: first the address, then each API with a command line", async () => {
  const { url, lines, untilLines, child } = await start(service, second, "--log", "silent");
  await untilLines(8);
  expect(lines[0]).toMatch(/^listening on http:\/\/127\.0\.0\.1:\d+$/);
  expect(lines.slice(1)).toEqual([
    "API      OPERATIONS  URL",
    expect.stringMatching(new RegExp(`^service          \\d\\d  ${url}/service$`)),
    `  curl "${url}/service/runs/1"`,
    `second            2  ${url}/second`,
    `  curl "${url}/second/things"`,
    `List of the APIs: ${url}/`,
    expect.stringContaining(`http://service.localhost:${new URL(url).port},`),
  ]);
  expect(await (await fetch(`${url}/second/things`)).json()).toEqual({ things: [] });
  expect(await (await fetch(`${url}/__artifetch/health`)).text()).toContain('"status":"ok"');
  child.kill("SIGTERM");
  expect(await once(child, "exit")).toEqual([0, null]);
});

test("serves every API without arguments, and prints command lines that work", async () => {
  const { lines, untilLines, url } = await start("--log", "silent");
  await untilLines(2 + 2 * listApis().length);
  const rows = lines
    .filter((line) => / http:\/\/\S+$/.test(line) && line.includes(`${url}/`))
    .map((line) => line.split(/ +/));
  expect(rows.map(([name, , address]) => [name, address])).toEqual(
    expect.arrayContaining(listApis().map((name) => [name, `${url}/${name}`])),
  );
  const calls = lines.filter((line) => line.startsWith("  curl "));
  expect(calls.length).toBe(listApis().length);
  for (const line of calls) expect([line, (await runCurl(line)).status]).toEqual([line, 200]);
  expect(await (await fetch(url)).text()).toContain("<h1>Mock server</h1>");
});

/** Sends what a command line would send, as a shell splits it into words. */
async function runCurl(line: string): Promise<Response> {
  const printWords = "console.log(JSON.stringify(process.argv.slice(1)))";
  const shell = spawn("sh", ["-c", `curl() { "$NODE" -e '${printWords}' -- "$@"; }; ${line}`], {
    env: { ...process.env, NODE: process.execPath },
  });
  const words: string[] = JSON.parse(await text(shell.stdout));
  const headers = words.flatMap((word, index): [string, string][] => {
    const [, name = "", value = ""] = (words[index - 1] === "-H" && /^([^:]+): (.*)$/.exec(word)) || [];
    return name === "" ? [] : [[name, value]];
  });
  return fetch(words.at(-1) ?? "", { headers });
}

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
    "--fault",
    "0% reset",
    "--fault=100% retry-after=7",
    "--latency",
    "0-1",
  );
  const wrong = await fetch(`${url}/service/answers/wrong`, { headers: { prefer: "dynamic=false" } });
  expect([wrong.status, wrong.headers.get("access-control-allow-origin")]).toEqual([500, null]);
  expect(wrong.headers.get("retry-after")).toBe("7");
  expect((await fetch(url)).status).toBe(404);
  const bodies = await Promise.all([1, 2].map(async () => (await fetch(`${url}/service/answers/generated`)).text()));
  expect(bodies[0]).toBe(bodies[1]);
  await untilLines(4);
  expect(lines.slice(1, 3).map((line) => JSON.parse(line))).toMatchObject([
    { event: "api", name: "service", url: `${url}/service`, curl: `curl "${url}/service/runs/1"` },
    { event: "api", name: "second", url: `${url}/second`, operations: 2, hosts: ["second.localhost"] },
  ]);
  expect(JSON.parse(lines[3] ?? "")).toMatchObject({
    event: "request",
    path: "/service/answers/wrong",
    status: 500,
    api: "service",
  });
});

test("serves a site", async () => {
  const { url } = await start(service, second, "--docs", toPath("site"), "--log", "silent");
  expect(await (await fetch(url)).text()).toBe("<h1>Site</h1>\n");
});

test("logs requests on standard output, for reading", async () => {
  const { url, lines, untilLines } = await start(service);
  await fetch(`${url}/runs/abc`);
  await untilLines(5);
  expect(lines[4]).toMatch(/^GET \/runs\/abc 422 [\d.]+ ms getRun: path run_id must be integer$/);
});

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  test(`on ${signal} an open request is answered, and the command ends with 0`, async () => {
    const { child, url, untilLines } = await start(service);
    const headers = { "content-type": "application/json", "transfer-encoding": "chunked" };
    const open = send(`${url}/runs`, { method: "POST", headers });
    open.write('{"name":');
    // Only when the server answers another request has it read this one's head.
    await fetch(`${url}/runs/42`);
    await untilLines(5);
    child.kill(signal);
    // The port is free only after the signal has arrived.
    await untilRefused(url);
    open.end('"a"}');
    const [response] = await once(open, "response");
    expect([response.statusCode, await text(response)]).toEqual([201, '{"id":42,"state":"queued"}']);
    expect(await once(child, "exit")).toEqual([0, null]);
  });
}

test("every line is written when the command ends, in one piece and in order", async () => {
  const { child, url, lines } = await start(service, "--log", "json");
  const ended = once(child.stdout, "end");
  const statuses = await Promise.all(Array.from({ length: 500 }, async () => (await fetch(`${url}/runs/42`)).status));
  child.kill("SIGTERM");
  expect(await once(child, "exit")).toEqual([0, null]);
  await ended;
  const requests = lines
    .slice(1)
    .map((line) => JSON.parse(line))
    .filter(({ event }) => event === "request");
  expect(requests.map(({ status }) => status)).toEqual(statuses);
});

test("a second signal ends the command at once, and loses no line", async () => {
  const { child, url, lines } = await start(service);
  const open = send(`${url}/runs`, { method: "POST", headers: { "transfer-encoding": "chunked" } });
  open.on("error", () => {});
  open.flushHeaders();
  const ended = once(child.stdout, "end");
  await fetch(`${url}/runs/42`);
  child.kill("SIGINT");
  await untilRefused(url);
  child.kill("SIGINT");
  expect(await once(child, "exit")).toEqual([null, "SIGINT"]);
  await ended;
  expect(lines).toContainEqual(expect.stringMatching(/^GET \/runs\/42 200 /));
});

test("goes on serving, and silently, when nobody reads its output any more", async () => {
  const { child, url } = await start(service);
  let errors = "";
  child.stderr.on("data", (chunk) => {
    errors += chunk;
  });
  child.stdout.destroy();
  for (let index = 0; index < 50; index += 1) expect((await fetch(`${url}/runs/42`)).status).toBe(200);
  child.kill("SIGTERM");
  expect(await once(child, "exit")).toEqual([0, null]);
  expect(errors).toBe("");
});

test("goes on serving when its output is not read, and writes it later", async () => {
  const { child, url, lines, untilLines } = await start(service);
  await untilLines(4);
  child.stdout.pause();
  // More than a pipe holds.
  const path = `/${"x".repeat(4000)}`;
  for (let index = 0; index < 100; index += 1) expect((await fetch(url + path)).status).toBe(404);
  child.stdout.resume();
  await untilLines(104);
  expect(lines.length).toBe(104);
});

const colour = "\u001b[";
const colourTests: [Record<string, string>, boolean][] = [
  [{}, false],
  [{ FORCE_COLOR: "1" }, true],
  [{ FORCE_COLOR: "0" }, false],
  [{ NO_COLOR: "1" }, false],
];

for (const [variables, isColoured] of colourTests) {
  test(`${isColoured ? "colours" : "does not colour"} what is no terminal with ${JSON.stringify(variables)}`, async () => {
    const { FORCE_COLOR: _, NO_COLOR: __, ...environment } = process.env;
    const { url, lines, untilLines } = await startWith({ ...environment, ...variables }, service);
    await fetch(`${url}/runs/abc`);
    await untilLines(5);
    expect(lines[0]).toBe(`listening on ${url}`);
    expect(lines.slice(1).map((line) => line.includes(colour))).toEqual([isColoured, false, isColoured, isColoured]);
  });
}

test("says on standard error what becomes of a changed document", async () => {
  const folder = mkdtempSync(join(tmpdir(), "artifetch-cli-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "second.yaml");
  copyFileSync(second, file);
  const { child, url } = await start(file, "--watch");
  writeFileSync(file, "openapi: [\n");
  const [message] = await once(child.stderr.setEncoding("utf8"), "data");
  expect(message).toMatch(/^artifetch-mock: second is not reloaded, .*second\.yaml:\d+:\d+: does not parse: /);
  expect((await fetch(`${url}/things`)).status).toBe(200);
});

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
    "fault",
    "latency",
    "no-cors",
    "docs",
    "no-docs",
    "log",
    "watch",
    "workers",
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
  ["a fault that does not exist", ["--fault", "10% sleep=1"], ["--fault", '"10% sleep=1"', "delay=0 to 300000"]],
  ["faults for more than all requests", ["--fault", "reset", "--fault", "1% reset"], ["--fault", "101%"]],
  ["a latency that is no number", ["--latency", "fast"], ["--latency", '"fast"', "20-80"]],
  ["an empty host", ["--host", ""], ["--host", "a host name or address"]],
  ["a folder that does not exist", ["--docs", "/no/such"], ["--docs", '"/no/such"', "an existing folder"]],
  ["a site and none", ["--docs", toPath("site"), "--no-docs"], ["--docs", "--no-docs"]],
  ["a site with a single target", [service, "--docs", toPath("site")], ["--docs", "single target"]],
  ["workers that are no number", ["--workers", "many"], ["--workers", '"many"', "an integer from 1 to 64"]],
  ["no workers", ["--workers", "0"], ["--workers", '"0"', "an integer from 1 to 64"]],
  ["too many workers", ["--workers", "65"], ["--workers", '"65"', "an integer from 1 to 64"]],
  ["workers that keep a journal", ["--workers", "2", "--journal"], ["--workers and --journal", "a memory of its own"]],
  ["workers that cannot serve", ["--workers", "2", toPath("broken.yaml")], ["broken.yaml:3"]],
  ["a document to watch that is a URL", ["http://127.0.0.1:9/a.yaml", "--watch"], ["127.0.0.1:9/a.yaml"]],
  ["an option without its value", ["--port"], ["--port"]],
  ["a flag with a value", ["--errors=yes"], ["--errors"]],
  ["an option that does not exist", ["--wotch"], ["--wotch", "Did you mean --watch?", "Options: --port"]],
  ["an option that is like no other", ["--zzzzzzzz"], ["Unknown option '--zzzzzzzz'. Options: --port"]],
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

test("--stateful remembers, at the pace that is asked for, and says what it cannot", async () => {
  const { url, lines, untilLines } = await start(
    toPath("shop.yaml"),
    "--stateful",
    "--state-after-polls",
    "2",
    "--log",
    "silent",
  );
  await untilLines(6);
  expect(lines).toContain("  No link ties these to a resource; they answer from their examples: getWeather.");
  const headers = { "content-type": "application/json" };
  const placed = await fetch(`${url}/orders`, { method: "POST", headers, body: '{"customer":"cleo"}' });
  const order = `${url}${placed.headers.get("location")}`;
  const steps: unknown[] = [];
  for (let index = 0; index < 4; index++) steps.push(((await (await fetch(order)).json()) as { step: unknown }).step);
  expect(steps).toEqual(["placed", "packed", "packed", "sent"]);
});

for (const [args, message] of [
  [["--state-after-polls", "2"], "--state-after-polls needs --stateful."],
  [["--stateful", "--state-after-ms", "0"], '--state-after-ms is "0"; it takes an integer of at least 1.'],
] as const) {
  test(`refuses ${args.join(" ")}`, async () => {
    const { code, stderr } = await run(service, ...args);
    expect([code, stderr]).toEqual([2, `artifetch-mock: ${message}\n`]);
  });
}
