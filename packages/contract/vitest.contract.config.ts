import { testConfig } from "../../vitest.shared.ts";

export default testConfig("contract", ["contract/**/*.test.ts"]);
