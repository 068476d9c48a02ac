/** Lists: resources, or entries that are none, in pages. */

import { getByPointer } from "@artifetch/document";
import { type Filter, listFilters } from "./filters.ts";
import { cutPage, findCountPlaces, type Page, toLinkHeader, UnknownCursor, withPage } from "./paging.ts";
import type { Example } from "./plan.ts";
import { adopt } from "./present.ts";
import { identityOf, isDone, stateOf } from "./resource.ts";
import { listCandidates, reply, show } from "./show.ts";
import { toText, withValueAt } from "./values.ts";
import {
  type Call,
  chooseExample,
  findAddressed,
  findError,
  jobOf,
  listItems,
  listParts,
  listStored,
  type MemoryAnswer,
  type Part,
  Refused,
  toRefusal,
} from "./world.ts";

export function list(call: Call): MemoryAnswer | undefined {
  const { plan, world } = call;
  const owner = findAddressed(call);
  if (!plan.kind.isStored && !owner) return undefined;
  const all: Part[] =
    owner && !plan.kind.isStored ? listParts(call, owner, plan.kind) : listStored(call.session, plan.kind);
  const filters = listFilters(call, owner, world.presenter.candidates(plan, call.request.answer.body));
  const matching = all.filter((resource) => filters.every((filter: Filter) => filter(resource)));
  return replyPage(call, matching, (resource) => show(call, resource), owner);
}

export function lines(call: Call): MemoryAnswer | undefined {
  const { plan, world } = call;
  const owner = findAddressed(call);
  const candidates = listCandidates(call);
  const job = owner && jobOf(owner);
  const isEmpty = (example: Example) => listItems(plan.shape?.items, example.value).length === 0;
  const isFirst = job !== undefined && stateOf(job, world.pace) === job.kind.states?.order[0];
  // A job that has not begun has left nothing.
  if (isFirst && plan.shape?.examples.some(isEmpty)) return replyPage(call, [], () => undefined, owner);
  const name = owner && plan.paging?.style === "none" ? findExampleName(call, owner) : undefined;
  const chosen = candidates.filter((candidate) => name === undefined || candidate.name === name);
  const texts = new Map(chosen.map((candidate) => [JSON.stringify(candidate.value), candidate]));
  return replyPage(
    call,
    [...texts.values()],
    (candidate) => (owner ? adopt(plan, candidate, owner) : candidate.value),
    owner,
  );
}

/** The example of a list for a resource: its own; else one of its state; else the first that shows something. */
function findExampleName({ plan, world }: Call, owner: Part): string | undefined {
  const own = chooseExample(plan, owner);
  const job = jobOf(owner);
  if (!job || isDone(job, world.pace) || !own) return own?.name;
  const empty = plan.shape?.examples.find(({ value }) => listItems(plan.shape?.items, value).length === 0);
  return empty ? empty.name : own.name;
}

export function replyPage<Item>(
  call: Call,
  all: readonly Item[],
  present: (item: Item) => unknown,
  owner: Part | undefined,
): MemoryAnswer | undefined {
  const { plan, request } = call;
  const page = cut(call, all);
  const shown = { ...page, items: page.items.map(present) };
  const hasLink = Object.keys(request.answer.headers).find((name) => name.toLowerCase() === "link");
  const link = hasLink && plan.paging ? toLinkHeader(plan.paging, page, request.query) : undefined;
  const answer = reply(call, wrap(call, shown, owner), hasLink && link !== undefined ? { [hasLink]: link } : {});
  if (!answer || !("headers" in answer) || !hasLink || link !== undefined) return answer;
  const { [hasLink]: _, ...headers } = answer.headers;
  return { ...answer, headers };
}

function cut<Item>(call: Call, all: readonly Item[]): Page<Item> {
  try {
    return cutPage(all, call.plan.paging, call.request.query);
  } catch (error) {
    if (!(error instanceof UnknownCursor)) throw error;
    const status = [422, 400].find((one) => call.plan.operation.responses[one]) ?? 400;
    const parameter = call.plan.paging?.parameter ?? "";
    // The example that speaks of the parameter is the one about it.
    const example = findError(call.plan, status)?.examples.find(({ value }) =>
      JSON.stringify(value).includes(parameter),
    );
    throw new Refused(
      toRefusal(call, status, example?.name, `The parameter ${parameter} is no cursor that this list gave.`),
    );
  }
}

/** A page in the answer around it. */
export function wrap(call: Call, page: Page<unknown>, owner: Part | undefined): unknown {
  const { plan, request } = call;
  const { shape, paging } = plan;
  if (shape?.items === undefined) return request.answer.body;
  const { items } = shape;
  const examples = shape.examples.map(({ value }) => value);
  const isLike = (value: unknown) => {
    const isEmpty = listItems(items, value).length === 0;
    const next = paging?.next === undefined ? undefined : getByPointer(value, paging.next);
    return isEmpty === (page.items.length === 0) && ((next ?? undefined) !== undefined) === (page.next !== undefined);
  };
  const example =
    (page.start === 0 ? examples.find(isLike) : examples.findLast(isLike)) ??
    examples.find((value) => listItems(items, value).length > 0) ??
    request.answer.body;
  const place = (list: unknown[]) => (items === "" ? list : withValueAt(example, items, list));
  const body = withPage(place(page.items), paging, page, findCountPlaces(examples, items), (value) =>
    call.world.isValidBody(plan, value),
  );
  return owner ? adoptEnvelope(call, body, example, owner) : body;
}

function adoptEnvelope({ plan }: Call, body: unknown, example: unknown, owner: Part): unknown {
  const items = plan.shape?.items ?? "";
  let result = body;
  for (const { identity, pointer, from } of plan.given) {
    const isInside = from === "response" && !pointer.startsWith(`${items}/*`) && owner.kind.key.includes(identity);
    const known = isInside ? getByPointer(example, pointer) : undefined;
    const own = identityOf(owner, identity);
    if (known === undefined || own === undefined || toText(known) === undefined) continue;
    result = withValueAt(result, pointer, typeof known === "number" ? Number(own) : own);
  }
  return result;
}
