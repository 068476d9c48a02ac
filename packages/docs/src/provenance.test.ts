import { expect, test } from "vitest";
import { withSources } from "./provenance.ts";

const toDocument = (operation: object) => ({
  openapi: "3.1.0",
  info: { title: "T", version: "1" },
  paths: { "/a": { get: operation } },
});
const describe = (operation: object) => withSources(toDocument(operation)).paths?.["/a"]?.get;

test("a page among the sources becomes a link, anything else stays text", () => {
  expect(describe({ description: "D.", "x-sources": ["https://example.com/?a&b", "npm x <1>"] })).toMatchObject({
    description:
      'D.\n\n<details><summary>Sources</summary><ul><li><a href="https://example.com/?a&amp;b">https://example.com/?a&amp;b</a></li>' +
      "<li>npm x &lt;1&gt;</li></ul></details>",
  });
});

test("an operation without sources is left as it is", () => {
  expect(describe({ description: "D." })).toEqual({ description: "D." });
});

test("the document given is not changed", () => {
  const document = toDocument({ "x-sources": ["a"] });
  withSources(document);
  expect(document).toEqual(toDocument({ "x-sources": ["a"] }));
});
