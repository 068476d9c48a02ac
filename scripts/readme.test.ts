/** Every code block of the README: TypeScript is compiled and run against the mock, shell lines are run against a mock server. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { listApis } from "@artifetch/document/load";
import { type MockServer, startMockServer } from "@artifetch/mock-server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compile } from "./compile.ts";
import { root } from "./root.ts";

const readme = readFileSync(join(root, "README.md"), "utf8");
const blocks = [...readme.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language, code]) => ({
  language: language ?? "",
  code: code ?? "",
}));
const scripts: Record<string, string> = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).scripts;
const environment = { ...process.env, NODE_OPTIONS: "--conditions=@artifetch/source" };

test("the README has code blocks in TypeScript and shell only", () => {
  expect(new Set(blocks.map(({ language }) => language))).toEqual(new Set(["sh", "ts"]));
});

describe("TypeScript", () => {
  mkdirSync(join(root, ".artifacts"), { recursive: true });
  const folder = mkdtempSync(join(root, ".artifacts/readme-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  // The samples call the real service; here, whatever they fetch is answered by the mock of the API that they import.
  const preload = join(folder, "preload.ts");
  writeFileSync(
    preload,
    `import { createMockFetch } from "@artifetch/mock-server";
globalThis.fetch = createMockFetch(process.env.MOCKED_API ?? "");
`,
  );
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ extends: join(root, "tsconfig.base.json") }));

  const samples = blocks.filter(({ language }) => language === "ts");
  const files = samples.map(({ code }, index) => {
    const file = join(folder, `sample-${index}.ts`);
    writeFileSync(file, code);
    return file;
  });

  test("compiles", () => {
    expect(compile(folder)).toBe("");
  });

  test.each(samples.map(({ code }, index) => [index, code] as const))(
    "sample %i runs and prints",
    async (index, code) => {
      const api = listApis().find((name) => code.includes(`@artifetch/client/${name}`));
      const { stdout, stderr } = await promisify(execFile)("node", ["--import", preload, files[index] ?? ""], {
        env: { ...environment, MOCKED_API: api },
      });
      expect(stderr).toBe("");
      expect(stdout.trim().split("\n").length).toBe(
        (code.match(/console\.log/g) ?? []).length + Number(stdout.includes("directory")),
      );
    },
  );
});

describe("shell", () => {
  let all: MockServer;
  beforeAll(async () => {
    all = await startMockServer({ port: 0, log: "silent" });
  });
  afterAll(async () => {
    await all.close();
  });

  const lines = blocks.filter(({ language }) => language === "sh").flatMap(({ code }) => code.trim().split("\n"));

  test.each(lines)("%s", async (line) => {
    const words = line.split(" ");
    if (line.startsWith("npx pnpm@12 ")) {
      expect(Object.keys(scripts)).toContain(words.slice(2).find((word) => word !== "run"));
    } else if (line.startsWith("curl ")) {
      const command = line.replace("http://127.0.0.1:4010", all.url);
      const { stdout } = await promisify(execFile)("sh", ["-c", `${command} -sS -o /dev/null -w "%{http_code}"`]);
      expect(stdout).toBe("200");
    } else if (line.startsWith("npx @artifetch/contract ")) {
      const { stdout } = await withMock(words[2] ?? "", (url) => {
        const args = words.slice(2).map((word) => word.replace("http://127.0.0.1:4010", url));
        return promisify(execFile)("artifetch-contract", args, { env: environment });
      });
      expect(stdout).toMatch(/^\d+ passed, 0 failed\n$/);
    } else if (line.startsWith("npx @artifetch/mock-server ")) {
      const child = spawn(
        "artifetch-mock",
        words.slice(2).map((word) => (word === "4010" ? "0" : word)),
        { env: environment },
      );
      const [first] = (await once(child.stdout, "data")) as [Buffer];
      expect(String(first)).toMatch(/^listening on http:\/\/127\.0\.0\.1:\d+\n/);
      child.kill("SIGTERM");
      expect(await once(child, "exit")).toEqual([0, null]);
    } else {
      throw new Error("No test knows how to run this line.");
    }
  });
});

async function withMock<T>(api: string, use: (url: string) => Promise<T>): Promise<T> {
  const server = await startMockServer({ targets: [api], port: 0, log: "silent" });
  try {
    return await use(server.url);
  } finally {
    await server.close();
  }
}
