import { expect, test } from "vitest";
import { findChromium } from "./chromium.ts";

test("a CHROMIUM_PATH that is no executable is refused by name", () => {
  expect(() => findChromium({ CHROMIUM_PATH: "/nowhere/chromium" })).toThrow('CHROMIUM_PATH is "/nowhere/chromium"');
});

test("a CHROMIUM_PATH is taken before any other browser", () => {
  expect(findChromium({ CHROMIUM_PATH: process.execPath, PATH: "/usr/bin" })).toBe(process.execPath);
});
