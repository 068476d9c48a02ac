/** A reverse proxy that passes an application's traffic on as it is, and compares it with the document. */
import * as http from "node:http";
import * as https from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { Readable } from "node:stream";
import { isJsonMediaType, type OpenApiDocument } from "@artifetch/document";
import { decodeBody } from "./content-encoding.ts";
import { isText, toEssence } from "./media-type.ts";
import type { HttpRequest, HttpResponse, RunEvent } from "./model.ts";
import { toClientHeaders, toHeaders, toPairs, toUpstreamHeaders } from "./proxy-headers.ts";
import { createTraffic, type Traffic, type TrafficReport } from "./traffic.ts";

export interface ContractProxyOptions {
  /** Base URL of the service: `http` or `https`, with a path prefix if it has one. */
  upstream: string;
  /** Default 0: a free one. */
  port?: number | undefined;
  /** Default `127.0.0.1`. */
  host?: string | undefined;
  /** Told of each answer as it is judged, which is after the application has it. */
  onEvent?: ((event: RunEvent) => void) | undefined;
  /** Bytes of a body that are kept to be judged; of a longer one, only status and headers are. Default 5 MiB. */
  bodyLimitBytes?: number | undefined;
  /** Milliseconds since 1970. Default `Date.now`. */
  now?: (() => number) | undefined;
}

export interface ContractProxy {
  /** Where the application goes instead of to the service, without a trailing slash. */
  url: string;
  /**
   * Stops listening, breaks off what is still open, and waits for what is being judged.
   *
   * @param interrupted why, for the report; absent where that was the plan.
   */
  close(interrupted?: string): Promise<TrafficReport>;
}

/**
 * Starts a proxy. What passes is neither changed nor held up: bodies are forwarded as they come, and a copy is judged later.
 *
 * @param document bundled: every `$ref` points into itself.
 * @throws {TypeError} when the upstream is not an absolute `http` or `https` URL; what `listen` throws, such as `EADDRINUSE`.
 *
 * @example
 * const proxy = await startContractProxy(document, { upstream: "https://api.example.com/v1", onEvent: console.log });
 * // … the application calls proxy.url …
 * const report = await proxy.close();
 */
export async function startContractProxy(
  document: OpenApiDocument,
  options: ContractProxyOptions,
): Promise<ContractProxy> {
  const { port = 0, host = "127.0.0.1", bodyLimitBytes = 5 * 2 ** 20, now = Date.now, onEvent } = options;
  const upstream = parseUpstream(options.upstream);
  const traffic = createTraffic(document, { baseUrl: withoutCredentials(upstream), onEvent, now });
  const open = new Set<Promise<void>>();
  const proxy: Proxy = {
    upstream,
    prefix: upstream.pathname.replace(/\/+$/, ""),
    pool: new (upstream.protocol === "https:" ? https : http).Agent({ keepAlive: true }),
    traffic,
    bodyLimitBytes,
    now,
    count: 0,
    open,
  };
  const server = createServer(proxy);
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, host, resolve));
  const address = server.address() as AddressInfo;
  const name = address.family === "IPv6" ? `[${address.address}]` : address.address;
  let closing: Promise<TrafficReport> | undefined;
  const close = async (interrupted?: string): Promise<TrafficReport> => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
    await Promise.all(open);
    proxy.pool.destroy();
    return traffic.end(interrupted);
  };
  return {
    url: `http://${name}:${address.port}`,
    close: (interrupted) => {
      closing ??= close(interrupted);
      return closing;
    },
  };
}

interface Proxy {
  upstream: URL;
  /** Path of the upstream without its last slash. */
  prefix: string;
  pool: http.Agent;
  traffic: Traffic;
  bodyLimitBytes: number;
  now: () => number;
  count: number;
  /** What is on its way through or being judged. */
  open: Set<Promise<void>>;
}

/** @throws {TypeError} with a message that says what is allowed. */
export function parseUpstream(text: string): URL {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
    throw new TypeError(
      `The upstream is "${text}": it has to be an absolute URL that starts with http:// or https://.`,
    );
  const url = new URL(text);
  if (url.search || url.hash)
    throw new TypeError(`The upstream is "${text}": it has to be a base URL, without a query or fragment.`);
  return url;
}

function withoutCredentials(url: URL): string {
  return url.origin + url.pathname.replace(/\/+$/, "");
}

/** A header of more than Node's 16 KiB is for the service to refuse. */
const maxHeaderSize = 128 * 1024;

function createServer(proxy: Proxy): http.Server {
  // The service sets limits of time, not what stands in front of it: uploads take as long as they take.
  const server = http.createServer({ maxHeaderSize, requestTimeout: 0 });
  const handle = (request: http.IncomingMessage, response: http.ServerResponse) => forward(proxy, request, response);
  server.on("request", handle);
  // Whether the body is wanted is for the service to say: its answer is passed on.
  server.on("checkContinue", handle);
  server.on("checkExpectation", handle);
  server.on("connect", (_, socket: Socket) => {
    socket.on("error", () => {});
    socket.end("HTTP/1.1 501 Not Implemented\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  });
  return server;
}

/** Answers in the proxy's own name. The problem type is the proxy's, so that no answer is taken for one of the service. */
function refuse(response: http.ServerResponse, status: number, title: string, detail: string): void {
  const body = JSON.stringify({ type: "urn:artifetch:contract-proxy", title, status, detail });
  response.writeHead(status, { "Content-Type": "application/problem+json", "Content-Length": Buffer.byteLength(body) });
  response.end(body);
}

function forward(proxy: Proxy, request: http.IncomingMessage, response: http.ServerResponse): void {
  const target = toTarget(proxy, request);
  if ("refusal" in target) {
    refuse(response, target.status, target.title, target.refusal);
    return;
  }
  const passage = new Passage(proxy, request, response, target.path);
  proxy.open.add(passage.done);
  void passage.done.then(() => proxy.open.delete(passage.done));
  passage.send(true);
}

type Target = { path: string } | { refusal: string; title: string; status: number };

/** The path to ask the upstream for, as it was sent: nothing in it is normalized. */
function toTarget({ upstream }: Proxy, { url = "/", headers }: http.IncomingMessage): Target {
  if (headers.upgrade?.toLowerCase().split(",")[0]?.trim() === "websocket") {
    const refusal = "This proxy passes on HTTP requests and their answers. Connect to the service itself.";
    return { refusal, title: "WebSocket connections are not passed on", status: 501 };
  }
  // Any other upgrade (h2c, say) is an offer, which may be left unanswered: RFC 9110, section 7.8.
  const absolute = /^https?:\/\/([^/?#]*)/i.exec(url);
  if (!absolute) return { path: url };
  const [origin, host = ""] = absolute;
  if (host.toLowerCase() === upstream.host || host.toLowerCase() === headers.host?.toLowerCase())
    return { path: url.slice(origin.length) || "/" };
  const refusal = `This proxy stands in front of ${upstream.host} and passes on nothing else.`;
  return { refusal, title: "The request is for another service", status: 421 };
}

/** One request and its answer on their way through. */
class Passage {
  readonly #proxy: Proxy;
  readonly #request: http.IncomingMessage;
  readonly #response: http.ServerResponse;
  readonly #path: string;
  readonly #number: number;
  readonly #startedAtMs: number;
  readonly #sent: BodyCopy;
  readonly #received: BodyCopy;
  #answer: http.IncomingMessage | undefined;
  #isSettled = false;
  #end: (judged?: Promise<void>) => void = () => {};
  /** Fulfilled when it has been judged, or will not be. */
  readonly done: Promise<void>;

  constructor(proxy: Proxy, request: http.IncomingMessage, response: http.ServerResponse, path: string) {
    proxy.count += 1;
    this.#proxy = proxy;
    this.#request = request;
    this.#response = response;
    this.#path = path;
    this.#number = proxy.count;
    this.#startedAtMs = proxy.now();
    this.#sent = new BodyCopy(request.headers["content-type"], proxy.bodyLimitBytes);
    this.#received = new BodyCopy(undefined, proxy.bodyLimitBytes);
    this.done = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.#sent.watch(request);
    request.on("error", () => {});
    response.on("error", () => {});
  }

  /** @param mayRepeat whether it may be sent once more, should a connection that was kept open turn out to be closed. */
  send(mayRepeat: boolean): void {
    const { upstream, prefix, pool } = this.#proxy;
    const { method = "GET", rawHeaders } = this.#request;
    const isPooled = !hasBody(this.#request) && (method === "GET" || method === "HEAD");
    const upward = (upstream.protocol === "https:" ? https : http).request({
      protocol: upstream.protocol,
      hostname: upstream.hostname.replace(/^\[|\]$/g, ""),
      port: upstream.port,
      method,
      path: this.#path === "*" ? "*" : prefix + this.#path,
      headers: toUpstreamHeaders(method, rawHeaders, upstream.host),
      // Only what can be sent again goes over a connection that the service may close at this very moment.
      agent: isPooled ? pool : false,
      maxHeaderSize,
    });
    const abort = () => upward.destroy();
    this.#response.once("close", abort);
    upward.on("continue", () => this.#response.writeContinue());
    upward.on("information", ({ statusCode, rawHeaders: raw }) => passInformation(this.#response, statusCode, raw));
    upward.once("response", (answer) => this.#pass(upward, answer));
    upward.on("error", (error: NodeJS.ErrnoException) => {
      this.#response.off("close", abort);
      const isStale = isPooled && upward.reusedSocket && mayRepeat && error.code === "ECONNRESET";
      if (isStale && !this.#answer && !this.#response.destroyed) this.send(false);
      else this.#fail(error);
    });
    passBody(this.#request, upward);
  }

  #pass(upward: http.ClientRequest, answer: http.IncomingMessage): void {
    const response = this.#response;
    this.#answer = answer;
    this.#received.setMediaType(answer.headers["content-type"]);
    this.#received.watch(answer);
    response.sendDate = false;
    const isChunkable = this.#request.httpVersionMinor >= 1;
    response.writeHead(
      answer.statusCode ?? 502,
      answer.statusMessage,
      toClientHeaders(answer.rawHeaders, isChunkable) as unknown as http.OutgoingHttpHeader[],
    );
    response.flushHeaders();
    answer.pipe(response, { end: false });
    answer.once("end", () => {
      if (answer.rawTrailers.length > 0) addTrailers(response, answer.rawTrailers);
      response.end(() => this.#settle());
      // The service has answered without waiting for the whole request.
      if (!upward.writableFinished) upward.destroy();
    });
    const breakOff = () => {
      if (answer.complete) return;
      // The application sees what it would have seen: a connection that is lost.
      response.destroy();
      this.#settle();
    };
    answer.once("error", breakOff);
    answer.once("close", breakOff);
    response.once("close", () => this.#settle());
  }

  #fail(error: NodeJS.ErrnoException): void {
    if (this.#isSettled || this.#answer) return;
    this.#isSettled = true;
    this.#end();
    const { method = "GET" } = this.#request;
    if (this.#response.destroyed) {
      this.#proxy.traffic.skip(method, toPath(this.#path), "the application ended the request before its answer came");
      return;
    }
    const reason = describe(error);
    this.#proxy.traffic.skip(method, toPath(this.#path), `no answer came from the service: ${reason}`);
    const detail = `No answer came from ${this.#proxy.upstream.origin}: ${reason}.`;
    refuse(this.#response, 502, "The service cannot be reached", detail);
  }

  /** The answer has passed, or will not come to its end: time to judge. */
  #settle(): void {
    const answer = this.#answer;
    if (this.#isSettled || !answer) return;
    this.#isSettled = true;
    // The application may have left, which is no fault of the answer.
    const isLost = !answer.complete && !this.#response.writableFinished && answer.errored !== null;
    const isLeft = !answer.complete && !isLost;
    const { traffic } = this.#proxy;
    const { method = "GET" } = this.#request;
    // Traffic goes on whatever the judge stumbles over, such as a schema that is none.
    const judged = this.#judge(answer, isLost, isLeft).catch((error: Error) =>
      traffic.skip(method, toPath(this.#path), `it could not be judged: ${error.message}`),
    );
    this.#end(judged);
  }

  async #judge(answer: http.IncomingMessage, isLost: boolean, isLeft: boolean): Promise<void> {
    const { traffic, now, bodyLimitBytes } = this.#proxy;
    const durationMs = now() - this.#startedAtMs;
    const request = await this.#readRequest();
    const headers = toHeaders(answer.rawHeaders);
    const copy = this.#received.read();
    const response: HttpResponse = {
      status: answer.statusCode ?? 0,
      headers,
      ...(copy.bodyIsPartial || isLeft || isLost
        ? { body: copy.body, ...((copy.bodyIsPartial || isLeft) && { bodyIsPartial: true }) }
        : await decodeBody(copy.body, headers["content-encoding"], bodyLimitBytes)),
      ...(isLost && { bodyError: "the connection was lost" }),
    };
    await traffic.add({
      exchange: { request, response, durationMs },
      path: toPath(this.#path),
      title: `request ${this.#number}`,
      hasAllHeaders: true,
      hasSecrets: true,
    });
  }

  async #readRequest(): Promise<HttpRequest> {
    const { method = "GET", rawHeaders, complete } = this.#request;
    const { upstream, prefix, bodyLimitBytes } = this.#proxy;
    const { host: _, ...headers } = toHeaders(rawHeaders);
    const copy = this.#sent.read();
    const decoded = await decodeBody(copy.body, headers["content-encoding"], bodyLimitBytes);
    const isPartial = copy.bodyIsPartial || decoded.bodyIsPartial || !complete;
    const url = upstream.origin + (this.#path === "*" ? "/" : prefix + this.#path);
    return {
      method,
      url,
      headers,
      ...(hasBody(this.#request) && { body: decoded.body }),
      ...(isPartial && { bodyIsPartial: true }),
    };
  }
}

/** The beginning of a body that passes by: all of what can be judged, up to the limit; of bytes only that there are some. */
class BodyCopy {
  #chunks: Buffer[] = [];
  #length = 0;
  #limit: number;
  #isCut = false;
  readonly #limitBytes: number;

  constructor(mediaType: string | undefined, limitBytes: number) {
    this.#limitBytes = limitBytes;
    this.#limit = limitBytes;
    this.setMediaType(mediaType);
  }

  setMediaType(mediaType: string | undefined): void {
    this.#limit = mediaType === undefined || isJudged(mediaType) ? this.#limitBytes : Math.min(1024, this.#limitBytes);
  }

  watch(stream: Readable): void {
    stream.on("data", (chunk: Buffer) => {
      const room = this.#limit - this.#length;
      if (chunk.length > room) this.#isCut = true;
      if (room <= 0) return;
      this.#chunks.push(chunk.subarray(0, room));
      this.#length += Math.min(chunk.length, room);
    });
    // Watching must not start the flow: whoever passes it on does.
    stream.pause();
  }

  read(): { body: Uint8Array; bodyIsPartial?: boolean } {
    const body = Buffer.concat(this.#chunks);
    this.#chunks = [];
    return { body, ...(this.#isCut && { bodyIsPartial: true }) };
  }
}

function isJudged(mediaType: string): boolean {
  const essence = toEssence(mediaType);
  const isForm = essence === "application/x-www-form-urlencoded" || essence === "multipart/form-data";
  return isJsonMediaType(mediaType) || isText(mediaType) || isForm;
}

/** RFC 9112, section 6.3: a request has a body where one of these is. */
function hasBody({ headers }: http.IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}

function passBody(request: http.IncomingMessage, upward: http.ClientRequest): void {
  if (!hasBody(request)) {
    request.resume();
    upward.end();
    return;
  }
  // Who waits to be told to continue sends nothing yet, and a slow body is no reason to hold back what came before it.
  upward.flushHeaders();
  request.pipe(upward, { end: false });
  request.once("end", () => {
    if (request.rawTrailers.length > 0) addTrailers(upward, request.rawTrailers);
    upward.end();
  });
}

function addTrailers(message: http.OutgoingMessage, raw: readonly string[]): void {
  message.addTrailers(toPairs(raw));
}

/** 103 Early Hints and whatever else comes before the answer; 100 has an event of its own. */
function passInformation(response: http.ServerResponse, status: number, raw: readonly string[]): void {
  const { link } = toHeaders(raw);
  if (status === 102) response.writeProcessing();
  else if (status === 103 && link !== undefined) response.writeEarlyHints({ ...toHeaders(raw), link });
}

function toPath(path: string): string {
  return path.split(/[?#]/, 1)[0] ?? path;
}

function describe(error: NodeJS.ErrnoException): string {
  const [first] = error instanceof AggregateError ? error.errors : [];
  return error.message || (first instanceof Error ? first.message : (error.code ?? error.name));
}
