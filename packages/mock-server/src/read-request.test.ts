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
const query = fc.array(fc.constantFrom(...texts, "&a=", "&c="), { maxLength: 12 }).map((parts) => parts.join(""));

test("a query is read as URLSearchParams reads it, several values of a name as a list", () => {
  fc.assert(
    fc.property(query, (search) => {
      const { query: read } = readRequest({ method: "GET", url: `/runs?a=${search}`, headers: {} }).url;
      const parameters = new URL(`/runs?a=${search}`, "http://localhost").searchParams;
      const names = [...new Set(parameters.keys())];
      expect(Object.keys(read)).toEqual(names);
      for (const name of names) expect([read[name]].flat()).toEqual(parameters.getAll(name));
    }),
    { numRuns: 2000 },
  );
});
