import { testConfig } from "../../vitest.shared.ts";

export default testConfig("browser", ["browser/**/*.test.ts"]);
