import { mergeConfig } from "vitest/config";
import { testConfig } from "../../vitest.shared.ts";

// A page waits more than it computes: two files at once, on any machine.
export default mergeConfig(testConfig("browser", ["src/**/*.test.ts", "test/**/*.test.ts"]), {
  test: { maxWorkers: 2 },
});
