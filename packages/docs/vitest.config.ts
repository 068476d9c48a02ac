import { mergeConfig } from "vitest/config";
import { testConfig } from "../../vitest.shared.ts";

export default mergeConfig(testConfig("browser", ["src/**/*.test.ts", "test/**/*.test.ts"]), {
  // A page with every operation of a large API takes seconds on a slow machine.
  test: { testTimeout: 60_000, hookTimeout: 60_000 },
});
