/** The answer about a resource. */

import { isJsonMediaType } from "@artifetch/document";
import { describeBytes } from "./content.ts";
import type { OperationPlan } from "./plan.ts";
import type { Candidate } from "./present.ts";
import { type Resource, stateOf } from "./resource.ts";
import { type Call, jobOf, type MemoryAnswer, type Part } from "./world.ts";

export function reply(
  { request }: Call,
  body: unknown,
  headers: Record<string, unknown> = {},
): MemoryAnswer | undefined {
  const { status, headers: own } = request.answer;
  const type = Object.entries(own).find(([name]) => name.toLowerCase() === "content-type")?.[1];
  // The client has asked for another form than JSON, or there is no body.
  if (!isJsonMediaType(String(type))) return undefined;
  return { status, headers: { ...own, ...headers }, body };
}

/** What was shown of a resource, as long as nothing about it changes. */
const shown = new WeakMap<Resource, Map<OperationPlan, View>>();

interface View extends Pick<Resource, "written" | "upload"> {
  state: string | undefined;
  value: unknown;
}

/**
 * The answer about a resource, or the item of a list.
 *
 * @param given examples to choose from. Default: those of the operation, and of others that answer with the same schema.
 */
export function show(call: Call, resource: Part, given?: readonly Candidate[]): unknown {
  const { world, plan } = call;
  const job = jobOf(resource);
  const state = job && stateOf(job, world.pace);
  const { written, upload } = resource;
  const views = shown.get(resource) ?? new Map<OperationPlan, View>();
  const known = given ? undefined : views.get(plan);
  if (known && known.state === state && known.written === written && known.upload === upload) return known.value;
  const candidate = world.presenter.choose(plan, given ?? listCandidates(call, true), resource, state);
  if (!candidate) return undefined;
  const value = describeBytes(call, resource, world.presenter.present(plan, candidate, resource, state));
  if (!given) shown.set(resource, views.set(plan, { state, written, ...(upload && { upload }), value }));
  return value;
}

/** @param withOthers whether examples of other operations that answer with the same schema count too. */
export function listCandidates({ world, plan, request }: Call, withOthers = false): Candidate[] {
  const own = world.presenter.candidates(plan, request.answer.body);
  return withOthers ? [...own, ...world.presenter.others(plan, own)] : own;
}
