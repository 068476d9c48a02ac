import type { ViteUserConfig } from "vitest/config";

/** Settings of every package's tests: sources instead of builds, and a report that the root adds up. */
export function testConfig(report: string, include: string[]): ViteUserConfig {
  const conditions = ["@artifetch/source"];
  return {
    resolve: { conditions },
    ssr: { resolve: { conditions } },
    test: {
      include,
      name: report,
      outputFile: `.artifacts/${report}.json`,
      reporters: ["dot", "json"],
    },
  };
}
