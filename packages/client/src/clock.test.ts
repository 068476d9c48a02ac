import { expect, test } from "vitest";
import { systemClock } from "./clock.ts";

test("calls back at once, and without a warning of the runtime, when the time has passed already", async () => {
  const warnings: Error[] = [];
  const note = (warning: Error) => warnings.push(warning);
  process.on("warning", note);
  try {
    await new Promise<void>((resolve) => systemClock.delay(resolve, -1));
    // A warning is emitted in the next turn.
    await new Promise((resolve) => setImmediate(resolve));
    expect(warnings).toEqual([]);
  } finally {
    process.off("warning", note);
  }
});
