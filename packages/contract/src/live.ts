/** A run against a service that others use: what is allowed, how fast, when to stop, and what to clean up. */
import type { OpenApiDocument, Operation, Parameter } from "@artifetch/document";
import { buildRequest } from "./build.ts";
import { createCaseMaker } from "./cases.ts";
import {
  allowOwnWrites,
  allowReadsOnly,
  type Clock,
  combineGates,
  heedRetryAfter,
  type Leftover,
  limitRequests,
  type OwnGate,
  pace,
  stopOnServerErrors,
} from "./gates.ts";
import type { Case } from "./model.ts";
import type { Gate } from "./runner.ts";
import { type Fetch, send, toHttpRequest } from "./send.ts";
import { createSigns } from "./signs.ts";

export interface LiveOptions {
  /** Send other methods than GET and HEAD, but only to what the run has created or to given ids. Default: false. */
  allowsWrites?: boolean;
  /** Nobody else uses the service, as with a mock: with `allowsWrites`, documented ids are written to. Default: false. */
  isMock?: boolean;
  /** Requests in all. Default: 2000; 0: as many as there are. */
  budget?: number;
  /** Requests per second. Default: 20; 0: no limit. */
  perSecond?: number;
  /** Requests per second of one operation. Default: 10; 0: no limit. */
  perOperation?: number;
  /** Errors of the server in a row after which an operation is left alone; twice as many end the run. Default: 5; 0: never. */
  mostServerErrors?: number;
  /** Credential of each security scheme, by name. Default: none. */
  credentials?: Readonly<Record<string, string>>;
  /** Ids of operations that were chosen by name. Default: none. */
  named?: ReadonlySet<string>;
  /** A value that was given for a parameter. Default: none. */
  findValue?: (operation: Operation, parameter: Parameter) => unknown;
  /** One that was given for that very operation: with `allowsWrites`, it is changed and deleted. Default: none. */
  findNamedValue?: (operation: Operation, parameter: Parameter) => unknown;
  clock: Clock;
  signal?: AbortSignal | undefined;
}

export const liveDefaults = { budget: 2000, perSecond: 20, perOperation: 10, mostServerErrors: 5 } as const;
/** A mock has no other users who would wait, and answers with documented errors on purpose. */
export const mockDefaults = { budget: 0, perSecond: 0, perOperation: 0, mostServerErrors: 0 } as const;

export interface Live extends Pick<OwnGate, "listLeftovers" | "listUndeletable"> {
  /** For {@link RunOptions.gate}. */
  gate: Gate;
  /** Only what it refuses, nothing of time and number: what a dry run asks. */
  permission: Gate;
  /** Only what makes requests wait. */
  patience: Gate;
  /** Why the run, now that it is over, shows nothing: everything was a web page, 401, a redirect or 404. Undefined where it does. */
  conclude(): string | undefined;
}

/** Puts together what makes a run safe. */
export function createLive(document: OpenApiDocument, operations: readonly Operation[], options: LiveOptions): Live {
  const { allowsWrites = false, isMock = false, credentials = {}, clock, signal } = options;
  const { budget, perSecond, perOperation, mostServerErrors } = { ...liveDefaults, ...options };
  const { named = new Set(), findValue = () => undefined, findNamedValue = () => undefined } = options;
  const own = allowOwnWrites({ document, operations, findValue, findNamedValue, named });
  const permission = allowsWrites ? (isMock ? {} : own) : allowReadsOnly();
  const patience = combineGates([
    // First: what waits for the service keeps its distance from what follows.
    heedRetryAfter({ clock, signal }),
    pace({ perSecond, perOperation, clock, signal }),
  ]);
  const signs = createSigns(document, credentials);
  const gate = combineGates([
    permission,
    ...(mostServerErrors > 0 ? [stopOnServerErrors(mostServerErrors)] : []),
    ...(budget > 0 ? [limitRequests(budget)] : []),
    patience,
    signs,
  ]);
  const { listLeftovers, listUndeletable } = own;
  return { gate, permission, patience, conclude: signs.conclude, listLeftovers, listUndeletable };
}

/** A connection may be closed by the other side just when it is used again: what only reads is then sent once more. */
export function retryReads(fetch: Fetch): Fetch {
  return async (request) => {
    if (request.method !== "GET" && request.method !== "HEAD") return fetch(request);
    const again = request.clone();
    return fetch(request).catch((error: unknown) => {
      if (request.signal.aborted) throw error;
      return fetch(again);
    });
  };
}

export interface CleanUpOptions {
  baseUrl: string;
  fetch: Fetch;
  credentials: Readonly<Record<string, string>>;
  timeoutMs: number;
  clock: Clock;
  patience: Gate;
}

export interface CleanedUp {
  /** How many were deleted. */
  deleted: number;
  /** What is still there: its method and path, and why. */
  left: { path: string; reason: string }[];
}

/** Deletes what a run has created, at the run's pace. */
export async function cleanUp(
  document: OpenApiDocument,
  leftovers: readonly Leftover[],
  { baseUrl, fetch, credentials, timeoutMs, clock, patience }: CleanUpOptions,
): Promise<CleanedUp> {
  const cleaned: CleanedUp = { deleted: 0, left: [] };
  for (const leftover of leftovers) {
    const sent = toDeletion(document, leftover);
    try {
      const { operation } = leftover;
      const request = toHttpRequest(document, operation, baseUrl, sent.request, credentials);
      for (;;) {
        await patience.before?.(operation, request, sent);
        const exchange = await send(request, { fetch, timeoutMs, now: clock.now });
        if (patience.after?.(operation, exchange, sent) === "again") continue;
        const { status } = exchange.response;
        if ((status >= 200 && status < 300) || status === 404 || status === 410) cleaned.deleted += 1;
        else cleaned.left.push({ path: leftover.path, reason: `DELETE answered ${status}` });
        break;
      }
    } catch (error) {
      cleaned.left.push({ path: leftover.path, reason: (error as Error).message });
    }
  }
  return cleaned;
}

function toDeletion(document: OpenApiDocument, { operation, path }: Leftover): Case {
  const basis = createCaseMaker(document, [operation]).toBasis(operation);
  const template = typeof basis === "string" ? undefined : buildRequest(operation, basis.required);
  const [, query] = template?.path.split("?", 2) ?? [];
  return {
    id: `${operation.id}/clean-up`,
    operationId: operation.id,
    title: "clean up",
    kind: "positive",
    check: "positive_data_acceptance",
    request: {
      ...(template ?? { headers: { accept: "*/*" } }),
      method: operation.method,
      path: query === undefined ? path : `${path}?${query}`,
    },
  };
}
