/** A request and its answer as plain values: what the core takes and gives, whatever carries them. */

import type { TransportFault } from "./faults.ts";
import { type ProblemError, toProblemDocument } from "./problem.ts";

/** A request to a handler, read to its end. */
export interface MockRequest {
  /** In any case. */
  method: string;
  /** Path and query, as on the request line: starts with `/`, percent-encoded. */
  url: string;
  /** Map from name in lower case to value; several values of one name are joined with `, `. */
  headers: Readonly<Record<string, string>>;
  /** Missing and empty mean the same: no body. */
  body?: Uint8Array | undefined;
}

/** An answer of a handler, ready to be sent. */
export interface MockResponse {
  /** 200 to 999. */
  status: number;
  /** Map from name in lower case to value, or to values that are sent as one line each. */
  headers: Record<string, string | string[]>;
  /** Missing: no body, as for every answer to HEAD. */
  body?: Uint8Array;
  /** `operationId` of the operation that answered; `<method> <path>` where it has none. Missing where none did. */
  operationId?: string;
  /** What was wrong with the request or the answer, in words; empty where nothing was. */
  problems: string[];
  /** What is to happen to the answer on its way; missing: nothing. */
  fault?: TransportFault;
}

const encoder = new TextEncoder();

/** An answer with a body, and the headers that describe it. */
export function toResponse(status: number, contentType: string, body: string | Uint8Array): MockResponse {
  const bytes = typeof body === "string" ? encoder.encode(body) : body;
  return {
    status,
    headers: { "content-type": contentType, "content-length": String(bytes.byteLength) },
    body: bytes,
    problems: [],
  };
}

/** The problem document of an error as an answer. */
export function toProblemResponse(error: ProblemError): MockResponse {
  const problem = toProblemDocument(error);
  const response = toResponse(error.status || 500, "application/problem+json", JSON.stringify(problem));
  const headers = readHeaders(error.additional?.headers);
  return { ...response, headers: { ...headers, ...response.headers }, problems: describeProblem(error) };
}

/** The same answer as HEAD gets it: with the length of the body, without the body. */
export function withoutBody(response: MockResponse): MockResponse {
  const { body: _, ...rest } = response;
  return rest;
}

function readHeaders(value: unknown): Record<string, string> {
  const entries = typeof value === "object" && value !== null ? Object.entries(value) : [];
  return Object.fromEntries(entries.map(([name, header]) => [name.toLowerCase(), String(header)]));
}

function describeProblem(error: ProblemError): string[] {
  const validation = error.additional?.validation;
  if (Array.isArray(validation)) return validation.map(({ message }: { message?: unknown }) => String(message));
  return [error.detail || error.message];
}
