import { expect, test } from "vitest";
import { listNearNames } from "./near-names.ts";

test.each([
  ["getRun", ["getRun"]],
  ["GETRUN", ["getRun"]],
  ["gteRun", ["getRun"]],
  ["Run", ["getRun", "listRuns"]],
  ["completely different", []],
  ["", []],
])("names near %j are %j", (given, near) => {
  expect(listNearNames(given, ["listRuns", "getRun", "createFile"])).toEqual(near);
});
