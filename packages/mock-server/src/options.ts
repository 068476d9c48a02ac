/** What can be set, and the check that nothing else is. */

import { statSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { OptionError } from "./errors.ts";
import { createFaultSource } from "./faults.ts";
import type { Timeouts } from "./guarded-server.ts";
import type { JournalOptions } from "./journal.ts";
import type { StatefulOptions } from "./stateful/memory.ts";

/** What is served: an API name, a path or URL of an OpenAPI 3.x document, or a parsed document. */
export type Target = string | URL | object;

export const logFormats = ["pretty", "json", "silent"] as const;
/**
 * How requests are logged: `pretty`, a line to read; `json`, one object per line, its fields as the README lists them; `silent`,
 * not at all.
 */
export type LogFormat = (typeof logFormats)[number];

/** How answers are made; the same for a server and for an in-process fetch. */
export interface AnswerOptions {
  /** Make bodies up from their schemas instead of sending examples. Default false; a request can ask for it with `Prefer: dynamic=true`. */
  dynamic?: boolean | undefined;
  /** Makes dynamic answers repeatable. Default: none, each answer differs. */
  seed?: string | undefined;
  /** Answer 500 where the answer of the document breaks its own schema, instead of only naming it in `sl-violations`. Default false. */
  errors?: boolean | undefined;
  /**
   * Faults that requests get without asking, each for a share of them: `"10% status=503; retry-after=2"`; without a share, all.
   * A request gets one of them at most, so the shares are 100% at most. Repeatable with `seed`. Default: none.
   */
  fault?: string | readonly string[] | undefined;
  /** Milliseconds that every answer waits: a number to 60,000, or a range such as `"20-80"`. Default 0. */
  latency?: number | string | undefined;
  /**
   * Play a service with memory: what is created can be read, listed, changed, cancelled and deleted, and jobs move. An object says
   * how jobs move. Default false: every answer is an example.
   */
  stateful?: boolean | StatefulOptions | undefined;
}

export interface MockFetchOptions extends AnswerOptions {
  /** Where the client looks for the API, if not at one of the document's servers: an absolute `http` or `https` URL. Default: none. */
  baseUrl?: string | undefined;
  /** Keep requests and answers to assert on. Default true: 1000 entries. */
  journal?: boolean | JournalOptions | undefined;
}

/** What a server serves, where, and what it tells about it. Every option has a default. */
export interface MockServerOptions extends AnswerOptions {
  /** One target is served at `/`; several, each at `/<name>`; none, or an empty array, means every bundled API, each at `/<name>`. */
  targets?: readonly Target[] | undefined;
  /** 0 picks a free port. Default 4010. */
  port?: number | undefined;
  /** Default `127.0.0.1`. */
  host?: string | undefined;
  /** Send CORS headers and answer preflight requests. Default true. */
  cors?: boolean | undefined;
  /** Folder of a static site for `/`; false for none. Default: a built-in page that lists the APIs. Unused by a single target, which has `/` itself. */
  docs?: string | URL | false | undefined;
  /** Limits of time for clients, and for `close()`. Each that is not given has its default. */
  timeouts?: Partial<Timeouts> | undefined;
  /** Keep requests and answers to assert on, in `journal` and at `/__artifetch/journal`. Default false. */
  journal?: boolean | JournalOptions | undefined;
  /** One line per request. Default `silent`. */
  log?: LogFormat | undefined;
  /** Takes each log line at once, without its line end and without colours. Default: standard output, in batches. */
  writeLine?: ((line: string) => void) | undefined;
  /**
   * Reload a document when one of its local files changes; while it cannot be read, the last good one is served. Default false.
   * Needs a target that is a local file or a bundled API.
   */
  watch?: boolean | undefined;
  /** Takes a sentence about each reload, or why there was none. Default: standard error. */
  writeMessage?: ((message: string) => void) | undefined;
}

export const defaultPort = 4010;
export const defaultHost = "127.0.0.1";

const timeoutNames = ["headersMs", "requestMs", "keepAliveMs", "idleMs"] satisfies (keyof Timeouts)[];

/** A day: the timers of Node end at 24 of them. */
const maxTimeoutMs = 86_400_000;

interface Rule {
  takes: string;
  accepts(value: unknown): boolean;
}

const flag: Rule = { takes: "true or false", accepts: (value) => typeof value === "boolean" };

const callback: Rule = { takes: "a function", accepts: (value) => typeof value === "function" };

const answerRules = {
  dynamic: flag,
  seed: { takes: "a string that is not empty", accepts: (value) => typeof value === "string" && value !== "" },
  errors: flag,
  fault: {
    takes: "a fault text or an array of them",
    accepts: (value) => [value].flat().every((text) => typeof text === "string"),
  },
  latency: {
    takes: "a number or a text",
    accepts: (value) => typeof value === "number" || typeof value === "string",
  },
  stateful: {
    takes:
      "true, false or an object of afterPolls (an integer of at least 1), afterMs (a number over 0) and now (a function)",
    accepts: (value) => typeof value === "boolean" || isStateful(value),
  },
} satisfies Record<keyof AnswerOptions, Rule>;

const journal: Rule = {
  takes: "true, false, or an object of limit (an integer from 1) and credentials (true or false)",
  accepts: (value) => typeof value === "boolean" || isJournalOptions(value),
};

const fetchRules = {
  ...answerRules,
  baseUrl: { takes: "an absolute URL that starts with http:// or https://", accepts: isHttpUrl },
  journal,
} satisfies Record<keyof MockFetchOptions, Rule>;

const serverRules = {
  ...answerRules,
  journal,
  targets: {
    takes: "an array of API names, paths, URLs or documents",
    accepts: (value) => Array.isArray(value) && value.every(isTarget),
  },
  port: {
    takes: "an integer from 0 to 65535",
    accepts: (value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 65535,
  },
  host: { takes: "a host name or address", accepts: (value) => typeof value === "string" && value !== "" },
  cors: flag,
  docs: { takes: "the path of an existing folder, or false", accepts: (value) => value === false || isFolder(value) },
  timeouts: {
    takes: `an object of ${timeoutNames.join(", ")}, each in milliseconds from 1 to ${maxTimeoutMs}`,
    accepts: (value) => typeof value === "object" && value !== null && Object.entries(value).every(isTimeout),
  },
  log: { takes: `one of ${logFormats.join(", ")}`, accepts: (value) => logFormats.some((format) => format === value) },
  writeLine: callback,
  watch: flag,
  writeMessage: callback,
} satisfies Record<keyof MockServerOptions, Rule>;

/** @throws {OptionError} for an option that does not exist, or a value that it does not take. */
export function checkFetchOptions(options: MockFetchOptions): void {
  check(options, fetchRules);
  createFaultSource(options);
}

/** @throws {OptionError} for an option that does not exist, or a value that it does not take. */
export function checkServerOptions(options: MockServerOptions): void {
  check(options, serverRules);
  createFaultSource(options);
}

/** Whether a value can name a document: not whether there is one. */
export function isTarget(value: unknown): value is Target {
  return (
    (typeof value === "string" && value !== "") ||
    (typeof value === "object" && value !== null && !Array.isArray(value))
  );
}

function isTimeout([name, value]: [string, unknown]): boolean {
  const isKnown = timeoutNames.some((known) => known === name);
  return (
    isKnown && (value === undefined || (Number.isInteger(value) && Number(value) >= 1 && Number(value) <= maxTimeoutMs))
  );
}

function isHttpUrl(value: unknown): boolean {
  return typeof value === "string" && /^https?:\/\//i.test(value) && URL.canParse(value);
}

function isJournalOptions(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { limit = 1, credentials = false, ...rest }: Record<string, unknown> = { ...value };
  const isLimit = Number.isInteger(limit) && Number(limit) >= 1;
  return isLimit && typeof credentials === "boolean" && Object.keys(rest).length === 0;
}

/** A folder as an absolute path. */
export function toFolderPath(folder: string | URL): string {
  return folder instanceof URL ? fileURLToPath(folder) : resolve(folder);
}

function check(options: object, rules: Readonly<Record<string, Rule>>): void {
  for (const [name, value] of Object.entries(options)) {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (!rule) throw new OptionError(name, `does not exist. Options: ${Object.keys(rules).join(", ")}.`);
    if (value !== undefined && !rule.accepts(value)) {
      throw new OptionError(name, `is ${describeValue(value)}; it takes ${rule.takes}.`);
    }
  }
}

function isStateful(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const { afterPolls = 1, afterMs = 1, now = Date.now, ...rest } = value as Record<string, unknown>;
  const isPace = Number.isInteger(afterPolls) && Number(afterPolls) >= 1 && typeof afterMs === "number" && afterMs > 0;
  return isPace && typeof now === "function" && Object.keys(rest).length === 0;
}

function isFolder(value: unknown): boolean {
  if (typeof value === "string" ? value === "" : !(value instanceof URL && value.protocol === "file:")) return false;
  return statSync(toFolderPath(value as string | URL), { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** A value as it is named in a message: short, and never failing. */
function describeValue(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (value instanceof URL) return value.href;
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "an array" : "an object";
  return String(value);
}
