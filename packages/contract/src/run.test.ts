import { listApis, loadDocument } from "@artifetch/document/load";
import { type MockServer, startMockServer } from "@artifetch/mock-server";
import { afterAll, beforeAll, expect, test } from "vitest";
import { run } from "./run.ts";

const api = listApis()[0] ?? "";
let server: MockServer;
beforeAll(async () => {
  server = await startMockServer({ targets: [api], port: 0, log: "silent" });
});
afterAll(() => server.close());

async function runWith(args: string[], environment = {}) {
  const out: string[] = [];
  const err: string[] = [];
  const code = await run(args, { environment, print: (line) => out.push(line), printError: (line) => err.push(line) });
  return { code, out: out.join("\n"), err: err.join("\n") };
}

test("exits with 0 and counts the checks when the service fits the document", async () => {
  const { code, out, err } = await runWith([api, "--base-url", server.url, "--prefer"]);
  expect(err).toBe("");
  expect(out).toMatch(/^[1-9]\d* passed, 0 failed$/);
  expect(code).toBe(0);
});

test("exits with 1 and names each difference when it does not", async () => {
  const { source } = await loadDocument(api);
  expect(source).toContain(api);
  const { code, out } = await runWith([
    source,
    "--base-url",
    `${server.url}/no/such/prefix`,
    "--prefer",
    "--seed",
    "1",
  ]);
  expect(code).toBe(1);
  expect(out).toMatch(/^example_conformance \w+: status is 404, asked for 200/m);
  expect(out).toMatch(/^ {2}probably wrong: \w+\. .+\n {2}curl /m);
  expect(out).toMatch(/\d+ passed, [1-9]\d* failed$/);
});

test("prints its usage", async () => {
  expect(await runWith(["--help"])).toMatchObject({
    code: 0,
    err: "",
    out: expect.stringContaining("Usage: artifetch-contract"),
  });
});

test.each([
  [["no-such-api", "--base-url", "http://127.0.0.1:1"], '"no-such-api" is neither an API nor a file. APIs: '],
  [[], "name the API or document to check against. APIs: "],
  [[api, "other", "--base-url", "http://127.0.0.1:1"], '"other" is one too many'],
  [[api], "--base-url is missing"],
  [[api, "--base-url", "localhost:1"], '--base-url is "localhost:1": it takes an absolute URL'],
  [[api, "--base-url", "http://127.0.0.1:1", "--seed", "x"], '--seed is "x": it takes a whole number'],
  [[api, "--base-url", "http://127.0.0.1:1", "--replay", "getRun/positive/0"], "--replay needs the --seed"],
  [[api, "--base-url", "http://127.0.0.1:1", "--bogus"], "Unknown option '--bogus'"],
])("exits with 2 and says why for %j", async (args, message) => {
  const { code, out, err } = await runWith(args);
  expect(err).toContain(`artifetch-contract: `);
  expect(err).toContain(message);
  expect({ code, out }).toEqual({ code: 2, out: "" });
});

test("exits with 2 when nothing listens at the base URL, and shows no credential", async () => {
  const closed = await startMockServer({ targets: [api], port: 0, log: "silent" });
  await closed.close();
  const { document } = await loadDocument(api);
  const variables = Object.values(document.components?.securitySchemes ?? {}).map((scheme) => String(scheme["x-env"]));
  const { code, err } = await runWith(
    [api, "--base-url", closed.url],
    Object.fromEntries(variables.map((name) => [name, "hidden"])),
  );
  expect(code).toBe(2);
  expect(err).toMatch(/^artifetch-contract: No answer from http:.*ECONNREFUSED/);
  expect(err).not.toContain("hidden");
});
