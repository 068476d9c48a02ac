/** One line per request. Neither the query nor headers nor bodies are in it: credentials may be. */

import { getStandardOutput } from "./line-writer.ts";
import type { LogFormat, MockServerOptions } from "./options.ts";
import { createPaint, type Paint, paintNothing, type Style } from "./paint.ts";

export interface LogEntry {
  method: string;
  /** Without the query. */
  path: string;
  status: number;
  /** Time from the arrival of the request's head to the end of the answer. */
  durationMs: number;
  /** Name of the API that was asked. */
  api?: string;
  operationId?: string;
  /** What was wrong; empty where nothing was. */
  problems: string[];
}

export interface RequestLog {
  write(entry: LogEntry): void;
  /** Resolves when every line so far is written. */
  flush(): Promise<void>;
}

/** Undefined where nothing is logged. */
export function createRequestLog({ log = "silent", writeLine }: MockServerOptions): RequestLog | undefined {
  if (log === "silent") return undefined;
  if (writeLine) {
    return { write: (entry) => writeLine(formatLogEntry(entry, log)), flush: async () => {} };
  }
  const output = getStandardOutput();
  const paint = createPaint(process.stdout);
  return { write: (entry) => output.write(formatLogEntry(entry, log, { paint })), flush: () => output.flush() };
}

/**
 * The line for an entry, without its line end.
 *
 * @param time when the answer was complete; only in `json`.
 */
export function formatLogEntry(
  { method, path, status, durationMs, api, operationId, problems }: LogEntry,
  format: Exclude<LogFormat, "silent">,
  { paint = paintNothing, time = new Date() }: { paint?: Paint; time?: Date } = {},
): string {
  const rounded = Math.round(durationMs * 10) / 10;
  const places = problems.map(toPlace);
  if (format === "json") {
    const fields = { method, path, status, durationMs: rounded, api, operationId, problems: places };
    return JSON.stringify({ event: "request", time: time.toISOString(), ...fields });
  }
  const operation = operationId === undefined ? "" : ` ${paint("dim", operationId)}`;
  const wrong = places.length === 0 ? "" : `: ${toOneLine(places.join("; "))}`;
  const outcome = paint(toStyle(status), String(status));
  return `${method} ${toOneLine(path)} ${outcome} ${paint("dim", `${rounded} ms`)}${operation}${wrong}`;
}

function toStyle(status: number): Style {
  if (status >= 500) return "red";
  if (status >= 400) return "yellow";
  return status >= 300 ? "cyan" : "green";
}

/** Prism's words for a refusal without a place in the request, and the place. */
const securityProblems = [
  "Invalid security scheme used",
  "Your request does not fullfil the security requirements and no HTTP unauthorized response was found in the spec, so Prism is generating this error for you.",
];

/** A problem with its place first: `path run_id must be integer` for "Request path parameter run_id must be integer". */
function toPlace(problem: string): string {
  if (securityProblems.includes(problem)) return "security: the request has no credential that the operation takes";
  if (problem === "Body parameter is required") return "body is required";
  return problem.replace(/^Request (path|query|header|cookie|body)( parameter| property)?/, "$1");
}

/** Paths and problems quote what a client sent; a control character in it must not write to the terminal. */
function toOneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ");
}
