/** The resources that a document shows: what a session starts with. */

import { getByPointer, isObject, type JsonObject, resolve, sampleParameter } from "@artifetch/document";
import type { Identity } from "./links.ts";
import { getRoot, type Kind, listOwnKey, type OperationPlan, type Plan } from "./plan.ts";
import { identityOf, type Pace, type Resource, startJob } from "./resource.ts";
import { toText } from "./values.ts";

/** A resource of an example; its job is started with each session. */
export interface Seed {
  kind: Kind;
  fields: JsonObject;
  scope: ReadonlyMap<Identity, string>;
  state: string | undefined;
}

/** Resources of lists first, then those that only readings show, then those that only parameters name. */
export function findSeeds(plan: Plan): Seed[] {
  const plans = [...plan.operations.values()];
  const seeds: Seed[] = [];
  const add = (seed: Seed) => {
    if (!seed.kind.isStored || seeds.some((one) => isSame(one, seed))) return;
    if (listOwnKey(seed.kind).every((identity) => identityOf(seed, identity) !== undefined)) seeds.push(seed);
  };
  const shows = (role: OperationPlan["role"]) => plans.filter((one) => one.role === role && one.showsResource);
  // An answer with the state tells more than one without.
  const readings = shows("read").sort((a, b) => Number(hasState(b)) - Number(hasState(a)));
  for (const one of [...shows("list"), ...readings]) for (const seed of readSeeds(plan, one)) add(seed);
  for (const one of plans) for (const seed of sampleSeeds(plan, one, seeds)) add(seed);
  return seeds;
}

export function toResource({ kind, fields, scope, state }: Seed, pace: Pace): Resource {
  // A job of which no example shows the state is at its end.
  const job = startJob(kind, state ?? kind.states?.order.at(-1), pace);
  // The answer that makes a job shows its first state; what was there before is first shown as the document has it.
  if (job.job) job.job.polls = -pace.afterPolls;
  return { kind, fields, scope, written: {}, isMade: false, sizeBytes: 0, ...job };
}

function hasState({ shape }: OperationPlan): boolean {
  return shape?.state !== undefined;
}

function readSeeds(plan: Plan, operation: OperationPlan): Seed[] {
  const { shape, kind } = operation;
  if (!shape) return [];
  const scope = sampleScope(plan, operation);
  return shape.examples.flatMap(({ value }) => {
    const list = shape.items === undefined ? [value] : getByPointer(value, shape.items);
    return (Array.isArray(list) ? list : []).flatMap((item) => {
      const fields = getRoot(shape, item);
      const state = shape.state === undefined ? undefined : getByPointer(item, shape.state);
      return fields ? [{ kind, fields, scope, state: typeof state === "string" ? state : undefined }] : [];
    });
  });
}

/** The example values of an operation's parameters, as far as it has some. */
export function sampleScope({ document }: Plan, { takes }: OperationPlan): Map<Identity, string> {
  return new Map(
    takes.flatMap(({ parameter, identity }) => {
      const { example, examples, schema } = parameter;
      const inSchema = resolve(document, schema);
      const isShown = [example, examples, ...(isObject(inSchema) ? [inSchema.example, inSchema.examples] : [])].some(
        (one) => one !== undefined,
      );
      const text = isShown ? toText(sampleParameter(document, parameter)) : undefined;
      return text === undefined ? [] : [[identity, text] as const];
    }),
  );
}

/** What a reader of the document would ask for first is there, even where no list shows it. */
function sampleSeeds(plan: Plan, operation: OperationPlan, seeds: readonly Seed[]): Seed[] {
  const { addressed } = operation;
  if (!addressed?.isStored) return [];
  const like = seeds.find(({ kind }) => kind === addressed);
  const scope = sampleScope(plan, operation);
  const last = listOwnKey(addressed).at(-1);
  const place = last === undefined ? undefined : addressed.places.get(last);
  const text = last === undefined ? undefined : scope.get(last);
  if (!like || text === undefined || place === undefined || !/^\/[^/]+$/.test(place)) return [];
  const name = place.slice(1);
  const fields = { ...like.fields, [name]: typeof like.fields[name] === "number" ? Number(text) : text };
  return [{ ...like, fields, scope: new Map([...like.scope, ...scope]) }];
}

function isSame(a: Seed, b: Seed): boolean {
  return a.kind === b.kind && a.kind.key.every((identity) => identityOf(a, identity) === identityOf(b, identity));
}
