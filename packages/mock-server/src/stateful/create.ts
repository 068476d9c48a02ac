/** Making a resource: what the request says over an example, with ids of its own. */

import { getByPointer, isJsonMediaType, isObject, type JsonObject } from "@artifetch/document";
import type { Identity } from "./links.ts";
import { wrap } from "./pages.ts";
import { getRoot, listOwnKey, type OperationPlan } from "./plan.ts";
import type { Candidate } from "./present.ts";
import { identityOf, type Resource, startJob } from "./resource.ts";
import { findSchema } from "./schema.ts";
import { listCandidates, reply, show } from "./show.ts";
import { makeId, merge, ownValue, replaceText, setOwn, toText, toTokens, withValueAt } from "./values.ts";
import {
  type Call,
  findAddressed,
  findError,
  listStored,
  type MemoryAnswer,
  type Part,
  Refused,
  toRefusal,
} from "./world.ts";

export function create(call: Call): MemoryAnswer | undefined {
  const { plan, request } = call;
  const owner = findAddressed(call);
  const body = readBody(call);
  const known = findSame(call, body);
  if (known) return createAgain(call, known, body);
  if (plan.shape?.items !== undefined) return createSeveral(call, body, owner);
  const { resource, shown, candidate } = make(call, body, owner);
  const answer = shown === undefined ? undefined : reply(call, shown);
  const headers = adoptHeaders(call, resource, candidate);
  if (answer) return "headers" in answer ? { ...answer, headers: { ...answer.headers, ...headers } } : answer;
  return { ...request.answer, headers: { ...request.answer.headers, ...headers } };
}

/** What the request says, without keys that the document does not let it say. */
export function readBody({ plan, request, world }: Call): JsonObject {
  if (!isObject(request.body)) return {};
  const schema = Object.values(plan.operation.requestBody?.content ?? {})[0]?.schema;
  const fixed = new Set(
    listOwnKey(plan.kind).flatMap((identity) => {
      const [name, ...rest] = toTokens(plan.kind.places.get(identity) ?? "");
      const isSaid =
        name === undefined || rest.length > 0 || findSchema(world.plan.document, schema, [name]) !== undefined;
      return isSaid ? [] : [name];
    }),
  );
  return Object.fromEntries(Object.entries(request.body).filter(([name]) => !fixed.has(name)));
}

/** The resource that has the key which the request gives, where it gives one. */
function findSame(call: Call, body: JsonObject): Resource | undefined {
  const { plan, session, ids } = call;
  const own = listOwnKey(plan.kind);
  const wanted = own.map((identity) => readGiven(plan, identity, body));
  if (wanted.includes(undefined)) return undefined;
  return listStored(session, plan.kind).find((resource) => {
    const isInside = plan.kind.key.every(
      (one) => own.includes(one) || (ids.get(one) ?? identityOf(resource, one)) === identityOf(resource, one),
    );
    return isInside && own.every((identity, index) => identityOf(resource, identity) === wanted[index]);
  });
}

/** The value of an identity in a request body: where a link reads it there, or where the resource has it. */
function readGiven({ given, kind }: OperationPlan, identity: Identity, body: JsonObject): string | undefined {
  const read = given.find((one) => one.identity === identity && one.from === "request");
  const place = read?.pointer ?? kind.places.get(identity);
  return place === undefined ? undefined : toText(getByPointer(body, place));
}

function createAgain(call: Call, known: Resource, body: JsonObject): MemoryAnswer | undefined {
  const taken = findError(call.plan, 409);
  if (call.plan.operation.responses[409] && taken) {
    throw new Refused(toRefusal(call, 409, taken.examples[0]?.name, "There is one of this id already."));
  }
  write(call, known, body);
  return call.plan.shape ? reply(call, show(call, known)) : undefined;
}

/** A list as the answer: each of its items is new. */
function createSeveral(call: Call, body: JsonObject, owner: Part | undefined): MemoryAnswer | undefined {
  const [first] = listCandidates(call);
  const candidates = listCandidates(call).filter(({ name }) => name === first?.name);
  const items = candidates.map((candidate) => make(call, body, owner, [candidate]).shown);
  return reply(call, wrap(call, { items, start: 0, size: items.length, total: items.length }, owner));
}

interface Made {
  resource: Resource;
  /** The answer, or the item of a list; undefined where the answer has no JSON. */
  shown: unknown;
  /** The example that it was made after. */
  candidate: Candidate | undefined;
}

/** Ids tried before the last one is taken as it is. */
const idTries = 32;

export function make(call: Call, body: JsonObject, owner: Part | undefined, candidates = listCandidates(call)): Made {
  const { plan, session, ids, world } = call;
  const { kind, shape } = plan;
  const scope = new Map([...(owner?.scope ?? []), ...ids]);
  const draft: Resource = { kind, fields: {}, scope, written: body, isMade: true, sizeBytes: 0 };
  const candidate = world.presenter.choose(plan, candidates, draft, undefined);
  const presented = candidate && shape && world.presenter.present(plan, candidate, draft, undefined);
  const base = (shape && getRoot(shape, presented)) ?? likeKnown(call, body);
  const known = plan.shape ? base : (merge(base, body) as JsonObject);
  for (let tries = 1; ; tries++) {
    session.made++;
    const { fields, generated } = withNewIds(call, known, body, owner, session.made);
    const written = { ...body, ...generated };
    const resource: Resource = {
      ...draft,
      fields,
      written,

      ...startJob(kind, candidate?.state, world.pace),
    };
    const shown = candidate && shape ? show(call, resource, [candidate]) : undefined;
    const isNew = !listStored(session, kind).some((other) =>
      kind.key.every((one) => identityOf(other, one) === identityOf(resource, one)),
    );
    const isValid =
      shown === undefined || world.presenter.isValid(plan, shown) || !world.presenter.isValid(plan, candidate?.value);
    if (!(isNew && isValid) && tries < idTries) continue;
    keepUpload(call, resource);
    resource.sizeBytes = measure(resource);
    session.resources.unshift(resource);
    return { resource, shown, candidate };
  }
}

/** Fields of something that no answer shows: those of an example, for the ids. */
function likeKnown({ world, plan }: Call, body: JsonObject): JsonObject {
  const seed = world.seeds.find(({ kind }) => kind === plan.kind);
  const own = new Set(listOwnKey(plan.kind).map((identity) => plan.kind.places.get(identity)));
  const fields = Object.entries(seed?.fields ?? {}).filter(([name]) => own.has(`/${name}`));
  return { ...Object.fromEntries(fields), ...body };
}

function withNewIds(call: Call, known: JsonObject, body: JsonObject, owner: Part | undefined, number: number) {
  const { plan } = call;
  const generated: JsonObject = {};
  let fields = known;
  for (const place of listIdPlaces(call, body)) {
    const old = getByPointer(fields, place);
    if (toText(old) === undefined) continue;
    const made = makeId(old, number);
    fields = withValueAt(replaceText(fields, String(old), String(made)), place, made) as JsonObject;
    if (/^\/[^/]+$/.test(place)) setOwn(generated, place.slice(1), made);
  }
  for (const identity of owner?.kind.key ?? []) {
    const place = plan.kind.places.get(identity);
    const own = owner && identityOf(owner, identity);
    const old = place === undefined ? undefined : getByPointer(fields, place);
    if (place === undefined || own === undefined || toText(old) === undefined) continue;
    fields = withValueAt(
      replaceText(fields, String(old), own),
      place,
      typeof old === "number" ? Number(own) : own,
    ) as JsonObject;
    if (/^\/[^/]+$/.test(place)) setOwn(generated, place.slice(1), getByPointer(fields, place));
  }
  return { fields, generated };
}

/** Where a new resource gets ids: its key, and what is a token of its own in each example; not what the request gives. */
function listIdPlaces(call: Call, body: JsonObject): string[] {
  const { plan } = call;
  const { kind } = plan;
  const own = listOwnKey(kind).filter((identity) => readGiven(plan, identity, body) === undefined);
  // Of several parts of a key, the last is enough to make it another.
  const key = own.slice(-1).flatMap((identity) => kind.places.get(identity) ?? []);
  const references = new Set(
    [...kind.places].filter(([identity]) => !kind.key.includes(identity)).map(([, place]) => place),
  );
  const tokens = listTokenNames(call).filter((name) => !Object.hasOwn(body, name));
  return [...new Set([...key, ...tokens.map((name) => `/${name}`)])].filter(
    (place) => key.includes(place) || !references.has(place),
  );
}

/** Properties that hold a token of its own in each example. */
export function listTokenNames({ plan: { kind }, world }: Call): string[] {
  const seeds = world.seeds.filter((seed) => seed.kind === kind).map(({ fields }) => fields);
  return Object.keys(seeds[0] ?? {}).filter((name) => {
    const values = seeds.map((fields) => ownValue(fields, name));
    return seeds.length > 1 && values.every(isToken) && new Set(values).size === values.length;
  });
}

/** A text that says nothing: letters and digits mixed, as they are drawn at random. */
function isToken(value: unknown): boolean {
  if (typeof value !== "string" || !/^[A-Za-z0-9_-]+$/.test(value) || /^\d{4}-\d\d-\d\d/.test(value)) return false;
  return value.split(/[_-]/).some((run) => run.length >= 8 && /\d/.test(run) && /[A-Za-z]/.test(run));
}

/** Headers of the example with the key of the new resource in them: `Location`. */
function adoptHeaders(
  { plan, request }: Call,
  resource: Resource,
  candidate: Candidate | undefined,
): Record<string, unknown> {
  const [last = ""] = listOwnKey(plan.kind).slice(-1);
  const [known, own] = [candidate?.key.get(last), identityOf(resource, last)];
  if (known === undefined || own === undefined) return {};
  const end = new RegExp(`/${known.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")}$`);
  return Object.fromEntries(
    Object.entries(request.answer.headers).flatMap(([name, value]) =>
      typeof value === "string" && end.test(value)
        ? [[name, value.replace(end, () => `/${encodeURIComponent(own)}`)]]
        : [],
    ),
  );
}

export function write(call: Call, resource: Resource, body: JsonObject): void {
  resource.written = merge(resource.written, body) as JsonObject;
  resource.fields = merge(resource.fields, body) as JsonObject;
  keepUpload(call, resource);
  resource.sizeBytes = measure(resource);
}

/** About what a resource needs in memory. */
function measure({ fields, written, upload }: Resource): number {
  const text = JSON.stringify([fields, written]);
  return 1024 + 2 * text.length + (upload?.bytes.byteLength ?? 0);
}

function keepUpload({ request }: Call, resource: Resource): void {
  const mediaType = request.headers["content-type"] ?? "";
  if (!request.bytes || isJsonMediaType(mediaType) || /^(multipart|application\/x-www-form)/i.test(mediaType)) return;
  resource.upload = { bytes: request.bytes, mediaType };
}
