/** The journeys of an API (Arazzo), read for showing. Source: https://spec.openapis.org/arazzo/v1.0.1.html */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { getByPointer, isObject, type JsonObject, type Operation } from "@artifetch/document";
import { parse } from "yaml";

export interface Workflow {
  /** Unique within its API. */
  id: string;
  summary: string;
  /** Markdown; empty where there is none. */
  description: string;
  /** Names of what the caller gives. */
  inputs: string[];
  /** Names of what comes out. */
  outputs: string[];
  steps: Step[];
}

export interface Step {
  id: string;
  /** Markdown; empty where there is none. */
  description: string;
  operation: Operation;
  /** What it takes from earlier steps, each once. */
  takes: { output: string; step: string }[];
  /** How it goes on otherwise than to the next step, in words and as a step to jump to. */
  turns: Turn[];
  /** False where a success always ends the journey. */
  leadsToNext: boolean;
}

export interface Turn {
  on: "success" | "failure";
  /** The same step for a retry; undefined for an end. */
  to: string | undefined;
  text: string;
}

/** What of an API its workflows refer to. */
export interface ApiOfWorkflows {
  name: string;
  operations: readonly Operation[];
}

/**
 * The workflows in `specs/<api>/*.arazzo.yaml`, in their order.
 *
 * @throws {Error} when a step names an operation that the API has not.
 */
export async function readWorkflows(root: string, api: ApiOfWorkflows): Promise<Workflow[]> {
  const folder = join(root, "specs", api.name);
  const files = (await readdir(folder)).filter((file) => file.endsWith(".arazzo.yaml")).sort();
  const documents: unknown[] = await Promise.all(
    files.map(async (file) => parse(await readFile(join(folder, file), "utf8"))),
  );
  return documents.flatMap((document) =>
    toObjects(isObject(document) && document.workflows).map((workflow) => toWorkflow(workflow, document, api)),
  );
}

function toWorkflow(workflow: JsonObject, document: unknown, api: ApiOfWorkflows): Workflow {
  const { $ref } = isObject(workflow.inputs) ? workflow.inputs : {};
  const inputs = typeof $ref === "string" ? getByPointer(document, $ref) : workflow.inputs;
  return {
    id: String(workflow.workflowId),
    summary: String(workflow.summary ?? workflow.workflowId),
    description: String(workflow.description ?? ""),
    inputs: Object.keys(isObject(inputs) && isObject(inputs.properties) ? inputs.properties : {}),
    outputs: Object.keys(isObject(workflow.outputs) ? workflow.outputs : {}),
    steps: toObjects(workflow.steps).map((step) => {
      const operation = api.operations.find(({ id }) => id === step.operationId);
      if (!operation) {
        throw new Error(
          `${api.name}: step ${step.stepId} of workflow ${workflow.workflowId} calls ${step.operationId}, which is no operation of the API`,
        );
      }
      return toStep(step, operation);
    }),
  };
}

function toStep(step: JsonObject, operation: Operation): Step {
  const successes = toObjects(step.onSuccess);
  const turns = [
    ...successes.map((action) => toTurn("success", action, String(step.stepId))),
    ...toObjects(step.onFailure).map((action) => toTurn("failure", action, String(step.stepId))),
  ];
  return {
    id: String(step.stepId),
    description: String(step.description ?? ""),
    operation,
    takes: listTaken(step),
    turns,
    leadsToNext: !successes.some(({ type, criteria }) => type !== "retry" && criteria === undefined),
  };
}

function toTurn(on: Turn["on"], action: JsonObject, stepId: string): Turn {
  const when = `on ${on}`;
  if (action.type === "goto") return { on, to: String(action.stepId), text: `${when}: go to ${action.stepId}` };
  if (action.type === "end") return { on, to: undefined, text: `${when}: ends (${toWords(String(action.name))})` };
  const limit = action.retryLimit === undefined ? "" : `, ${action.retryLimit} times at most`;
  return { on, to: stepId, text: `${when}: again after ${action.retryAfter ?? 0} s${limit}` };
}

function listTaken(step: JsonObject): Step["takes"] {
  const { outputs: _given, ...rest } = step;
  const texts = JSON.stringify(rest).matchAll(/\$steps\.([\w-]+)\.outputs\.([\w-]+)/g);
  const taken = new Map([...texts].map(([text, from = "", output = ""]) => [text, { output, step: from }]));
  return [...taken.values()];
}

function toWords(name: string): string {
  return name.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, " ").toLowerCase();
}

function toObjects(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
