/** Runs every check that CI runs, shows the output of those that fail, and adds up the tests of all runners. */
import { globSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { root } from "./root.ts";
import { runTurbo } from "./turbo.ts";

const checks = [
  "lint:specs",
  "lint:code",
  "format:check",
  "drift:check",
  "typecheck",
  "root:typecheck",
  "build",
  "unit",
  "root:unit",
  "contract",
  "browser",
];

interface Report {
  numPassedTests: number;
  numFailedTests: number;
  numTotalTests: number;
}

/** The reports that the test runners left, by path. */
function readReports(): [string, Report][] {
  return globSync(["packages/*/.artifacts/*.json", ".artifacts/*.json"], { cwd: root })
    .sort()
    .map((path) => [path, JSON.parse(readFileSync(join(root, path), "utf8"))]);
}

// A report of an earlier run must not be counted; one of a cached task is put back by turbo.
for (const [path] of readReports()) rmSync(join(root, path));

const started = performance.now();
const code = await runTurbo(["--output-logs=errors-only", "--continue=dependencies-successful", ...checks]);
const seconds = ((performance.now() - started) / 1000).toFixed(1);

let passed = 0;
let failed = 0;
for (const [path, report] of readReports()) {
  const [, name = "root", kind = "unit"] = /^(?:packages\/)?(.*?)\/?\.artifacts\/(.*)\.json$/.exec(path) ?? [];
  console.log(
    `${(name || "root").padEnd(12)} ${kind.padEnd(9)} ${report.numPassedTests} of ${report.numTotalTests} tests passed`,
  );
  passed += report.numPassedTests;
  failed += report.numTotalTests - report.numPassedTests;
}
if (code !== 0) console.log(`At least one check failed (${checks.join(", ")}): see above.`);
console.log(`${seconds} seconds`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = code !== 0 || failed > 0 || passed === 0 ? 1 : 0;
