/** What a run would send, without sending anything. */
import type { OpenApiDocument, Operation } from "@artifetch/document";
import fc from "fast-check";
import { type CaseMaker, createCaseMaker } from "./cases.ts";
import { type Kind, toRequests } from "./fuzz.ts";
import type { RequestTemplate } from "./model.ts";
import { listCredentialPlaces, redactRequest, toCurlLine } from "./redact.ts";
import { type Gate, type RunOptions, toSeed } from "./runner.ts";
import { toHttpRequest } from "./send.ts";

export interface Planned {
  operation: Operation;
  /** `curl` lines with `$NAME` for credentials, in the order in which they would be sent. */
  lines: string[];
  /** What is not sent, by reason. */
  refused: Map<string, number>;
}

export interface DryRunOptions
  extends Pick<RunOptions, "baseUrl" | "credentials" | "generated" | "prefer" | "findValue"> {
  seed: number;
  /** Only its refusals are asked for. */
  permission: Gate;
}

/**
 * Every case of the operations, derived and generated: those that a run with the same seed sends where it finds no ids by links.
 * What a service makes of it (sequences along links, smallest failing requests) cannot be told before.
 */
export async function planRun(
  document: OpenApiDocument,
  operations: readonly Operation[],
  all: readonly Operation[],
  options: DryRunOptions,
): Promise<Planned[]> {
  const { prefer = false, findValue, baseUrl, credentials = {}, permission } = options;
  const maker = createCaseMaker(document, all, { prefer, ...(findValue && { findValue }) });
  const variables = listCredentialPlaces(document).map(({ variable }) => variable);
  const planned: Planned[] = [];
  for (const operation of operations) {
    const lines: string[] = [];
    const refused = new Map<string, number>();
    const refuse = (reason: string) => refused.set(reason, (refused.get(reason) ?? 0) + 1);
    const { cases, skipped } = maker.plan(operation);
    for (const { reason } of skipped) refuse(reason);
    const generated = listGenerated(maker, operation, options);
    for (const sent of [...cases, ...generated.map((request) => ({ ...toCase(operation), request }))]) {
      const request = toHttpRequest(document, operation, baseUrl, sent.request, credentials);
      const reason = await permission.before?.(operation, request, sent);
      if (reason === undefined) lines.push(toCurlLine(redactRequest(document, operation, request), variables));
      else refuse(reason);
    }
    planned.push({ operation, lines, refused });
  }
  return planned;
}

function toCase({ id }: Operation) {
  return { id, operationId: id, title: "generated", kind: "positive", check: "positive_data_acceptance" } as const;
}

function listGenerated(
  maker: CaseMaker,
  operation: Operation,
  { generated = 20, seed }: DryRunOptions,
): RequestTemplate[] {
  const basis = maker.toBasis(operation);
  if (generated === 0 || typeof basis === "string") return [];
  return (["positive", "negative"] as Kind[]).flatMap((kind) => {
    const requests = toRequests(maker.schemas, basis, kind);
    if (requests === undefined || typeof requests === "string") return [];
    return fc
      .sample(requests, { seed: toSeed(seed, operation.id, kind), numRuns: generated })
      .map(({ request }) => request);
  });
}

/** A shell script: comments, and `curl` lines to choose from. */
export function describePlan(planned: readonly Planned[], seed: number): string[] {
  const total = planned.reduce((sum, { lines }) => sum + lines.length, 0);
  const calls = planned.filter(({ lines }) => lines.length > 0).length;
  return [
    `# Dry run: nothing is sent. With --seed ${seed}, these requests are.`,
    "# First come sequences along the links of the document. Ids that they find replace the documented ones in what only reads,",
    "# and each failure of a generated request is followed by smaller ones.",
    ...planned.flatMap(({ operation: { id, method, path }, lines, refused }) => [
      "",
      `# ${id}, ${method} ${path}: ${lines.length} ${lines.length === 1 ? "request" : "requests"}`,
      ...[...refused].map(([reason, count]) => `#   ${count} not sent: ${reason}`),
      ...lines,
    ]),
    "",
    `# ${total} requests to ${calls} of ${planned.length} operations`,
  ];
}
