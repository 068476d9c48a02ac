/** The mock server on a socket. */

import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { answerPreflight, toCorsHeaders } from "./cors.ts";
import { ListenError } from "./errors.ts";
import { formatLogEntry } from "./log.ts";
import type { MockRequest } from "./message.ts";
import { checkServerOptions, defaultHost, defaultPort, type MockServerOptions } from "./options.ts";
import { bodyLimitBytes, splitUrl } from "./read-request.ts";
import { createSite, type Site, type SiteResponse } from "./site.ts";

export interface RunningApi {
  /** API name, or a slug of the document's file name. */
  name: string;
  /** Base URL of the API, without a slash at its end. */
  url: string;
  title: string;
  /** Number of operations. */
  operations: number;
}

export interface MockServer {
  /** `http://HOST:PORT`, without a slash at its end. */
  url: string;
  port: number;
  apis: RunningApi[];
  /** Stops listening and resolves when the open requests are answered; idle connections are closed. Can be called again. */
  close(): Promise<void>;
}

/**
 * Starts a mock server; listens only when every target is ready.
 *
 * @throws {OptionError} for an option that does not exist or a value that it does not take.
 * @throws {DocumentError} (of `@artifetch/document/load`) for a target that cannot be read.
 * @throws {MockServerError} for two targets of one name, or a document without operations.
 * @throws {ListenError} when the address cannot be listened on.
 *
 * @example
 * const mock = await startMockServer({ targets: ["./openapi.yaml"], port: 0 });
 * const response = await fetch(`${mock.url}/runs/42`);
 * await mock.close();
 */
export async function startMockServer(options: MockServerOptions = {}): Promise<MockServer> {
  checkServerOptions(options);
  const site = await createSite(options);
  const server = createServer((request, response) => {
    void respond(site, options, server, request, response);
  });
  const url = await listen(server, options.port ?? defaultPort, options.host ?? defaultHost);
  return {
    url,
    port: (server.address() as AddressInfo).port,
    apis: site.apis.map(({ name, basePath, title, operations }) => ({ name, url: url + basePath, title, operations })),
    close: () => close(server),
  };
}

const listenReasons: Record<string, string> = {
  EADDRINUSE: "it is in use. Stop the other program, or choose another port; port 0 picks a free one",
  EACCES: "it needs more rights than this process has. Choose a port of 1024 or above; port 0 picks a free one",
  EADDRNOTAVAIL: "it is no address of this machine",
  ENOTFOUND: "the host name is unknown",
};

/** Resolves to the URL of the server. */
async function listen(server: Server, port: number, host: string): Promise<string> {
  server.listen(port, host);
  await once(server, "listening").catch((error: NodeJS.ErrnoException) => {
    const reason = listenReasons[error.code ?? ""] ?? error.message;
    throw new ListenError(`Cannot listen on ${toAuthority(host, port)}: ${reason}.`, { cause: error });
  });
  return `http://${toAuthority(host, (server.address() as AddressInfo).port)}`;
}

function toAuthority(host: string, port: number): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

async function close(server: Server): Promise<void> {
  server.close();
  await once(server, "close");
}

/** Answers one request. Never rejects: what fails here has lost its client. */
async function respond(
  site: Site,
  options: MockServerOptions,
  server: Server,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const startMs = performance.now();
  try {
    const request = await toRequest(incoming);
    const answer = (options.cors !== false && answerPreflight(request)) || (await site.handle(request));
    if (outgoing.closed) return;
    const cors = options.cors === false ? {} : toCorsHeaders(request.headers);
    // A connection kept open would keep a closing server from ending.
    const connection = server.listening ? {} : { connection: "close" };
    outgoing.writeHead(answer.status, { ...cors, ...answer.headers, ...connection });
    outgoing.end(answer.body);
    await once(outgoing, "close");
    writeLog(options, request, answer, performance.now() - startMs);
  } catch {
    // The client went away while it sent or while it was answered: there is nobody to tell.
    outgoing.destroy();
  }
}

async function toRequest(incoming: IncomingMessage): Promise<MockRequest> {
  const headers = Object.entries(incoming.headers).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.join(", ") : value,
  ]);
  const body = await readBody(incoming);
  return {
    method: incoming.method ?? "GET",
    url: incoming.url ?? "/",
    headers: Object.fromEntries(headers.filter(([, value]) => value !== undefined)),
    ...(body && { body }),
  };
}

/** Stops one chunk after the limit: that much is enough to refuse it. Node reads the rest away. */
async function readBody(incoming: IncomingMessage): Promise<Uint8Array | undefined> {
  if (incoming.headers["content-length"] === undefined && incoming.headers["transfer-encoding"] === undefined) return;
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  // Leaving the loop must not destroy the connection that the answer goes to.
  for await (const chunk of incoming.iterator({ destroyOnReturn: false })) {
    chunks.push(chunk);
    sizeBytes += chunk.byteLength;
    if (sizeBytes > bodyLimitBytes) break;
  }
  return Buffer.concat(chunks);
}

function writeLog(options: MockServerOptions, request: MockRequest, answer: SiteResponse, durationMs: number): void {
  const { status, api, operationId, problems } = answer;
  const line = formatLogEntry(
    {
      method: request.method,
      path: toPath(request.url),
      status,
      durationMs,
      ...(api !== undefined && { api }),
      ...(operationId !== undefined && { operationId }),
      problems,
    },
    options.log ?? "silent",
  );
  if (line !== undefined) (options.writeLine ?? writeToStandardOutput)(line);
}

/** The path for the log; a URL that cannot be read is logged up to its query. */
function toPath(url: string): string {
  try {
    return splitUrl(url).pathname;
  } catch {
    return url.split("?")[0] ?? url;
  }
}

function writeToStandardOutput(line: string): void {
  process.stdout.write(`${line}\n`);
}
