import { expect, test } from "vitest";
import { toInternalProblem, toProblemDocument } from "./problem.ts";

const stack = "TypeError: x is no function\n    at clean (/home/a/main.cjs:1:2)\n    at <anonymous>. We tried\nmore";

test("a problem document has no stack, wherever an error carries one", () => {
  const error = Object.assign(new Error(stack), { detail: stack });
  expect(toProblemDocument(error)).toMatchObject({
    title: "TypeError: x is no function\nmore",
    detail: "TypeError: x is no function\nmore",
  });
  expect(JSON.stringify(toProblemDocument(toInternalProblem(new Error(stack))))).not.toContain("main.cjs");
});
