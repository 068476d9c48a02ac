/**
 * Sequences along the links of a document: create, read, list, cancel, delete, read again; list, then read what was listed,
 * its children, and their bytes.
 *
 * Only ids that a link gives are used, and nothing is changed or deleted but what the sequence itself has created.
 */
import type { Operation } from "@artifetch/document";
import fc from "fast-check";
import { buildRequest, type Parts } from "./build.ts";
import type { Basis } from "./cases.ts";
import { toRequests } from "./fuzz.ts";
import { type Followed, followLinks } from "./links.ts";
import type { Case, CheckName, RequestTemplate, Verdict } from "./model.ts";
import type { Performed, Run, Step } from "./runner.ts";
import { performOne } from "./runner.ts";
import { readAs } from "./samples.ts";

/** What links lead to from lists: values that exist, by operation and parameter (`getRun path.run_id`). */
export type Found = Map<string, unknown>;

/** How many links deep a list is followed. */
const deepest = 5;

export async function* runSequences(run: Run, operations: readonly Operation[]): AsyncGenerator<Step> {
  for (const operation of operations) {
    if (!hasLinks(operation) || needsId(operation)) continue;
    if (operation.method === "GET") yield* explore(run, operations, operation);
  }
  for (const operation of operations) {
    if (!hasLinks(operation) || operation.method !== "POST" || needsId(operation)) continue;
    yield* create(run, operations, operation);
  }
}

function hasLinks({ responses }: Operation): boolean {
  return Object.entries(responses).some(([key, response]) => key.startsWith("2") && "links" in response);
}

function needsId({ path }: Operation): boolean {
  return path.includes("{");
}

/** A list, what its links lead to by GET, and so on; each URL once. */
async function* explore(run: Run, operations: readonly Operation[], list: Operation): AsyncGenerator<Step> {
  const visited = new Set<string>();
  let level = [{ operation: list, request: toRequest(run, list, new Map()), via: list.id }];
  for (let depth = 0; depth < deepest && level.length > 0; depth += 1) {
    const next: typeof level = [];
    for (const { operation, request, via } of level) {
      if (!request || visited.has(request.path)) continue;
      visited.add(request.path);
      const performed = yield* step(run, operation, request, via);
      if (!performed || !isSuccess(performed)) continue;
      for (const followed of followLinks(run.document, operations, operation, performed.exchange)) {
        const { target, values } = followed;
        for (const [place, value] of values)
          if (!run.found.has(`${target.id} ${place}`)) run.found.set(`${target.id} ${place}`, value);
        if (target.method === "GET")
          next.push({ operation: target, request: toRequest(run, target, values), via: `${via} > ${target.id}` });
      }
    }
    level = next;
  }
}

/** Something is created, and everything is done with it that its links offer; deleted last. */
async function* create(run: Run, operations: readonly Operation[], operation: Operation): AsyncGenerator<Step> {
  const created = yield* createOne(run, operation);
  if (!created) return;
  const links = followLinks(run.document, operations, operation, created.exchange);
  const read = links.find((link) => isItself(link, created));
  const removal = links.find(({ target }) => target.method === "DELETE" && target.path === read?.target.path);
  const isLater = created.exchange.response.status === 202;

  if (read) yield* follow(run, read, operation.id, isLater ? undefined : judgeAvailability(created));
  const list = operations.find(({ method, path }) => method === "GET" && path === operation.path);
  const listing = list && toRequest(run, list, new Map());
  if (list && listing) yield* step(run, list, listing, `${operation.id} > ${list.id}`);
  for (const link of links.toSorted((a, b) => toRank(a) - toRank(b)))
    if (link !== read && link !== removal) yield* follow(run, link, operation.id);
  if (!removal) return;
  const removed = yield* follow(run, removal, operation.id);
  // 202: it will be deleted, but may not be yet.
  if (read && removed && isSuccess(removed) && removed.exchange.response.status !== 202)
    yield* readAgain(run, operation, read, removed);
}

/** What reads comes before what changes. */
function toRank({ target }: Followed): number {
  return ["GET", "HEAD"].includes(target.method) ? 0 : target.method === "DELETE" ? 2 : 1;
}

/** The example of the document; where that exists already (409), another one. */
async function* createOne(run: Run, operation: Operation): AsyncGenerator<Step, Performed | undefined> {
  const basis = findBasis(run, operation);
  const first = basis && buildRequest(operation, basis.required);
  const reason = "nothing could be created, so nothing that follows it is checked";
  if (!basis || !first) {
    yield skip(operation, "ensure_resource_availability", `${reason}: no good request is known`);
    return undefined;
  }
  let status = 0;
  for (const request of [first, ...inventOthers(run, basis)]) {
    const performed = yield* step(run, operation, request, operation.id);
    if (!performed) return undefined;
    if (isSuccess(performed)) return performed;
    status = performed.exchange.response.status;
    if (status !== 409) break;
  }
  yield skip(operation, "ensure_resource_availability", `${reason}: ${operation.id} answered ${status}`);
  return undefined;
}

function inventOthers({ maker, seed }: Run, basis: Basis): RequestTemplate[] {
  const requests = toRequests(maker.schemas, basis, "positive");
  if (requests === undefined || typeof requests === "string") return [];
  return fc.sample(requests, { seed, numRuns: 2 }).map(({ request }) => request);
}

/**
 * Whether a link reads the very thing that was created: the path ends with its id, and the id is new. A job that a new result
 * belongs to was named in the request; it may not exist, and that would not be the result's fault.
 */
export function isItself(
  { target, values, expressions }: Followed,
  { exchange }: Pick<Performed, "exchange">,
): boolean {
  if (target.method !== "GET" || !target.path.endsWith("}")) return false;
  const sent = exchange.request.body ? new TextDecoder().decode(exchange.request.body) : "";
  return [...values].some(
    ([place, value]) =>
      place.startsWith("path.") &&
      expressions.get(place)?.startsWith("$response.") &&
      !sent.includes(JSON.stringify(value)),
  );
}

type Extra = (performed: Performed) => { check: CheckName; message?: string };

function judgeAvailability(created: Performed): Extra {
  const { status } = created.exchange.response;
  return ({ operation, exchange }) => {
    const check = "ensure_resource_availability";
    const isGone = [404, 410].includes(exchange.response.status);
    if (!isGone) return { check };
    const message = `${operation.id} answers ${exchange.response.status} for what ${created.operation.id} has just created (${status})`;
    return { check, message };
  };
}

/** Reads what was deleted; a success counts only where an id that never was is not answered in the same way. */
async function* readAgain(run: Run, creator: Operation, read: Followed, removed: Performed): AsyncGenerator<Step> {
  const check = "use_after_free";
  const request = toRequest(run, read.target, read.values);
  const other = toOtherId(run, read);
  if (!request || !other) {
    yield skip(read.target, check, "no id is known that never was, to compare with");
    return;
  }
  const via = `${creator.id} > ${removed.operation.id} > ${read.target.id}`;
  const control = yield* step(run, read.target, other, `${via} (an id that never was)`);
  if (!control) return;
  if (isSuccess(control)) {
    const reason =
      "an id that never was is answered as well: the service does not look at ids, so a deleted one says nothing";
    yield skip(read.target, check, reason);
    return;
  }
  yield* step(run, read.target, request, via, ({ exchange }) => {
    const { status } = exchange.response;
    const isThere = status >= 200 && status < 300;
    const message = `status is ${status} after ${removed.operation.id} answered ${removed.exchange.response.status}, expected 404 or 410`;
    return isThere ? { check, message } : { check };
  });
}

/** The same read with an id of the same form that was not given by anyone; undefined where none fits the schema. */
function toOtherId(run: Run, { target, values }: Followed): RequestTemplate | undefined {
  const [place, value] = [...values].findLast(([name]) => name.startsWith("path.")) ?? [];
  if (place === undefined) return undefined;
  for (const other of listOtherIds(value)) {
    const request = other === value ? undefined : toRequest(run, target, new Map([...values, [place, other]]), true);
    if (request) return request;
  }
  return undefined;
}

/** Each digit near the end replaced by its counterpart (`run-0001` → `run-9998`); then letters, too, hexadecimal ones by their like; then twice. */
function listOtherIds(value: unknown): unknown[] {
  if (typeof value === "number") return [value + 999_983, value > 1 ? value - 1 : value + 1];
  const [from, to] = ["0123456789abcdefghijklmnopqrstuvwxyz", "9876543210fedcbazyxwvutsrqponmlkjihg"];
  const invert = (character: string): string => {
    const lower = to[from.indexOf(character.toLowerCase())] ?? character;
    return character === character.toLowerCase() ? lower : lower.toUpperCase();
  };
  const text = String(value);
  // What stands before often says what kind of thing an id is of.
  const start = Math.max(0, text.length - 8);
  const inverted = [/\d/g, /[\da-z]/gi].map(
    (characters) => text.slice(0, start) + text.slice(start).replaceAll(characters, invert),
  );
  return [...inverted, text + text];
}

function isSuccess({ exchange }: Performed): boolean {
  return exchange.response.status >= 200 && exchange.response.status < 300;
}

async function* follow(
  run: Run,
  { target, values }: Followed,
  from: string,
  extra?: Extra,
): AsyncGenerator<Step, Performed | undefined> {
  const request = toRequest(run, target, values);
  return request && (yield* step(run, target, request, `${from} > ${target.id}`, extra));
}

/** One request of a sequence, with what only the sequence can tell about its answer. */
async function* step(
  run: Run,
  operation: Operation,
  request: RequestTemplate,
  via: string,
  extra?: Extra,
): AsyncGenerator<Step, Performed | undefined> {
  const sent: Case = {
    id: `${operation.id}/sequence/${via.replaceAll(" ", "")}`,
    operationId: operation.id,
    title: via,
    kind: "positive",
    check: "positive_data_acceptance",
    request,
  };
  const judged: Run = extra
    ? { ...run, perform: async (...args) => addExtra(run, await run.perform(...args), extra) }
    : run;
  return yield* performOne(judged, operation, sent);
}

function addExtra({ judge }: Run, performed: Performed, extra: Extra): Performed {
  const { operation, exchange, sent, verdict } = performed;
  const { check, message } = extra(performed);
  const findings =
    message === undefined
      ? []
      : [judge.toFinding(operation, exchange, { check, message, place: { in: "status" } }, sent)];
  const added: Verdict = { checked: [...verdict.checked, check], findings: [...verdict.findings, ...findings] };
  return { ...performed, verdict: added };
}

function skip(operation: Operation, check: CheckName, reason: string): Step {
  return { type: "skipped", operationId: operation.id, check, reason };
}

/** A good request with the values that links gave; undefined where one does not fit, or an id is in no link. */
function toRequest(
  run: Run,
  operation: Operation,
  values: ReadonlyMap<string, unknown>,
  isStrict = false,
): RequestTemplate | undefined {
  const basis = findBasis(run, operation);
  if (!basis) return undefined;
  const parts: Parts = { ...basis.required, path: { ...basis.required.path }, query: { ...basis.required.query } };
  for (const [parameter, { pointer }] of basis.parameters) {
    const { in: place, name } = parameter;
    const value = values.get(`${place}.${name}`);
    if (value === undefined && place === "path") return undefined;
    if (value === undefined) continue;
    if (isStrict && pointer !== undefined && run.maker.schemas.check(pointer, value).length > 0) return undefined;
    parts[place] = { ...parts[place], [name]: readAs(run.maker.schemas, pointer, value) };
  }
  return buildRequest(operation, parts);
}

function findBasis({ maker }: Run, operation: Operation): Basis | undefined {
  const basis = maker.toBasis(operation);
  return typeof basis === "string" ? undefined : basis;
}
