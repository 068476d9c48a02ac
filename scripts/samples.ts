/** Samples: the code blocks of documents that are written for readers, to be compiled and run. */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { listApis } from "@artifetch/document/load";
import { compile } from "./compile.ts";
import { root } from "./root.ts";

/** A code block. */
export interface Sample {
  /** Path of the document from the root, with `/`. */
  document: string;
  /** Line of the document that the code begins at, from 1. */
  line: number;
  /** What stands behind the fence; empty where nothing does. */
  language: string;
  code: string;
  /** What the code says that it prints: the texts behind `// → `, in order. */
  expected: string[];
}

/** What running a sample did. */
export interface Outcome {
  /** Lines printed by `console.log`. */
  printed: string[];
  /** The stack of what it threw; undefined where all went well. */
  failure?: string;
}

/** The code blocks of a document, in order. */
export function readSamples(document: string): Sample[] {
  const text = readFileSync(join(root, document), "utf8");
  return [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(({ index, 1: language = "", 2: code = "" }) => ({
    document,
    line: text.slice(0, index).split("\n").length + 1,
    language,
    code,
    expected: [...code.matchAll(/\/\/ → (.*)$/gm)].map(([, printed = ""]) => printed),
  }));
}

/** The API whose client a sample imports, as a list of one name or none. */
export function findApi({ code }: Pick<Sample, "code">): string[] {
  return listApis().filter((api) => code.includes(`"@artifetch/client/${api}"`));
}

/** Samples in TypeScript as the files of one project. */
export interface SampleProject {
  /** The file of a sample. */
  toFile(sample: Sample): string;
  /** What the compiler says of all of them: nothing where all is well. */
  compile(): string;
  /** Runs samples in one process, one after the other, and resolves to what each did. */
  run(samples: readonly Sample[], environment?: Readonly<Record<string, string>>): Promise<Outcome[]>;
  /** Runs a sample that is a test file, by Vitest; rejects when a test fails. */
  test(sample: Sample): Promise<void>;
  remove(): void;
}

/** Writes samples into a folder of their own. What the compiler says names each by its document and line. */
export function createSampleProject(samples: readonly Sample[]): SampleProject {
  mkdirSync(join(root, ".artifacts"), { recursive: true });
  const folder = mkdtempSync(join(root, ".artifacts/samples-"));
  const toFile = ({ document, line }: Sample) => join(folder, `${document.replaceAll("/", "_")}.${line}.ts`);
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ extends: join(root, "tsconfig.base.json") }));
  for (const sample of samples) writeFileSync(toFile(sample), sample.code);

  return {
    toFile,
    compile: () => compile(folder),
    async run(chosen, environment = {}) {
      const args = ["--conditions=@artifetch/source", join(root, "scripts/run-samples.ts"), ...chosen.map(toFile)];
      // Files that a sample saves go with the folder.
      const options = { cwd: folder, env: { ...process.env, ...environment } };
      const { stdout, stderr } = await promisify(execFile)("node", args, options);
      if (stderr) throw new Error(stderr);
      return JSON.parse(stdout);
    },
    async test(sample) {
      const include = JSON.stringify([toFile(sample).slice(folder.length + 1)]);
      const shared = JSON.stringify(join(root, "vitest.shared.ts"));
      const config = `import { testConfig } from ${shared};\nexport default testConfig("sample", ${include});\n`;
      writeFileSync(join(folder, "vitest.config.ts"), config);
      await promisify(execFile)("vitest", ["run", "--root", folder]);
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}
