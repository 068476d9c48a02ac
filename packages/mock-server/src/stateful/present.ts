/** The answer of an operation about a resource: the example that fits it best, with what is known of the resource in it. */

import { getByPointer, isObject, type JsonObject, type OpenApiDocument, resolve } from "@artifetch/document";
import type { Identity } from "./links.ts";
import { type Example, type Kind, listOwnKey, type OperationPlan, type Shape } from "./plan.ts";
import { identityOf, type Resource } from "./resource.ts";
import { findSchema, type IsValid, namesProperties } from "./schema.ts";
import { countAgreements, merge, ownValue, replaceText, setOwn, toText, toTokens, withValueAt } from "./values.ts";

/** An example of a resource: an answer, or an item of a list. */
export interface Candidate {
  name: string;
  /** The whole answer or item. */
  value: unknown;
  /** The resource in it; the whole where it is something of the resource. */
  root: JsonObject | undefined;
  /** Texts that identify it, as far as they are known. */
  key: Map<Identity, string>;
  state: string | undefined;
}

export interface Presenter {
  /** @param fallback the answer where the document has no example. */
  candidates(plan: OperationPlan, fallback: unknown): Candidate[];
  /** Examples of the same resource, by the same schema, from other operations. */
  others(plan: OperationPlan, own: readonly Candidate[]): Candidate[];
  /** The candidate for a resource in a state. */
  choose(
    plan: OperationPlan,
    candidates: readonly Candidate[],
    resource: Resource,
    state: string | undefined,
  ): Candidate | undefined;
  /** The answer or item. */
  present(plan: OperationPlan, candidate: Candidate, resource: Resource, state: string | undefined): unknown;
  /** Whether an answer, or an item where the operation answers with a list, satisfies its schema. */
  isValid(plan: OperationPlan, value: unknown): boolean;
}

/**
 * @param knownKeys the texts that identify resources of a kind in the document's examples, longest first.
 * @param plansOf the operations that are about a kind.
 * @param knownState the state in which the examples show the resource of a key.
 */
export function createPresenter(
  document: OpenApiDocument,
  check: (schema: unknown) => IsValid,
  knownKeys: (kind: Kind) => readonly string[],
  knownState: (kind: Kind, key: string) => string | undefined,
  plansOf: (kind: Kind) => readonly OperationPlan[],
): Presenter {
  const cache = new Map<OperationPlan, Candidate[]>();
  const otherCache = new Map<OperationPlan, Candidate[]>();
  const schemas = new Map<OperationPlan, unknown>();

  return { candidates, others, choose, present, isValid };

  function candidates(plan: OperationPlan, fallback: unknown): Candidate[] {
    const known = cache.get(plan);
    if (known) return known;
    const { shape } = plan;
    if (!shape) return [];
    const examples: Example[] = shape.examples.length > 0 ? shape.examples : [{ name: "", value: fallback }];
    const made = examples.flatMap(({ name, value }) => {
      if (shape.items === undefined) return [toCandidate(plan, shape, name, value)];
      const list = getByPointer(value, shape.items);
      return (Array.isArray(list) ? list : []).map((item) => toCandidate(plan, shape, name, item));
    });
    if (shape.examples.length > 0) cache.set(plan, made);
    return made;
  }

  function others(plan: OperationPlan, [first]: readonly Candidate[]): Candidate[] {
    const known = otherCache.get(plan);
    const { shape } = plan;
    if (known || !shape || !first || !plan.showsResource) return known ?? [];
    const schema = rootSchemaOf(plan);
    const found = plansOf(plan.kind)
      .filter(
        (other) => other !== plan && other.showsResource && schema !== undefined && rootSchemaOf(other) === schema,
      )
      .flatMap((other) => candidates(other, undefined))
      .filter(({ root }) => root !== undefined)
      .map((candidate) => ({ ...candidate, value: withValueAt(first.value, shape.root, candidate.root) }));
    otherCache.set(plan, found);
    return found;
  }

  function rootSchemaOf({ shape }: OperationPlan): unknown {
    if (!shape) return undefined;
    const items = shape.items === undefined ? [] : [...toTokens(shape.items), "*"];
    return resolve(document, findSchema(document, shape.schema, [...items, ...toTokens(shape.root)]));
  }

  function toCandidate(plan: OperationPlan, shape: Shape, name: string, value: unknown): Candidate {
    const root = plan.showsResource ? getByPointer(value, shape.root) : value;
    const key = readKey(plan, value);
    const shown = shape.state === undefined ? undefined : getByPointer(value, shape.state);
    const subject = plan.kind.states ? plan.kind : plan.addressed;
    return {
      name,
      value,
      root: isObject(root) ? root : undefined,
      key,
      state: typeof shown === "string" ? shown : subject && guessState(subject, key, name),
    };
  }

  /** An example without a state is of the resource whose key it has; without a key, of the state that it is called after. */
  function guessState(kind: Kind, key: ReadonlyMap<Identity, string>, name: string): string | undefined {
    const [own] = listOwnKey(kind).slice(-1);
    const text = own === undefined ? undefined : key.get(own);
    const known = text === undefined ? undefined : knownState(kind, text);
    const states = kind.states ? [...kind.states.order, ...kind.states.terminal] : [];
    return known ?? states.find((state) => toWord(state) === toWord(name));
  }

  function readKey(plan: OperationPlan, value: unknown): Map<Identity, string> {
    const key = new Map<Identity, string>();
    for (const [identity, place] of listPlaces(plan)) {
      const text = toText(getByPointer(value, place));
      if (text !== undefined) key.set(identity, text);
    }
    const { addressed } = plan;
    const [own] = addressed ? listOwnKey(addressed).slice(-1) : [];
    if (!addressed || own === undefined || key.has(own)) return key;
    // No link says where: the longest key of the examples that the answer contains.
    const text = JSON.stringify(value) ?? "";
    const found = knownKeys(addressed).find((one) => text.includes(one));
    return found === undefined ? key : key.set(own, found);
  }

  function choose(
    plan: OperationPlan,
    all: readonly Candidate[],
    resource: Resource,
    state: string | undefined,
  ): Candidate | undefined {
    const order = resource.kind.states?.order ?? [];
    const rank = (candidate: Candidate): number[] => [
      toStateRank(order, candidate.state, state),
      isOwn(candidate, resource) ? 1 : 0,
      plan.showsResource ? countAgreements(candidate.root, { ...resource.fields, ...resource.written }) : 0,
    ];
    const ranked = all.map((candidate) => ({ candidate, rank: rank(candidate) }));
    // The sort is stable: among equals the document's order counts.
    return ranked.sort((a, b) => compareRanks(b.rank, a.rank))[0]?.candidate;
  }

  function present(plan: OperationPlan, candidate: Candidate, resource: Resource, state: string | undefined): unknown {
    const { shape } = plan;
    if (!shape) return candidate.value;
    const adopted = adopt(plan, candidate, resource);
    const place = shape.state;
    const moved =
      place !== undefined && state !== undefined && typeof getByPointer(adopted, place) === "string"
        ? withValueAt(adopted, place, state)
        : adopted;
    if (!plan.showsResource || resource.kind !== plan.kind) return moved;
    const own = isOwn(candidate, resource) && !resource.isMade;
    // A state is the job's own business, whatever was written.
    const said = own ? resource.written : merge(resource.isMade ? {} : resource.fields, resource.written);
    return overlay(plan, shape, moved, said as JsonObject, place);
  }

  function overlay(
    plan: OperationPlan,
    shape: Shape,
    value: unknown,
    said: JsonObject,
    statePlace: string | undefined,
  ): unknown {
    const base = getByPointer(value, shape.root);
    if (!isObject(base)) return value;
    const place = (root: unknown) => withValueAt(value, shape.root, root);
    const rootSchema = findSchema(document, shape.schema, [
      ...(shape.items === undefined ? [] : [...toTokens(shape.items), "*"]),
      ...toTokens(shape.root),
    ]);
    const known = mergeKnown(document, rootSchema, base, said);
    const restored = (root: unknown) =>
      statePlace === undefined ? place(root) : withValueAt(place(root), statePlace, getByPointer(value, statePlace));
    const whole = restored(known);
    if (isValid(plan, whole)) return whole;
    let result: JsonObject = base;
    for (const name of Object.keys(known as JsonObject)) {
      for (const part of [ownValue(known as JsonObject, name), ownValue(said, name)]) {
        if (part === undefined) continue;
        const trial: JsonObject = { ...result };
        setOwn(trial, name, part);
        if (!isValid(plan, restored(trial))) continue;
        result = trial;
        break;
      }
    }
    return restored(result);
  }

  function isValid(plan: OperationPlan, value: unknown): boolean {
    const { shape } = plan;
    if (!shape) return true;
    if (!schemas.has(plan)) {
      const tokens = shape.items === undefined ? [] : [...toTokens(shape.items), "*"];
      schemas.set(plan, findSchema(document, shape.schema, tokens) ?? true);
    }
    return check(schemas.get(plan))(value);
  }
}

/** The example with the keys of the resource, and of what it belongs to, in place of its own. */
export function adopt(
  plan: OperationPlan,
  { value: example, key }: Pick<Candidate, "value" | "key">,
  resource: Resource,
): unknown {
  const places = listPlaces(plan);
  let value = example;
  for (const [identity, text] of key) {
    const isAbout = resource.kind.key.includes(identity) || plan.takes.some((one) => one.identity === identity);
    const own = isAbout ? identityOf(resource, identity) : undefined;
    if (own === undefined) continue;
    const place = places.get(identity);
    const known = place === undefined ? undefined : getByPointer(value, place);
    value = replaceText(value, text, own);
    if (place !== undefined) value = withValueAt(value, place, typeof known === "number" ? Number(own) : own);
  }
  return value;
}

/** Where identities stand in an answer, or in an item of its list. */
export function listPlaces(plan: OperationPlan): Map<Identity, string> {
  const prefix = plan.shape?.items === undefined ? "" : `${plan.shape.items}/*`;
  const places = new Map<Identity, string>();
  for (const { identity, pointer, from } of plan.given) {
    if (from === "response" && pointer.startsWith(prefix) && !places.has(identity))
      places.set(identity, pointer.slice(prefix.length));
  }
  if (!plan.showsResource || !plan.shape) return places;
  for (const identity of plan.kind.key) {
    const place = plan.kind.places.get(identity);
    if (place !== undefined && !places.has(identity)) places.set(identity, plan.shape.root + place);
  }
  return places;
}

/** Names of states are written in many ways: `IN_PROGRESS`, `inProgress`. */
function toWord(text: string): string {
  return text.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
}

function isOwn(candidate: Candidate, resource: Resource): boolean {
  const keys = listOwnKey(resource.kind);
  return keys.every((identity) => {
    const text = candidate.key.get(identity);
    return text !== undefined && text === identityOf(resource, identity);
  });
}

/** The same state first, then the nearest one before it, then what shows none, then any other. */
function toStateRank(order: readonly string[], shown: string | undefined, wanted: string | undefined): number {
  if (wanted === undefined || shown === wanted) return order.length + 2;
  if (shown === undefined) return 0;
  const here = order.indexOf(shown);
  const there = order.indexOf(wanted);
  return here !== -1 && here < there ? here + 1 : -1;
}

function compareRanks(a: readonly number[], b: readonly number[]): number {
  for (const [index, value] of a.entries()) {
    const difference = value - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** What is said over an example: only properties that the example has or the schema names. */
function mergeKnown(document: OpenApiDocument, schema: unknown, base: unknown, said: unknown): unknown {
  if (!isObject(base) || !isObject(said)) return said;
  const merged: JsonObject = { ...base };
  for (const [name, value] of Object.entries(said)) {
    const part = findSchema(document, schema, [name]);
    if (part === undefined && !Object.hasOwn(base, name) && namesProperties(document, schema)) continue;
    setOwn(merged, name, mergeKnown(document, part, ownValue(base, name), value));
  }
  return merged;
}
