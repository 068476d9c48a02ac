/**
 * What the links of a document tie together. A link feeds a parameter of one operation from the request or answer of another: all
 * the places that feed or are fed by one another hold the same identity.
 *
 * Source: https://spec.openapis.org/oas/v3.1.1#link-object
 */

import {
  getByPointer,
  isObject,
  type JsonObject,
  listOperations,
  type OpenApiDocument,
  type Operation,
  type Parameter,
  resolve,
  toPointerToken,
} from "@artifetch/document";
import { toTokens } from "./values.ts";

/** Name of what two places have in common; no meaning of its own. */
export type Identity = string;

/** A place in an answer, or in the body of a request, that a link reads. */
export interface Given {
  identity: Identity;
  from: "request" | "response";
  /** JSON Pointer; the place of an item in a list is `*`. */
  pointer: string;
}

export interface Link {
  target: string;
  /** What the target needs to be addressed, all of it fed by this link. */
  needs: ReadonlySet<Identity>;
  given: Given[];
}

export interface LinkedOperation {
  operation: Operation;
  /** Parameters of the path, and required ones of the query, that have an identity. */
  takes: { parameter: Parameter; identity: Identity }[];
  /** Other parameters of the query that have an identity. */
  filters: { parameter: Parameter; identity: Identity }[];
  links: Link[];
  /** Pointer of the list in the answer, where it is one. */
  items?: string;
}

export interface LinkedDocument {
  operations: LinkedOperation[];
  /** What could not be understood, one sentence each. */
  notes: string[];
}

/** Links of all answers of success, with what they read and feed. */
export function readLinks(document: OpenApiDocument): LinkedDocument {
  const operations = listOperations(document);
  const notes: string[] = [];
  const groups = createGroups();
  const raw = operations.map((operation) => ({
    operation,
    links: readRawLinks(document, operation, operations, notes),
  }));
  for (const { operation, links } of raw) {
    for (const { target, feeds } of links) {
      for (const { parameter, source } of feeds)
        groups.join(toNode(target, parameter), toSourceNode(operation, source));
    }
  }
  return { operations: raw.map(({ operation, links }) => toLinked(operation, links, groups)), notes };
}

type Source =
  | { from: "parameter"; in: "path" | "query"; name: string }
  | { from: "request" | "response"; pointer: string };

interface RawLink {
  target: Operation;
  feeds: { parameter: Parameter; source: Source }[];
}

function readRawLinks(
  document: OpenApiDocument,
  operation: Operation,
  operations: readonly Operation[],
  notes: string[],
): RawLink[] {
  const responses = Object.entries(operation.responses).filter(([status]) => status.startsWith("2"));
  return responses.flatMap(([, response]) => {
    const links = (response as unknown as JsonObject).links;
    return Object.entries(isObject(links) ? links : {}).flatMap(([name, value]) => {
      const link = resolve(document, value) as JsonObject;
      const target = operations.find(({ id, pointer }) => id === link.operationId || pointer === link.operationRef);
      if (!target) notes.push(`${operation.id}: its link "${name}" leads to no operation of the document.`);
      return target ? [{ target, feeds: readFeeds(target, link) }] : [];
    });
  });
}

function readFeeds(target: Operation, { parameters }: JsonObject): RawLink["feeds"] {
  return Object.entries(isObject(parameters) ? parameters : {}).flatMap(([key, expression]) => {
    const parameter =
      target.parameters.find(({ name }) => name === key) ??
      target.parameters.find((one) => `${one.in}.${one.name}` === key);
    const source = readExpression(expression);
    return parameter && source ? [{ parameter, source }] : [];
  });
}

/** Constants, and texts that only contain an expression, hold no identity. */
function readExpression(expression: unknown): Source | undefined {
  const [, from, place] = /^\$(request|response)\.(.+)$/s.exec(String(expression)) ?? [];
  if (!from || !place) return undefined;
  const [, pointer] = /^body#(.*)$/s.exec(place) ?? [];
  if (pointer !== undefined) return { from: from as "request" | "response", pointer };
  const [, where, name] = /^(path|query)\.(.+)$/s.exec(place) ?? [];
  return from === "request" && where && name ? { from: "parameter", in: where as "path" | "query", name } : undefined;
}

/** A parameter in the path belongs to the path: every method there is about the same resource. */
function toNode({ id, path }: Operation, { in: place, name }: Pick<Parameter, "in" | "name">): string {
  return `${place === "path" ? path : id} ${place} ${name}`;
}

function toSourceNode(operation: Operation, source: Source): string {
  if (source.from === "parameter") return toNode(operation, source);
  return `${operation.id} ${source.from} ${source.pointer}`;
}

interface Groups {
  join(a: string, b: string): void;
  /** The name of the group that a node is in; undefined where nothing was joined with it. */
  find(node: string): string | undefined;
}

/** Disjoint sets. */
function createGroups(): Groups {
  const parents = new Map<string, string>();
  const findRoot = (node: string): string => {
    let root = node;
    for (let parent = parents.get(root); parent !== undefined && parent !== root; parent = parents.get(root))
      root = parent;
    return root;
  };
  return {
    join(a, b) {
      for (const node of [a, b]) if (!parents.has(node)) parents.set(node, node);
      parents.set(findRoot(b), findRoot(a));
    },
    find: (node) => (parents.has(node) ? findRoot(node) : undefined),
  };
}

function toLinked(operation: Operation, links: readonly RawLink[], groups: Groups): LinkedOperation {
  const items = findItems(operation, links);
  const withIdentity = (parameters: readonly Parameter[]) =>
    parameters.flatMap((parameter) => {
      const identity = groups.find(toNode(operation, parameter));
      return identity === undefined ? [] : [{ parameter, identity }];
    });
  return {
    operation,
    takes: withIdentity(operation.parameters.filter(isAddress)),
    filters: withIdentity(
      operation.parameters.filter((parameter) => parameter.in === "query" && !isAddress(parameter)),
    ),
    links: links.map(({ target, feeds }) => ({
      target: target.id,
      needs: new Set(
        target.parameters
          .filter(isAddress)
          .map((parameter) => groups.find(toNode(target, parameter)) ?? parameter.name),
      ),
      given: feeds.flatMap(({ source }): Given[] => {
        if (source.from === "parameter") return [];
        const identity = groups.find(toSourceNode(operation, source));
        const pointer = source.from === "response" ? toPattern(source.pointer, items) : source.pointer;
        return identity === undefined ? [] : [{ identity, from: source.from, pointer }];
      }),
    })),
    ...(items !== undefined && { items }),
  };
}

function isAddress({ in: place, required }: Parameter): boolean {
  return place === "path" || (place === "query" && required === true);
}

/** Where `x-pagination` says, or before the index by which a link takes the first item for all of them. */
function findItems({ source, responses }: Operation, links: readonly RawLink[]): string | undefined {
  const pagination = source["x-pagination"];
  if (isObject(pagination) && typeof pagination.items === "string") return pagination.items;
  const pointers = links.flatMap(({ feeds }) =>
    feeds.flatMap(({ source }) => (source.from === "response" ? [toTokens(source.pointer)] : [])),
  );
  const [first] = pointers;
  const index = first?.findIndex((token) => /^\d+$/.test(token)) ?? -1;
  // A text in a list, without anything about it, belongs to what holds the list.
  if (first === undefined || index === -1 || index === first.length - 1) return undefined;
  const place = first.slice(0, index);
  if (!pointers.every((tokens) => place.every((token, at) => tokens[at] === token))) return undefined;
  const pointer = place.map((token) => `/${toPointerToken(token)}`).join("");
  return listExamples(responses).every((example) => Array.isArray(getByPointer(example, pointer)))
    ? pointer
    : undefined;
}

function listExamples(responses: Operation["responses"]): unknown[] {
  const [, response] = Object.entries(responses).find(([status]) => status.startsWith("2")) ?? [];
  return Object.values(response?.content ?? {}).flatMap(({ example, examples }) => [
    ...(example === undefined ? [] : [example]),
    ...Object.values(examples ?? {}).map(({ value }) => value),
  ]);
}

function toPattern(pointer: string, items: string | undefined): string {
  if (items === undefined || !pointer.startsWith(`${items}/`)) return pointer;
  return `${items}/*${pointer.slice(items.length + 1).replace(/^\d+/, "")}`;
}
