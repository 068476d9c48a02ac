import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { compareFiles, steps, writeFiles } from "./generated-files.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "artifetch-generated-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const files = new Map([
  ["a.ts", "a"],
  ["b.ts", "b"],
]);

test("writes the files, removes others, and leaves what is right alone", () => {
  writeFileSync(join(folder, "stale.ts"), "");
  writeFileSync(join(folder, "a.ts"), "a");
  const before = statSync(join(folder, "a.ts")).mtimeMs;
  writeFiles(folder, files);
  expect(readdirSync(folder)).toEqual(["a.ts", "b.ts"]);
  expect(readFileSync(join(folder, "b.ts"), "utf8")).toBe("b");
  expect(statSync(join(folder, "a.ts")).mtimeMs).toBe(before);
});

test("names each file that is changed, missing, or unexpected", () => {
  writeFileSync(join(folder, "a.ts"), "edited");
  writeFileSync(join(folder, "c.ts"), "");
  expect(compareFiles(folder, files)).toEqual(["a.ts: changed", "b.ts: missing", "c.ts: not generated from any API"]);
});

test("finds nothing to say after writing", () => {
  writeFiles(folder, files);
  expect(compareFiles(folder, files)).toEqual([]);
});

test.each(Object.entries(steps))("generates the same %s twice", async (_, step) => {
  expect(await step.generate()).toEqual(await step.generate());
});
