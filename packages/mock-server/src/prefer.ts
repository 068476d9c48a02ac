/** What a request asks of its answer: the header `Prefer` (RFC 7240), or else `__code`, `__dynamic`, `__seed`, `__example` in the query. */

import { RefusedRequest } from "./problem.ts";

export interface Preferences {
  /** Status to answer with. */
  code?: number;
  dynamic?: boolean;
  seed?: string;
  /** Name of the example to answer with. */
  exampleKey?: string;
}

type RawPreferences = Record<string, unknown>;

/**
 * Reads the preferences of a request; with the header, the query is not looked at.
 *
 * @param query map from parameter to its value, or to its values where it was sent more than once.
 * @throws {RefusedRequest} 422, in Prism's words, for a value that a preference does not take.
 */
export function readPreferences(
  header: string | undefined,
  query: Readonly<Record<string, string | string[]>>,
): Preferences {
  if (!header && !queryNames.some((name) => name in query)) return none;
  const raw = header ? parsePreferHeader(header) : readQuery(query);
  const failures = Object.entries(decoders).flatMap(([key, decoder]) => {
    const value = raw[key];
    if (value === undefined) return [];
    const expected = typeof value !== "string" ? "string" : decoder.accepts(value) ? undefined : decoder.expected;
    return expected
      ? [`optional property "${key}"\n└─ cannot decode ${JSON.stringify(value)}, should be ${expected}`]
      : [];
  });
  if (failures.length > 0) {
    throw new RefusedRequest("UNPROCESSABLE_ENTITY", 422, "Invalid request", failures.join("\n"));
  }
  return toPreferences(raw as Record<string, string | undefined>);
}

const decoders: Record<string, { expected: string; accepts(value: string): boolean }> = {
  code: { expected: "a number", accepts: (value) => /^\d{3}$/.test(value) },
  dynamic: { expected: "a boolean", accepts: (value) => value === "true" || value === "false" },
  seed: { expected: "string", accepts: () => true },
  example: { expected: "string", accepts: () => true },
};

const queryNames = Object.keys(decoders).map((key) => `__${key}`);
const none: Preferences = Object.freeze({});

function toPreferences({ code, dynamic, seed, example }: Record<string, string | undefined>): Preferences {
  return {
    ...(code !== undefined && { code: Number(code) }),
    ...(dynamic !== undefined && { dynamic: dynamic === "true" }),
    ...(seed !== undefined && { seed }),
    ...(example !== undefined && { exampleKey: example }),
  };
}

function readQuery(query: Readonly<Record<string, string | string[]>>): RawPreferences {
  return Object.fromEntries(Object.keys(decoders).map((key) => [key, query[`__${key}`]]));
}

/** Splits at commas outside quotes. The first value of a name counts; a name without a value is `true`, as in Prism. */
function parsePreferHeader(header: string): RawPreferences {
  const preferences: RawPreferences = {};
  for (const preference of splitOutsideQuotes(header, ",")) {
    const [pair = ""] = splitOutsideQuotes(preference, ";");
    const [name = "", ...rest] = pair.split("=");
    const key = name.trim().toLowerCase();
    const value = rest.join("=").trim();
    const unquoted = /^".*"$/.test(value) ? value.slice(1, -1) : value;
    preferences[key] ??= unquoted === "" ? true : unquoted;
  }
  return preferences;
}

function splitOutsideQuotes(text: string, separator: string): string[] {
  let isQuoted = false;
  const parts = [""];
  for (const character of text) {
    if (character === '"') isQuoted = !isQuoted;
    if (character === separator && !isQuoted) parts.push("");
    else parts[parts.length - 1] += character;
  }
  return parts;
}
