/** Carries out what a fault does to an answer on its way: over a socket, and in process. */

import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { type TransportFault, toPieces } from "./faults.ts";
import type { MockResponse } from "./message.ts";
import { wait } from "./wait.ts";

/**
 * Sends an answer as its fault says. Ends early, by an `AbortError`, when the client goes away; no wait goes on longer than
 * the server: what is left then is sent at once.
 *
 * @param writeHead writes status and headers, when it is time.
 * @param closing aborts when the server closes.
 */
export async function sendWithFault(
  socket: Socket,
  outgoing: ServerResponse,
  writeHead: () => unknown,
  { body = new Uint8Array(), fault = {} }: MockResponse,
  closing: AbortSignal,
): Promise<void> {
  const gone = toGoneSignal(socket);
  const pause = (milliseconds: number): Promise<void> => wait(milliseconds, gone, closing);
  if (fault.delayMs) await pause(fault.delayMs);
  if (fault.reset) {
    socket.resetAndDestroy();
    return;
  }
  writeHead();
  outgoing.flushHeaders();
  for await (const piece of toPieces(body, fault, pause)) await write(outgoing, piece);
  if (fault.truncate) socket.destroySoon();
  // The head may have been sent, as one of a connection that is kept open, before the server began to close.
  else outgoing.end(() => closing.aborted && socket.destroySoon());
}

/** Resolves when the piece is on its way, or never will be. */
function write(outgoing: ServerResponse, piece: Uint8Array): Promise<void> {
  return new Promise((resolve) => outgoing.write(piece, () => resolve()));
}

const goneSignals = new WeakMap<Socket, AbortSignal>();

/** Aborts when the connection ends. One for each connection, however many answers wait on it. */
function toGoneSignal(socket: Socket): AbortSignal {
  const known = goneSignals.get(socket);
  if (known) return known;
  const controller = new AbortController();
  if (socket.destroyed) controller.abort();
  else socket.once("close", () => controller.abort());
  goneSignals.set(socket, controller.signal);
  return controller.signal;
}

/**
 * Waits as the fault of an answer says, before there is anything to read.
 *
 * @throws {TypeError} for a connection that is reset: what `fetch` rejects with.
 */
export async function awaitAnswer(fault: TransportFault, signal: AbortSignal): Promise<void> {
  if (fault.delayMs) await wait(fault.delayMs, signal);
  if (!fault.reset) return;
  const cause = Object.assign(new Error("The connection was reset: a fault was asked for."), { code: "ECONNRESET" });
  throw new TypeError("fetch failed", { cause });
}

/** Whether an error is that of {@link awaitAnswer}. */
export function isReset(error: unknown): boolean {
  const cause = error instanceof TypeError ? error.cause : undefined;
  return cause instanceof Error && "code" in cause && cause.code === "ECONNRESET";
}

/** A body at the pace and up to the place that a fault says. Waits only while someone reads; a reader that cancels ends it. */
export function toFaultyBody(body: Uint8Array, fault: TransportFault, signal: AbortSignal): ReadableStream<Uint8Array> {
  const cancelled = new AbortController();
  const ended = AbortSignal.any([signal, cancelled.signal]);
  const pieces = toPieces(body, fault, (milliseconds) => wait(milliseconds, ended));
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        signal.throwIfAborted();
        const { value } = await pieces.next();
        // A copy: who reads may do with it what it likes, and the answer is kept.
        if (value) controller.enqueue(new Uint8Array(value));
        else if (fault.truncate) controller.error(new TypeError("terminated", { cause: toTruncated() }));
        else controller.close();
      },
      cancel: () => cancelled.abort(),
    },
    { highWaterMark: 0 },
  );
}

function toTruncated(): Error {
  return new Error("The connection ended in the middle of the body: a fault was asked for.");
}
