import { expect, test } from "vitest";
import { Code, toSource } from "./to-source.ts";

test("a short value stands on one line, and a key has quotes only where it needs them", () => {
  expect(toSource({ a: [1, "two"], "b-c": null, d: {} })).toBe('{ a: [1, "two"], "b-c": null, d: {} }');
});

test("a value that is too wide for its line gets a line per member", () => {
  const path = { jobIdentifier: "7b1e0c52-3f64-4a7e-9a01-5d2c8e4f6b13", inputIdentifier: "review-1" };
  expect(toSource({ path, query: { page: 1 } }, 2)).toBe(`{
    path: {
      jobIdentifier: "7b1e0c52-3f64-4a7e-9a01-5d2c8e4f6b13",
      inputIdentifier: "review-1",
    },
    query: { page: 1 },
  }`);
});

test("what stands beside a value counts", () => {
  const value = { name: "x".repeat(50) };
  expect(toSource(value, 0, 10)).not.toContain("\n");
  expect(toSource(value, 0, 12)).toContain("\n");
});

test("code stands as it is: a variable of the same name once, a spread without a name", () => {
  expect(toSource({ body: new Code("body"), form: new Code("body"), "": new Code("...request") })).toBe(
    "{ body, form: body, ...request }",
  );
});

test("every JSON value is read back as it was", () => {
  const value = { text: 'a"\n\u2028\\', "__proto__ ": 1, long: ["x".repeat(80), { n: -1.5e9, t: true }] };
  expect(new Function(`return ${toSource(value)}`)()).toEqual(value);
});
