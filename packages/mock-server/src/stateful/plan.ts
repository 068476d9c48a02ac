/**
 * What a document says of its resources: which there are, what identifies one, and what each operation does with it.
 *
 * Derived from links, `x-job-states`, `x-pagination`, methods and examples; no name of an operation, path or property is
 * interpreted. Two operations speak of the same resource where links feed them from the same places.
 */

import {
  getByPointer,
  isJsonMediaType,
  isObject,
  type JsonObject,
  type MediaType,
  type OpenApiDocument,
  type Operation,
  toPointerToken,
} from "@artifetch/document";
import { type Given, type Identity, type LinkedOperation, readLinks } from "./links.ts";
import { type Paging, readPaging } from "./paging.ts";
import { findSchema, findStates, type JobStates } from "./schema.ts";
import { toText, toTokens } from "./values.ts";

/** A sort of resource: jobs, results of a job. */
export interface Kind {
  /** `operationId` of the operation that it was found by; for messages. */
  name: string;
  /** What identifies one, all together; those of its parent among them. */
  key: readonly Identity[];
  /** Where identities stand in a resource as JSON Pointers: its own, and those of others that it refers to. */
  places: Map<Identity, string>;
  states?: JobStates;
  /** JSON Pointer of the state in a resource. */
  statePlace?: string;
  parent?: Kind;
  /** Whether resources come and go one by one. Else they are parts of their parent: there when it is done, and gone with it. */
  isStored: boolean;
  /** Where in a resource its size in bytes, media type and checksum stand, where it describes a download. */
  bytes?: BytesPlaces;
}

export interface BytesPlaces {
  size?: string | undefined;
  mediaType?: string | undefined;
  checksum?: { pointer: string; prefix: string; algorithm: ChecksumAlgorithm; encoding: "base64" | "hex" } | undefined;
}

export type ChecksumAlgorithm = "md5" | "sha1" | "sha256" | "sha512";

export type Role =
  /** Makes a resource. */
  | "create"
  /** Answers with resources. */
  | "list"
  /** Answers with entries that are no resources, such as the lines of a log. */
  | "lines"
  /** Answers with the resource itself. */
  | "read"
  /** Answers with something of the resource. */
  | "view"
  | "download"
  | "update"
  | "delete"
  /** Moves a job, or does something that the document does not tell. */
  | "act"
  /** Moves every job that is not at its end. */
  | "act-on-all";

/** An example of an answer. */
export interface Example {
  name: string;
  value: unknown;
}

/** The answer of success of an operation. */
export interface Shape {
  mediaType: string;
  schema: unknown;
  examples: Example[];
  /** Pointer of the resource in the answer, or in an item of its list. */
  root: string;
  /** Pointer of the list; undefined where the answer is none. */
  items?: string;
  /** Pointer of the state in the answer, or in an item of its list. */
  state?: string;
}

export interface OperationPlan {
  operation: Operation;
  role: Role;
  /** What the operation makes, lists or answers with; else what it is about. */
  kind: Kind;
  /** What the request addresses: must be there. Undefined where nothing is. */
  addressed?: Kind;
  /** Whether the answer shows the resource itself, not only something of it. */
  showsResource: boolean;
  takes: LinkedOperation["takes"];
  filters: LinkedOperation["filters"];
  given: Given[];
  /** JSON answer of success; undefined where it has none. */
  shape?: Shape;
  paging?: Paging;
  /** What a download can be answered with, by media type. */
  downloads: { mediaType: string; examples: Example[] }[];
}

export interface Plan {
  document: OpenApiDocument;
  kinds: Kind[];
  /** Map from `<method in lower case> <path>` to what the operation does; the ones that are not understood are missing. */
  operations: Map<string, OperationPlan>;
  /** What the document does not say, one sentence each. */
  notes: string[];
}

export function planMemory(document: OpenApiDocument): Plan {
  const { operations, notes } = readLinks(document);
  const kinds = findKinds(operations);
  for (const kind of kinds) setParent(kind, kinds);
  for (const linked of operations) readStates(document, linked, kinds);
  const plans = operations.flatMap((linked) => planOperation(document, linked, kinds) ?? []);
  for (const kind of kinds) setStored(kind, plans);
  const planned = new Map(plans.map((plan) => [toOperationKey(plan.operation), plan]));
  return { document, kinds, operations: planned, notes: [...notes, ...describe(operations, planned, kinds)] };
}

export function toOperationKey({ method, path }: Pick<Operation, "method" | "path">): string {
  return `${method.toLowerCase()} ${path}`;
}

/** A kind as an operation makes or lists it. */
interface Sighting {
  key: Identity[];
  /** Map from identity to its place in the item or answer. */
  places: Map<Identity, string>;
  /** Place of the resource in the item or answer. */
  root: string;
}

function findKinds(operations: readonly LinkedOperation[]): Kind[] {
  const kinds: Kind[] = [];
  for (const linked of operations) {
    const sighting = findSighting(linked, operations);
    if (!sighting) continue;
    const known = kinds.find(({ key }) => isSame(key, sighting.key));
    const kind = known ?? { name: linked.operation.id, key: sighting.key, places: new Map(), isStored: false };
    if (!known) kinds.push(kind);
    for (const [identity, place] of sighting.places) {
      const inside = place.startsWith(`${sighting.root}/`) ? place.slice(sighting.root.length) : undefined;
      if (inside !== undefined && !kind.places.has(identity)) kind.places.set(identity, inside);
    }
  }
  return kinds;
}

/** What an operation lists, makes, or answers with: the resource whose own reading has the identity at the same place. */
function findSighting(linked: LinkedOperation, operations: readonly LinkedOperation[]): Sighting | undefined {
  const { links, items } = linked;
  if (linked.operation.method === "GET" && items === undefined) return undefined;
  const taken = new Set(linked.takes.map(({ identity }) => identity));
  const candidates = links.flatMap(({ needs, given }) => {
    const own = given.filter(
      ({ pointer, from }) => from === "request" || items === undefined || pointer.startsWith(`${items}/*`),
    );
    const isNew = own.some(({ identity }) => needs.has(identity) && !taken.has(identity));
    const isWhole = [...needs].every((identity) => taken.has(identity) || own.some((one) => one.identity === identity));
    return isNew && isWhole ? [[...needs]] : [];
  });
  const places = toPlaces(linked);
  const strong = candidates.flatMap((key) => {
    const root = findRoot(
      key.filter((identity) => places.has(identity)),
      places,
      key,
      linked,
      operations,
    );
    return root === undefined ? [] : [{ key, places, root }];
  });
  return strong[0];
}

/** Map from identity to where it stands in the answer, or in an item of it. */
function toPlaces({ links, items }: LinkedOperation): Map<Identity, string> {
  const places = new Map<Identity, string>();
  for (const { identity, pointer, from } of links.flatMap(({ given }) => given)) {
    const prefix = items === undefined || from === "request" ? "" : `${items}/*`;
    if (pointer.startsWith(prefix) && !places.has(identity)) places.set(identity, pointer.slice(prefix.length));
  }
  return places;
}

function findRoot(
  own: readonly Identity[],
  places: ReadonlyMap<Identity, string>,
  key: readonly Identity[],
  linked: LinkedOperation,
  operations: readonly LinkedOperation[],
): string | undefined {
  const readings = operations.filter((other) => isReading(other, key));
  const pointers = own.map((identity) => places.get(identity) ?? "");
  // Nothing to compare with: what holds the identities is the resource.
  if (readings.length === 0) return linked.operation.method === "GET" ? toHolder(pointers) : undefined;
  for (const reading of readings) {
    const inReading = toPlaces(reading);
    const isShown = own.some((identity) => inReading.has(identity));
    const agrees = own.every((identity) => {
      const here = places.get(identity) ?? "";
      const there = inReading.get(identity);
      return there === undefined ? !isShown && isInExamples(reading.operation, here) : there.endsWith(here);
    });
    if (agrees) return toHolder(pointers);
  }
  return undefined;
}

/** Pointer of what all these places are in. */
function toHolder(pointers: readonly string[]): string {
  const [first = [], ...rest] = pointers.map((pointer) => toTokens(pointer).slice(0, -1));
  const length = first.findIndex((token, index) => rest.some((tokens) => tokens[index] !== token));
  return first
    .slice(0, length === -1 ? first.length : length)
    .map((token) => `/${toPointerToken(token)}`)
    .join("");
}

function isReading({ operation, takes, items }: LinkedOperation, key: readonly Identity[]): boolean {
  const isAddressed = isSame(
    takes.map(({ identity }) => identity),
    key,
  );
  return operation.method === "GET" && items === undefined && isAddressed && findJson(operation) !== undefined;
}

function isInExamples(operation: Operation, pointer: string): boolean {
  const values = findJson(operation)?.examples.map(({ value }) => value) ?? [];
  const roots = values.flatMap((value) => {
    const parts = isObject(value) ? Object.values(value).filter(isObject) : [];
    // One object in another is an envelope; of several, none is the resource.
    return [value, ...(parts.length === 1 ? parts : [])];
  });
  return roots.some((root) => toText(getByPointer(root, pointer)) !== undefined);
}

function isSame(a: readonly Identity[], b: readonly Identity[]): boolean {
  return new Set(a).size === new Set(b).size && a.every((identity) => b.includes(identity));
}

function isPart(a: readonly Identity[], b: readonly Identity[]): boolean {
  return a.every((identity) => b.includes(identity));
}

function planOperation(
  document: OpenApiDocument,
  linked: LinkedOperation,
  kinds: readonly Kind[],
): OperationPlan | undefined {
  const { operation, takes, filters, links } = linked;
  const taken = takes.map(({ identity }) => identity);
  const [addressed] = kinds.filter(({ key }) => isPart(key, taken)).sort((a, b) => b.key.length - a.key.length);
  const shown = findShown(linked, kinds, addressed);
  const role = findRole(linked, addressed, shown);
  const kind = role === "view" || role === "lines" ? (addressed ?? shown) : (shown ?? addressed);
  const paging = readPaging(operation);
  if (role === undefined) return undefined;
  const json = findJson(operation);
  return {
    operation,
    role,
    // Lines without an owner belong to nobody; nothing asks for their kind.
    kind: kind ?? { name: operation.id, key: [], places: new Map(), isStored: false },
    ...(addressed && { addressed }),
    showsResource: shown !== undefined && kind === shown,
    takes,
    filters,
    given: links.flatMap(({ given }) => given),
    ...(json && { shape: toShape(document, linked, json, shown) }),
    ...(paging && { paging }),
    downloads: listDownloads(operation),
  };
}

/** The kind that the answer shows: in its list, or as itself. */
function findShown(linked: LinkedOperation, kinds: readonly Kind[], addressed: Kind | undefined): Kind | undefined {
  const places = toPlaces(linked);
  const taken = linked.takes.map(({ identity }) => identity);
  const fits = kinds.filter((kind) => {
    const fitting = kind.key.filter((identity) => fitsPlace(places.get(identity), kind.places.get(identity)));
    const isWhole = kind.key.every((identity) => fitting.includes(identity) || taken.includes(identity));
    const own = listOwnKey(kind).filter((identity) => places.has(identity));
    return isWhole && own.length > 0 && isPart(own, fitting);
  });
  if (addressed && fits.includes(addressed)) return addressed;
  const order = linked.links.flatMap(({ given }) => given.map(({ identity }) => identity));
  const rank = (kind: Kind) => Math.max(...listOwnKey(kind).map((identity) => order.indexOf(identity)));
  const [first] = fits.sort((a, b) => rank(a) - rank(b));
  return first ?? (addressed && showsAddressed(linked, addressed) ? addressed : undefined);
}

function fitsPlace(here: string | undefined, inKind: string | undefined): boolean {
  return here !== undefined && inKind !== undefined && here.endsWith(inKind);
}

/** Whether an answer that links to nothing of its own has the identity where the resource has it. */
function showsAddressed(linked: LinkedOperation, addressed: Kind): boolean {
  const isWhole = isSame(
    addressed.key,
    linked.takes.map(({ identity }) => identity),
  );
  const places = toPlaces(linked);
  const [own] = listOwnKey(addressed).slice(-1);
  const place = own === undefined ? undefined : addressed.places.get(own);
  const isSilent = addressed.key.every((identity) => !places.has(identity));
  return (
    isWhole && isSilent && linked.items === undefined && place !== undefined && isInExamples(linked.operation, place)
  );
}

function findRole(linked: LinkedOperation, addressed: Kind | undefined, shown: Kind | undefined): Role | undefined {
  const { operation, items, takes } = linked;
  const taken = takes.map(({ identity }) => identity);
  const isOther = shown !== undefined && !isPart(shown.key, taken);
  const isWhole = addressed !== undefined && isSame(addressed.key, taken);
  if (operation.method === "GET") {
    if (items !== undefined)
      return isOther ? "list" : isObject(operation.source["x-pagination"]) && !shown ? "lines" : addressed && "view";
    if (listDownloads(operation).length > 0 && addressed) return "download";
    if (shown && takes.length > 0) return "read";
    return addressed && "view";
  }
  const sends = operation.requestBody !== undefined;
  if (isOther && items !== undefined && !sends) return "act-on-all";
  if (isOther && operation.method !== "DELETE") return "create";
  if (!addressed) return undefined;
  if (operation.method === "DELETE" && isWhole && !leadsBack(linked, addressed)) return "delete";
  const isChange =
    ["PUT", "PATCH"].includes(operation.method) || (shown !== undefined && !showsState(operation, shown.statePlace));
  return isWhole && sends && isChange ? "update" : "act";
}

/** Whether an answer of success shows a state that the request does not set: then the operation moves the resource. */
function showsState(operation: Operation, place: string | undefined): boolean {
  const examples = findJson(operation)?.examples ?? [];
  return place !== undefined && examples.some(({ value }) => typeof getByPointer(value, place) === "string");
}

/** The states of the kind that an operation lists or makes, from the schema of its answer. */
function readStates(document: OpenApiDocument, linked: LinkedOperation, kinds: readonly Kind[]): void {
  const shown = findShown(linked, kinds, undefined);
  const json = findJson(linked.operation);
  if (!shown || !json || shown.states) return;
  const { schema, root, items } = toShape(document, linked, json, shown);
  const found = findStates(
    document,
    items === undefined ? schema : findSchema(document, schema, [...toTokens(items), "*"]),
  );
  if (!found?.pointer.startsWith(`${root}/`)) return;
  shown.states = found.states;
  shown.statePlace = found.pointer.slice(root.length);
}

/** Whether the answer leads to the resource again: then it is still there. */
function leadsBack({ links }: LinkedOperation, { key }: Kind): boolean {
  return links.some(({ needs }) => isPart(key, [...needs]));
}

interface Json {
  mediaType: string;
  schema: unknown;
  examples: Example[];
}

function findJson(operation: Operation): Json | undefined {
  const [, response] = Object.entries(operation.responses).find(([status]) => status.startsWith("2")) ?? [];
  const [mediaType, content] = Object.entries(response?.content ?? {}).find(([name]) => isJsonMediaType(name)) ?? [];
  return mediaType === undefined || !content
    ? undefined
    : { mediaType, schema: content.schema, examples: listExamples(content) };
}

function listDownloads(operation: Operation): OperationPlan["downloads"] {
  const [, response] = Object.entries(operation.responses).find(([status]) => status.startsWith("2")) ?? [];
  const content = Object.entries(response?.content ?? {});
  if (content.every(([name]) => isJsonMediaType(name))) return [];
  return content.map(([mediaType, described]) => ({ mediaType, examples: listExamples(described) }));
}

export function listExamples({ example, examples }: MediaType): Example[] {
  const named = Object.entries(examples ?? {}).map(([name, { value }]) => ({ name, value }));
  return example === undefined ? named : [{ name: "", value: example }, ...named];
}

function toShape(document: OpenApiDocument, linked: LinkedOperation, json: Json, shown: Kind | undefined): Shape {
  const { items } = linked;
  const [identity, place = ""] = [...(shown?.places ?? [])].find(([one]) => toPlaces(linked).has(one)) ?? [];
  const here = identity === undefined ? "" : (toPlaces(linked).get(identity) ?? "");
  const root = shown && here.endsWith(place) ? here.slice(0, here.length - place.length) : "";
  const schema = items === undefined ? json.schema : findSchema(document, json.schema, [...toTokens(items), "*"]);
  const state = findStates(document, schema);
  // A schema of its own for the same resource need not say again how the state moves.
  const again =
    shown?.statePlace !== undefined && items === undefined && showsState(linked.operation, root + shown.statePlace);
  const pointer = state?.pointer ?? (again ? `${root}${shown.statePlace}` : undefined);
  return { ...json, root, ...(items !== undefined && { items }), ...(pointer !== undefined && { state: pointer }) };
}

function setParent(kind: Kind, kinds: readonly Kind[]): void {
  const [parent] = kinds
    .filter((other) => other !== kind && other.key.length < kind.key.length && isPart(other.key, kind.key))
    .sort((a, b) => b.key.length - a.key.length);
  if (parent) kind.parent = parent;
}

/** The identities of a kind without those of its parent. */
export function listOwnKey({ key, parent }: Kind): Identity[] {
  return key.filter((identity) => !parent?.key.includes(identity));
}

function setStored(kind: Kind, plans: readonly OperationPlan[]): void {
  const { parent } = kind;
  const own = plans.filter((plan) => plan.kind === kind);
  const changes: Role[] = ["create", "delete"];
  kind.isStored = !parent || own.some(({ role }) => changes.includes(role));
}

function describe(
  operations: readonly LinkedOperation[],
  planned: ReadonlyMap<string, OperationPlan>,
  kinds: readonly Kind[],
): string[] {
  if (!operations.some(({ links }) => links.length > 0)) {
    return [
      "The document has no links: nothing is remembered. Links say which operations are about the same resource (https://spec.openapis.org/oas/v3.1.1#link-object).",
    ];
  }
  const list = (ids: string[]) => ids.join(", ");
  const unknown = operations
    .filter(({ operation }) => !planned.has(toOperationKey(operation)))
    .map(({ operation }) => operation.id);
  const silent = [...planned.values()].filter(
    ({ role, shape, kind }) => role === "act" && !(shape?.state && kind.states),
  );
  const notes = [
    ...(kinds.length === 0
      ? ["No link leads from a list or a new resource to an operation that reads it: nothing is remembered."]
      : []),
    ...(unknown.length > 0
      ? [`No link ties these to a resource; they answer from their examples: ${list(unknown)}.`]
      : []),
    ...(silent.length > 0
      ? [
          `What these change is not said; they answer from their examples: ${list(silent.map(({ operation }) => operation.id))}.`,
        ]
      : []),
  ];
  return notes;
}

/** The resource in an answer or item. */
export function getRoot(shape: Shape, value: unknown): JsonObject | undefined {
  const root = getByPointer(value, shape.root);
  return isObject(root) ? root : undefined;
}
