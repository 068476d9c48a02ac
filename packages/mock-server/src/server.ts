/** The mock server on a socket. */

import { once } from "node:events";
import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeader, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { OpenApiDocument } from "@artifetch/document";
import { answerPreflight, defaultCorsHeaders, toCorsHeaders } from "./cors.ts";
import { ListenError, OptionError } from "./errors.ts";
import { sendWithFault } from "./fault-delivery.ts";
import { createGuardedServer, defaultTimeouts, endWhenRead } from "./guarded-server.ts";
import type { Journal } from "./journal.ts";
import { createRequestLog, type RequestLog } from "./log.ts";
import { type MockRequest, type MockResponse, toProblemResponse } from "./message.ts";
import { checkServerOptions, defaultHost, defaultPort, type MockServerOptions } from "./options.ts";
import { bodyLimitBytes, isTooLarge, toBodyTooLarge } from "./read-request.ts";
import { toSampleCall } from "./sample-call.ts";
import { createSite, type ServedApi, type Site, type SiteResponse } from "./site.ts";
import { wait } from "./wait.ts";
import { watchSite } from "./watch.ts";

/** An API of a running server. */
export interface RunningApi {
  /** API name, or a slug of the document's file name. */
  name: string;
  /** Base URL of the API, without a slash at its end. */
  url: string;
  title: string;
  /** Number of operations. */
  operations: number;
  /** Hosts that name the API in a request, lower case, without port: `<name>.localhost`, then those of the document's servers. */
  hosts: string[];
  /** A command line that calls one of its operations, with any credentials; missing where none can be called by headers alone. */
  readonly curl?: string | undefined;
  /** With `stateful`: what the document does not say, so that it is not remembered; one sentence each. */
  notes?: readonly string[];
}

/** A running server. */
export interface MockServer {
  /** `http://HOST:PORT`, without a slash at its end. */
  url: string;
  port: number;
  /** In the order of the targets. A reload of a document (`watch`) changes them. */
  readonly apis: RunningApi[];
  /** What was asked and answered, with the option `journal`. */
  journal: Journal;
  /**
   * Stops listening and resolves when the open requests are answered and logged, or did not end in time (`timeouts`); idle
   * connections are closed. Can be called again.
   */
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
  if (options.watch && site.documents.every(({ files }) => files.length === 0)) {
    throw new OptionError("watch", "has nothing to watch: no target is a local file.");
  }
  const log = createRequestLog(options);
  const closing = new AbortController();
  const timeouts = { ...defaultTimeouts, ...options.timeouts };
  const server = createGuardedServer(
    timeouts,
    (request, response) => respond(context, request, response),
    closing.signal,
  );
  const context: Context = {
    site,
    server,
    closing: closing.signal,
    cors: options.cors ?? true,
    log,
    wires: new WeakMap(),
  };
  const url = await listen(server, options.port ?? defaultPort, options.host ?? defaultHost);
  const watching = options.watch && watchSite(site, options.writeMessage ?? writeToStandardError);
  return {
    url,
    port: (server.address() as AddressInfo).port,
    get apis() {
      return site.apis.map(({ basePath, ...api }, index) =>
        toRunningApi(api, url + basePath, site.documents[index]?.document),
      );
    },
    journal: site.journal,
    async close() {
      if (watching) watching.stop();
      await close(server, closing, timeouts.requestMs);
      await log?.flush();
    },
  };
}

function toRunningApi(
  { name, title, operations, hosts, notes }: Omit<ServedApi, "basePath">,
  url: string,
  document: OpenApiDocument | undefined,
): RunningApi {
  return {
    name,
    url,
    title,
    operations,
    hosts,
    ...(notes && { notes }),
    // Only when it is read: in a large document there is much to look through.
    get curl() {
      return document && toSampleCall(document, url);
    },
  };
}

/** What answering a request needs to know of its server. */
interface Context {
  site: Site;
  server: Server;
  /** Aborts when the server closes. */
  closing: AbortSignal;
  cors: boolean;
  log: RequestLog | undefined;
  wires: WeakMap<MockResponse, Wire>;
}

/** An answer as `node:http` takes it. */
interface Wire {
  /** Name, value, name, value. */
  headers: OutgoingHttpHeader[];
  /** A short body as text, one character per byte: head and body then go out as one piece, which is a fifth faster. */
  body: string | Uint8Array | undefined;
}

const listenReasons: Record<string, string> = {
  EADDRINUSE: "it is in use. Stop the other program, or choose another port; port 0 picks a free one",
  EACCES: "it needs more rights than this process has. Choose a port of 1024 or above; port 0 picks a free one",
  EADDRNOTAVAIL: "it is no address of this machine",
  ENOTFOUND: "the host name is unknown",
};

/**
 * Resolves to the URL of the server.
 *
 * @throws {ListenError}
 */
export async function listen(server: Server, port: number, host: string): Promise<string> {
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

/** A request that does not end in time is cut off: a server that closes does not watch its connections any more. */
async function close(server: Server, closing: AbortController, limitMs: number): Promise<void> {
  closing.abort();
  server.close();
  const closed = new AbortController();
  wait(limitMs, closed.signal).then(
    () => server.closeAllConnections(),
    () => {},
  );
  await once(server, "close");
  closed.abort();
}

/** Answers one request. Never throws: what fails here has lost its client. */
function respond(context: Context, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const startMs = context.log ? performance.now() : 0;
  const request = toRequest(incoming);
  // The client went away while it sent or while it was answered: there is nobody to tell.
  const giveUp = (): unknown => outgoing.destroy();
  if (isTooLarge(incoming.headers)) refuseBody();
  else if (hasBody(incoming)) {
    readBody(incoming)
      .then((body) => (body.byteLength > bodyLimitBytes ? refuseBody() : answer({ ...request, body })))
      .catch(giveUp);
  } else answer(request);

  function refuseBody(): void {
    if (outgoing.destroyed || outgoing.headersSent) return;
    const response = toProblemResponse(toBodyTooLarge());
    logOnClose(request, response);
    outgoing.writeHead(response.status, toWire(context, request, response).headers);
    endWhenRead(incoming, outgoing, response.body);
  }

  function answer(request: MockRequest): void {
    const response = (context.cors && answerPreflight(request)) || context.site.handle(request);
    if (response instanceof Promise) response.then((settled) => send(request, settled)).catch(giveUp);
    else send(request, response);
  }

  function send(request: MockRequest, response: SiteResponse): void {
    // What came after the request may have been refused already, and the connection with it.
    if (outgoing.destroyed || outgoing.headersSent) return;
    logOnClose(request, response);
    if (response.fault) {
      const writeHead = () => outgoing.writeHead(response.status, toWire(context, request, response).headers);
      sendWithFault(incoming.socket, outgoing, writeHead, response, context.closing).catch(giveUp);
      return;
    }
    const { headers, body } = toWire(context, request, response);
    outgoing.writeHead(response.status, headers);
    outgoing.end(body, "latin1");
  }

  function logOnClose(request: MockRequest, response: SiteResponse): void {
    const { log } = context;
    if (log) outgoing.once("close", () => writeLog(log, request, response, performance.now() - startMs));
  }
}

/** Longer bodies are not copied. */
const textLimitBytes = 16 * 1024;

/** That of answers that are given again is made once. */
function toWire(context: Context, request: MockRequest, response: SiteResponse): Wire {
  const cors = context.cors ? toCorsHeaders(request.headers) : {};
  // A connection kept open would keep a closing server from ending.
  const connection = context.server.listening ? {} : { connection: "close" };
  const isUsual = cors === defaultCorsHeaders && context.server.listening;
  const known = isUsual && context.wires.get(response);
  if (known) return known;
  const { body } = response;
  const wire = {
    headers: Object.entries({ ...cors, ...response.headers, ...connection }).flat(),
    body:
      body && body.byteLength <= textLimitBytes
        ? Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("latin1")
        : body,
  };
  if (isUsual) context.wires.set(response, wire);
  return wire;
}

function toRequest(incoming: IncomingMessage): MockRequest {
  return { method: incoming.method ?? "GET", url: incoming.url ?? "/", headers: toHeaders(incoming.headers) };
}

/** One text per name: of all headers of a request, Node gives a list for none but this one. */
function toHeaders(headers: IncomingHttpHeaders): MockRequest["headers"] {
  const cookies = headers["set-cookie"];
  return (cookies ? { ...headers, "set-cookie": cookies.join(", ") } : headers) as MockRequest["headers"];
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers["content-length"] !== undefined || headers["transfer-encoding"] !== undefined;
}

/** Stops one chunk after the limit: that much is enough to refuse it. */
async function readBody(incoming: IncomingMessage): Promise<Uint8Array> {
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

function writeLog(log: RequestLog, request: MockRequest, response: SiteResponse, durationMs: number): void {
  const { status, api, operationId, problems } = response;
  log.write({
    method: request.method,
    path: toPath(request.url),
    status,
    durationMs,
    ...(api !== undefined && { api }),
    ...(operationId !== undefined && { operationId }),
    problems,
  });
}

/** The path for the log, as it was sent; of a whole URL that cannot be read, all up to its query. */
function toPath(url: string): string {
  const end = url.search(/[?#]/);
  const text = end < 0 ? url : url.slice(0, end);
  return text.startsWith("/") || !URL.canParse(text) ? text : new URL(text).pathname;
}

function writeToStandardError(message: string): void {
  process.stderr.write(`artifetch-mock: ${message}\n`);
}
