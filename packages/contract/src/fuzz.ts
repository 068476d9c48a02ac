/** Generated requests of an operation, good ones and ones that break one rule: arbitraries for fast-check. */
import { isJsonMediaType } from "@artifetch/document";
import fc, { type Arbitrary } from "fast-check";
import { buildRequest, type Parts } from "./build.ts";
import { type Basis, isNeeded } from "./cases.ts";
import { listChanges } from "./changes.ts";
import { toGuess } from "./generate.ts";
import type { BrokenRule, Case, RequestTemplate } from "./model.ts";
import { writeParameter } from "./parameters.ts";
import type { Schemas } from "./schemas.ts";

export type Kind = Case["kind"];

/** A generated request; of a negative one with its rule. */
export interface Generated {
  request: RequestTemplate;
  rule?: BrokenRule;
}

/** Of this many guesses at least one in ten has to be good, or too much time would go into looking for one. */
const probes = 30;

/**
 * Requests of an operation.
 *
 * @param basis what is not generated (a parameter without a schema, a body that is not JSON) is taken from it.
 * @returns undefined where nothing varies; a sentence where no good requests are found.
 */
export function toRequests(schemas: Schemas, basis: Basis, kind: Kind): Arbitrary<Generated> | string | undefined {
  const arbitrary = toPartsArbitrary(schemas, basis);
  if (!arbitrary) return undefined;
  const isGood = (parts: Parts) => isGoodParts(schemas, basis, parts);
  const found = fc.sample(arbitrary, { seed: 1, numRuns: probes }).filter(isGood).length;
  if (found * 10 < probes) return `only ${found} of ${probes} generated requests keep the rules of the document`;
  const good = arbitrary.filter(isGood);
  if (kind === "positive") return good.map((parts) => ({ request: buildRequest(basis.operation, parts) ?? fail() }));
  const broken = fc
    .tuple(good, fc.nat(), fc.nat(), fc.nat())
    .map(([parts, ...picks]) => breakOne(schemas, basis, parts, picks));
  const isBroken = (generated: Generated | undefined): generated is Generated => generated !== undefined;
  const possible = fc.sample(broken, { seed: 1, numRuns: probes }).filter(isBroken).length;
  // An operation may have no rule that a request could break.
  return possible * 10 < probes ? undefined : broken.filter(isBroken);
}

/** Never called: parts that cannot be written are not good. */
function fail(): never {
  throw new Error("A generated request cannot be written.");
}

function toPartsArbitrary(schemas: Schemas, { parameters, bodies, required }: Basis): Arbitrary<Parts> | undefined {
  // An id that was found stays: a made-up one only shows how the service says 404.
  const varied = [...parameters].filter(([, { pointer, isFound }]) => pointer !== undefined && !isFound);
  const body =
    required.body && isJsonMediaType(required.body.mediaType) ? bodies.get(required.body.mediaType) : undefined;
  if (varied.length === 0 && body?.pointer === undefined) return undefined;
  const values = fc.tuple(
    ...varied.map(([parameter, { pointer = "" }]) => {
      const value = toGuess(schemas, pointer, true);
      return isNeeded(parameter) ? value : fc.option(value, { nil: undefined });
    }),
  );
  const content = body?.pointer === undefined ? fc.constant(required.body?.value) : toGuess(schemas, body.pointer);
  return fc.tuple(values, content).map(([list, value]) => {
    const parts: Parts = {
      path: { ...required.path },
      query: { ...required.query },
      header: { ...required.header },
      cookie: { ...required.cookie },
    };
    for (const [index, [parameter]] of varied.entries()) {
      const value = list[index];
      // What cannot be written (an object within an object) or is taken for absence (null) is left out where that is possible.
      const isSent = value !== null && value !== undefined && writeParameter(parameter, value) !== undefined;
      parts[parameter.in][parameter.name] = isSent || isNeeded(parameter) ? value : undefined;
    }
    if (required.body) parts.body = { mediaType: required.body.mediaType, value };
    return parts;
  });
}

function isGoodParts(schemas: Schemas, { operation, parameters, bodies }: Basis, parts: Parts): boolean {
  for (const [{ in: place, name }, { pointer, isFound }] of parameters) {
    const value = parts[place][name];
    if (value === undefined || pointer === undefined || isFound) continue;
    // Null and an empty text are often taken for absence.
    if (value === null || value === "" || schemas.check(pointer, value).length > 0) return false;
  }
  const pointer = parts.body && bodies.get(parts.body.mediaType)?.pointer;
  if (pointer !== undefined && schemas.check(pointer, parts.body?.value).length > 0) return false;
  return buildRequest(operation, parts) !== undefined;
}

/** Changes one place of one part beyond a limit. */
function breakOne(
  schemas: Schemas,
  { operation, parameters, bodies }: Basis,
  parts: Parts,
  picks: readonly number[],
): Generated | undefined {
  const [which = 0, where = 0, how = 0] = picks;
  const targets = [...parameters].flatMap(([{ in: place, name }, { pointer }]) => {
    const value = parts[place][name];
    return value === undefined || pointer === undefined
      ? []
      : [{ place: { in: place, name } as const, pointer, value }];
  });
  const pointer =
    parts.body && isJsonMediaType(parts.body.mediaType) ? bodies.get(parts.body.mediaType)?.pointer : undefined;
  const body = pointer === undefined ? [] : [{ place: { in: "body" as const }, pointer, value: parts.body?.value }];
  // As often the body as all parameters together: it has more rules.
  const target =
    body.length > 0 && (targets.length === 0 || which % 2 === 0)
      ? body[0]
      : targets[which % Math.max(1, targets.length)];
  if (!target) return undefined;
  const isText = target.place.in !== "body";
  const changes = listChanges(schemas, target.pointer, target.value, isText, (count) => where % count).filter(
    ({ violation }) => violation,
  );
  const change = changes[how % Math.max(1, changes.length)];
  if (!change?.violation) return undefined;
  // With many servers null stands for no body at all.
  if (!isText && change.value === null && !operation.requestBody?.required) return undefined;
  const { place } = target;
  const changed =
    place.in === "body"
      ? { ...parts, body: { mediaType: parts.body?.mediaType ?? "", value: change.value } }
      : { ...parts, [place.in]: { ...parts[place.in], [place.name]: change.value } };
  const request = buildRequest(operation, changed);
  if (!request) return undefined;
  const { keyword, message, documentPointer } = change.violation;
  const subject = place.in === "body" ? "the body" : `${place.in} parameter ${place.name}`;
  return {
    request,
    rule: {
      place: place.in === "body" ? { in: "body", pointer: change.pointer } : place,
      keyword,
      description: `${subject}${change.pointer && ` at ${change.pointer}`} breaks ${change.keyword}: it ${message}`,
      documentPointer,
    },
  };
}
