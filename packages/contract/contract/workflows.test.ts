/** The journeys of each API (`specs/<api>/workflows.arazzo.yaml`), run by `redocly respect` against the mock. */
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { listApis } from "@artifetch/document/load";
import { startMockServer } from "@artifetch/mock-server";
import { afterAll, expect, test } from "vitest";
import { parse } from "yaml";

const specs = fileURLToPath(new URL("../../../specs/", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "artifetch-workflows-"));
afterAll(() => rmSync(folder, { recursive: true }));

interface Arazzo {
  sourceDescriptions: [{ name: string }];
  workflows: { workflowId: string; steps: unknown[] }[];
}

/** What `respect --json-output` writes, as far as it is read here. */
interface Report {
  files: Record<string, { totalRequests: number; executedWorkflows: { workflowId: string; status: string }[] }>;
}

test.each(listApis())("the journeys of %s succeed, each with every step", async (api) => {
  const file = join(specs, api, "workflows.arazzo.yaml");
  expect(existsSync(file)).toBe(true);
  const { sourceDescriptions, workflows }: Arazzo = parse(readFileSync(file, "utf8"));
  const output = join(folder, `${api}.json`);
  const server = await startMockServer({ targets: [api], port: 0 });
  try {
    const options = ["--server", `${sourceDescriptions[0].name}=${server.url}`, "--json-output", output];
    await promisify(execFile)("redocly", ["respect", file, ...options], {
      env: { ...process.env, REDOCLY_SUPPRESS_UPDATE_NOTICE: "true", REDOCLY_TELEMETRY: "off" },
    }).catch((error: { stdout: string; stderr: string }) => expect.fail(error.stdout + error.stderr));
  } finally {
    await server.close();
  }
  const report: Report = JSON.parse(readFileSync(output, "utf8"));
  const [run] = Object.values(report.files);
  expect(run?.executedWorkflows.map(({ workflowId, status }) => [workflowId, status])).toEqual(
    workflows.map(({ workflowId }) => [workflowId, "success"]),
  );
  // A workflow may have steps that only a failure reaches.
  expect(run?.totalRequests).toBeGreaterThanOrEqual(workflows.length);
});
