/** Files of one folder, read-only. */

import { readFile, realpath, stat } from "node:fs/promises";
import { extname, join, sep } from "node:path";
import { type MockResponse, toProblemResponse, toResponse } from "./message.ts";
import { toNotFound } from "./problem.ts";

const contentTypes: Record<string, string> = {
  ".css": "text/css; charset=utf-8",
  ".gif": "image/gif",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".jpeg": "image/jpeg",
  ".jpg": "image/jpeg",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".map": "application/json",
  ".md": "text/markdown; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".ts": "text/plain; charset=utf-8",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
  ".webp": "image/webp",
  ".woff": "font/woff",
  ".woff2": "font/woff2",
  ".xml": "application/xml",
  ".yaml": "application/yaml",
  ".yml": "application/yaml",
};

/**
 * The file at a path; a folder is answered with its `index.html`, a folder without its slash with a redirect.
 *
 * Nothing outside the folder is read: neither through `..`, encoded or not, nor through a symbolic link.
 *
 * @param folder absolute path.
 * @param path percent-encoded, starts with `/`.
 */
export async function readStaticFile(folder: string, path: string): Promise<MockResponse> {
  const found = await findFile(folder, path);
  if (found === undefined) return toProblemResponse(toNotFound(`There is no page at ${path}.`));
  if (found === "folder")
    return { status: 308, headers: { location: `./${path.split("/").at(-1)}/`, "content-length": "0" }, problems: [] };
  const contentType = contentTypes[extname(found).toLowerCase()] ?? "application/octet-stream";
  const response = toResponse(200, contentType, await readFile(found));
  return { ...response, headers: { ...response.headers, "x-content-type-options": "nosniff" } };
}

/** Absolute path of the file; "folder" for a folder that is asked for without its slash. */
async function findFile(folder: string, path: string): Promise<string | undefined> {
  const decoded = decodePath(path);
  // A part that starts with a dot is "..", or a file that is not meant for readers.
  if (decoded === undefined || /[/\\]\./.test(decoded) || decoded.includes("\0")) return undefined;
  const root = await realpath(folder);
  const file = await realpath(join(root, decoded, decoded.endsWith("/") ? "index.html" : "")).catch(() => undefined);
  if (file === undefined || !file.startsWith(root + sep)) return undefined;
  const stats = await stat(file);
  if (stats.isDirectory()) return "folder";
  return stats.isFile() ? file : undefined;
}

function decodePath(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}
