import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createMockFetch, type MockServer, startMockServer } from "@artifetch/mock-server";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { startVitest } from "vitest/node";
import { document } from "../fixtures/contract-tests.ts";
import { contractTests } from "./vitest.ts";

// Against a mock in process, and against one on a port that is known only when the tests run.
contractTests(document, { fetch: createMockFetch(document), prefer: true, credentials: { key: "k" } });

let server: MockServer;
beforeAll(async () => {
  server = await startMockServer({ targets: [document], port: 0 });
});
afterAll(() => server.close());
contractTests(document, { baseUrl: () => server.url, credentials: { key: "k" }, generated: 2 });

test("a document without operations is refused where the tests are registered", () => {
  expect(() => contractTests({ ...document, paths: {} })).toThrow("no operations to test");
  expect(() => contractTests(document, { includes: () => false })).toThrow("no operations to test");
});

/** Runs tests of its own in another Vitest; what each came to, by its full name. */
async function runTests(service: string) {
  const root = fileURLToPath(new URL("..", import.meta.url));
  mkdirSync(join(root, ".artifacts"), { recursive: true });
  const folder = mkdtempSync(join(root, ".artifacts", "vitest-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(
    join(folder, "some.test.ts"),
    `import { document } from "../../fixtures/contract-tests.ts";
import { contractTests } from "../../src/vitest.ts";
contractTests(document, { generated: 0, credentials: { key: "k" }, fetch: ${service} });`,
  );
  const vitest = await startVitest(
    "test",
    [],
    {
      root: folder,
      config: join(root, "vitest.config.ts"),
      include: ["*.test.ts"],
      watch: false,
      reporters: [],
      outputFile: join(folder, "out.json"),
      run: true,
    },
    {},
  );
  onTestFinished(() => vitest.close());
  const tests = [...vitest.state.getTestModules()].flatMap((module) => [...module.children.allTests()]);
  return new Map(
    tests.map((each) => {
      const { state, errors = [] } = each.result();
      return [each.fullName, { state, message: errors[0]?.message ?? "" }];
    }),
  );
}

test("one test for each operation and check: those fail that the service breaks, and say how", async () => {
  const results = await runTests(
    `async (request) => {
      if (request.method !== "GET") return Response.json({}, { status: 405, headers: { allow: "GET" } });
      if (!request.headers.get("x-key")) return Response.json({}, { status: 401 });
      if (!/\\/runs\\/\\d+$/.test(new URL(request.url).pathname)) return Response.json({}, { status: 422 });
      return Response.json({ id: "x" });
    }`,
  );
  const name = "Runs 1 > GET /runs/{id} (getRun) > ";
  const states = Object.fromEntries([...results].map(([title, { state }]) => [title.replace(name, ""), state]));
  expect(states).toMatchObject({
    not_a_server_error: "passed",
    ignored_auth: "passed",
    unsupported_method: "passed",
    negative_data_rejection: "passed",
    response_schema_conformance: "failed",
    "Runs 1 > nothing else differs": "passed",
  });
  expect(results.get(`${name}response_schema_conformance`)?.message).toMatch(
    /^\/id must be integer\n {2}place: {4}body \/id\n {2}rule: {5}type: "integer"\n {2}document: #\/components\/schemas\/Run\/properties\/id\/type\n/,
  );
  expect(results.get(`${name}response_schema_conformance`)?.message).toContain('curl --globoff -H "x-key: $RUNS_KEY"');
});

test("where no answer comes, no test passes", async () => {
  const results = await runTests(`async () => { throw new TypeError("fetch failed"); }`);
  expect(results.size).toBeGreaterThan(3);
  expect([...results.values()].filter(({ state }) => state === "passed")).toEqual([]);
});
