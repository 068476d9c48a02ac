/** A `node:http` server that no client holds up: limits of time, and an answer to what is no HTTP. */

import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { finished } from "node:stream/promises";
import { type MockResponse, toProblemResponse } from "./message.ts";
import { createServer, STATUS_CODES } from "./node-http.ts";
import { RefusedRequest } from "./problem.ts";
import { isTooLarge } from "./read-request.ts";
import { wait } from "./wait.ts";

/** All in milliseconds, 1 or more. */
export interface Timeouts {
  /** From the first byte of a request, or the start of its connection, to the end of its head. Default 10,000. */
  headersMs: number;
  /** From there to the end of its body; and from `close()` to the end of the last connection. Default 60,000. */
  requestMs: number;
  /** How long a connection waits for its next request. Default 30,000. */
  keepAliveMs: number;
  /** How long a connection may be without a byte in either direction, an answer that is not read included. Default 600,000. */
  idleMs: number;
}

export const defaultTimeouts: Timeouts = {
  headersMs: 10_000,
  requestMs: 60_000,
  keepAliveMs: 30_000,
  idleMs: 600_000,
};

/** After a refusal, what still comes is read for so long: the client may write first and read then. */
const lingerMs = 2_000;

/**
 * @param respond answers a request; what it is not asked about was refused.
 * @param closing aborts when the server closes.
 */
export function createGuardedServer(
  { headersMs, requestMs, keepAliveMs, idleMs }: Timeouts,
  respond: (incoming: IncomingMessage, outgoing: ServerResponse) => void,
  closing: AbortSignal,
): Server {
  /** By connection: the answer to its latest request. */
  const latest = new WeakMap<Duplex, ServerResponse>();
  const refused = new WeakSet<Duplex>();
  const receive = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    latest.set(incoming.socket, outgoing);
    try {
      // RFC 9112, section 3.2. Node's own refusal would be lost on a client that still sends.
      if (incoming.headers.host === undefined && incoming.httpVersion === "1.1") refuseUnread(incoming, outgoing);
      else respond(incoming, outgoing);
    } catch {
      // Whatever it is, it must not end the process, and half an answer is none.
      outgoing.destroy();
    }
  };
  const server = createServer(
    {
      requireHostHeader: false,
      headersTimeout: Math.min(headersMs, requestMs),
      requestTimeout: requestMs,
      keepAliveTimeout: keepAliveMs,
      connectionsCheckingInterval: Math.min(1000, headersMs, requestMs),
    },
    receive,
  );
  server.timeout = idleMs;
  server.on("checkContinue", (incoming: IncomingMessage, outgoing: ServerResponse) => {
    // Without the word to go on, the client does not send the body; where the next request would start is not known then.
    if (isTooLarge(incoming.headers)) outgoing.setHeader("connection", "close");
    // While an earlier answer is on its way, Node would write the word into the middle of this one.
    else if (outgoing.socket) outgoing.writeContinue();
    receive(incoming, outgoing);
  });
  server.on("clientError", (error, socket) => {
    if (refused.has(socket)) return;
    refused.add(socket);
    refuseInTurn(socket, toRefusal(error), latest.get(socket), closing);
  });
  server.on("connect", (_, socket) => {
    const detail = "This server is no proxy: it does not take CONNECT.";
    refuseInTurn(socket, new RefusedRequest("NOT_IMPLEMENTED", 501, "Not implemented", detail), undefined, closing);
  });
  return server;
}

/** Answers in the order of the requests on a connection. */
function refuseInTurn(
  socket: Duplex,
  refusal: RefusedRequest,
  latest: ServerResponse | undefined,
  closing: AbortSignal,
): void {
  if (!latest || (latest.req.complete && latest.writableFinished)) refuse(socket, refusal, closing);
  else if (latest.req.complete) latest.once("close", () => refuse(socket, refusal, closing));
  else {
    // It is the body of this request that is wrong; it may have been answered already.
    if (!latest.headersSent) {
      const { status, headers, body } = toProblemResponse(refusal);
      latest.writeHead(status, { ...headers, connection: "close" });
      latest.flushHeaders();
      latest.write(body);
    }
    if (latest.socket) endLate(socket, closing);
    else latest.end(() => endLate(socket, closing));
  }
}

function refuseUnread(incoming: IncomingMessage, outgoing: ServerResponse): void {
  const refusal = new RefusedRequest("INVALID_HTTP", 400, "Invalid HTTP", "The request has no Host header.");
  const { status, headers, body } = toProblemResponse(refusal);
  outgoing.writeHead(status, { ...headers, connection: "close" });
  endWhenRead(incoming, outgoing, body);
}

/** Sends the body of an answer at once, and its end when that of the request is read: see {@link endLate}. */
export function endWhenRead(incoming: IncomingMessage, outgoing: ServerResponse, body: Uint8Array | undefined): void {
  // Of an answer to HEAD nothing but this is sent before its end.
  outgoing.flushHeaders();
  if (body) outgoing.write(body);
  incoming.resume();
  // Who waits for the word to go on sends nothing after a refusal.
  if (incoming.headers.expect !== undefined || incoming.readableEnded) outgoing.end();
  else
    finished(incoming).then(
      () => outgoing.end(),
      () => outgoing.destroy(),
    );
}

function refuse(socket: Duplex, refusal: RefusedRequest, closing: AbortSignal): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  socket.write(toBytes(toProblemResponse(refusal)));
  endLate(socket, closing);
}

/** Ends a connection, and reads what still comes: unread bytes make the system reset it, and the client does not see the answer. */
function endLate(socket: Duplex, closing: AbortSignal): void {
  const closed = new AbortController();
  socket.once("close", () => closed.abort());
  socket.on("error", () => {});
  socket.end();
  socket.resume();
  wait(lingerMs, closed.signal, closing).then(
    () => socket.destroy(),
    () => {},
  );
}

function toBytes({ status, headers, body = new Uint8Array() }: MockResponse): Uint8Array {
  const lines = Object.entries({ ...headers, connection: "close" }).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\n${lines.join("")}\r\n`;
  return Buffer.concat([Buffer.from(head, "latin1"), body]);
}

function toRefusal(error: Error & { code?: unknown; reason?: unknown }): RefusedRequest {
  if (error.code === "HPE_HEADER_OVERFLOW") {
    const detail = "The request line and the headers exceed 16 KiB.";
    return new RefusedRequest("HEADERS_TOO_LARGE", 431, "Request headers too large", detail);
  }
  if (error.code === "ERR_HTTP_REQUEST_TIMEOUT") {
    return new RefusedRequest("REQUEST_TIMEOUT", 408, "Request timeout", "The request did not end in time.");
  }
  // The parser's own words, which do not quote the request.
  const detail =
    typeof error.reason === "string"
      ? `The request is no valid HTTP: ${error.reason}.`
      : "The request is no valid HTTP.";
  return new RefusedRequest("INVALID_HTTP", 400, "Invalid HTTP", detail);
}
