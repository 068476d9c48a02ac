/** Writes the output of one generation step: `node scripts/generate.ts bundle|types|client`. */
import { join } from "node:path";
import { steps, writeFiles } from "./generated-files.ts";
import { root } from "./root.ts";

const name = process.argv[2];
if (name === undefined || !Object.hasOwn(steps, name)) {
  console.error(`generate: unknown step "${name ?? ""}"; known steps: ${Object.keys(steps).join(", ")}`);
  process.exit(2);
}

const step = steps[name as keyof typeof steps];
try {
  writeFiles(join(root, step.folder), await step.generate());
} catch (error) {
  console.error(`generate ${name}: ${(error as Error).message}`);
  process.exit(1);
}
