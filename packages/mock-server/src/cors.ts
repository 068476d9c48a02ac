/** Cross-origin headers, as Prism sends them. */

import type { MockRequest, MockResponse } from "./message.ts";

/** The headers that every answer gets: whoever asks may read it, with credentials. */
export function toCorsHeaders(headers: MockRequest["headers"]): Readonly<Record<string, string>> {
  if (!corsRequestHeaders.some((name) => headers[name])) return defaultCorsHeaders;
  return {
    "access-control-allow-origin": headers.origin || "*",
    "access-control-allow-headers": headers["access-control-request-headers"] || "*",
    "access-control-allow-credentials": "true",
    "access-control-expose-headers": headers["access-control-expose-headers"] || "*",
  };
}

/** The answer to a preflight request; undefined for every other request. Needs no path of the document. */
export function answerPreflight({ method, headers }: MockRequest): MockResponse | undefined {
  const requested = headers["access-control-request-method"];
  if (method !== "OPTIONS" || !headers.origin || !requested) return undefined;
  return {
    status: 204,
    headers: { "access-control-allow-methods": requested, vary: "origin", "content-length": "0" },
    problems: [],
  };
}

const corsRequestHeaders = ["origin", "access-control-request-headers", "access-control-expose-headers"];

/** Those of an answer to a request that has none of its own; always the same object. */
export const defaultCorsHeaders: Readonly<Record<string, string>> = {
  "access-control-allow-origin": "*",
  "access-control-allow-headers": "*",
  "access-control-allow-credentials": "true",
  "access-control-expose-headers": "*",
};
