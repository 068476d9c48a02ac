import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { expect, test } from "vitest";
import { document as trafficDocument } from "../../fixtures/traffic.ts";
import { goodInput, input, secret } from "../../test/sample-report.ts";
import { checkHar } from "../har.ts";
import { checkNames } from "../model.ts";
import { cutUtf8, type JsonReport, toJson } from "./json.ts";
import type { ReportInput } from "./rows.ts";

const schema = JSON.parse(readFileSync(new URL("../../report.schema.json", import.meta.url), "utf8"));
const read = (given: ReportInput) => JSON.parse(toJson(given)) as JsonReport;

/** The schema as it would be if it knew of no later property: what it does not describe is found. */
function close(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(close);
  if (typeof value !== "object" || value === null) return value;
  const closed = Object.fromEntries(Object.entries(value).map(([key, child]) => [key, close(child)]));
  return "properties" in value && "type" in value ? { ...closed, additionalProperties: false } : closed;
}

const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true });
addFormats.default(ajv);
const validate = ajv.compile(close(schema) as object);

/** Of a recording in which the application is wrong, and a body was not kept. */
const traffic = await checkHar(trafficDocument, {
  log: {
    entries: [
      {
        request: { method: "POST", url: "https://eu.runs.example/v1/runs?x=1", headers: [], bodySize: 9 },
        response: { status: 422, headers: [], content: { mimeType: "application/json", text: "{}" } },
      },
      {
        request: { method: "GET", url: "https://eu.runs.example/v1/nowhere", headers: [] },
        response: { status: 404, headers: [], content: {} },
      },
    ],
  },
});

const edgeCases: [string, ReportInput][] = [
  ["a report with findings", input],
  ["a report without", goodInput],
  ["one of traffic", { report: traffic, document: trafficDocument, source: "traffic.yaml" }],
  ["one that was interrupted", { ...input, report: { ...input.report, interrupted: "SIGINT" } }],
  ["an empty one", { ...input, report: { ...goodInput.report, counts: [], requests: 0 } }],
];

test.each(edgeCases)("%s fits the published schema", (_what, given) => {
  validate(JSON.parse(toJson(given)));
  expect(validate.errors ?? []).toEqual([]);
});

test("the schema knows all checks", () => {
  expect(schema.$defs.check.enum).toEqual(checkNames);
});

test("tells the outcome", () => {
  expect(edgeCases.map(([, given]) => read(given).outcome)).toEqual([
    "failed",
    "passed",
    "failed",
    "interrupted",
    "empty",
  ]);
});

test("gives the exchange as it was, without credentials", () => {
  const { findings } = read(input);
  const weights = findings.find(({ operationId }) => operationId === "getRunWeights")?.exchange?.response;
  expect(weights?.body).toEqual({ encoding: "base64", content: "UEsDBP8A", sizeBytes: 6, isCut: false });
  const created = findings.find(({ operationId }) => operationId === "createRun");
  const original = input.report.findings.find(({ operationId }) => operationId === "createRun");
  expect(created?.exchange?.response.body?.content).toBe(new TextDecoder().decode(original?.exchange?.response.body));
  expect(created).toMatchObject({ seed: { seed: 42, path: "createRun/positive/3:0:1" }, curl: original?.curl });
  expect(toJson(input)).not.toContain(secret);
});

test("holds no control character that a terminal would obey", () => {
  expect(toJson(input).replaceAll("\n", "")).not.toMatch(/\p{Cc}|\p{Bidi_Control}/u);
});

test("cuts a large body, not within a character", () => {
  const [finding] = input.report.findings;
  const exchange = finding?.exchange ?? expect.fail();
  const body = new TextEncoder().encode(`x${"€".repeat(100_000)}`);
  const large = { ...(finding ?? expect.fail()), exchange: { ...exchange, response: { ...exchange.response, body } } };
  const [cut] = read({ ...input, report: { ...input.report, findings: [large] } }).findings;
  expect(cut?.exchange?.response.body).toEqual({
    encoding: "utf-8",
    content: `x${"€".repeat(21_845)}`,
    sizeBytes: 300_001,
    isCut: true,
  });
  expect(cutUtf8(body, 2)).toEqual(new Uint8Array([0x78]));
});
