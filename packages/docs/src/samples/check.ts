/** The proof that samples work: every one compiles, and runs against the mock of its API. */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Outcome, Report, Task } from "./outcome.ts";
import type { Sample } from "./samples.ts";

const execute = promisify(execFile);

/** Inside the package, so that a sample finds what it imports. */
const workFolder = fileURLToPath(new URL("../../.artifacts/", import.meta.url));
const baseConfig = fileURLToPath(new URL("../../../../tsconfig.base.json", import.meta.url));
const runner = fileURLToPath(new URL("run.ts", import.meta.url));

/** Longer than any of them takes on a busy machine: only ends what hangs. */
const defaultLimitMs = 30_000;

/**
 * Compiles all samples in one program, runs them in one process, and their curl lines by `sh` and `curl`.
 *
 * @param limitMs how long a TypeScript sample may take, in milliseconds. Default 30,000.
 * @returns whether there was a `curl`; where there is none, the curl lines are not run.
 * @throws {Error} naming each API and operation whose sample does not compile or run, and why.
 */
export async function checkSamples(
  samples: readonly Sample[],
  limitMs = defaultLimitMs,
): Promise<{ hasCurl: boolean }> {
  await mkdir(workFolder, { recursive: true });
  const folder = await mkdtemp(join(workFolder, "samples-"));
  try {
    const tasks = await writeSamples(folder, samples);
    const [compiled, ran] = await Promise.all([compile(folder, tasks), run(folder, tasks, limitMs)]);
    const problems = [...compiled, ...ran.outcomes.flatMap((outcome, index) => describe(tasks[index], outcome))];
    if (problems.length > 0) throw new Error(problems.join("\n"));
    return { hasCurl: ran.hasCurl };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function writeSamples(folder: string, samples: readonly Sample[]): Promise<Task[]> {
  await mkdir(join(folder, "saved"));
  await writeFile(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ extends: baseConfig, include: ["*.ts"] }));
  return Promise.all(
    samples.map(async ({ api, operationId, typescript, curl, baseUrl }, index) => {
      const file = join(folder, `${index}.ts`);
      // A sample without imports and exports would be a script, whose names are those of all others.
      await writeFile(file, `${typescript}\nexport {};\n`);
      return { api, operationId, file, curl, baseUrl };
    }),
  );
}

/** What the compiler says, under the names of the operations. */
async function compile(folder: string, tasks: readonly Task[]): Promise<string[]> {
  const output = await execute("tsc", ["-p", folder, "--pretty", "false"], { cwd: folder }).then(
    () => "",
    (error: Error & { stdout?: string }) => {
      if (!error.stdout) throw error;
      return error.stdout;
    },
  );
  return output
    .trim()
    .split("\n")
    .filter(Boolean)
    .map((line) => {
      const place = /^(\d+)\.ts\((\d+),\d+\): (?:error )?(.*)$/.exec(line);
      const task = tasks[Number(place?.[1])];
      return task ? `${toName(task)} does not compile: line ${place?.[2]}: ${place?.[3]}` : line;
    });
}

async function run(folder: string, tasks: readonly Task[], limitMs: number): Promise<Report> {
  const tasksFile = join(folder, "tasks.json");
  const reportFile = join(folder, "report.json");
  await writeFile(tasksFile, JSON.stringify(tasks));
  const args = ["--conditions=@artifetch/source", runner, tasksFile, reportFile, String(limitMs)];
  // Files that a sample saves go with the folder.
  const failure = await execute(process.execPath, args, { cwd: join(folder, "saved") }).then(
    () => undefined,
    (error: Error) => error,
  );
  const report = await readFile(reportFile, "utf8").catch(() => undefined);
  if (report === undefined) throw new Error(`The samples could not be run: ${failure?.message ?? "no report"}`);
  return JSON.parse(report) as Report;
}

function describe(task: Task | undefined, { typescript, curl }: Outcome): string[] {
  if (!task) return [];
  return [
    ...(typescript ? [`${toName(task)} does not run in TypeScript: ${typescript}`] : []),
    ...(curl ? [`${toName(task)} does not run with curl: ${curl}`] : []),
  ];
}

function toName({ api, operationId }: Task): string {
  return `${api}: the sample of ${operationId}`;
}
