/** The check of answers must never accept what Prism's own validator finds fault with. */

import { listApis, loadDocument } from "@artifetch/document/load";
import fc from "fast-check";
import { expect, test } from "vitest";
import { listOperations, prepareOperation } from "./operations.ts";
import { isOutputInOrder, type Output } from "./outputs.ts";
import { loadValidator } from "./prism.ts";

/** Values near a given one: with parts left out, put in or replaced. */
function change(value: unknown): fc.Arbitrary<unknown> {
  const other = fc.constantFrom(null, 0, 1.5, "", "2024-01-01", true, [], {});
  if (Array.isArray(value))
    return fc.oneof(other, fc.constant(value), ...value.map((item) => change(item).map((one) => [one])));
  if (typeof value !== "object" || value === null) return fc.oneof(other, fc.constant(value));
  const entries = Object.entries(value);
  const replaced = entries.map(([key, child]) => change(child).map((one) => ({ ...value, [key]: one })));
  const without = fc.subarray(entries).map((some) => Object.fromEntries(some));
  return fc.oneof(fc.constant(value), without, ...replaced);
}

test("accepts no answer that Prism finds fault with, for any response of any API", async () => {
  let accepted = 0;
  let refused = 0;
  for (const api of listApis()) {
    const { document } = await loadDocument(api);
    for (const operation of listOperations(document)) {
      const resource = await prepareOperation(document, operation);
      for (const { code, contents = [], headers = [] } of resource.responses) {
        const [example] = contents[0]?.examples ?? [];
        const body = change(example && "value" in example ? example.value : undefined);
        const values = fc.constantFrom<unknown>("1", "text", "", 7, null, "2024-01-01T00:00:00Z");
        const names = fc.dictionary(fc.constantFrom("other", ...headers.map(({ name }) => name)), values);
        const type = fc.constantFrom(contents[0]?.mediaType, contents.at(-1)?.mediaType, "text/plain", undefined);
        const output: fc.Arbitrary<Output> = fc.tuple(body, names, type).map(([value, list, mediaType]) => ({
          statusCode: Number.parseInt(code, 10) || 200,
          headers: { ...list, ...(mediaType && { "Content-type": mediaType }) },
          body: value,
        }));
        fc.assert(
          fc.property(output, (candidate) => {
            // The types say that headers are texts; Prism itself puts in numbers and null.
            const element = candidate as Parameters<ReturnType<typeof loadValidator>["validateOutput"]>[0]["element"];
            const isAccepted = isOutputInOrder(resource, candidate);
            if (isAccepted) expect(loadValidator().validateOutput({ resource, element })._tag).toBe("Right");
            if (isAccepted) accepted += 1;
            else refused += 1;
          }),
          { numRuns: 10, seed: Number(process.env.PARITY_SEED ?? 5) },
        );
      }
    }
  }
  expect(Math.min(accepted, refused)).toBeGreaterThan(500);
});

/** A resource whose answer has a required header, and a body of these properties alone. */
function prepare(properties: object) {
  const schema = { type: "object", properties, additionalProperties: false };
  const ok = {
    description: "OK",
    headers: { "X-Page": { required: true, schema: { type: "string" } } },
    content: { "application/json": { schema } },
  };
  const document = {
    openapi: "3.1.0",
    info: { title: "Answers", version: "1" },
    paths: { "/answers": { get: { responses: { 200: ok } } } },
  };
  return prepareOperation(document, { method: "get", path: "/answers" });
}

const plain = { id: { type: "string" } };
const guarded = { id: { type: "string" }, secret: { type: "string", writeOnly: true } };

test.each([
  ["an answer in order", plain, "1", { id: "a" }, "Right", true],
  ["a required header that is empty", plain, "", { id: "a" }, "Left", false],
  ["what only requests may have", guarded, "1", { id: "a", secret: "s" }, "Left", false],
])("says of %s nothing else than Prism", async (_, properties, page, body, tag, isInOrder) => {
  const resource = await prepare(properties);
  const element = { statusCode: 200, headers: { "Content-type": "application/json", "X-Page": page }, body };
  expect(loadValidator().validateOutput({ resource, element })._tag).toBe(tag);
  expect(isOutputInOrder(resource, element)).toBe(isInOrder);
});
