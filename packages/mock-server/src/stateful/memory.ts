/**
 * A service with memory, played from its document: what is created can be read, listed, changed, cancelled and deleted.
 *
 * Works on what the engine has answered to a request that is in order. No socket, no file; the clock is a parameter.
 */

import type { OpenApiDocument } from "@artifetch/document";
import { type Kind, listOwnKey, planMemory, toOperationKey } from "./plan.ts";
import { createPresenter } from "./present.ts";
import { identityOf, type Pace } from "./resource.ts";
import { roles } from "./roles.ts";
import { createChecks } from "./schema.ts";
import { findSeeds, toResource } from "./seeds.ts";
import { createSessions, limits, sessionHeader } from "./sessions.ts";
import { type MemoryAnswer, type MemoryRequest, Refused, readIds, type World } from "./world.ts";

/** How a service with memory behaves. */
export interface StatefulOptions {
  /** A job moves on by one state with so many requests that ask for it. An integer of at least 1; default 1. */
  afterPolls?: number | undefined;
  /** A job moves on by one state whenever so many milliseconds have passed; requests do not count then. More than 0. */
  afterMs?: number | undefined;
  /** The clock of `afterMs`, in milliseconds; its zero does not matter. Default: that of the system. */
  now?: (() => number) | undefined;
}

export interface Memory {
  /** What the document does not say, one sentence each. */
  notes: readonly string[];
  /** Undefined: the engine's answer stays. */
  answer(request: MemoryRequest): MemoryAnswer | undefined;
  /** Forgets what the session of these headers has changed. */
  reset(headers: Readonly<Record<string, string>>): void;
}

export function createMemory(document: OpenApiDocument, options: StatefulOptions = {}): Memory {
  const plan = planMemory(document);
  const pace: Pace = { afterPolls: options.afterPolls ?? 1, afterMs: options.afterMs, now: options.now ?? Date.now };
  const seeds = findSeeds(plan);
  const lastKey = (kind: Kind) => listOwnKey(kind).at(-1) ?? "";
  const keysOf = (kind: Kind) =>
    seeds.filter((seed) => seed.kind === kind).flatMap((seed) => identityOf(seed, lastKey(kind)) ?? []);
  const keys = new Map(plan.kinds.map((kind) => [kind, keysOf(kind).sort((a, b) => b.length - a.length)]));
  const check = createChecks(document);
  const presenter = createPresenter(
    document,
    check,
    (kind) => keys.get(kind) ?? [],
    (kind, key) => seeds.find((seed) => seed.kind === kind && identityOf(seed, lastKey(kind)) === key)?.state,
    (kind) => [...plan.operations.values()].filter((one) => one.kind === kind),
  );
  const world: World = {
    plan,
    pace,
    seeds,
    presenter,
    bytesPlaces: new Map(),
    isValidBody: ({ shape }, value) => check(shape?.schema ?? true)(value),
  };
  const sessions = createSessions(() => seeds.map((seed) => toResource(seed, pace)));

  return {
    notes: plan.notes,
    answer(request) {
      const operation = plan.operations.get(toOperationKey(request.operation));
      if (!operation || request.answer.status >= 300) return undefined;
      try {
        const name = toSessionName(request.headers);
        const call = {
          world,
          session: sessions.open(name),
          plan: operation,
          request,
          ids: readIds(operation, request),
        };
        const answer = roles[operation.role](call);
        if (operation.operation.method !== "GET") sessions.trim(name);
        return answer;
      } catch (error) {
        if (error instanceof Refused) return error.answer;
        throw error;
      }
    },
    reset: (headers) => sessions.forget(headers[sessionHeader] ?? ""),
  };
}

/** @throws {Refused} for a name that is too long to be kept. */
function toSessionName(headers: Readonly<Record<string, string>>): string {
  const name = headers[sessionHeader] ?? "";
  if (name.length <= limits.nameLength) return name;
  const detail = `The header X-Artifetch-Session has ${name.length} characters; it takes up to ${limits.nameLength}.`;
  throw new Refused({ refused: 400, example: undefined, isDeclared: false, detail });
}
