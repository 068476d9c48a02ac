import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { input } from "../../test/sample-report.ts";
import { toHtml } from "./html.ts";
import { toJUnit } from "./junit.ts";
import { checkReportTargets, parseReportTargets, reportFormats, writeReports } from "./write.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "report-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const check = (text: string) => checkReportTargets(parseReportTargets([text]));

test("writes each format to its file, and nothing else", async () => {
  const targets = parseReportTargets(reportFormats.map((format) => `${format}=${join(folder, `a=b.${format}`)}`));
  writeFileSync(join(folder, "a=b.html"), "what was there before");
  await checkReportTargets(targets);
  await writeReports(targets, input);
  expect(readdirSync(folder).sort()).toEqual(["a=b.html", "a=b.json", "a=b.junit", "a=b.sarif"]);
  expect(readFileSync(join(folder, "a=b.html"), "utf8")).toBe(toHtml(input));
  expect(readFileSync(join(folder, "a=b.junit"), "utf8")).toBe(toJUnit(input));
});

test("reads the document for the lines of SARIF", async () => {
  const file = join(folder, "x.sarif");
  const { sourceText: _, ...rest } = input;
  await writeReports(parseReportTargets([`sarif=${file}`]), rest);
  expect(readFileSync(file, "utf8")).toMatch(/"startLine": (?!1\b)\d+/);
  await writeReports(parseReportTargets([`sarif=${file}`]), { ...rest, source: "https://depot.example/openapi.yaml" });
  expect(readFileSync(file, "utf8")).not.toMatch(/"startLine": (?!1\b)\d+/);
});

test.each([
  [
    "xml=a",
    /^--report is "xml=a": it takes FORMAT=FILE, such as html=report.html. Formats: html, json, junit, sarif.$/,
  ],
  ["html", /^--report is "html": it takes FORMAT=FILE/],
  ["html=", /^--report is "html=": it takes FORMAT=FILE/],
  ["=a", /^--report is "=a": it takes FORMAT=FILE/],
])("refuses %s, and says what is allowed", (text, message) => {
  expect(() => parseReportTargets([text])).toThrow(message);
});

test("refuses two reports in one file", () => {
  expect(() => parseReportTargets(["json=a", "html=./a"])).toThrow(
    "--report names ./a twice: give each report a file of its own.",
  );
});

test("refuses a file in a folder that is not there, or is none", async () => {
  writeFileSync(join(folder, "file"), "");
  await expect(check(`html=${folder}/no/r.html`)).rejects.toThrow(`there is no folder ${folder}/no. Make it first.`);
  await expect(check(`html=${folder}/file/r.html`)).rejects.toThrow(`there is no folder ${folder}/file.`);
});

test("refuses what is there and is no file", async () => {
  mkdirSync(join(folder, "inner"));
  await expect(check(`html=${folder}/inner`)).rejects.toThrow("this is not a file");
  await expect(check("html=/dev/null")).rejects.toThrow("this is not a file");
});

test("refuses a folder that cannot be written to, except to root, who may write anywhere", async () => {
  chmodSync(folder, 0o500);
  const checked = check(`html=${folder}/r.html`);
  if (process.getuid?.() === 0) await expect(checked).resolves.toBeUndefined();
  else await expect(checked).rejects.toThrow(`the folder ${folder} cannot be written to`);
  chmodSync(folder, 0o700);
});

test("writes to the file behind a link", async () => {
  writeFileSync(join(folder, "file"), "before");
  symlinkSync("file", join(folder, "link"));
  await writeReports(parseReportTargets([`junit=${folder}/link`]), input);
  expect(lstatSync(join(folder, "link")).isSymbolicLink()).toBe(true);
  expect(readFileSync(join(folder, "file"), "utf8")).toBe(toJUnit(input));
});

test("says which report could not be written, and leaves nothing of it", async () => {
  mkdirSync(join(folder, "r.html"));
  await expect(writeReports(parseReportTargets([`html=${folder}/r.html`]), input)).rejects.toThrow(
    new RegExp(`^--report html=${folder}/r.html: cannot be written: EISDIR`),
  );
  expect(readdirSync(folder)).toEqual(["r.html"]);
});
