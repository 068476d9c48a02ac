/** What each role of an operation does, one function each. */

import { download } from "./content.ts";
import { create, listTokenNames, make, readBody, write } from "./create.ts";
import { lines, list, replyPage, wrap } from "./pages.ts";
import type { Role } from "./plan.ts";
import { adopt } from "./present.ts";
import { countPoll, identityOf, isAtEnd, isCancel, isDone, moveJob, type Resource, stateOf } from "./resource.ts";
import { listCandidates, reply, show } from "./show.ts";
import { replaceText } from "./values.ts";
import {
  type Call,
  checkReady,
  chooseExample,
  findAddressed,
  findError,
  jobOf,
  listStored,
  type MemoryAnswer,
  type Part,
  Refused,
  toMissing,
  toRefusal,
} from "./world.ts";

/** Undefined: the engine's answer stays. */
export const roles: Record<Role, (call: Call) => MemoryAnswer | undefined> = {
  create,
  list,
  lines,
  read,
  view,
  download,
  update,
  delete: remove,
  act,
  "act-on-all": actOnAll,
};

function read(call: Call): MemoryAnswer | undefined {
  const { plan } = call;
  const resource = plan.kind === plan.addressed ? findAddressed(call) : lookUp(call);
  if (!resource) return undefined;
  checkReady(call, resource);
  return reply(call, show(call, resource));
}

/** A resource by what else identifies it than its key. What a finished job has brought comes into being when it is asked for. */
function lookUp(call: Call): Resource {
  const { plan, session, ids, world } = call;
  const owner = findAddressed(call);
  const found = listStored(session, plan.kind).find((resource) =>
    plan.takes.every(({ identity }) => identityOf(resource, identity) === ids.get(identity)),
  );
  if (found && !owner?.job) countPoll(found);
  if (found) return found;
  if (owner) checkReady(call, owner);
  if (!owner?.job || !isDone(owner, world.pace)) throw toMissing(call, plan.kind);
  return make(call, {}, owner).resource;
}

function view(call: Call): MemoryAnswer | undefined {
  const resource = findAddressed(call);
  const { plan } = call;
  if (!resource || !plan.shape) return undefined;
  checkReady(call, resource);
  if (plan.shape.items === undefined) return reply(call, show(call, resource));
  const example = chooseExample(plan, resource);
  const items = listCandidates(call)
    .filter(({ name, state }) => name === example?.name && hasCome(call, resource, state))
    .map((candidate) => adopt(plan, candidate, resource));
  return reply(call, wrap(call, { items, start: 0, size: items.length, total: items.length }, resource));
}

/** Whether a job has been in a state already, as far as its states have an order. */
function hasCome({ world }: Call, resource: Part, state: string | undefined): boolean {
  const job = jobOf(resource);
  const order = job?.kind.states?.order ?? [];
  const current = job && stateOf(job, world.pace);
  if (state === undefined || current === undefined || !order.includes(current)) return true;
  return order.indexOf(state) <= order.indexOf(current);
}

function update(call: Call): MemoryAnswer | undefined {
  const resource = findAddressed(call);
  if (!resource) return undefined;
  write(call, resource, readBody(call));
  return call.plan.shape ? reply(call, show(call, resource)) : undefined;
}

function remove(call: Call): MemoryAnswer | undefined {
  const resource = findAddressed(call);
  if (!resource) return undefined;
  const shown = call.plan.shape && show(call, resource, listCandidates(call));
  const { session } = call;
  const isInside = (other: Resource) =>
    other !== resource &&
    other.kind.key.length > resource.kind.key.length &&
    resource.kind.key.every(
      (one) => other.kind.key.includes(one) && identityOf(other, one) === identityOf(resource, one),
    );
  session.resources = session.resources.filter((other) => other !== resource && !isInside(other));
  return shown === undefined ? undefined : reply(call, adoptTokens(call, shown, resource));
}

/** An answer that is not the resource, with the tokens of the resource in place of those of the examples. */
function adoptTokens(call: Call, shown: unknown, resource: Resource): unknown {
  let result = shown;
  for (const name of listTokenNames(call)) {
    for (const { fields } of call.world.seeds.filter(({ kind }) => kind === resource.kind)) {
      result = replaceText(result, String(fields[name]), String(resource.fields[name]));
    }
  }
  return result;
}

function act(call: Call): MemoryAnswer | undefined {
  const { plan, world } = call;
  const resource = findAddressed(call);
  if (!resource) return undefined;
  const candidates = listCandidates(call);
  const states = plan.shape?.state === undefined || !resource.job ? [] : candidates.flatMap(({ state }) => state ?? []);
  const cancel = states.find((state) => isCancel(resource.kind, state));
  if (cancel !== undefined && isAtEnd(resource, world.pace)) {
    const shown = stateOf(resource, world.pace);
    const isDeclared = plan.operation.responses[409] !== undefined;
    if (isDeclared || !states.some((state) => state === shown)) {
      // Where the document has no word for a conflict, there is no job left that this could be done to.
      const status = !findError(plan, 409) && findError(plan, 404) ? 404 : 409;
      throw new Refused(
        toRefusal(call, status, findError(plan, status)?.examples[0]?.name, `The job is ${shown} already.`),
      );
    }
  } else if (cancel !== undefined || states[0] !== undefined) {
    moveJob(resource, cancel ?? states[0] ?? "", world.pace);
  }
  return plan.shape ? reply(call, show(call, resource, candidates)) : undefined;
}

/** What moves one job, for each that is not at its end. */
function actOnAll(call: Call): MemoryAnswer | undefined {
  const { plan, session, world } = call;
  const state = listCandidates(call).find((candidate) => candidate.state !== undefined)?.state;
  if (state === undefined) return undefined;
  const moved = listStored(session, plan.kind).filter((resource) => !isAtEnd(resource, world.pace));
  for (const resource of moved) moveJob(resource, state, world.pace);
  return replyPage(call, moved, (resource) => show(call, resource), undefined);
}
