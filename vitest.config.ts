import { testConfig } from "./vitest.shared.ts";

export default testConfig("unit", ["scripts/**/*.test.ts", "docs/**/*.test.ts", "bench/**/*.test.ts"]);
