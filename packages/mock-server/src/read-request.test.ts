import fc from "fast-check";
import { expect, test } from "vitest";
import { readRequest } from "./read-request.ts";

const texts = [
  "a",
  "B7",
  "%41",
  "%2F",
  "%C3%A4",
  "%C3",
  "%",
  "%zz",
  "%EF%BB%BF",
  "+",
  "%2B",
  "=",
  "&",
  ";",
  ",",
  "/",
  "?",
  "~",
  "[b]",
  "'",
  '"',
];
const query = fc
  .array(fc.constantFrom(...texts, "&a=", "&c=", "&1=", "&toString=", "&__proto__="), { maxLength: 12 })
  .map((parts) => parts.join(""));

test("a query is read as URLSearchParams reads it, several values of a name as a list", () => {
  fc.assert(
    fc.property(query, (search) => {
      const { query: read } = readRequest({ method: "GET", url: `/runs?a=${search}`, headers: {} }).url;
      const parameters = new URL(`/runs?a=${search}`, "http://localhost").searchParams;
      const names = [...new Set(parameters.keys())];
      expect(Object.keys(read).sort()).toEqual(names.sort());
      for (const name of names) expect([read[name]].flat()).toEqual(parameters.getAll(name));
    }),
    { numRuns: 2000 },
  );
});
