import { expect, test } from "vitest";
import { applyPatches, type Patch } from "./patch.ts";

const patch: Patch = { purpose: "a becomes b", find: /a+/, replacement: "b" };

test("a patch replaces what it finds once", () => {
  expect(applyPatches("xaay", [patch], "code.js")).toBe("xby");
});

test("a patch that finds nothing is an error that names it", () => {
  expect(() => applyPatches("xyz", [patch], "code.js")).toThrow('code.js: "a becomes b" finds /a+/ 0 times');
});

test("a patch that finds several places is an error", () => {
  expect(() => applyPatches("axa", [patch], "code.js")).toThrow("2 times instead of once");
});
