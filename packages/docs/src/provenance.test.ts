import { expect, test } from "vitest";
import { withProvenance } from "./provenance.ts";

const mark = '<a class="inferred" href="inferred.html">Inferred</a>';

const toDocument = (operation: object) => ({
  openapi: "3.1.0",
  info: { title: "T", version: "1" },
  paths: { "/a": { get: operation } },
  components: {
    parameters: { page: { name: "page", in: "query", description: "P.", "x-inferred": "the bound" } },
    schemas: {
      Time: { type: "string", "x-inferred": "the `offset`" },
      Job: {
        type: "object",
        properties: {
          started: { $ref: "#/components/schemas/Time" },
          ended: { $ref: "#/components/schemas/Time", description: "E." },
          "x-inferred": { type: "string", example: { "x-inferred": "data" } },
        },
      },
    },
  },
});
const convert = (operation: object) => withProvenance(toDocument(operation), "inferred.html");
const describe = (operation: object) => convert(operation).paths?.["/a"]?.get;

test("a page among the sources becomes a link, anything else stays text", () => {
  expect(describe({ description: "D.", "x-sources": ["https://example.com/?a&b", "npm x <1>"] })).toMatchObject({
    description:
      'D.\n\n<div class="sources"><p>Sources</p><ul><li><a href="https://example.com/?a&amp;b">https://example.com/?a&amp;b</a></li>' +
      "<li>npm x &lt;1&gt;</li></ul></div>",
  });
});

test("an inferred fact carries a mark and its reason, wherever it stands", () => {
  const { paths, components } = convert({ "x-inferred": "the code", "x-sources": ["S"] });
  expect(paths?.["/a"]?.get).toMatchObject({
    description: expect.stringMatching(/<li>S<.*\n\n<a .*>Inferred<\/a> the code$/s),
  });
  expect(components?.parameters?.page?.description).toBe(`P.\n\n${mark} the bound`);
  expect(components?.schemas?.Time?.description).toBe(`${mark} the \`offset\``);
});

test("a description beside a reference does not hide the mark behind it", () => {
  expect(convert({}).components?.schemas?.Job?.properties).toEqual({
    started: { $ref: "#/components/schemas/Time" },
    ended: { $ref: "#/components/schemas/Time", description: `E.\n\n${mark} the \`offset\`` },
    "x-inferred": { type: "string", example: { "x-inferred": "data" } },
  });
});

test("an operation without sources is left as it is", () => {
  expect(describe({ description: "D." })).toEqual({ description: "D." });
});

test("the document given is not changed", () => {
  const document = toDocument({ "x-sources": ["a"], "x-inferred": "b" });
  withProvenance(document, "inferred.html");
  expect(document).toEqual(toDocument({ "x-sources": ["a"], "x-inferred": "b" }));
});
