import { testConfig } from "../../vitest.shared.ts";

export default testConfig("unit", ["src/**/*.test.ts", "parity/**/*.test.ts"]);
