/** A resource that is remembered, and how a job moves. */

import { getByPointer, type JsonObject } from "@artifetch/document";
import type { Identity } from "./links.ts";
import type { Kind } from "./plan.ts";
import { toText } from "./values.ts";

export interface Resource {
  kind: Kind;
  /** As a list or reading showed it first, or as it was made. */
  fields: JsonObject;
  /** Identities that do not stand in the resource itself: of what it belongs to. */
  scope: ReadonlyMap<Identity, string>;
  /** What requests have said of it since. */
  written: JsonObject;
  /** Whether it was made by a request; else it is from the document's examples. */
  isMade: boolean;
  /** What was uploaded for it. */
  upload?: { bytes: Uint8Array; mediaType: string };
  job?: Job;
  /** About what it needs in memory. */
  sizeBytes: number;
}

/** Where a job is. */
interface Job {
  /** State at the last change from outside. */
  state: string;
  /** Whether it was cancelled and only has to end. */
  isEnding: boolean;
  changedMs: number;
  /** Requests that asked for it since. */
  polls: number;
}

/** How jobs move: by requests, or with a clock. */
export interface Pace {
  afterPolls: number;
  /** With this, requests do not count. */
  afterMs?: number | undefined;
  now: () => number;
}

/** The value of an identity: in the resource, or of what it belongs to. */
export function identityOf(
  resource: Pick<Resource, "kind" | "fields" | "scope">,
  identity: Identity,
): string | undefined {
  const place = resource.kind.places.get(identity);
  const value = place === undefined ? undefined : toText(getByPointer(resource.fields, place));
  return value ?? resource.scope.get(identity);
}

export function startJob(kind: Kind, state: string | undefined, pace: Pace): { job?: Job } {
  const first = kind.states?.order[0];
  if (first === undefined) return {};
  return { job: { state: state ?? first, isEnding: false, changedMs: pace.now(), polls: 0 } };
}

/** The state that a job is in now; undefined for what is no job. */
export function stateOf({ kind: { states }, job }: Resource, pace: Pace): string | undefined {
  if (!job || !states) return undefined;
  const steps = pace.afterMs === undefined ? job.polls / pace.afterPolls : (pace.now() - job.changedMs) / pace.afterMs;
  const moved = Math.max(Math.floor(steps), 0);
  if (job.isEnding) return moved > 0 ? states.cancelled : job.state;
  const position = states.order.indexOf(job.state);
  if (position === -1 || states.terminal.includes(job.state)) return job.state;
  return states.order[Math.min(position + moved, states.order.length - 1)];
}

/** Whether a job has come to the end that it was meant for; also true of what is no job. */
export function isDone(resource: Resource, pace: Pace): boolean {
  const state = stateOf(resource, pace);
  return state === undefined || state === resource.kind.states?.order.at(-1);
}

export function isAtEnd(resource: Resource, pace: Pace): boolean {
  const state = stateOf(resource, pace);
  return state !== undefined && (resource.kind.states?.terminal.includes(state) ?? false);
}

export function countPoll(resource: Resource): void {
  if (resource.job) resource.job.polls++;
}

/** Moves a job into a state; one that is neither on its way nor an end leads to the state after a cancel. */
export function moveJob(resource: Resource, state: string, pace: Pace): void {
  const { states } = resource.kind;
  if (!states) return;
  resource.job = { state, isEnding: isCancelling(resource.kind, state), changedMs: pace.now(), polls: 0 };
}

export function isCancelling({ states }: Kind, state: string): boolean {
  return states?.cancelled !== undefined && !states.order.includes(state) && !states.terminal.includes(state);
}

/** Whether an operation that answers with this state cancels. */
export function isCancel(kind: Kind, state: string): boolean {
  return state === kind.states?.cancelled || isCancelling(kind, state);
}
