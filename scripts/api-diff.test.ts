import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { stringify } from "yaml";
import { diffApis } from "./api-diff.ts";

let repository: string;

const git = (...args: string[]) =>
  execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.com", ...args], { cwd: repository });

function write(api: string, paths: object): void {
  const file = join(repository, "specs", api, "openapi.yaml");
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, stringify({ openapi: "3.1.0", info: { title: api, version: "1" }, paths }));
}

const path = (summary: string) => ({
  get: { operationId: "getJob", summary, responses: { "200": { description: "OK" } } },
});

beforeEach(() => {
  repository = mkdtempSync(join(tmpdir(), "artifetch-api-diff-"));
  git("init", "--quiet");
  write("jobs", { "/jobs": path("Get a job"), "/runs": path("Get a run") });
  write("models", { "/models": path("Get a model") });
  git("add", ".");
  git("commit", "--quiet", "--message", "base");
});

afterEach(() => rmSync(repository, { recursive: true }));

test("a path that is gone is named, with its API and what it means", async () => {
  write("jobs", { "/jobs": path("Get a job") });
  const text = await diffApis("HEAD", repository);
  expect(text).toMatch(/^## jobs\n\n\*\*1\*\* major/);
  expect(text).toContain("Path \\`/runs\\` was removed");
  expect(text).toMatch(/\| specs\/jobs\/openapi\.yaml:\d+:\d+ \|/);
  expect(text).not.toContain("models");
});

test("an API that came or went is named", async () => {
  write("results", {});
  rmSync(join(repository, "specs/models"), { recursive: true });
  expect(await diffApis("HEAD", repository)).toBe("## models\n\nThe API is gone.\n\n## results\n\nThe API is new.\n");
});

test("nothing changed is said", async () => {
  expect(await diffApis("HEAD", repository)).toBe("No API has changed.\n");
});

test("a commit that is not there is named", async () => {
  await expect(diffApis("gone", repository)).rejects.toThrow('git has no specs of "gone"');
  await expect(diffApis("--remote=x", repository)).rejects.toThrow('git has no specs of "--remote=x"');
});
