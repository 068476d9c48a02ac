/**
 * Loads a server over kept connections, one request at a time on each.
 *
 * Written for this bench: autocannon 9 takes more time for a request than the fastest server here (40,000 a second where
 * this reaches 53,000 on the same server), which would make every fast server look alike, and counts in whole milliseconds.
 */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { Work } from "./requests.ts";

export interface Load {
  requestsPerSecond: number;
  p50Ms: number;
  p99Ms: number;
}

const connections = 10;

/** @throws {Error} when an answer is not of the class 2xx, or the server ends a connection. */
export async function load(port: number, { paths, headers }: Work, durationMs: number): Promise<Load> {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const requests = paths.map((path) =>
    Buffer.from(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAccept: */*\r\n${lines.join("")}\r\n`),
  );
  const latencies: number[] = [];
  const startMs = performance.now();
  const endMs = startMs + durationMs;
  await Promise.all(
    Array.from({ length: connections }, async (_, index) => {
      const socket = connect(port, "127.0.0.1").setNoDelay();
      await once(socket, "connect");
      await repeat(socket, requests, Math.floor((index * requests.length) / connections), endMs, latencies);
      socket.destroy();
    }),
  );
  const durationSeconds = (performance.now() - startMs) / 1000;
  const sorted = Float64Array.from(latencies).sort();
  const at = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
  return { requestsPerSecond: sorted.length / durationSeconds, p50Ms: at(0.5), p99Ms: at(0.99) };
}

/** Sends one request after the other until the time is over and the last one is answered. */
function repeat(socket: Socket, requests: Buffer[], first: number, endMs: number, latencies: number[]): Promise<void> {
  return new Promise((resolve, reject) => {
    let index = first;
    let sentMs = 0;
    let pending = new Answer();
    let isLikeLast = (_: Buffer): boolean => false;
    const next = (): void => {
      sentMs = performance.now();
      if (sentMs >= endMs) resolve();
      else socket.write(requests[index++ % requests.length] as Buffer);
    };
    const finish = (): void => {
      latencies.push(performance.now() - sentMs);
      next();
    };
    socket.on("data", (chunk) => {
      if (pending.isNew && isLikeLast(chunk)) return finish();
      pending.add(chunk);
      if (!pending.isComplete()) return;
      if (!pending.isSuccess()) reject(new Error(`The server answered: ${pending.head}`));
      isLikeLast = pending.toComparison();
      pending = new Answer();
      finish();
    });
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("The server closed a connection.")));
    next();
  });
}

/** The end of a head as a number, big endian. */
const headEnd = 0x0d0a0d0a;

/** One answer as it arrives: the head is text, of the body only the length counts. */
class Answer {
  head = "";
  #bytes = 0;
  #wantedBytes: number | undefined;
  #end = "";

  add(chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#wantedBytes !== undefined) {
      if (this.#wantedBytes < 0)
        this.#end = (this.#end + chunk.toString("latin1", Math.max(0, chunk.length - 5))).slice(-5);
      return;
    }
    this.head += chunk.toString("latin1");
    const headLength = this.head.indexOf("\r\n\r\n");
    if (headLength < 0) return;
    const [, length] = /\r\ncontent-length: *(\d+)/i.exec(this.head.slice(0, headLength + 2)) ?? [];
    // Without a length the body is chunked, and ends with an empty chunk; a 204 has neither.
    const isEmpty = this.head.startsWith("204", 9);
    this.#wantedBytes = length === undefined ? (isEmpty ? headLength + 4 : -1) : headLength + 4 + Number(length);
    this.#end = this.head.slice(-5);
  }

  isComplete(): boolean {
    if (this.#wantedBytes === undefined) return false;
    return this.#wantedBytes < 0 ? this.#end === "0\r\n\r\n" : this.#bytes >= this.#wantedBytes;
  }

  isSuccess(): boolean {
    return this.head.charAt(9) === "2";
  }

  get isNew(): boolean {
    return this.#bytes === 0;
  }

  /**
   * Tells whether a chunk is a whole answer like this one, of the same status class and with head and body of the same length,
   * without reading its head: what reads every head cannot keep up with the fastest servers.
   */
  toComparison(): (chunk: Buffer) => boolean {
    const place = this.head.indexOf("\r\n\r\n");
    const length = this.#bytes;
    const status = this.head.charCodeAt(9);
    return (chunk) => chunk.length === length && chunk[9] === status && chunk.readUInt32BE(place) === headEnd;
  }
}
