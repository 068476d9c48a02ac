import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo, Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { listOperations } from "@artifetch/document";
import { listApis, loadDocument } from "@artifetch/document/load";
import { type MockServer, startMockServer } from "@artifetch/mock-server";
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { createClock } from "../fixtures/clock.ts";
import { depot } from "../fixtures/depot.ts";
import { selfSigned } from "../fixtures/self-signed.ts";
import { createService } from "../fixtures/service.ts";
import { reportFormats } from "./report/index.ts";
import { run, type Surroundings } from "./run.ts";

const api = listApis()[0] ?? "";
const folder = mkdtempSync(join(tmpdir(), "artifetch-run-"));
const file = (name: string): string => join(folder, name);
const write = (name: string, content: string | object): string => {
  writeFileSync(file(name), typeof content === "string" ? content : JSON.stringify(content));
  return file(name);
};
const depotFile = write("depot.json", depot);
const DEPOT_KEY = "hidden-key";

let server: MockServer;
beforeAll(async () => {
  server = await startMockServer({ targets: [api], port: 0, log: "silent" });
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

/** On a clock that does not run, so that nothing waits. */
async function runWith(args: string[], environment = {}, rest: Partial<Surroundings> = {}) {
  const out: string[] = [];
  const err: string[] = [];
  const code = await run(args, {
    environment,
    print: (line) => out.push(line),
    printError: (line) => err.push(line),
    clock: createClock(),
    ...rest,
  });
  return { code, out: out.join("\n"), err: err.join("\n") };
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/** Answers everything in the same way. */
async function serve(listener: RequestListener): Promise<string> {
  return `http://127.0.0.1:${await listen(createServer(listener))}`;
}

const runDepot = (args: string[], rest: Partial<Surroundings> = {}) =>
  runWith(
    [depotFile, "--base-url", "http://depot.test", "--seed", "1", ...args],
    { DEPOT_KEY },
    { fetch: createService().fetch, ...rest },
  );

test("exits with 0 and shows every operation when the service fits the document", async () => {
  const { code, out, err } = await runWith([api, "--base-url", server.url, "--prefer", "--allow-writes"]);
  expect(err).toBe("");
  expect(out).toMatch(/\nNo difference in [1-9]\d* answers, .+$/);
  const { document } = await loadDocument(api);
  for (const { id } of listOperations(document)) expect(out).toContain(id);
  expect(code).toBe(0);
});

test("exits with 1 and shows each difference when it does not", async () => {
  const { code, out } = await runDepot(["--allow-writes"], { fetch: createService({ isStale: true }).fetch });
  expect(out).toContain("✗ getRun use_after_free");
  expect(out).toMatch(/blame {3}service: .+/);
  expect(out).toContain('curl --globoff -H "x-key: $DEPOT_KEY" "http://depot.test/runs/run-0002"');
  expect(out).not.toContain(DEPOT_KEY);
  expect(code).toBe(1);
});

test("drift alone is no failure", async () => {
  const { fetch } = createService();
  const more = async (request: Request) => {
    const response = await fetch(request);
    if (response.status !== 200 || !/\/run-\d+$/.test(request.url)) return response;
    const body = (await response.json()) as object;
    return Response.json({ ...body, news: 1 });
  };
  const { code, out } = await runDepot([], { fetch: more });
  expect(out).toContain("~ getRun undocumented_field");
  expect(code).toBe(0);
});

test("finds the service below a path, at the base URL of the environment", async () => {
  const { fetch, log } = createService();
  const below = (request: Request) =>
    new URL(request.url).pathname.startsWith("/gateway/v1/")
      ? fetch(new Request(request.url.replace("/gateway/v1", ""), request))
      : Promise.resolve(new Response(null, { status: 404 }));
  const target = write("below.json", { ...depot, servers: [{ url: "https://depot.example", "x-env": "DEPOT_URL" }] });
  const { code, err } = await runWith(
    [target],
    { DEPOT_KEY, DEPOT_URL: "http://depot.test/gateway/v1/" },
    { fetch: below },
  );
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(log.length).toBeGreaterThan(50);
});

test("calls only the operations that are named, with the values that are given", async () => {
  const { fetch, log } = createService();
  await runDepot(["--operation", "getRun", "--param", "run_id=run-0001", "--generated", "0"], { fetch });
  expect(log.length).toBeGreaterThan(1);
  // The second: with a character that its pattern forbids.
  expect(new Set(log)).toEqual(new Set(["GET /runs/run-0001", "GET /runs/run-0001%21"]));
});

test("says of which operations no answer of success was seen", async () => {
  const reason = "never answered with success: no id that exists was found; give one with --param run_id=…";
  expect((await runDepot([])).out).not.toContain(reason);
  const { fetch } = createService();
  const { code, out } = await runDepot([], {
    fetch: async (request) =>
      new URL(request.url).pathname === "/runs" ? fetch(request) : Response.json({ detail: "no" }, { status: 404 }),
  });
  expect(out).toContain(`${reason}: getRun, getFile`);
  expect(code).toBe(0);
});

test("sends nothing in a dry run", async () => {
  const { fetch, log } = createService();
  const { code, out } = await runDepot(["--dry-run"], { fetch });
  expect({ code, log }).toEqual({ code: 0, log: [] });
  expect(out).toMatch(/^# Dry run: nothing is sent\. With --seed 1, these requests are\.\n/);
  expect(out).toContain("DELETE is not sent without --allow-writes");
  expect(out).not.toContain(DEPOT_KEY);
});

test("writes the reports that are asked for", async () => {
  const { code } = await runDepot(["--report", `junit=${file("all.xml")}`, "--report", `json=${file("all.json")}`]);
  expect(code).toBe(0);
  expect(JSON.parse(readFileSync(file("all.json"), "utf8"))).toMatchObject({ outcome: "passed", seed: 1 });
  expect(readFileSync(file("all.xml"), "utf8")).toContain("<testsuite");
});

test("checks recorded traffic, with reports", async () => {
  const entry = {
    request: { method: "GET", url: "http://depot.test/runs/run-0001", headers: [] },
    response: { status: 200, headers: [], content: { mimeType: "application/json", text: '{"id":1}' } },
  };
  const har = write("depot.har", { log: { entries: [entry] } });
  const args = [depotFile, "--har", har, "--base-url", "http://depot.test", "--report", `json=${file("har.json")}`];
  const { code, out } = await runWith(args);
  expect(out).toContain("response_schema_conformance: /id must be string");
  expect(JSON.parse(readFileSync(file("har.json"), "utf8"))).toMatchObject({ outcome: "failed", requests: 1 });
  expect(code).toBe(1);
});

test("prints its usage", async () => {
  expect(await runWith(["--help"])).toMatchObject({
    code: 0,
    err: "",
    out: expect.stringContaining("Usage: artifetch-contract"),
  });
});

const nowhere = ["--base-url", "http://127.0.0.1:9999"];
test.each([
  [["no-such-api", ...nowhere], '"no-such-api" is neither an API nor a file. APIs: '],
  [[], "name the API or document to check against. APIs: "],
  [[api, "other", ...nowhere], '"other" is one too many'],
  [[depotFile], "--base-url is missing"],
  [[api, "--base-url", "localhost:1"], '--base-url is "localhost:1": it takes an absolute URL'],
  [[api, "--base-url", "http://me:secret@a.example"], "--base-url has a user name or password in it"],
  [[api, "--base-url", "http://a.example/?a=1"], "--base-url has a query or fragment"],
  [[api, ...nowhere, "--seed", "x"], '--seed is "x": it takes a whole number'],
  [[api, ...nowhere, "--rate", "fast"], '--rate is "fast": it takes a number'],
  [[api, ...nowhere, "--budget", "1.5"], '--budget is "1.5": it takes a whole number'],
  [[api, ...nowhere, "--replay", "getRun/positive/0"], "--replay needs the --seed"],
  [[api, ...nowhere, "--bogus"], "Unknown option '--bogus'"],
  [[api, ...nowhere, "--report", "pdf=a.pdf"], "Formats: html, json, junit, sarif"],
  [[api, ...nowhere, "--report", "html=/no/such/folder/a.html"], "there is no folder /no/such/folder"],
  [[depotFile, ...nowhere, "--operation", "getRuns"], "there is none of that name. Did you mean getRun?"],
  [[depotFile, ...nowhere, "--param", "run_id"], "it takes NAME=VALUE"],
  [
    [depotFile, ...nowhere, "--param", "runid=1"],
    '--param is for "runid": there is none of that name. Did you mean run_id',
  ],
  [
    [depotFile, ...nowhere, "--param", "getRuns.run_id=1"],
    '--param is for "getRuns.run_id": there is none of that name. Did you mean run_id',
  ],
  [[depotFile, "--har", "a.har", "--budget", "1"], "--budget is for a run of its own requests"],
  [[write("broken.yaml", "openapi: [3.1.0"), ...nowhere], "broken.yaml:1:"],
  [[write("other.json", { name: "x", version: "1" }), ...nowhere], "is not an OpenAPI 3.x document"],
  [[write("old.json", { swagger: "2.0", paths: {} }), ...nowhere], 'found "swagger: 2.0"'],
  [[write("empty.json", { ...depot, paths: {} }), ...nowhere], "the document has no operations"],
])("exits with 2 and says why for %j", async (args, message) => {
  const { code, out, err } = await runWith(args);
  expect(err).toContain(`artifetch-contract: `);
  expect(err).toContain(message);
  expect(err).not.toContain("secret");
  expect({ code, out }).toEqual({ code: 2, out: "" });
});

test("exits with 2 when nothing listens at the base URL, and shows no credential", async () => {
  const { url, close } = await startMockServer({ targets: [api], port: 0, log: "silent" });
  await close();
  const { code, out, err } = await runWith([depotFile, "--base-url", url], { DEPOT_KEY });
  expect({ code, out }).toEqual({ code: 2, out: "" });
  expect(err).toMatch(/^artifetch-contract: No answer from http:.*ECONNREFUSED.*\. Nothing listens there: /);
  expect(err).not.toContain(DEPOT_KEY);
});

test("says what is wrong with TLS", async () => {
  const port = await listen(createSecureServer(selfSigned, (_, response) => void response.end()));
  const plain = await serve((_, response) => void response.end());
  const ask = async (url: string) => {
    const { code, out, err } = await runWith([depotFile, "--base-url", url], { DEPOT_KEY });
    expect({ code, out }).toEqual({ code: 2, out: "" });
    return err;
  };
  expect(await ask(`https://127.0.0.1:${port}`)).toMatch(/certificate.*set NODE_EXTRA_CA_CERTS to a file/);
  expect(await ask(plain.replace("http:", "https:"))).toContain(
    "It does not speak TLS: is it http:// rather than https://?",
  );
  expect(await ask(`http://127.0.0.1:${port}`)).toMatch(/^artifetch-contract: No answer from http:/);
});

test.each([
  ["a web page", 200, { "content-type": "text/html" }, "<title>Our portal</title>", /is a web page.*"Our portal"/],
  [
    "401",
    401,
    { "content-type": "application/json" },
    '{"detail":"no"}',
    /What DEPOT_KEY holds was sent and is not accepted/,
  ],
  [
    "404",
    404,
    { "content-type": "application/json" },
    '{"detail":"no"}',
    /Every answer is 404: nothing of the document is there/,
  ],
  ["502", 502, { "content-type": "text/html" }, "<title>Bad Gateway</title>", /answers were errors of the server/],
])("exits with 2 when every answer is %s", async (_, status, headers, body, message) => {
  const url = await serve((_request, response) => void response.writeHead(status, headers).end(body));
  const report = file(`every-${status}.json`);
  const { code, err } = await runWith([depotFile, "--base-url", url, "--report", `json=${report}`], { DEPOT_KEY });
  expect(err).toMatch(message);
  expect(err).toContain(`What stands in ${report} is partial.`);
  expect(JSON.parse(readFileSync(report, "utf8"))).toMatchObject({ outcome: "interrupted" });
  expect(code).toBe(2);
});

test("repeats a request that the service answers with an error page", async () => {
  const headers = { "content-type": "text/html" };
  const url = await serve((_, response) => void response.writeHead(500, headers).end("<title>Server Error</title>"));
  const args = [depotFile, "--base-url", url, "--seed", "1", "--replay", "listRuns/positive/0"];
  const { code, out, err } = await runWith(args, { DEPOT_KEY });
  expect(out).toContain("✗ listRuns not_a_server_error\n");
  expect(out).toContain("1 difference in 1 answer");
  expect({ code, err }).toEqual({ code: 1, err: "" });
});

test("exits with 2 when nothing may be sent", async () => {
  const { fetch, log } = createService();
  const { code, out, err } = await runDepot(["--operation", "deleteRun"], { fetch });
  expect({ code, out, log }).toEqual({ code: 2, out: "", log: [] });
  expect(err).toContain("No request was sent, so nothing was checked. Why: DELETE is not sent without --allow-writes");
});

test("shows no credential in any report, whatever the service repeats", async () => {
  const echo = async ({ url, method, headers }: Request) =>
    Response.json({ url, method, headers: [...headers], detail: `${headers.get("x-key")} is wrong` }, { status: 500 });
  const files = reportFormats.map((format) => file(`echo.${format}`));
  const reports = reportFormats.flatMap((format, index) => ["--report", `${format}=${files[index]}`]);
  const { code, out, err } = await runDepot(["--max-server-errors", "0", ...reports], { fetch: echo });
  expect(code).toBe(1);
  expect(out).toContain("not_a_server_error");
  for (const text of [out, err, ...files.map((each) => readFileSync(each, "utf8"))])
    expect(text).not.toContain(DEPOT_KEY);
  for (const each of files) expect(readFileSync(each, "utf8"), each).toContain("$DEPOT_KEY");
});

test("refuses a credential that no header can have, without showing it", async () => {
  const { code, err } = await runWith([depotFile, ...nowhere], { DEPOT_KEY: "hidden\nkey" });
  expect([code, err]).toEqual([2, expect.stringContaining("DEPOT_KEY has characters in it that no header can have")]);
  expect(err).not.toContain("hidden");
});

test.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)("gives a partial report at %s and exits with %i", async (signal, code) => {
  const { url, close, journal } = await startMockServer({
    targets: [depotFile],
    port: 0,
    log: "silent",
    journal: true,
  });
  onTestFinished(close);
  const files = reportFormats.map((format) => file(`${signal}.${format}`));
  const cli = fileURLToPath(new URL("cli.ts", import.meta.url));
  const reports = reportFormats.flatMap((format, index) => ["--report", `${format}=${files[index]}`]);
  const args = ["--conditions=@artifetch/source", cli, depotFile, "--base-url", url, ...reports];
  const child = spawn(process.execPath, args, { env: { ...process.env, DEPOT_KEY } });
  let out = "";
  child.stdout.on("data", (chunk) => {
    out += chunk;
  });
  const ended = new Promise((resolve) => child.on("exit", resolve));
  await vi.waitFor(() => expect(journal.entries.length).toBeGreaterThan(3), { timeout: 60_000 });
  child.kill(signal);
  expect(await ended).toBe(code);
  expect(out).toMatch(/Interrupted: The run was interrupted\. Until then .+ in \d+ answers/);
  for (const each of files) expect(readFileSync(each, "utf8"), each).toContain("The run was interrupted");
});
