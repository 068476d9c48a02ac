/** A server that does what no mock does: sends every byte, fails once, leads elsewhere, stops in an answer, never begins one. */
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";

/** Where the peer can be called. Every path below one of the URLs behaves alike. */
export interface PeerUrls {
  /** Answers with the 256 bytes in order. */
  bytes: string;
  /** Answers a URL with 503 the first time, then with the bytes, and so on in turn. */
  flaky: string;
  /** Redirects to another origin, which answers with what it was sent: URL and headers, as JSON. */
  away: string;
  /** Answers with the bytes and then never ends. */
  stalling: string;
  /** Never answers. */
  silent: string;
  /** Refuses the connection. */
  refused: string;
}

export interface Peer {
  urls: PeerUrls;
  /** An empty page. */
  pageUrl: string;
  close(): Promise<void>;
}

const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
const binary = { "content-type": "application/octet-stream" };

/** Listens on 127.0.0.1, on free ports. */
export async function startPeer(): Promise<Peer> {
  const failed = new Set<string>();
  const elsewhere = await listen(({ url, headers }, response) => {
    response.writeHead(200, binary).end(JSON.stringify({ url, headers }));
  });
  const answers: Record<string, RequestListener> = {
    "": (_, response) => response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html>"),
    bytes: (_, response) => response.writeHead(200, binary).end(bytes),
    flaky: ({ url = "" }, response) => {
      const fails = !failed.delete(url);
      if (fails) failed.add(url);
      response.writeHead(fails ? 503 : 200, binary).end(fails ? "" : bytes);
    },
    away: (_, response) => response.writeHead(302, { location: elsewhere.url }).end(),
    stalling: (_, response) => response.writeHead(200, binary).write(bytes),
    silent: () => undefined,
  };
  const server = await listen((request, response) => answers[request.url?.split("/")[1] ?? ""]?.(request, response));
  const closed = await listen(() => undefined);
  await closed.close();
  const { url } = server;
  return {
    urls: {
      bytes: `${url}bytes`,
      flaky: `${url}flaky`,
      away: `${url}away`,
      stalling: `${url}stalling`,
      silent: `${url}silent`,
      refused: `${closed.url}refused`,
    },
    pageUrl: url,
    async close() {
      await Promise.all([server.close(), elsewhere.close()]);
    },
  };
}

/** A server that lets every page ask. */
async function listen(answer: RequestListener): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    const { origin, "access-control-request-headers": asked } = request.headers;
    response.setHeader("access-control-allow-origin", origin ?? "*");
    response.setHeader("access-control-allow-headers", asked ?? "*");
    if (request.method === "OPTIONS") response.writeHead(204).end();
    else answer(request, response);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo; // Not null or a pipe: the server listens on a TCP port.
  return {
    url: `http://127.0.0.1:${port}/`,
    async close() {
      server.closeAllConnections();
      await new Promise<void>((done) => server.close(() => done()));
    },
  };
}
