import { listOperations } from "@artifetch/document";
import { listApis, loadDocument } from "@artifetch/document/load";
import { expect, test } from "vitest";
import { createIndex } from "./route-index.ts";

const paths = ["/runs", "/runs/{id}", "/runs/latest", "/{kind}/latest", "/runs/{id}.json", "/a%20b/{id}"];
const find = createIndex(paths.map((path) => ({ path })));
const foundFor = (path: string) => find(path).map((operation) => operation.path);

test.each([
  ["/runs", ["/runs"]],
  ["/runs/7", ["/runs/{id}", "/runs/{id}.json"]],
  ["/runs/latest", ["/runs/{id}", "/runs/latest", "/{kind}/latest", "/runs/{id}.json"]],
  ["/runs/7.json", ["/runs/{id}", "/runs/{id}.json"]],
  ["/a%20b/7", ["/a%20b/{id}"]],
  ["/a b/7", ["/a%20b/{id}"]],
  ["/r%75ns", ["/runs"]],
])("finds for %s what can match it, in the document's order", (path, expected) => {
  expect(foundFor(path)).toEqual(expected);
});

test.each(["/", "/nope", "/runs/7/x", "//runs", "/RUNS"])(
  "gives for %s one operation, which does not match",
  (path) => {
    expect(foundFor(path)).toEqual(["/runs"]);
  },
);

test("finds every operation of every API by its own path, among few", async () => {
  for (const api of listApis()) {
    const operations = listOperations((await loadDocument(api)).document);
    const findIn = createIndex(operations);
    for (const operation of operations) {
      const found = findIn(operation.path.replaceAll(/\{[^{}]+\}/g, "x"));
      expect(found).toContain(operation);
      expect(found.length).toBeLessThanOrEqual(Math.max(1, operations.length / 2));
    }
  }
});
