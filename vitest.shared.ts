import type { ViteUserConfig } from "vitest/config";

/** Settings of every package's tests: sources instead of builds, and a report that the root adds up. */
export function testConfig(report: string, include: string[]): ViteUserConfig {
  // The others are the defaults; without them, packages that have no condition of ours are not found.
  const conditions = ["@artifetch/source", "node", "import", "module", "default"];
  return {
    resolve: { conditions },
    ssr: { resolve: { conditions } },
    test: {
      include,
      name: report,
      outputFile: `.artifacts/${report}.json`,
      reporters: ["dot", "json"],
      // Only ends what hangs: a busy machine is slow, which is no fault.
      testTimeout: 300_000,
      hookTimeout: 300_000,
      expect: { poll: { timeout: 30_000 } },
    },
  };
}
