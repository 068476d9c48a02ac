import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, sep } from "node:path";

const contentTypes: Record<string, string> = {
  ".css": "text/css",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
};

export interface StaticServer {
  /** Where the folder is served, with the prefix and a slash at the end. */
  url: string;
  close(): Promise<void>;
}

/**
 * Serves a folder on 127.0.0.1, on a free port, below a path prefix; anything outside the prefix is 404.
 *
 * @param prefix begins and ends with a slash.
 */
export async function serveFolder(folder: string, prefix = "/"): Promise<StaticServer> {
  const server = createServer(async (request, response) => {
    const file = toFile(folder, prefix, request.url ?? "/");
    const content = file && (await readFile(file).catch(() => undefined));
    if (!content) return response.writeHead(404).end();
    response.writeHead(200, { "content-type": contentTypes[extname(file)] ?? "application/octet-stream" });
    return response.end(content);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo; // Not null or a pipe: the server listens on a TCP port.
  return { url: `http://127.0.0.1:${port}${prefix}`, close: () => close(server) };
}

function toFile(folder: string, prefix: string, url: string): string | undefined {
  const path = decodeURIComponent(new URL(url, "http://localhost").pathname);
  if (!path.startsWith(prefix)) return undefined;
  const file = join(folder, path.slice(prefix.length), path.endsWith("/") ? "index.html" : "");
  return file.startsWith(folder.endsWith(sep) ? folder : folder + sep) ? file : undefined;
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise<void>((closed) => server.close(() => closed()));
}
