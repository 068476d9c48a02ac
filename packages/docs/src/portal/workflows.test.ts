import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listOperations } from "@artifetch/document";
import { afterAll, beforeAll, expect, test } from "vitest";
import { stringify } from "yaml";
import { drawWorkflow } from "./diagram.ts";
import { readWorkflows } from "./workflows.ts";

const responses = { "200": { description: "OK" } };
const operations = listOperations({
  openapi: "3.1.0",
  info: { title: "Jobs", version: "1" },
  paths: {
    "/jobs": { post: { operationId: "createJob", responses } },
    "/jobs/{job_id}/of/a/very/long/path/that/fits/no/box": { get: { operationId: "getJob", responses } },
    "/jobs/{job_id}/cancel": { post: { operationId: "cancelJob", responses } },
  },
});
const api = { name: "jobs", operations };
const id = { name: "job_id", in: "path", value: "$steps.create.outputs.id" };
const document = {
  workflows: [
    {
      workflowId: "run",
      summary: "Run <one> job",
      inputs: { $ref: "#/components/inputs/run" },
      outputs: { state: "$steps.wait.outputs.state" },
      steps: [
        { stepId: "create", operationId: "createJob", outputs: { id: "$response.body#/id" } },
        {
          stepId: "wait",
          operationId: "getJob",
          parameters: [id, id],
          onSuccess: [{ name: "done", type: "end" }],
          onFailure: [
            { name: "giveUp", type: "goto", stepId: "cancel", criteria: [] },
            { name: "endedBadly", type: "end", criteria: [] },
            { name: "askAgain", type: "retry", retryAfter: 5, retryLimit: 60 },
          ],
        },
        { stepId: "cancel", operationId: "cancelJob", parameters: [id] },
      ],
    },
  ],
  components: { inputs: { run: { type: "object", properties: { apiKey: {} } } } },
};
let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "artifetch-workflows-"));
  await mkdir(join(root, "specs/jobs"), { recursive: true });
  await writeFile(join(root, "specs/jobs/workflows.arazzo.yaml"), stringify(document));
});

afterAll(() => rm(root, { recursive: true }));

async function read() {
  const [workflow] = await readWorkflows(root, api);
  if (!workflow) throw new Error("no workflow");
  return workflow;
}

test("a workflow is read with inputs, outputs and what passes between steps", async () => {
  const { inputs, outputs, steps } = await read();
  expect({ inputs, outputs }).toEqual({ inputs: ["apiKey"], outputs: ["state"] });
  expect(steps.map(({ takes }) => takes)).toEqual([
    [],
    [{ output: "id", step: "create" }],
    [{ output: "id", step: "create" }],
  ]);
});

test("a step says how it goes on otherwise", async () => {
  const { steps } = await read();
  expect(steps[1]?.turns.map(({ text, to }) => [text, to])).toEqual([
    ["on success: ends (done)", undefined],
    ["on failure: go to cancel", "cancel"],
    ["on failure: ends (ended badly)", undefined],
    ["on failure: again after 5 s, 60 times at most", "wait"],
  ]);
});

test("a step that ends on every success does not lead to the next", async () => {
  const { steps } = await read();
  expect(steps.map(({ leadsToNext }) => leadsToNext)).toEqual([true, false, true]);
});

test("a step whose operation is not there fails by name", async () => {
  await expect(readWorkflows(root, { name: "jobs", operations: operations.slice(1) })).rejects.toThrow(
    "jobs: step create of workflow run calls createJob, which is no operation of the API",
  );
});

test("a diagram has a title, a description with every step, and a link per step", async () => {
  const svg = drawWorkflow(await read(), "w", (step) => `x.html#${step.id}`);
  expect(svg).toContain('aria-labelledby="w-title" aria-describedby="w-desc"');
  expect(svg).toContain('<title id="w-title">Run &lt;one&gt; job</title>');
  expect(/<desc id="w-desc">(.*?)<\/desc>/.exec(svg)?.[1]).toBe(
    "3 steps: create (POST /jobs), then wait (GET /jobs/{job_id}/of/a/very/long/path/that/fits/no/box; on success: ends (done); on failure: go to cancel; on failure: ends (ended badly); on failure: again after 5 s, 60 times at most), then cancel (POST /jobs/{job_id}/cancel).",
  );
  expect([...svg.matchAll(/<a href="([^"]*)"/g)].map(([, url]) => url)).toEqual([
    "x.html#create",
    "x.html#wait",
    "x.html#cancel",
  ]);
});

test("a diagram has no arrow from a step that does not lead on, and one per turn", async () => {
  const workflow = await read();
  const count = (pattern: RegExp, svg: string) => [...svg.matchAll(pattern)].length;
  const svg = drawWorkflow(workflow, "w", () => "");
  // Into the first step, into the second, out of the last; not into the third.
  expect(count(/class="arrow"/g, svg)).toBe(3);
  // To itself, to `cancel`, to the end.
  expect(count(/class="arrow turn"/g, svg)).toBe(3);
});

test("of a path that does not fit, the end is shown", async () => {
  const svg = drawWorkflow(await read(), "w", () => "");
  expect(svg).toMatch(/class="call"[^>]*>GET ….*fits\/no\/box</);
});
