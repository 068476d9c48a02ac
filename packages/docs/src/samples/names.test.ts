import { listOperations } from "@artifetch/document";
import { expect, test } from "vitest";
import { toFileName, toNoun, toPascalCase, toSingular } from "./names.ts";

test.each([
  ["listRuns", "runs"],
  ["getModelRunByNameV2", "modelRun"],
  ["createState", "result"],
  ["cancelJob", "result"],
  ["get", "result"],
])("%s returns %s", (id, noun) => expect(toNoun(id)).toBe(noun));

test.each([
  ["runs", "run"],
  ["queries", "query"],
  ["status", "item"],
  ["history", "item"],
])("one of %s is %s", (noun, one) => expect(toSingular(noun)).toBe(one));

test("a factory is named after its API", () => expect(toPascalCase("model-lab2")).toBe("ModelLab2"));

function nameOf(path: string, response: object, parameters: object[] = []): string {
  const paths = { [path]: { get: { parameters, responses: { 200: response } } } };
  const document = { openapi: "3.1.0", info: { title: "T", version: "1" }, paths };
  return listOperations(document)
    .map((operation) => toFileName(document, operation))
    .join();
}

test("a file is named by what the service proposes", () => {
  const headers = { "content-disposition": { example: 'attachment; filename="../config.json"' } };
  expect(nameOf("/content", { headers })).toBe("config.json");
});

test("else by a value of the request that is a file's name, else by its path and media type", () => {
  const content = { "application/zip": {} };
  const name = { name: "name", in: "query", required: true, example: "plots/loss.png" };
  expect(nameOf("/content", { content }, [name])).toBe("loss.png");
  expect(nameOf("/jobs/{id}/download-logs/download", { content })).toBe("logs.zip");
  expect(nameOf("/{id}", {})).toBe("download.bin");
});
