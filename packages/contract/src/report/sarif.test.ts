import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import addFormats from "ajv-formats";
import type { Log } from "sarif";
import { expect, test } from "vitest";
import { goodInput, input, secret } from "../../test/sample-report.ts";
import { checkNames } from "../model.ts";
import { createLineFinder } from "./lines.ts";
import type { ReportInput } from "./rows.ts";
import { toArtifactUri, toSarif } from "./sarif.ts";

// The schema is written in draft 4, with patterns of before the flag u.
const require = createRequire(import.meta.url);
const Ajv4 = require("ajv-draft-04") as typeof import("ajv-draft-04").default;
const ajv = new Ajv4({ strict: false, unicodeRegExp: false });
addFormats.default(ajv);
const validate = ajv.compile(
  JSON.parse(readFileSync(require.resolve("@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json"), "utf8")),
);

const read = (given: ReportInput, uri = "specs/sample.yaml") => JSON.parse(toSarif(given, uri)) as Log;

test.each<[string, ReportInput]>([
  ["a report with findings", input],
  ["a report without", goodInput],
  ["one that was interrupted", { ...input, report: { ...input.report, interrupted: "SIGINT" } }],
])("%s fits the schema of SARIF 2.1.0", (_what, given) => {
  validate(read(given));
  expect(validate.errors ?? []).toEqual([]);
});

test("shows each finding at the line of its rule", () => {
  const [run] = read(input).runs;
  const lines = input.sourceText?.split("\n") ?? [];
  const shown = run?.results?.map(({ ruleId, locations }) => {
    const { region, artifactLocation } = locations?.[0]?.physicalLocation ?? {};
    expect(artifactLocation?.uri).toBe("specs/sample.yaml");
    return `${ruleId}: ${lines[(region?.startLine ?? 0) - 1]?.trim()}`;
  });
  expect(shown).toEqual([
    "response_headers_conformance: X-Total: { required: true, schema: { type: integer } }",
    "response_schema_conformance: enum: [queued, running, done]",
    "negative_data_rejection: schema: { type: integer, minimum: 1, maximum: 100 }",
    "not_a_server_error: post:",
    "response_schema_conformance: format: date-time",
    "undocumented_field: Run:",
    "undocumented_field: Run:",
    "status_code_conformance: responses:",
    "content_type_conformance: content: { text/plain: { schema: { type: string } } }",
    "response_schema_conformance: content: { application/zip: { schema: { type: string, format: binary } } }",
  ]);
});

test("has a rule for each check, and marks drift as a note", () => {
  const [run] = read(input).runs;
  expect(run?.tool.driver.rules?.map(({ id }) => id)).toEqual(checkNames);
  for (const { ruleId, ruleIndex, level } of run?.results ?? []) {
    expect(checkNames[ruleIndex ?? -1]).toBe(ruleId);
    expect(level).toBe(ruleId === "undocumented_field" ? "note" : "error");
  }
  expect(toSarif(input, "x")).not.toContain(secret);
});

test("gives a finding the same fingerprint in every run, whatever item of a list shows it", () => {
  const print = (given: ReportInput) =>
    read(given).runs[0]?.results?.map((one) => Object.values(one.partialFingerprints ?? {})[0]);
  const changed = input.report.findings.map((finding) =>
    finding.place.in === "body"
      ? {
          ...finding,
          message: "worded in another way",
          place: { ...finding.place, pointer: finding.place.pointer.replace("/50/", "/51/") },
        }
      : finding,
  );
  expect(print({ ...input, report: { ...input.report, findings: changed } })).toEqual(print(input));
  expect(new Set(print(input)).size).toBe(input.report.findings.length);
});

test("says when a run was not completed", () => {
  const [invocation] =
    read({ ...goodInput, report: { ...goodInput.report, interrupted: "SIGINT" } }).runs[0]?.invocations ?? [];
  expect(invocation?.executionSuccessful).toBe(false);
  expect(invocation?.toolExecutionNotifications?.[0]?.message.text).toMatch(/^Interrupted: SIGINT/);
  expect(read(goodInput).runs[0]?.invocations?.[0]?.executionSuccessful).toBe(true);
});

test("finds the last line on the way to a place that is in another file", () => {
  const find = createLineFinder("paths:\n  /runs:\n    $ref: paths/runs.yaml\ntags:\n  - name: a\n  - name: b\n");
  expect(find("#/paths/~1runs/get/responses")).toBe(2);
  expect(find("#/tags/1/name")).toBe(6);
  expect(find("#/nowhere")).toBe(1);
  expect(createLineFinder('{\n  "a b": {\n    "c": 1\n  }\n}')("#/a%20b/c")).toBe(3);
});

test("names a file as code scanning wants it", () => {
  expect(toArtifactUri("/repo/specs/my api/openapi.yaml", "/repo")).toBe("specs/my%20api/openapi.yaml");
  expect(toArtifactUri("/else/openapi.yaml", "/repo")).toBe(pathToFileURL("/else/openapi.yaml").href);
  expect(toArtifactUri("https://depot.example/openapi.yaml", "/repo")).toBe("https://depot.example/openapi.yaml");
});
