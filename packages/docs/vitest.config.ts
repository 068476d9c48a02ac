import { testConfig } from "../../vitest.shared.ts";

export default testConfig("browser", ["src/**/*.test.ts", "test/**/*.test.ts"]);
