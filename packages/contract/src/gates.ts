/** What stands before a live service: what may be sent at all, how much, how fast, and when to stop. */
import { isObject, type OpenApiDocument, type Operation, type Parameter } from "@artifetch/document";
import { findTarget, followLinks } from "./links.ts";
import type { Exchange } from "./model.ts";
import { type Gate, StopRun } from "./runner.ts";
import { isItself } from "./sequences.ts";

/** Time, so that tests need none. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Ends after so many milliseconds, or throws when the signal comes. */
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
}

/** All of them: a request passes where none refuses it; the first that does is asked last. */
export function combineGates(gates: readonly Gate[]): Gate {
  return {
    before: async (...about) => {
      for (const gate of gates) {
        const refused = await gate.before?.(...about);
        if (refused !== undefined) return refused;
      }
      return undefined;
    },
    after: (...about) => {
      const answers = gates.map((gate) => gate.after?.(...about));
      return answers.find((answer) => answer !== undefined);
    },
  };
}

/** Methods that change nothing (RFC 9110, section 9.2.1) and that documents describe. */
const safeMethods = new Set(["GET", "HEAD"]);

export function isSafe({ method }: { method: string }): boolean {
  return safeMethods.has(method);
}

/** Refuses every method but GET and HEAD, those included that are tried because the document does not have them. */
export function allowReadsOnly(): Gate {
  return {
    before: (_operation, request) =>
      isSafe(request) ? undefined : `${request.method} is not sent without --allow-writes`,
  };
}

type FindValue = (operation: Operation, parameter: Parameter) => unknown;

export interface OwnOptions {
  document: OpenApiDocument;
  operations: readonly Operation[];
  /** Values that were given for parameters: something may be created below them. */
  findValue: FindValue;
  /** Values that were given for parameters of that very operation: they may be changed and deleted. */
  findNamedValue: FindValue;
  /** Ids of operations that were chosen by name: they may write where no id says what to. */
  named: ReadonlySet<string>;
}

/** Something that a run has created and not deleted. */
export interface Leftover {
  operation: Operation;
  /** Behind the base URL. */
  path: string;
}

export interface OwnGate extends Gate {
  /** What was created and can be deleted, but was not; newest first. */
  listLeftovers(): Leftover[];
  /** How often each operation has answered a POST with success, and no link says how to delete what that may have created. */
  listUndeletable(): ReadonlyMap<string, number>;
}

const foreign =
  "writes go only to what the run has created itself, or to ids given for the operation: --param OPERATION.NAME=VALUE";
const undocumented = "an undocumented method that may write is tried only on a mock: --prefer says that it is one";
const unnamed = "it writes, and nothing says that it only creates: name it with --operation to have it called";

/**
 * Lets a request that writes pass where it creates something, or where its path has only ids that were given, or that an answer
 * of this run has said are those of what it has just created. An id of the document's example may be somebody's, and what has
 * no id may concern everybody: `DELETE /jobs`.
 */
export function allowOwnWrites(options: OwnOptions): OwnGate {
  const { document, operations, findValue, findNamedValue, named } = options;
  const own = new Set<string>();
  const leftovers = new Map<string, Leftover>();
  const undeletable = new Map<string, number>();
  return {
    listLeftovers: () => [...leftovers.values()].reverse(),
    listUndeletable: () => undeletable,
    before: (operation, request, sent) => {
      if (isSafe(request)) return undefined;
      const names = listPathParameters(operation);
      const path = decodePath(sent.request.path);
      if (request.method !== operation.method) return undocumented;
      if (names.length === 0)
        return named.has(operation.id) || isCreation(document, operations, operation) ? undefined : unnamed;
      const find = isCreation(document, operations, operation) ? findValue : findNamedValue;
      const given = names.map((parameter) => [parameter.name, find(operation, parameter)] as const);
      const isGiven = given.every(([, value]) => value !== undefined) && fillPath(operation, new Map(given)) === path;
      return isGiven || own.has(`${request.method} ${path}`) ? undefined : foreign;
    },
    after: (operation, exchange) => {
      const { method } = operation;
      const { status } = exchange.response;
      const isDone = status >= 200 && status < 300;
      if (method === "DELETE" && (isDone || status === 404 || status === 410))
        leftovers.delete(decodePath(toOwnPath(operation, exchange)));
      if (isSafe({ method }) || method === "DELETE" || !isDone) return undefined;
      const links = listOwnLinks(options, operation, exchange);
      const isAction = own.has(`${method} ${decodePath(toOwnPath(operation, exchange))}`);
      if (method === "POST" && !isAction && !links.some(({ target }) => target.method === "DELETE"))
        undeletable.set(operation.id, (undeletable.get(operation.id) ?? 0) + 1);
      for (const { target, values } of links) {
        const path = fillPath(
          target,
          new Map([...values].map(([place, value]) => [place.replace(/^path\./, ""), value])),
        );
        own.add(`${target.method} ${path}`);
        if (target.method === "DELETE") leftovers.set(path, { operation: target, path: encodePath(path) });
      }
      return undefined;
    },
  };
}

/**
 * A link of its success reads what it has made: below its own path, where that has ids (`POST /runs/{id}/cancel` may link to the
 * run, too). A 201 says nothing: some frameworks send it for every POST.
 */
function isCreation(document: OpenApiDocument, operations: readonly Operation[], operation: Operation): boolean {
  const { method, path, responses } = operation;
  if (method !== "POST") return false;
  const targets = Object.entries(responses).flatMap(([key, response]) => {
    const { links } = response as { links?: unknown };
    return key.startsWith("2") && isObject(links) ? Object.values(links) : [];
  });
  return targets.some((link) => {
    const target = findTarget(document, operations, link);
    if (target?.method !== "GET" || !target.path.endsWith("}")) return false;
    return !path.includes("{") || target.path.slice(0, target.path.lastIndexOf("/")) === path;
  });
}

/** Links of an answer that lead to the very thing that was created: by the id that reads it, and otherwise only by given values. */
function listOwnLinks(
  { document, operations, findValue }: Omit<OwnOptions, "named">,
  operation: Operation,
  exchange: Exchange,
) {
  const links = followLinks(document, operations, operation, exchange);
  const itself = links.find((link) => isItself(link, { exchange }));
  const last = itself && listPathParameters(itself.target).at(-1);
  const id = last && itself?.expressions.get(`path.${last.name}`);
  if (id === undefined) return [];
  return links.filter(({ target, values, expressions }) =>
    listPathParameters(target).every((parameter) => {
      const place = `path.${parameter.name}`;
      const given = findValue(target, parameter);
      const isGiven = given !== undefined && String(given) === String(values.get(place));
      return expressions.get(place) === id || isGiven;
    }),
  );
}

/** In the order of the path. */
function listPathParameters({ path, parameters }: Operation): Parameter[] {
  return [...path.matchAll(/\{([^{}]+)\}/g)].flatMap(([, name]) =>
    parameters.filter((parameter) => parameter.in === "path" && parameter.name === name),
  );
}

function fillPath({ path }: Operation, values: ReadonlyMap<string, unknown>): string {
  return path.replaceAll(/\{([^{}]+)\}/g, (_, name: string) => String(values.get(name)));
}

/** Without the query. */
function decodePath(path: string): string {
  return (path.split("?", 1)[0] ?? "").split("/").map(decodeURIComponent).join("/");
}

function encodePath(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}

/** The path behind the base URL: as many segments as the operation's. */
function toOwnPath({ path }: Operation, { request }: Exchange): string {
  return `/${new URL(request.url).pathname
    .split("/")
    .slice(-path.split("/").length + 1)
    .join("/")}`;
}

/** Ends the run when so many requests have been sent. */
export function limitRequests(budget: number): Gate {
  let sent = 0;
  return {
    before: () => {
      if (sent >= budget) throw new StopRun(`The budget of ${budget} requests is used up: --budget allows more.`);
      sent += 1;
      return undefined;
    },
  };
}

export interface PaceOptions {
  /** Requests per second in all, and of one operation; 0: no limit. */
  perSecond: number;
  perOperation: number;
  clock: Clock;
  signal?: AbortSignal | undefined;
}

/** Holds requests back so that they come at even distances, never in bursts. */
export function pace({ perSecond, perOperation, clock, signal }: PaceOptions): Gate {
  let nextAt = Number.NEGATIVE_INFINITY;
  const nextOf = new Map<string, number>();
  const toPause = (rate: number): number => (rate === 0 ? 0 : 1000 / rate);
  return {
    before: async ({ id }) => {
      const now = clock.now();
      const at = Math.max(now, nextAt, nextOf.get(id) ?? now);
      if (at > now) await clock.sleep(at - now, signal);
      nextAt = at + toPause(perSecond);
      nextOf.set(id, at + toPause(perOperation));
      return undefined;
    },
  };
}

/** A service that wants more patience than this is asked another time. */
const longestWaitMs = 60_000;
/** How often a request is sent again that came too early. */
const mostRepeats = 3;

/**
 * Waits as long as `Retry-After` says (RFC 9110, section 10.2.3), and sends again what was refused only for its time: 429, and 503
 * with that header. A 429 without it: one second, then two, then four.
 */
export function heedRetryAfter({ clock, signal }: { clock: Clock; signal?: AbortSignal | undefined }): Gate {
  let resumeAt = Number.NEGATIVE_INFINITY;
  let repeats = 0;
  return {
    before: async () => {
      const wait = resumeAt - clock.now();
      if (wait > 0) await clock.sleep(wait, signal);
      return undefined;
    },
    after: ({ id }, { response }, { wanted }) => {
      const { status, headers } = response;
      // What was asked for by name is no message to whoever asked.
      if (wanted || status < 300) {
        repeats = 0;
        return undefined;
      }
      const asked = readRetryAfter(headers["retry-after"], clock.now());
      const isEarly = status === 429 || (status === 503 && asked !== undefined);
      const wait = asked ?? (isEarly ? 1000 * 2 ** repeats : 0);
      if (wait > longestWaitMs)
        throw new StopRun(
          `${id} answered ${status} and asks to wait ${Math.ceil(wait / 1000)} seconds (Retry-After), longer than ${longestWaitMs / 1000}. Try again later, or with a lower --rate.`,
        );
      resumeAt = Math.max(resumeAt, clock.now() + wait);
      if (!isEarly) {
        repeats = 0;
        return undefined;
      }
      repeats += 1;
      if (repeats <= mostRepeats) return "again";
      throw new StopRun(`${id} still answers ${status} after ${mostRepeats} pauses. Try again with a lower --rate.`);
    },
  };
}

/** Milliseconds; undefined where there is none that can be read. */
function readRetryAfter(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d+$/.test(text.trim())) return 1000 * Number(text);
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}

/**
 * Leaves an operation alone after so many errors of the server in a row, and ends the run after twice as many without any other
 * answer: either the service is not well, or it will not be soon. 501 is no error here: that a method is not known.
 */
export function stopOnServerErrors(most: number): Gate {
  const inARow = new Map<string, number>();
  let all = 0;
  return {
    before: ({ id }) =>
      (inARow.get(id) ?? 0) >= most ? `${most} errors of the server in a row: the operation is left alone` : undefined,
    after: ({ id }, { response: { status } }, { wanted }) => {
      if (wanted) return undefined;
      const isError = status >= 500 && status !== 501;
      inARow.set(id, isError ? (inARow.get(id) ?? 0) + 1 : 0);
      all = isError ? all + 1 : 0;
      if (all >= 2 * most)
        throw new StopRun(
          `The last ${all} answers were errors of the server (the last one ${status}): it is left alone.`,
        );
      return undefined;
    },
  };
}
