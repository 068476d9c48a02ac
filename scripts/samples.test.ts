/**
 * Every code block of README and guides: TypeScript is compiled, and run against the mock of the API that it imports; what it
 * prints is what it says. Shell lines are run, or what they name is checked.
 */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { listApis, loadDocument } from "@artifetch/document/load";
import { type MockServer, startMockServer } from "@artifetch/mock-server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startForwardProxy } from "./forward-proxy.ts";
import { root } from "./root.ts";
import { createSampleProject, findApi, type Outcome, readSamples, type Sample } from "./samples.ts";

const documents = ["README.md", ...globSync("docs/guides/*.md", { cwd: root }).map(toSlashes).sort()];
const samples = documents.flatMap(readSamples);
const manifest: { scripts: object; devDependencies: object } = JSON.parse(
  readFileSync(join(root, "package.json"), "utf8"),
);
const environment = { ...process.env, NODE_OPTIONS: "--conditions=@artifetch/source" };
const wordsOf = (line: string) => line.split(" ");

let all: MockServer;
beforeAll(async () => {
  all = await startMockServer({ port: 0, log: "silent" });
});
afterAll(() => all.close());

test("the documents have code blocks in TypeScript and shell only", () => {
  expect(new Set(samples.map(({ language }) => language))).toEqual(new Set(["sh", "ts"]));
});

test("each guide is in the list of guides", () => {
  const list = readFileSync(join(root, "docs/guides/README.md"), "utf8");
  const guides = documents.filter((document) => /^docs\/guides\/(?!README)/.test(document));
  expect(guides.filter((guide) => !list.includes(`](${guide.slice("docs/guides/".length)})`))).toEqual([]);
});

test.each(documents)("%s has links to files that exist", (document) => {
  const text = readFileSync(join(root, document), "utf8");
  const targets = [...text.matchAll(/\]\((?!\w+:)([^)#]+)/g)].map(([, target = ""]) => target);
  expect(targets.filter((target) => !existsSync(join(root, dirname(document), target)))).toEqual([]);
});

describe("TypeScript", () => {
  const compiled = samples.filter(({ language }) => language === "ts");
  const isTestFile = ({ code }: Sample) => code.includes('from "vitest"');
  const typescript = compiled.filter((sample) => !isTestFile(sample));
  const project = createSampleProject(compiled);
  afterAll(project.remove);

  test("every sample compiles", () => {
    expect(project.compile()).toBe("");
  });

  // All in one process, for that is what takes time, but those that are to go through a proxy.
  const isBehindProxy = ({ document }: Sample) => document === "docs/guides/proxy.md";
  const outcomes = new Map<Sample, Outcome>();
  let proxied: string[] = [];
  beforeAll(async () => {
    await run(typescript.filter((sample) => !isBehindProxy(sample)));
    const behindProxy = typescript.filter(isBehindProxy);
    proxied = await recordProxied(behindProxy, (url) => run(behindProxy, { HTTP_PROXY: url }));
  });
  async function run(chosen: readonly Sample[], variables?: Record<string, string>): Promise<void> {
    const done = await project.run(chosen, variables);
    chosen.forEach((sample, index) => {
      outcomes.set(sample, done[index] ?? { printed: [] });
    });
  }

  test.each(typescript.map((sample) => ({ ...sample, sample })))(
    "$document, line $line: prints what it says",
    ({ sample }) => {
      expect(outcomes.get(sample)).toEqual({ printed: sample.expected });
      expect(sample.expected).not.toEqual([]);
    },
  );

  test.each(compiled.filter(isTestFile).map((sample) => ({ ...sample, sample })))(
    "$document, line $line: has tests that pass",
    ({ sample }) => project.test(sample),
  );

  test("the sample with a proxy is sent through it", () => {
    expect(proxied).toEqual([expect.stringMatching(/^POST http:\/\/(?!127\.)/)]);
  });
});

describe("shell", () => {
  const lines = samples
    .filter(({ language }) => language === "sh")
    .flatMap(({ document, code }) =>
      code
        .trim()
        .split("\n")
        .map((line) => [document, line] as const),
    );

  test.each(lines)("%s: %s", async (document, line) => {
    const [, check] = checks.find(([start]) => line.startsWith(start)) ?? [];
    if (!check) throw new Error("No test knows how to run this line.");
    await check(line, document);
  });
});

/** What is done with a line, by how it starts. */
const checks: [start: string, check: (line: string, document: string) => Promise<void>][] = [
  ["npx pnpm@12 ", checkScript],
  ["npm install ", checkPackages],
  ["export ", checkVariables],
  ["curl ", runCurl],
  ["npx @artifetch/contract ", runContract],
  ["npx @artifetch/mock-server ", runMock],
  ["NODE_USE_ENV_PROXY=1 ", runThroughProxy],
];

async function checkScript(line: string): Promise<void> {
  expect(manifest.scripts).toHaveProperty([
    wordsOf(line)
      .slice(2)
      .find((word) => word !== "run") ?? "",
  ]);
}

async function checkPackages(line: string): Promise<void> {
  const names = wordsOf(line).slice(2);
  for (const name of names.filter((word) => word !== "--save-dev"))
    expect(manifest.devDependencies).toHaveProperty([name]);
}

async function checkVariables(line: string): Promise<void> {
  const loaded = await Promise.all(listApis().map((api) => loadDocument(api)));
  const text = JSON.stringify(loaded.map(({ document }) => document));
  const known = new Set([...text.matchAll(/"x-env":"(\w+)"/g)].map(([, name]) => name));
  const names = wordsOf(line).slice(1);
  expect(names.map((word) => word.split("=")[0]).filter((name) => !known.has(name))).toEqual([]);
}

async function runCurl(line: string): Promise<void> {
  const command = line.replace("http://127.0.0.1:4010", all.url);
  const { stdout } = await promisify(execFile)("sh", ["-c", `${command} -sS -o /dev/null -w "%{http_code}"`]);
  expect(stdout).toBe("200");
}

async function runContract(line: string): Promise<void> {
  const [, , api = "", ...options] = wordsOf(line);
  const server = await startMockServer({ targets: [api], port: 0, log: "silent" });
  try {
    const args = [api, ...options.map((word) => word.replace("http://127.0.0.1:4010", server.url))];
    const { stdout } = await promisify(execFile)("artifetch-contract", args, { env: environment });
    expect(stdout).toMatch(/\nNo difference in [1-9]\d* answers, /);
  } finally {
    await server.close();
  }
}

async function runMock(line: string): Promise<void> {
  const args = wordsOf(line)
    .slice(2)
    .map((word) => (word === "4010" ? "0" : word));
  const child = spawn("artifetch-mock", args, { env: environment });
  const [first] = (await once(child.stdout, "data")) as [Buffer];
  expect(String(first)).toMatch(/^listening on http:\/\/127\.0\.0\.1:\d+\n/);
  child.kill("SIGTERM");
  expect(await once(child, "exit")).toEqual([0, null]);
}

/** The application is the first sample of the same document. */
async function runThroughProxy(line: string, document: string): Promise<void> {
  const [app] = readSamples(document).filter(({ language }) => language === "ts");
  if (!app) throw new Error("The document has no sample to run.");
  const project = createSampleProject([app]);
  try {
    const proxied = await recordProxied([app], async (url) => {
      const command = line.replace(/http:\/\/proxy\S+/, url).replace(/\S+$/, `"${project.toFile(app)}"`);
      const { stdout } = await promisify(execFile)("sh", ["-c", command], { env: environment });
      expect(stdout.trim().split("\n")).toEqual(app.expected);
    });
    expect(proxied).toEqual([expect.stringMatching(/^CONNECT (?!127\.)/)]);
  } finally {
    project.remove();
  }
}

/** Does something with a proxy that leads to the mock of the samples' API, and tells what the proxy was asked for. */
async function recordProxied(own: readonly Sample[], use: (proxyUrl: string) => Promise<void>): Promise<string[]> {
  const server = await startMockServer({ targets: own.slice(0, 1).flatMap(findApi), port: 0, log: "silent" });
  const proxy = await startForwardProxy(server.url);
  try {
    await use(proxy.url);
    return proxy.seen;
  } finally {
    await proxy.close();
    await server.close();
  }
}

function toSlashes(path: string): string {
  return path.replaceAll("\\", "/");
}
