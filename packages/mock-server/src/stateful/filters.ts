/** Which resources a list shows: what links or names tie to a parameter, compared for equality. */

import { getByPointer, isObject, type JsonObject, type Parameter } from "@artifetch/document";
import type { Candidate } from "./present.ts";
import { identityOf, type Resource } from "./resource.ts";
import { toText } from "./values.ts";
import { type Call, type Part, toFields } from "./world.ts";

export type Filter = (resource: Resource) => boolean;

/** @param candidates examples of items: a property that none of them has is not filtered by. */
export function listFilters(call: Call, owner: Part | undefined, candidates: readonly Candidate[]): Filter[] {
  const { plan, request } = call;
  const linked = [...plan.takes, ...plan.filters];
  const byLink = linked.flatMap(({ parameter, identity }): Filter[] => {
    const wanted = call.ids.get(identity) ?? toText([request.query[parameter.name]].flat()[0]);
    // What an operation lists by the resource's own key is a relation among them; links do not say which.
    if (wanted === undefined || plan.kind.key.at(-1) === identity) return [];
    return [(resource) => belongs(call, resource, parameter, identity, wanted, owner)];
  });
  const isLinked = (parameter: Parameter) => linked.some((one) => one.parameter === parameter);
  const byName = plan.operation.parameters
    .filter((parameter) => parameter.in === "query" && !isPaging(call, parameter) && !isLinked(parameter))
    .flatMap((parameter) => toNameFilter(call, parameter, candidates) ?? []);
  return [...byLink, ...byName];
}

function belongs(
  call: Call,
  resource: Resource,
  { name }: Parameter,
  identity: string,
  wanted: string,
  owner: Part | undefined,
): boolean {
  const place = resource.kind.places.get(identity);
  const fields = toFields(call, resource);
  const linked = place === undefined ? undefined : toText(getByPointer(fields, place));
  const found = linked ?? readProperty(fields, name) ?? identityOf(resource, identity);
  // Of an example it is not known what it belongs to; what a test has made begins with nothing.
  return found === undefined ? owner?.isMade !== true : found === wanted;
}

function isPaging({ plan: { paging } }: Call, { name }: Parameter): boolean {
  return name === paging?.parameter || name === paging?.sizeParameter;
}

function toNameFilter(call: Call, { name, schema }: Parameter, candidates: readonly Candidate[]): Filter | undefined {
  const values = [call.request.query[name]].flat().filter((value) => value !== undefined);
  // JSON:API reserves `filter[…]` for this (https://jsonapi.org/format/#query-parameters-families).
  const property = /^filter\[([^[\]]+)\]$/.exec(name)?.[1] ?? name;
  const isKnown = candidates.some(({ root }) => readProperty(root, property) !== undefined);
  // Sending the default is the same as not sending it.
  if (values.length === 0 || !isKnown || values.includes(String(schema?.default))) return undefined;
  if (!values.every((value) => isOwnValue(call, property, value))) return undefined;
  return (resource) => values.includes(readProperty(toFields(call, resource), property) ?? "");
}

/** A word for a group of states is no state: that is more than equality. */
function isOwnValue({ plan: { kind } }: Call, property: string, value: string): boolean {
  if (!kind.states || kind.statePlace?.split("/").at(-1) !== property) return true;
  return [...kind.states.order, ...kind.states.terminal, kind.states.cancelled].includes(value);
}

/** A property of the resource, or of its attributes where it keeps them in one object of their own. */
function readProperty(fields: JsonObject | undefined, name: string): string | undefined {
  if (!fields) return undefined;
  if (Object.hasOwn(fields, name)) return toText(fields[name]);
  const { attributes } = fields;
  return isObject(attributes) && Object.hasOwn(attributes, name) ? toText(attributes[name]) : undefined;
}
