import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startMockServer } from "@artifetch/mock-server";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { document } from "../fixtures/traffic.ts";
import { readTrafficArguments, runTraffic, TrafficError } from "./run-traffic.ts";

const folder = mkdtempSync(join(tmpdir(), "artifetch-traffic-"));
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

function toHar(body: object): string {
  const entry = (status: number, content: object) => ({
    request: { method: "GET", url: "https://eu.runs.example/v1/runs/1", headers: [] },
    response: {
      status,
      headers: [{ name: "x-cost", value: "1" }],
      content: { mimeType: "application/json", ...content },
    },
  });
  return JSON.stringify({ log: { entries: [entry(200, body), entry(200, body)] } });
}

async function runHar(file: string, baseUrl?: string) {
  const lines: string[] = [];
  const code = await runTraffic(document, { kind: "har", file, baseUrl }, { print: (line) => lines.push(line) });
  return { code, lines };
}

test("prints each difference of a recording once, and a summary", async () => {
  expect(await runHar(write("wrong.har", toHar({ text: '{"id":"x"}' })))).toEqual({
    code: 1,
    lines: [
      "GET https://eu.runs.example/v1/runs/1 200 (getRun, entry 1)",
      "  failure response_schema_conformance: /id must be integer (#/components/schemas/Run/properties/id/type; unknown: The document does not say where it has this rule from.)",
      "2 answers of 1 of 7 operations checked, 0 entries not concerned: 1 differences, and 0 of drift",
    ],
  });
});

test("a recording that fits, and one that has only drift, are a success", async () => {
  expect((await runHar(write("good.har", `\uFEFF${toHar({ text: '{"id":1}' })}`))).code).toBe(0);
  const { code, lines } = await runHar(write("drift.har", toHar({ text: '{"id":1,"more":1}' })));
  expect([code, lines.at(-1)]).toEqual([0, expect.stringContaining("0 differences, and 1 of drift")]);
});

test("a body beside the file is read, and nothing outside of its folder", async () => {
  write("body.json", '{"id":"x"}');
  expect((await runHar(write("attached.har", toHar({ _file: "body.json" })))).code).toBe(1);
  const outside = write("outside.har", toHar({ _file: `../${folder.split("/").at(-1)}/body.json` }));
  expect((await runHar(outside)).lines[0]).toContain("not recorded completely");
});

test.each([
  ["missing.har", undefined, "which cannot be read: ENOENT"],
  ["text.har", "hello", "It is no HAR file, which is JSON"],
  ["zip.har", "PK\u0003\u0004", "It is a ZIP archive"],
  ["other.har", "{}", "it has no list log.entries"],
])("refuses %s", async (name, text, message) => {
  const file = text === undefined ? join(folder, name) : write(name, text);
  await expect(runHar(file)).rejects.toThrow(message);
});

test.each([
  [{}, undefined],
  [{ "base-url": "http://a.example" }, undefined],
  [
    { har: "a.har", "base-url": "http://a.example" },
    { kind: "har", file: "a.har", baseUrl: "http://a.example" },
  ],
  [
    { upstream: "https://a.example/v1" },
    { kind: "proxy", upstream: "https://a.example/v1", host: "127.0.0.1", port: 0 },
  ],
  [
    { upstream: "https://a.example", listen: "80" },
    { kind: "proxy", upstream: "https://a.example", host: "127.0.0.1", port: 80 },
  ],
  [
    { upstream: "https://a.example", listen: "[::1]:8080" },
    { kind: "proxy", upstream: "https://a.example", host: "::1", port: 8080 },
  ],
])("reads %j", (values, expected) => {
  expect(readTrafficArguments(values)).toEqual(expected);
});

test.each([
  [{ listen: "80" }, "it needs --upstream"],
  [{ har: "a.har", upstream: "http://a.example" }, "one at a time"],
  [{ "base-url": "http://a.example", upstream: "http://a.example" }, "one at a time"],
  [{ har: "a.har", "base-url": "localhost:80" }, '--base-url is "localhost:80": it has to be an absolute URL'],
  [{ upstream: "a.example" }, '--upstream is "a.example": it has to be an absolute URL'],
  [{ upstream: "http://a.example", listen: "http" }, '--listen is "http": it takes a port from 0 to 65535'],
  [{ upstream: "http://a.example", listen: "70000" }, '--listen is "70000"'],
  [{ upstream: "http://localhost:4010", listen: "4010" }, "is where the proxy itself would listen"],
])("refuses %j", (values, message) => {
  expect(() => readTrafficArguments(values)).toThrow(TrafficError);
  expect(() => readTrafficArguments(values)).toThrow(message);
});

test("a proxy that cannot listen says so", async () => {
  const mock = await startMockServer({ targets: [document], port: 0 });
  onTestFinished(() => mock.close());
  const port = Number(new URL(mock.url).port);
  const given = { kind: "proxy", upstream: "http://127.0.0.1:1", host: "127.0.0.1", port } as const;
  await expect(runTraffic(document, given, { print: () => {} })).rejects.toThrow(
    /^The proxy cannot listen on 127\.0\.0\.1:\d+: .*EADDRINUSE/,
  );
});

test("a proxy that nothing passed is no success", async () => {
  const stop = new AbortController();
  const given = { kind: "proxy", upstream: "http://127.0.0.1:1", host: "127.0.0.1", port: 0 } as const;
  const print = () => stop.abort();
  await expect(runTraffic(document, given, { print, signal: stop.signal })).rejects.toThrow(
    "Nothing passed through the proxy",
  );
});

test.each(["SIGINT", "SIGTERM"] as const)(
  "the command stands before a service until %s, then sums up",
  async (signal) => {
    const mock = await startMockServer({ targets: [document], port: 0 });
    onTestFinished(() => mock.close());
    const file = write("openapi.json", JSON.stringify(document));
    const cli = fileURLToPath(new URL("cli.ts", import.meta.url));
    const child = spawn(process.execPath, [
      "--conditions=@artifetch/source",
      cli,
      file,
      "--upstream",
      mock.url,
      "--listen",
      "0",
    ]);
    onTestFinished(() => void child.kill("SIGKILL"));
    let out = "";
    child.stdout.on("data", (chunk) => {
      out += chunk;
    });
    const exited = new Promise((resolve) => child.once("exit", resolve));
    await expect.poll(() => out).toMatch(/^listening on http:\/\/127\.0\.0\.1:\d+, passing on to /);
    const [url] = /http:\/\/[\d.:]+/.exec(out) ?? [];
    expect((await fetch(`${url}/runs/x`, { headers: { "x-key": "secret-1" } })).status).toBe(422);
    await expect.poll(() => out).toContain('failure request_conformance: path id must be integer: "x"');
    child.kill(signal);
    expect(await exited).toBe(1);
    expect(out).toMatch(/1 answers of 1 of 7 operations checked: \d differences, and \d of drift\n$/);
    expect(out).not.toContain("secret-1");
  },
);
