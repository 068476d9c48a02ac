/** The contract checks against the mock: as a command, API by API, and as this project's own suite. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { listCredentialPlaces } from "@artifetch/contract";
import type { JsonReport } from "@artifetch/contract/report";
import { listApis, loadDocument } from "@artifetch/document/load";
import { root } from "../../scripts/root.ts";
import { build } from "../build.ts";
import { artifacts } from "../folders.ts";
import { toMedian } from "../rounds.ts";
import type { Table } from "../table.ts";

const rounds = 3;

/** How the mock is started, and how it is asked. */
const services = [
  { title: "the mock, asked for each documented answer", mock: [], options: ["--prefer", "--allow-writes"] },
  {
    title: "the mock with memory, asked as any service, without limits",
    mock: ["--stateful"],
    options: ["--allow-writes", "--rate", "0", "--operation-rate", "0", "--budget", "0"],
  },
] as const;
type Service = (typeof services)[number];

export async function measure(): Promise<Table[]> {
  await build("@artifetch/contract");
  await build("@artifetch/mock-server");
  const tables: Table[] = [];
  for (const service of services) {
    const rows = [];
    for (const api of listApis()) rows.push(await measureCommand(api, service));
    tables.push({ title: `\`artifetch-contract ${service.options.join(" ")}\` against ${service.title}`, rows });
  }
  const suite = [];
  for (const api of listApis()) suite.push(await measureSuite(api));
  suite.push(await measureSuite());
  return [...tables, { title: "The whole suite, `pnpm test:contract`, once", rows: suite }];
}

interface Measured {
  report: JsonReport;
  seconds: number;
  memoryMiB: number;
}

/** Medians; each round has a mock of its own, which has remembered nothing yet. */
async function measureCommand(api: string, service: Service): Promise<Table["rows"][number]> {
  const measured: Measured[] = [];
  for (let round = 0; round < rounds; round++) measured.push(await measureCommandOnce(api, service));
  const toMedianOf = (choose: (one: Measured) => number) => toMedian(measured.map(choose));
  const { report } = measured[0] as Measured;
  const checks = countChecks(report);
  const runSeconds = toMedianOf((one) => one.report.durationMs / 1000);
  return {
    API: api,
    operations: report.coverage.operations.all.length,
    requests: report.requests,
    checks,
    findings: report.findings.length,
    "checks per second": Math.round(checks / runSeconds),
    "seconds of the command": Number(toMedianOf(({ seconds }) => seconds).toFixed(2)),
    "most memory MiB": Math.round(toMedianOf(({ memoryMiB }) => memoryMiB)),
  };
}

function countChecks({ counts }: JsonReport): number {
  return counts.reduce((sum, { passed, failed, drift }) => sum + passed + failed + drift, 0);
}

/** Tells the most memory that a process has had (KiB), when it ends, on its fourth stream. */
const tellMemory =
  'import{writeSync}from"node:fs";process.on("exit",()=>writeSync(3,String(process.resourceUsage().maxRSS)))';

async function measureCommandOnce(api: string, { mock: mockOptions, options }: Service): Promise<Measured> {
  const mock = spawn(process.execPath, [bin("mock-server"), api, "--port", "0", "--log", "silent", ...mockOptions], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const baseUrl = await readUrl(mock.stdout as Readable);
    mkdirSync(artifacts, { recursive: true });
    const file = join(artifacts, "contract.json");
    const command = [
      bin("contract"),
      api,
      "--base-url",
      baseUrl,
      "--seed",
      "1",
      "--report",
      `json=${file}`,
      ...options,
    ];
    const startedMs = performance.now();
    const child = spawn(process.execPath, ["--import", `data:text/javascript,${tellMemory}`, ...command], {
      stdio: ["ignore", "pipe", "pipe", "pipe"],
      env: { ...process.env, ...(await makeUpCredentials(api)) },
    });
    const [out, err, memory] = await Promise.all([
      text(child.stdout as Readable),
      text(child.stderr as Readable),
      text(child.stdio[3] as Readable),
      once(child, "exit"),
    ]);
    const seconds = (performance.now() - startedMs) / 1000;
    if (child.exitCode !== 0) throw new Error(`${api}: the command ended with ${child.exitCode}.\n${out}${err}`);
    const report: JsonReport = JSON.parse(readFileSync(file, "utf8"));
    return { report, seconds, memoryMiB: Number(memory) / 1024 };
  } finally {
    mock.kill();
  }
}

/** The first line of its output says where it listens. */
async function readUrl(output: Readable): Promise<string> {
  for await (const line of createInterface(output)) {
    const [, url] = /^listening on (\S+)/.exec(line) ?? [];
    if (url !== undefined) return url;
  }
  throw new Error("The mock ended before it listened.");
}

/** The mock takes any; without, it answers 401. */
async function makeUpCredentials(api: string): Promise<Record<string, string>> {
  const { document } = await loadDocument(api);
  return Object.fromEntries(listCredentialPlaces(document).map(({ variable }) => [variable, "made-up"]));
}

/** The command of one of our packages, as built. */
function bin(name: "contract" | "mock-server"): string {
  const folder = join(root, "packages", name);
  const [file] = Object.values<string>(JSON.parse(readFileSync(join(folder, "package.json"), "utf8")).bin);
  return join(folder, file as string);
}

interface SuiteReport {
  success: boolean;
  testResults: { assertionResults: { status: string }[] }[];
}

/** Our tests of this kind, those with the name of an API or all of them. */
async function measureSuite(api?: string): Promise<Table["rows"][number]> {
  const folder = join(root, "packages/contract");
  const vitest = join(dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs");
  const outputFile = join(artifacts, "contract-suite.json");
  const only = api === undefined ? [] : ["--testNamePattern", `(^|[^\\w-])${api}([^\\w-]|$)`];
  const args = [vitest, "run", "--config", "vitest.contract.config.ts", "--outputFile", outputFile, ...only];
  const startedMs = performance.now();
  const child = spawn(process.execPath, args, { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
  const [err] = await Promise.all([text(child.stderr), once(child, "exit")]);
  const seconds = (performance.now() - startedMs) / 1000;
  const { success, testResults }: SuiteReport = JSON.parse(readFileSync(outputFile, "utf8"));
  if (!success) throw new Error(`pnpm test:contract fails: ${err.slice(0, 500)}`);
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
  return {
    API: api ?? "all, at once",
    tests: tests.filter(({ status }) => status === "passed").length,
    seconds: Number(seconds.toFixed(1)),
  };
}
