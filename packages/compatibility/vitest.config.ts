import type { ViteUserConfig } from "vitest/config";
import { testConfig } from "../../vitest.shared.ts";

const { test, ...config } = testConfig("runtimes", ["src/**/*.test.ts"]);

const runtimesConfig: ViteUserConfig = { ...config, test: { ...test, globalSetup: "src/global-setup.ts" } };
export default runtimesConfig;
