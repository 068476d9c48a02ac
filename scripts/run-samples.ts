/**
 * Runs the samples whose files are given, one after the other, and prints what each did, as JSON.
 *
 * They call real services; here, whatever they fetch is answered by the mock of the API that they import, and each
 * credential that a document reads from an environment variable is there.
 */
import { readFileSync, writeSync } from "node:fs";
import { format } from "node:util";
import { listApis, loadDocument } from "@artifetch/document/load";
import { createMockFetch } from "@artifetch/mock-server";
import { findApi, type Outcome } from "./samples.ts";

const files = process.argv.slice(2);
const environment = { ...process.env };
const { fetch } = globalThis;

// A sample that waits for what never comes ends the process.
const outcomes: Outcome[] = files.map(() => ({ printed: [], failure: "Not run: one before it never ended." }));
process.once("exit", () => writeSync(1, JSON.stringify(outcomes)));
void runAll();

async function runAll(): Promise<void> {
  for (const { document } of await Promise.all(listApis().map((api) => loadDocument(api)))) {
    for (const scheme of Object.values<object>(document.components?.securitySchemes ?? {})) {
      if ("x-env" in scheme) environment[String(scheme["x-env"])] ??= "secret-of-the-environment";
    }
  }
  for (const [index, file] of files.entries()) {
    outcomes[index] = { printed: [], failure: "The sample never ended." };
    outcomes[index] = await run(file);
  }
}

async function run(file: string): Promise<Outcome> {
  const code = readFileSync(file, "utf8");
  const printed: string[] = [];
  process.env = { ...environment };
  // A sample that brings its own mock is to use it.
  const [api] = code.includes("@artifetch/mock-server") ? [] : findApi({ code });
  globalThis.fetch = api ? createMockFetch(api) : fetch;
  console.log = (...values) => printed.push(...format(...values).split("\n"));
  try {
    await import(file);
    return { printed };
  } catch (error) {
    return { printed, failure: error instanceof Error && error.stack ? error.stack : format(error) };
  }
}
