/** Headers of one hop, and of the next (RFC 9110, section 7.6.1): pure. Lists are flat, name and value in turn, as Node gives them. */

/** Only between two neighbours, beside what `Connection` names. `Transfer-Encoding` stays: it is how Node frames the next hop. */
const hopByHop = new Set(["connection", "keep-alive", "proxy-connection", "te", "upgrade"]);

/** Pairs of a flat list. */
export function toPairs(raw: readonly string[]): [name: string, value: string][] {
  return raw.flatMap((name, index): [string, string][] => (index % 2 === 0 ? [[name, raw[index + 1] ?? ""]] : []));
}

/** By lower-case name; lines of one name are joined with `, ` (RFC 9110, section 5.3), of cookies with `; `. */
export function toHeaders(raw: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of toPairs(raw)) {
    const key = name.toLowerCase();
    const known = Object.hasOwn(headers, key) ? headers[key] : undefined;
    headers[key] = known === undefined ? value : `${known}${key === "cookie" ? "; " : ", "}${value}`;
  }
  return headers;
}

function withoutHop(raw: readonly string[]): [string, string][] {
  const { connection = "" } = toHeaders(raw);
  const named = new Set(connection.split(",").map((name) => name.trim().toLowerCase()));
  return toPairs(raw).filter(([name]) => !hopByHop.has(name.toLowerCase()) && !named.has(name.toLowerCase()));
}

/**
 * Headers of a request for the upstream: order, spelling and repeated lines as they came, `Host` rewritten.
 *
 * @param host of the upstream.
 */
export function toUpstreamHeaders(method: string, raw: readonly string[], host: string): string[] {
  const headers = toHeaders(raw);
  const pairs = withoutHop(raw).map(([name, value]) => [name, name.toLowerCase() === "host" ? host : value] as const);
  if (headers.host === undefined) pairs.unshift(["Host", host]);
  const isFramed = headers["content-length"] !== undefined || headers["transfer-encoding"] !== undefined;
  // Without either there is no body; said aloud, or Node would announce one (RFC 9110, section 8.6).
  if (!isFramed && ["POST", "PUT", "PATCH"].includes(method)) pairs.push(["Content-Length", "0"]);
  // Trailers are passed on, so whoever takes them may still say so.
  if (/\btrailers\b/i.test(headers.te ?? "")) pairs.push(["TE", "trailers"], ["Connection", "TE"]);
  return pairs.flat();
}

/**
 * Headers of an answer for the client, in the same way.
 *
 * @param isChunkable whether the client takes a chunked body: HTTP/1.1.
 */
export function toClientHeaders(raw: readonly string[], isChunkable: boolean): string[] {
  const isChunked = toHeaders(raw)["transfer-encoding"] !== undefined && isChunkable;
  return (
    withoutHop(raw)
      .filter(([name]) => isChunkable || name.toLowerCase() !== "transfer-encoding")
      // Only a chunked body has trailers; Node refuses to announce them for another.
      .filter(([name]) => isChunked || name.toLowerCase() !== "trailer")
      .flat()
  );
}
