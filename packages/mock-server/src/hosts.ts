/** Which API a request means by its host: `<api>.localhost`, or a host of the document's own servers. */

import type { OpenApiDocument, Server } from "@artifetch/document";

/** An address that an API has in the world. */
export interface HostAddress {
  /** Lower case, without a port. */
  host: string;
  /** Path of the server URL without a slash at its end; `""` for none. It is not part of the document's paths. */
  base: string;
}

/** More than this many addresses of one server are not made: its variables multiply. */
const addressLimit = 1000;

/**
 * `<name>.localhost`, then the addresses of the document's servers, those of its paths and operations included, each with
 * every value that its variables list or have by default. Relative URLs have no host; loopback hosts are everyone's.
 */
export function listAddresses(name: string, document: OpenApiDocument): HostAddress[] {
  const urls = listServers(document).flatMap((server) => takeFirst(fillVariables(server), addressLimit));
  const addresses = urls.map(toAddress).filter((address) => address !== undefined);
  const own = { host: `${name}.localhost`, base: "" };
  const unique = new Map([own, ...addresses].map((address) => [JSON.stringify(address), address]));
  return [...unique.values()].filter(({ host }) => !isLoopback(host));
}

function listServers(document: OpenApiDocument): Server[] {
  const items = Object.values(document.paths ?? {});
  const operations = items.flatMap((item) => Object.values(item ?? {}));
  return [document, ...items, ...operations].flatMap((holder) => {
    const servers: unknown = typeof holder === "object" && holder !== null && "servers" in holder && holder.servers;
    return Array.isArray(servers) ? servers.filter((server): server is Server => typeof server?.url === "string") : [];
  });
}

function* fillVariables({ url, variables = {} }: Server): Generator<string> {
  const [, name] = /\{([^{}]+)\}/.exec(url) ?? [];
  const variable = name === undefined ? undefined : variables[name];
  if (!variable) return yield url;
  for (const value of new Set([variable.default, ...(variable.enum ?? [])])) {
    yield* fillVariables({ url: url.replaceAll(`{${name}}`, String(value).replaceAll(/[{}]/g, "")), variables });
  }
}

function takeFirst<T>(values: Iterable<T>, count: number): T[] {
  const taken: T[] = [];
  for (const value of values) if (taken.push(value) === count) break;
  return taken;
}

function toAddress(url: string): HostAddress | undefined {
  // A variable that is not described stays in its braces.
  if (/[{}]/.test(url) || !URL.canParse(url)) return undefined;
  const { hostname, pathname } = new URL(url);
  return hostname === "" ? undefined : { host: hostname, base: pathname.replace(/\/+$/, "") };
}

export interface HostMatch<T> {
  api: T;
  /** Path in the document. */
  path: string;
}

/**
 * Finds the API that a host and a path name. Of several at one host: the one that has the path, else the one with the longest
 * base path, else the first one. Undefined: the host is nobody's, or the path is below none of its base paths.
 *
 * @param ownHost what the server listens on; it names no API, whatever a document says.
 */
export function createHostTable<T extends { addresses: readonly HostAddress[]; hasPath(path: string): boolean }>(
  apis: readonly T[],
  ownHost: string,
): (host: string, path: string) => HostMatch<T> | undefined {
  const entries = apis
    .flatMap((api) => api.addresses.map(({ host, base }) => ({ api, host, base })))
    .filter(({ host }) => host !== ownHost.toLowerCase())
    .sort((a, b) => b.base.length - a.base.length);
  const table = new Map<string, typeof entries>();
  for (const entry of entries) table.set(entry.host, [...(table.get(entry.host) ?? []), entry]);

  let lastHost = "";
  let found: typeof entries | undefined;
  return (host, path) => {
    // Nearly every request has the host of the one before.
    if (host !== lastHost) [lastHost, found] = [host, table.get(toHostName(host))];
    if (!found) return undefined;
    const matches = found
      .filter(({ base }) => path === base || path.startsWith(`${base}/`))
      .map(({ api, base }) => ({ api, path: path.slice(base.length) || "/" }));
    if (matches.length > 1) return matches.find((match) => match.api.hasPath(match.path)) ?? matches[0];
    // The document is at the root of its host as well as at its base path.
    const [{ api } = {}] = path === "/openapi.json" ? found : [];
    return matches[0] ?? (api && { api, path });
  };
}

/** The name in a `Host` header (or of a whole URL on the request line): lower case, without port and final dot. */
export function toHostName(host: string): string {
  return host.toLowerCase().replace(/:\d*$/, "").replace(/\.$/, "");
}

/** Whether a host is this machine itself, which says nothing about the API that is meant. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "[::1]" || host === "0.0.0.0" || /^127(\.\d+){3}$/.test(host);
}
