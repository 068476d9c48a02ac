import { listOperations } from "@artifetch/document";
import { listApis, loadDocument } from "@artifetch/document/load";
import type { IHttpOperation } from "@stoplight/types";
import fc from "fast-check";
import { expect, test } from "vitest";
import { loadRouter } from "./prism.ts";
import { createRoutes } from "./routes.ts";

const paths = ["/runs", "/runs/{id}", "/runs/latest", "/{kind}/latest", "/runs/{id}.json", "/a%20b/{id}"];
const routes = createRoutes(paths.map((path) => ({ method: "get", path })));

test.each([
  ["/runs", ["/runs"]],
  ["/runs/7", ["/runs/{id}"]],
  ["/runs/latest", ["/runs/{id}", "/runs/latest", "/{kind}/latest"]],
  ["/runs/7.json", ["/runs/{id}", "/runs/{id}.json"]],
  ["/a%20b/7", ["/a%20b/{id}"]],
  ["/a b/7", ["/a%20b/{id}"]],
  ["/r%75ns", ["/runs"]],
  ["/", []],
  ["/nope", []],
  ["/runs/7/x", []],
  ["//runs", []],
  ["/RUNS", []],
])("finds for %s all that match it, in the document's order", (path, expected) => {
  expect(routes.findAll(path).map((operation) => operation.path)).toEqual(expected);
});

/** What Prism's own router chooses, or the status that it refuses with. */
function askPrism(resources: readonly { method: string; path: string }[], method: string, path: string) {
  const input = { method: method as "get", url: { path } };
  const found = loadRouter()({ resources: resources as unknown as IHttpOperation[], input });
  return found._tag === "Right" ? found.right : undefined;
}

test("chooses among any paths what Prism chooses", () => {
  const segment = fc.constantFrom("a", "b", "{x}", "{y}", "{x}.json", "a{x}", "{x},{y}", "{a.b}");
  const template = fc.array(segment, { minLength: 1, maxLength: 3 }).map((segments) => `/${segments.join("/")}`);
  const operation = fc.record({ method: fc.constantFrom("get", "post"), path: template });
  const part = fc.constantFrom("a", "b", "c", "a.json", "ab", "a,b", "", "%61", "{a.b}");
  const request = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => `/${parts.join("/")}`);
  fc.assert(
    fc.property(fc.array(operation, { minLength: 1, maxLength: 8 }), request, (operations, path) => {
      expect(createRoutes(operations).find("get", path)).toBe(askPrism(operations, "get", path));
    }),
    { numRuns: 2000, seed: Number(process.env.PARITY_SEED ?? 5) },
  );
});

test("finds every operation of every API by its own path", async () => {
  for (const api of listApis()) {
    const operations = listOperations((await loadDocument(api)).document);
    const found = createRoutes(operations);
    for (const operation of operations) {
      const path = operation.path.replaceAll(/\{[^{}]+\}/g, "x");
      expect(found.findAll(path)).toContain(operation);
      expect(found.find(operation.method, path)).toBe(askPrism(operations, operation.method, path));
    }
  }
});
