/** Every runtime that the suite runs on: where it is, and how it is started. */
import { execFile } from "node:child_process";
import { existsSync, realpathSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import { chromium } from "playwright-core";
import { rolldown } from "rolldown";
import { chromiumArguments, findChromium } from "../../../scripts/chromium.ts";
import type { MockRefusals } from "./plan.ts";
import { here, readManifest } from "./project.ts";

export interface Outcomes {
  /** `navigator.userAgent` of the runtime: proof of where the suite ran. */
  agent: string;
  outcomes: { api: string; title: string; error?: string }[];
}

/** One run: the folder that holds the suite, the environment that the suite is to see, and an empty page for a browser. */
export interface Run {
  folder: string;
  environment: Record<string, string>;
  pageUrl: string;
}

export interface Runtime {
  name: string;
  /** What its user agent looks like. */
  agent: RegExp;
  /** Whether `process.env` is there, and may be read. */
  hasEnvironment: boolean;
  isBrowser?: boolean;
  /** Missing where a mock in process can be used in every way. */
  mockRefusals?: MockRefusals;
  run(run: Run): Promise<Outcomes>;
}

export const runtimes: readonly Runtime[] = [
  onNode("22", "node-22"),
  onNode("24", "node-runtime"),
  onNode("26", "node-26"),
  {
    name: "Bun",
    agent: /^Bun\/1\./,
    hasEnvironment: true,
    run: (run) => runProcess(findBinary("bun", "bin/bun"), ["--no-install"], run),
  },
  {
    name: "Deno",
    agent: /^Deno\/2\./,
    hasEnvironment: true,
    // Prism asks for more than it needs: the environment, the host name and the version of the system.
    run: (run) => runProcess(findBinary("deno", "deno"), [...denoArguments, ...denoPermissions], run),
  },
  {
    name: "Deno without permissions",
    agent: /^Deno\/2\./,
    hasEnvironment: false,
    mockRefusals: { name: "run again with the --allow-read flag", dynamic: "run again with the --allow-sys flag" },
    run: (run) => runProcess(findBinary("deno", "deno"), denoArguments, run),
  },
  {
    name: "workerd",
    agent: /^Cloudflare-Workers$/,
    hasEnvironment: false,
    mockRefusals: refuseAll("in workerd"),
    run: (run) => runWorker(run, []),
  },
  {
    name: "workerd with nodejs_compat",
    agent: /^Cloudflare-Workers$/,
    hasEnvironment: true,
    mockRefusals: refuseAll("in workerd"),
    run: (run) => runWorker(run, ["nodejs_compat"]),
  },
  {
    name: "Chromium",
    agent: /Chrome\/\d+/,
    hasEnvironment: false,
    isBrowser: true,
    mockRefusals: refuseAll("in a browser"),
    run: runBrowser,
  },
];

/** The command lines that run a JavaScript file: everywhere that has processes. */
export const launchers: readonly { name: string; toCommand(): [executable: string, ...args: string[]] }[] = [
  { name: "Node 22", toCommand: () => [findNode("node-22")] },
  { name: "Node 24", toCommand: () => [findNode("node-runtime")] },
  { name: "Node 26", toCommand: () => [findNode("node-26")] },
  { name: "Bun", toCommand: () => [findBinary("bun", "bin/bun"), "--no-install"] },
  { name: "Deno", toCommand: () => [findBinary("deno", "deno"), ...denoArguments, ...denoPermissions] },
];

/** Only ends what hangs: a run takes a second. */
export const runLimitMs = 120_000;

/** Nothing but the loopback interface; nothing fetched, nothing asked. */
const denoArguments = [
  "run",
  "--quiet",
  "--node-modules-dir=manual",
  "--no-prompt",
  "--no-remote",
  "--allow-net=127.0.0.1",
];

function refuseAll(where: string): MockRefusals {
  const refusal = `createMockFetch runs on Node, Bun and Deno, not ${where}\\. .* as the base URL\\.$`;
  return { document: refusal, name: refusal, dynamic: refusal };
}

const denoPermissions = ["--allow-env", "--allow-read", "--allow-sys=hostname,osRelease"];

function onNode(major: string, packageName: string): Runtime {
  return {
    name: `Node ${major}`,
    agent: new RegExp(`^Node\\.js/${major}$`),
    hasEnvironment: true,
    run: (run) => runProcess(findNode(packageName), [], run),
  };
}

function findNode(packageName: string): string {
  const file = join(here, "node_modules", packageName, "bin", process.platform === "win32" ? "node.exe" : "node");
  if (existsSync(file)) return file;
  throw new Error(`${packageName} has no executable ${file}: its install script has not run; see allowBuilds.`);
}

/**
 * The executable that a package brings in one of its optional dependencies, of which only this platform's is installed.
 * Its install script, which would copy it, is not needed.
 */
function findBinary(name: string, file: string): string {
  const folder = realpathSync(join(here, "node_modules", name));
  const { resolve } = createRequire(join(folder, "package.json"));
  const candidates = Object.keys(readManifest(folder).optionalDependencies ?? {});
  for (const candidate of candidates) {
    try {
      return resolve(`${candidate}/${file}${process.platform === "win32" ? ".exe" : ""}`);
    } catch {
      // Of another platform.
    }
  }
  throw new Error(
    `${name} has no executable for ${process.platform} ${process.arch}: none of ${candidates.join(", ")} is installed.`,
  );
}

/** The suite's own environment, and no more: a proxy or a credential of this machine must not decide what happens. */
function toEnvironment({ folder, environment }: Run): Record<string, string> {
  return {
    ...environment,
    HOME: folder,
    DENO_DIR: join(folder, ".deno"),
    DENO_NO_UPDATE_CHECK: "1",
    DO_NOT_TRACK: "1",
  };
}

async function runProcess(executable: string, args: readonly string[], run: Run): Promise<Outcomes> {
  return readOutcomes(executable, [...args, join(run.folder, "process.js")], run);
}

async function runWorker(run: Run, flags: readonly string[]): Promise<Outcomes> {
  const { folder, environment } = run;
  writeFileSync(join(folder, "bundle.js"), await bundle(join(folder, "worker.js"), "esm"));
  const bindings = Object.entries(environment).map(
    ([name, value]) => `(name = ${JSON.stringify(name)}, text = ${JSON.stringify(value)})`,
  );
  const config = join(folder, "config.capnp");
  writeFileSync(
    config,
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "suite", worker = (
      modules = [(name = "suite", esModule = embed "bundle.js")],
      compatibilityDate = "2025-06-01",
      compatibilityFlags = ${JSON.stringify(flags)},
      bindings = [${bindings.join(", ")}],
    )),
    (name = "internet", network = (allow = ["local"])),
  ],
);
`,
  );
  return readOutcomes(findBinary("workerd", "bin/workerd"), ["test", config], run);
}

async function runBrowser({ folder, pageUrl }: Run): Promise<Outcomes> {
  const content = await bundle(join(folder, "browser.js"), "iife");
  const browser = await chromium.launch({ executablePath: findChromium(process.env), args: chromiumArguments });
  try {
    const page = await browser.newPage();
    await page.goto(pageUrl);
    await page.addScriptTag({ content });
    return await page.evaluate(() => (globalThis as unknown as { outcomes: Promise<Outcomes> }).outcomes);
  } finally {
    await browser.close();
  }
}

/** One file that needs no other, as a user's bundler makes it. Whatever the bundler would only warn of is an error. */
async function bundle(input: string, format: "esm" | "iife"): Promise<string> {
  const onLog = (_: string, { message }: { message: string }) => {
    throw new Error(`The bundler complains: ${message}`);
  };
  const build = await rolldown({ input, platform: "browser", onLog });
  const { output } = await build.generate({ format });
  await build.close();
  return output[0].code;
}

/** Runs an executable that prints the outcomes as its last line. */
async function readOutcomes(executable: string, args: readonly string[], run: Run): Promise<Outcomes> {
  const { stdout, stderr } = await promisify(execFile)(executable, args, {
    cwd: run.folder,
    env: toEnvironment(run),
    maxBuffer: 2 ** 24,
    timeout: runLimitMs,
  });
  const line = stdout.trim().split("\n").at(-1) ?? "";
  if (!line.startsWith("{")) throw new Error(`${executable} printed no outcomes:\n${stdout}\n${stderr}`);
  return JSON.parse(line);
}
