import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, assert, expect, test } from "vitest";
import { readApis } from "../api.ts";
import { checkSamples } from "./check.ts";
import { createSamples, type Sample } from "./samples.ts";

const samples = (await readApis()).flatMap(createSamples);
const environment = { ...process.env };
afterEach(() => {
  process.env = { ...environment };
});

/** A sample of the documents: the first that a call is awaited in. */
function findSample(code: string): Sample {
  const sample = samples.find(({ typescript }) => typescript.includes(code));
  assert(sample, `no sample has ${code}`);
  return sample;
}

/** What the check says of one sample after a change to it. */
async function check(sample: Sample, change: Partial<Sample>, limitMs?: number): Promise<string> {
  return checkSamples([{ ...sample, ...change }], limitMs).then(
    () => "",
    (error: Error) => error.message,
  );
}

test("every operation has a sample that compiles and runs", async () => {
  expect(samples.length).toBe((await readApis()).flatMap(({ operations }) => operations).length);
  await expect(checkSamples(samples)).resolves.toEqual({ hasCurl: true });
});

const unwrapped = findSample("await unwrap(");
const name = `${unwrapped.api}: the sample of ${unwrapped.operationId}`;

test("a sample that does not compile is named, with its line and what the compiler says", async () => {
  const typescript = `${unwrapped.typescript}\nclient.noSuchMethod();`;
  const line = typescript.split("\n").length;
  expect(await check(unwrapped, { typescript })).toContain(
    `${name} does not compile: line ${line}: TS2339: Property 'noSuchMethod' does not exist`,
  );
});

test("a sample that throws is named", async () => {
  const typescript = `${unwrapped.typescript}\nthrow new TypeError("broken");`;
  expect(await check(unwrapped, { typescript })).toContain(`${name} does not run in TypeScript: TypeError: broken`);
});

test("a sample that is refused is named, although it looks at no status", async () => {
  const typescript = `${unwrapped.typescript}\nawait fetch("${unwrapped.baseUrl}/no/such/path");`;
  expect(await check(unwrapped, { typescript })).toMatch(
    `${name} does not run in TypeScript: GET /no/such/path is answered with 404`,
  );
});

test("a sample that asks for nothing is named", async () => {
  expect(await check(unwrapped, { typescript: "export const nothing = 1;" })).toBe(
    `${name} does not run in TypeScript: it does not ask for ${unwrapped.operationId}`,
  );
});

test("a sample that never ends is named", async () => {
  const typescript = `${unwrapped.typescript}\nawait new Promise(() => {});`;
  expect(await check(unwrapped, { typescript }, 1000)).toContain(
    `${name} does not run in TypeScript: it has not ended after 1000 ms`,
  );
});

test("a sample that ends the process is named", async () => {
  const typescript = `${unwrapped.typescript}\nprocess.exit();`;
  expect(await check(unwrapped, { typescript })).toContain(`${name} does not run in TypeScript: it ends the process`);
});

test("a sample that asks without end is named", async () => {
  const typescript = `for (;;) await fetch("${unwrapped.baseUrl}/");`;
  expect(await check(unwrapped, { typescript })).toContain(
    `${name} does not run in TypeScript: Error: it asks more than`,
  );
});

test("a curl line that is refused, asks for something else or is none is named", async () => {
  const start = `${name} does not run with curl: `;
  const elsewhere = unwrapped.curl.replace(`${unwrapped.baseUrl}/`, `${unwrapped.baseUrl}/no-such-path/`);
  expect(await check(unwrapped, { curl: elsewhere })).toContain(
    `${start}curl: (22) The requested URL returned error: 404`,
  );
  expect(await check(unwrapped, { curl: "true" })).toBe(`${start}it does not ask for ${unwrapped.operationId}`);
  expect(await check(unwrapped, { curl: `${unwrapped.curl} '` })).toContain(start);
});

test("without a curl the TypeScript samples are checked alone", async () => {
  const folder = mkdtempSync(join(tmpdir(), "no-curl-"));
  // What the compiler's launcher needs.
  for (const command of ["basename", "dirname", "sed", "sh", "tsc", "uname"]) {
    const place = execFileSync("sh", ["-c", `command -v ${command}`], { encoding: "utf8" }).trim();
    symlinkSync(place, join(folder, command));
  }
  process.env.PATH = folder;
  try {
    await expect(checkSamples([{ ...unwrapped, curl: "false" }])).resolves.toEqual({ hasCurl: false });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
