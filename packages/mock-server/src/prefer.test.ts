import { expect, test } from "vitest";
import { readPreferences } from "./prefer.ts";

const accepted: [string, object][] = [
  ["code=404", { code: 404 }],
  ["Code=404, EXAMPLE=a", { code: 404, exampleKey: "a" }],
  ['example="a, b; c"', { exampleKey: "a, b; c" }],
  ['example="a=b"', { exampleKey: "a=b" }],
  ["code=404, code=500", { code: 404 }],
  ["dynamic=true,seed=x", { dynamic: true, seed: "x" }],
  ["dynamic=false", { dynamic: false }],
  ["respond-async, wait=10", {}],
  ["code=200; foo=bar", { code: 200 }],
];

for (const [header, preferences] of accepted) {
  test(`reads Prefer: ${header}`, () => {
    expect(readPreferences(header, { __code: "500" })).toEqual(preferences);
  });
}

test("reads the query where there is no header", () => {
  expect(
    readPreferences(undefined, { __code: "404", __example: "a", __dynamic: "true", __seed: "s", code: "1" }),
  ).toEqual({
    code: 404,
    exampleKey: "a",
    dynamic: true,
    seed: "s",
  });
});

for (const header of ["code=4", "code=4040", "code=4xx", "code", "dynamic", "dynamic=1"]) {
  test(`refuses Prefer: ${header}`, () => {
    expect(() => readPreferences(header, {})).toThrow(
      expect.objectContaining({ status: 422, detail: expect.stringContaining(header.split("=")[0] ?? "") }),
    );
  });
}
