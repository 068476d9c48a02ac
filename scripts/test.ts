/** Runs every check that CI runs, shows the output of those that fail, and adds up the tests of all runners. */
import { globSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { root } from "./root.ts";
import { runTurbo } from "./turbo.ts";

const checks = [
  "lint:specs",
  "lint:code",
  "lint:workflows",
  "format:check",
  "drift:check",
  "typecheck",
  "root:typecheck",
  "build",
  "unit",
  "root:unit",
  "contract",
  "browser",
  "runtimes",
];

interface Report {
  numPassedTests: number;
  numFailedTests: number;
  numTotalTests: number;
}

/** Paths of what the test runners left, sorted. */
function findArtifacts(extension: "json" | "txt"): string[] {
  return globSync([`packages/*/.artifacts/*.${extension}`, `.artifacts/*.${extension}`], { cwd: root }).sort();
}

// What an earlier run left must not be counted; that of a cached task is put back by turbo.
for (const path of [...findArtifacts("json"), ...findArtifacts("txt")]) rmSync(join(root, path));

const started = performance.now();
// As many tasks as cores: most of them start workers of their own.
const code = await runTurbo([
  "--output-logs=errors-only",
  "--continue=dependencies-successful",
  "--concurrency=100%",
  ...checks,
]);
const seconds = ((performance.now() - started) / 1000).toFixed(1);

let passed = 0;
let failed = 0;
for (const path of findArtifacts("json")) {
  const report: Report = JSON.parse(readFileSync(join(root, path), "utf8"));
  const [, name = "root", kind = "unit"] = /^(?:packages\/)?(.*?)\/?\.artifacts\/(.*)\.json$/.exec(path) ?? [];
  console.log(
    `${(name || "root").padEnd(13)} ${kind.padEnd(9)} ${report.numPassedTests} of ${report.numTotalTests} tests passed`,
  );
  passed += report.numPassedTests;
  failed += report.numTotalTests - report.numPassedTests;
}
for (const path of findArtifacts("txt")) process.stdout.write(readFileSync(join(root, path), "utf8"));
if (code !== 0) console.log(`At least one check failed (${checks.join(", ")}): see above.`);
console.log(`${seconds} seconds`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = code !== 0 || failed > 0 || passed === 0 ? 1 : 0;
