import { SaxesParser, type SaxesTagPlain } from "saxes";
import { expect, test } from "vitest";
import { escapes, goodInput, hostile, input, secret } from "../../test/sample-report.ts";
import { toJUnit } from "./junit.ts";
import type { ReportInput } from "./rows.ts";

interface Element {
  name: string;
  attributes: Record<string, string>;
  text: string;
}

/** A parser that holds to XML 1.0: it refuses characters that are not allowed. */
function parse(xml: string): Element[] {
  const elements: Element[] = [];
  const open: Element[] = [];
  const parser = new SaxesParser();
  parser.on("error", (error) => {
    throw error;
  });
  parser.on("opentag", ({ name, attributes }: SaxesTagPlain) => {
    const element = { name, attributes: { ...attributes }, text: "" };
    elements.push(element);
    open.push(element);
  });
  parser.on("text", (text) => {
    const element = open.at(-1);
    if (element) element.text += text;
  });
  parser.on("closetag", () => open.pop());
  parser.write(xml).close();
  return elements;
}

const withReport = (change: Partial<ReportInput["report"]>, base = input): ReportInput => ({
  ...base,
  report: { ...base.report, ...change },
});
const read = (given: ReportInput, name: string) => parse(toJUnit(given)).filter((element) => element.name === name);

test("counts what it lists", () => {
  const elements = parse(toJUnit(input));
  const sum = (name: string) => String(elements.filter((element) => element.name === name).length);
  expect(elements[0]?.attributes).toMatchObject({
    tests: sum("testcase"),
    failures: sum("failure"),
    skipped: sum("skipped"),
    errors: "0",
    time: "3.210",
    timestamp: "2026-01-02T03:04:05",
  });
  const suites = elements.filter(({ name }) => name === "testsuite").map(({ attributes }) => attributes);
  for (const key of ["tests", "failures", "skipped"]) {
    const total = suites.reduce((all, suite) => all + Number(suite[key]), 0);
    expect(String(total)).toBe(elements[0]?.attributes[key]);
  }
});

test("fails a check with all that was found, and passes one that shows drift only", () => {
  const failure = read(input, "failure").find(({ attributes }) => attributes.type === "negative_data_rejection");
  expect(failure?.attributes.message).toMatch(/^status is 200 although limit is 101/);
  expect(failure?.text).toContain("rule: #/paths/~1runs/get/parameters/0/schema/maximum\nblame: service: ");
  expect(failure?.text).toContain("repeat: --seed 42\ncurl: curl --globoff ");
  expect(read(input, "failure").map(({ attributes }) => attributes.type)).not.toContain("undocumented_field");
  expect(read(input, "system-out").map(({ text }) => text)).toEqual([
    "skipped in part: no id of a second run was found",
    expect.stringContaining('property "cost" is not documented (2 times)\n'),
  ]);
  expect(toJUnit(input)).not.toContain(secret);
});

test("skips what was not checked at all, and says why", () => {
  expect(read(input, "skipped").map(({ attributes }) => attributes.message)).toEqual([
    "writes are not allowed (--allow-writes)",
    "DEPOT_KEY is not set",
    "writes are not allowed (--allow-writes)",
  ]);
});

test.each([
  ["after an interruption", withReport({ interrupted: "SIGINT" }, goodInput), "Interrupted: SIGINT. Until then"],
  ["where nothing was checked", withReport({ counts: [] }, goodInput), "Nothing was checked"],
])("has an error %s", (_when, given, message) => {
  expect(read(given, "error")[0]?.attributes.message).toContain(message);
  expect(read(given, "testsuites")[0]?.attributes.errors).toBe("1");
  expect(read(goodInput, "error")).toEqual([]);
});

test("keeps whatever a service sends as text that XML allows", () => {
  const [finding] = input.report.findings;
  const rude = { ...(finding ?? expect.fail()), message: `${hostile}${escapes}\u0000\ufffe\ud800 &amp; \t\n` };
  const [failure] = read(withReport({ findings: [rude] }), "failure");
  const written = `${hostile}\\u001b[2J\\u001b]0;owned\\u0007\\u009b31m\\u202e\\u0000\\ufffe\\ud800 &amp; `;
  expect(failure?.attributes.message).toBe(`${written} \\n`);
  expect(failure?.text.startsWith(`${written}\t\n`)).toBe(true);
});
