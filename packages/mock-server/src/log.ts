/** One line per request. Neither the query nor headers nor bodies are in it: credentials may be. */

import type { LogFormat } from "./options.ts";

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

/** The line for an entry, without its line end; undefined where nothing is logged. */
export function formatLogEntry(entry: LogEntry, format: LogFormat): string | undefined {
  if (format === "silent") return undefined;
  const durationMs = Math.round(entry.durationMs * 10) / 10;
  if (format === "json") return JSON.stringify({ ...entry, durationMs });
  const operation = entry.operationId ? ` ${entry.operationId}` : "";
  const problems = entry.problems.length > 0 ? `: ${toOneLine(entry.problems.join("; "))}` : "";
  return `${entry.method} ${entry.path} ${entry.status} ${durationMs} ms${operation}${problems}`;
}

/** Problems quote what a client sent; a control character in it must not write to the terminal. */
function toOneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ");
}
