/** What every operation of a document with memory needs: its plan, its examples, and who is asked for what. */

import { getByPointer, isObject, type JsonObject, type MediaType } from "@artifetch/document";
import { findBytesPlaces, toBytes } from "./bytes.ts";
import type { Identity } from "./links.ts";
import type { Query } from "./paging.ts";
import {
  type BytesPlaces,
  type Example,
  type Kind,
  listExamples,
  listOwnKey,
  type OperationPlan,
  type Plan,
} from "./plan.ts";
import type { Presenter } from "./present.ts";
import { countPoll, identityOf, isDone, type Pace, type Resource, stateOf } from "./resource.ts";
import { type Seed, toResource } from "./seeds.ts";
import type { Session } from "./sessions.ts";
import { replaceText, withValueAt } from "./values.ts";

export interface MemoryRequest {
  operation: { method: string; path: string };
  /** Percent-encoded, without the query. */
  path: string;
  query: Query;
  /** Map from name in lower case to value. */
  headers: Readonly<Record<string, string>>;
  /** As the engine has it: JSON is parsed. */
  body: unknown;
  bytes: Uint8Array | undefined;
  /** The engine's answer. */
  answer: { status: number; headers: Readonly<Record<string, unknown>>; body: unknown };
}

export type MemoryAnswer =
  | { status: number; headers: Record<string, unknown>; body: unknown }
  /** The document's answer of this status, with this example where it has one; where it has none, a problem document. */
  | { refused: number; example: string | undefined; isDeclared: boolean; detail: string };

/** Ends the work on a request: it is answered with an error. */
export class Refused extends Error {
  readonly answer: Extract<MemoryAnswer, { refused: number }>;

  constructor(answer: Extract<MemoryAnswer, { refused: number }>) {
    super(answer.detail);
    this.answer = answer;
  }
}

export interface World {
  plan: Plan;
  pace: Pace;
  seeds: readonly Seed[];
  presenter: Presenter;
  bytesPlaces: Map<Kind, BytesPlaces>;
  /** Whether a whole answer satisfies its schema. */
  isValidBody(plan: OperationPlan, value: unknown): boolean;
}

/** One request to one operation. */
export interface Call {
  world: World;
  session: Session;
  plan: OperationPlan;
  request: MemoryRequest;
  /** Values of the identities that the request carries. */
  ids: ReadonlyMap<Identity, string>;
}

/** The identities in path and query of a request. */
export function readIds({ operation, takes }: OperationPlan, { path, query }: MemoryRequest): Map<Identity, string> {
  const inPath = readPath(operation.path, path);
  return new Map(
    takes.flatMap(({ parameter: { name, in: place }, identity }) => {
      const value = place === "path" ? inPath.get(name) : [query[name]].flat()[0];
      return value === undefined ? [] : [[identity, value] as const];
    }),
  );
}

function readPath(template: string, path: string): Map<string, string> {
  const names = [...template.matchAll(/\{([^{}]+)\}/g)].map(([, name = ""]) => name);
  const pattern = template.split(/\{[^{}]+\}/).map((text) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const [, ...values] = new RegExp(`^${pattern.join("([^/]+?)")}$`).exec(path) ?? [];
  return new Map(
    names.flatMap((name, index) => {
      const value = values[index];
      return value === undefined ? [] : [[name, decodeURIComponent(value)] as const];
    }),
  );
}

/** A part of a resource that is not remembered by itself, with what it is a part of. */
export type Part = Resource & { owner?: Resource };

/**
 * The resource that a request addresses. A request that reads it, or something of it, counts as one that asks for the job.
 *
 * @throws {Refused} when it is not there.
 */
export function findAddressed(call: Call): Part | undefined {
  return call.plan.addressed && find(call, call.plan.addressed);
}

/** @throws {Refused} when it is not there. */
function find(call: Call, kind: Kind): Part {
  const owner = kind.isStored || !kind.parent ? undefined : find(call, kind.parent);
  const all: readonly Part[] = owner ? listParts(call, owner, kind) : listStored(call.session, kind);
  const found = all.find((resource) =>
    kind.key.every((identity) => (identityOf(resource, identity) ?? call.ids.get(identity)) === call.ids.get(identity)),
  );
  if (!found) throw toMissing(call, kind);
  // Before the answer is made: what it brings is in the answer.
  if (call.plan.operation.method === "GET") countPoll(found);
  return found;
}

export function listStored({ resources }: Session, kind: Kind): Resource[] {
  return resources.filter((resource) => resource.kind === kind);
}

/** The parts of a resource: those that an example shows for it, or else for another; none before a job is done. */
export function listParts({ world }: Pick<Call, "world">, owner: Resource, kind: Kind): Part[] {
  const listing = [...world.plan.operations.values()].find((one) => one.role === "list" && one.kind === kind);
  if (!listing?.shape || !isDone(owner, world.pace) || (owner.isMade && !owner.job)) return [];
  const example = chooseExample(listing, owner);
  const scope = new Map(
    owner.kind.key.flatMap((identity) => {
      const value = identityOf(owner, identity);
      return value === undefined ? [] : [[identity, value] as const];
    }),
  );
  return world.presenter
    .candidates(listing, undefined)
    .filter(({ name, root }) => root !== undefined && name === example?.name)
    .map(({ root, key }) => {
      let fields = root as JsonObject;
      for (const [identity, text] of key) {
        const own = scope.get(identity);
        if (own !== undefined) fields = replaceText(fields, text, own) as JsonObject;
      }
      return { kind, fields, scope, written: {}, isMade: false, sizeBytes: 0, owner };
    });
}

/** The example of a list that belongs to a resource; else the first that shows something. */
export function chooseExample({ shape }: OperationPlan, owner: Resource): Example | undefined {
  const last = listOwnKey(owner.kind).at(-1);
  const key = last === undefined ? undefined : identityOf(owner, last);
  const examples = shape?.examples ?? [];
  const own = examples.find(
    ({ value }) => key !== undefined && JSON.stringify(value).includes(JSON.stringify(key).slice(1, -1)),
  );
  return own ?? examples.find(({ value }) => listItems(shape?.items, value).length > 0) ?? examples[0];
}

export function listItems(items: string | undefined, value: unknown): unknown[] {
  const list = items === undefined ? undefined : getByPointer(value, items);
  return Array.isArray(list) ? list : [];
}

/** The job that a resource is or belongs to. */
export function jobOf(resource: Part): Resource | undefined {
  if (resource.job) return resource;
  return resource.owner?.job ? resource.owner : undefined;
}

/**
 * Refuses what a job has not brought yet: where the document has an error that says so, and no answer for a job on its way.
 *
 * @throws {Refused}
 */
export function checkReady(call: Call, resource: Part): void {
  const { plan, world } = call;
  const job = jobOf(resource);
  if (!job || plan.operation.method !== "GET" || plan.shape?.state !== undefined || isDone(job, world.pace)) return;
  const success = job.kind.states?.order.at(-1);
  const states = world.presenter.candidates(plan, undefined).map(({ state }) => state);
  if (states.some((state) => state !== undefined && state !== success)) return;
  for (const status of [409, 425, 404]) {
    const known = status === 404 ? listErrors(world.plan, job.kind, status) : [];
    const example = findError(plan, status)?.examples.find(({ value }) => !isAmong(value, known));
    if (example) throw new Refused(toRefusal(call, status, example.name, `The job is ${stateOf(job, world.pace)}.`));
  }
}

export function toMissing(call: Call, kind: Kind): Refused {
  const examples = findError(call.plan, 404)?.examples ?? [];
  const own = listErrors(call.world.plan, kind, 404);
  const parents = kind.parent ? listErrors(call.world.plan, kind.parent, 404) : [];
  const example =
    examples.find(({ value }) => isAmong(value, own) && !isAmong(value, parents)) ??
    examples.find(({ value }) => !isAmong(value, parents)) ??
    examples[0];
  const ids = kind.key.map((identity) => call.ids.get(identity)).join(", ");
  return new Refused(toRefusal(call, 404, example?.name, `There is nothing of this id: ${ids}.`));
}

export function toRefusal(
  { plan }: Call,
  status: number,
  example: string | undefined,
  detail: string,
): Refused["answer"] {
  return { refused: status, example: example || undefined, isDeclared: findError(plan, status) !== undefined, detail };
}

/** The error of a status that an operation declares: by itself, in a range, or as the default. */
export function findError({ operation }: OperationPlan, status: number): { examples: Example[] } | undefined {
  const { responses } = operation;
  const range = `${String(status)[0]}XX`;
  const response = responses[status] ?? responses[range] ?? responses[range.toLowerCase()] ?? responses.default;
  if (!response) return undefined;
  return { examples: Object.values(response.content ?? {}).flatMap((content: MediaType) => listExamples(content)) };
}

/** Examples of an error in the readings of a kind. */
function listErrors({ operations }: Plan, kind: Kind, status: number): unknown[] {
  return [...operations.values()]
    .filter(
      (plan) =>
        plan.role === "read" && plan.kind === kind && plan.addressed === kind && plan.shape?.state === kind.statePlace,
    )
    .flatMap((plan) => findError(plan, status)?.examples.map(({ value }) => value) ?? []);
}

function isAmong(value: unknown, others: readonly unknown[]): boolean {
  const text = JSON.stringify(value);
  return others.some((other) => JSON.stringify(other) === text);
}

/** Where a kind describes a download: found where an example of it says what is true of an example of the bytes. */
export function findKindBytes(world: World, kind: Kind): BytesPlaces {
  const known = world.bytesPlaces.get(kind);
  if (known) return known;
  const downloads = [...world.plan.operations.values()].filter(
    (one) => one.role === "download" && one.addressed === kind,
  );
  const contents = downloads.flatMap(({ downloads }) => downloads);
  const mediaTypes = contents.map(({ mediaType }) => mediaType.split(";", 1)[0]?.trim() ?? "");
  const places: BytesPlaces = {};
  for (const description of downloads.length > 0 ? listDescriptions(world, kind) : []) {
    for (const example of contents.flatMap(({ examples }) => examples)) {
      const found = findBytesPlaces(description, toBytes(example.value), mediaTypes);
      places.size ??= found.size;
      places.mediaType ??= found.mediaType;
      places.checksum ??= found.checksum;
    }
  }
  world.bytesPlaces.set(kind, places);
  return places;
}

function listDescriptions(world: World, kind: Kind): JsonObject[] {
  if (kind.isStored) return world.seeds.filter((seed) => seed.kind === kind).map(({ fields }) => fields);
  const owners = world.seeds.filter((seed) => seed.kind === kind.parent).map((seed) => toResource(seed, world.pace));
  return owners.flatMap((owner) => listParts({ world }, owner, kind).map(({ fields }) => fields));
}

/** Everything known of a resource: to filter by. */
export function toFields({ world }: Call, resource: Resource): JsonObject {
  const state = stateOf(resource, world.pace);
  const place = resource.kind.statePlace;
  const fields = { ...resource.fields, ...resource.written };
  const moved = state === undefined || place === undefined ? fields : withValueAt(fields, place, state);
  return isObject(moved) ? moved : fields;
}
