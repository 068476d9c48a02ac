import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import * as index from "./index.ts";
import * as msw from "./msw.ts";
import * as unsupported from "./unsupported.ts";
import * as vitest from "./vitest.ts";

test("bundlers for browsers find every name that there is, and each function says where it runs", () => {
  expect(Object.keys(unsupported).sort()).toEqual(Object.keys({ ...index, ...msw, ...vitest }).sort());
  const functions = Object.entries(unsupported).filter(([name]) => !name.endsWith("Error"));
  expect(functions.length).toBeGreaterThan(3);
  for (const [name, use] of functions) {
    expect(use).toThrow(unsupported.MockServerError);
    expect(use).toThrow(new RegExp(`^${name} runs on Node, Bun and Deno, not in this process\\. .*base URL\\.$`));
  }
});

test("says what is forbidden where code cannot be compiled, and what to do", async () => {
  const code = `
    import { createMockFetch } from ${JSON.stringify(new URL("index.ts", import.meta.url))};
    const document = { openapi: "3.1.0", info: { title: "A", version: "1" }, paths: { "/a": { get: { responses: {} } } } };
    const error = await createMockFetch(document)("https://any.example/a").catch((reason) => reason);
    console.log(error.name + ": " + error.message);`;
  const args = ["--conditions=@artifetch/source", "--disallow-code-generation-from-strings", "--input-type=module"];
  const { stdout } = await promisify(execFile)(process.execPath, [...args, "--eval", code]);
  expect(stdout).toMatch(
    /^MockServerError: The mock cannot run here: .*"new Function".* forbidden in this process\. Start the mock elsewhere/,
  );
});
