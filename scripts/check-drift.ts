/** Generates everything again in memory and fails, by name, on each committed file that differs. Writes nothing. */
import { join } from "node:path";
import { compareFiles, steps } from "./generated-files.ts";
import { root } from "./root.ts";

const committed = [steps.types, steps.client];
const wrong: string[] = [];
for (const { folder, generate } of committed) {
  for (const file of compareFiles(join(root, folder), await generate())) wrong.push(`${folder}/${file}`);
}

if (wrong.length > 0) {
  console.error(
    `Generated files do not match specs/:\n${wrong.map((line) => `  ${line}`).join("\n")}\nRun: pnpm generate`,
  );
  process.exitCode = 1;
}
