/** For tests: a service that sends a file, and everything that can go wrong with it. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

export interface Service {
  url: string;
  /** Headers of the requests so far. */
  requests: IncomingMessage["headers"][];
  /** Answers that are cut off as soon as the client has so many bytes of the file. */
  cuts: { at: number; response: ServerResponse }[];
  /** Tells how many it has: an error of the stream takes away what is received and not yet read. */
  onProgress(progress: { bytes: number }): void;
}

/** Answers the n-th request, counted from 0. */
export type Handler = (request: IncomingMessage, response: ServerResponse, index: number, service: Service) => void;

/** Runs until the test is over. */
export async function startService(handler: Handler): Promise<Service> {
  const service: Service = {
    url: "",
    requests: [],
    cuts: [],
    onProgress({ bytes }) {
      for (const { at, response } of service.cuts) if (bytes >= at) response.socket?.destroySoon();
    },
  };
  const server = createServer((request, response) => {
    service.cuts = [];
    service.requests.push(request.headers);
    handler(request, response, service.requests.length - 1, service);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    server.close();
    server.closeAllConnections();
    await once(server, "close");
  });
  service.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return service;
}

export interface FileAnswer {
  content: Uint8Array;
  etag?: string | undefined;
  headers?: Record<string, string>;
  /** Bytes of the body after which the connection is closed, when the client has read them. Default: none, it is sent whole. */
  cutAfter?: number | undefined;
  /** Closes it without waiting for the client. */
  cutsBlindly?: boolean;
  /** Says nothing of the length; the body comes in chunks. */
  chunked?: boolean;
  /** Answers 200 whatever is asked for. */
  ignoresRange?: boolean;
  /** Answers 206 also when the file is another one than `If-Range` says. */
  ignoresIfRange?: boolean;
  /** At most this much of what is asked for is sent, and said to be sent. */
  partLimit?: number;
}

/** Sends a file, or the part of it that is asked for, as RFC 9110 says (sections 13 and 14), but for what `answer` says. */
export function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  answer: FileAnswer,
  service?: Service,
): void {
  const { content, etag, headers = {}, cutAfter, chunked, ignoresRange, ignoresIfRange, partLimit } = answer;
  const condition = request.headers["if-range"];
  const isSame =
    ignoresIfRange || condition === undefined || condition === etag || condition === headers["last-modified"];
  const [, first] = /^bytes=(\d+)-$/.exec(request.headers.range ?? "") ?? [];
  const start = first === undefined || ignoresRange || !isSame ? undefined : Number(first);
  const common = { ...(etag && { etag }), ...headers };
  if (start !== undefined && start >= content.length) {
    response.writeHead(416, { ...common, "content-range": `bytes */${content.length}` }).end();
    return;
  }
  const end = start === undefined ? content.length : Math.min(content.length, start + (partLimit ?? content.length));
  const part = content.subarray(start ?? 0, end);
  response.writeHead(start === undefined ? 200 : 206, {
    ...common,
    ...(start !== undefined && { "content-range": `bytes ${start}-${end - 1}/${content.length}` }),
    ...(!chunked && { "content-length": part.length }),
  });
  if (cutAfter === undefined || cutAfter > part.length) return void response.end(part);
  response.flushHeaders();
  response.write(part.subarray(0, cutAfter));
  if (cutAfter === 0 || answer.cutsBlindly || !service) response.socket?.destroySoon();
  else service.cuts.push({ at: (start ?? 0) + cutAfter, response });
}

/** Mulberry32: repeatable numbers from 0 to below 1. https://gist.github.com/tommyettinger/46a874533244883189143505d203312c */
export function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Bytes that look like none of their neighbours, so that a part in the wrong place is seen. */
export function makeContent(sizeBytes: number, seed = 1): Uint8Array {
  const random = createRandom(seed);
  return Uint8Array.from({ length: sizeBytes }, () => random() * 256);
}
