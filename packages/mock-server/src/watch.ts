/** Reloads a document when one of its files changes. */

import { type Stats, statSync } from "node:fs";
import { stat } from "node:fs/promises";
import { DocumentError } from "@artifetch/document/load";
import type { Site } from "./site.ts";

/**
 * How often the files are looked at. Looking, not `fs.watch`: that loses files that an editor or a symbolic link replaces and
 * hears nothing on many network and container mounts. 500 files cost two per cent of a core.
 */
const intervalMs = 250;

export interface Watching {
  stop(): void;
}

/**
 * Watches the local files of every document, what they refer to included.
 *
 * What changes is loaded when it has stayed the same for one look, so that a file is not read half-written.
 *
 * @param sinceMs time (since the epoch) when the documents began to be read: what changed since is loaded again.
 * @param writeMessage takes a sentence about each reload, or why there was none.
 */
export function watchSite(site: Site, sinceMs: number, writeMessage: (message: string) => void): Watching {
  const watches = site.documents
    .filter(({ files }) => files.length > 0)
    .map(({ name, files }) => watchFiles(files, sinceMs, () => reload(site, name, writeMessage)));
  return { stop: () => watches.forEach((watch) => void watch.stop()) };
}

/** Resolves to the files that have a part in the document now; a failed reload adds those that it looked for. */
async function reload(site: Site, name: string, writeMessage: (message: string) => void): Promise<readonly string[]> {
  const filesOf = () => site.documents.find((document) => document.name === name)?.files ?? [];
  try {
    await site.reload(name);
    const operations = site.apis.find((api) => api.name === name)?.operations;
    writeMessage(`reloaded ${name}: ${operations} operations.`);
    return filesOf();
  } catch (error) {
    writeMessage(`${name} is not reloaded, its last good document is still served. ${toReason(error)}`);
    return [...filesOf(), ...(error instanceof DocumentError ? error.files : [])];
  }
}

function toReason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** @param onChange resolves to the files to watch from then on. */
function watchFiles(files: readonly string[], sinceMs: number, onChange: () => Promise<readonly string[]>): Watching {
  let loaded = signAll(files, sinceMs);
  let seen = loaded;
  const timer = setTimeout(look, intervalMs).unref();
  let isStopped = false;

  async function look(): Promise<void> {
    const now = new Map(
      await Promise.all(
        [...loaded.keys()].map(async (file) => [file, sign(await stat(file).catch(() => undefined))] as const),
      ),
    );
    const isSettled = isEqual(now, seen);
    seen = now;
    if (isSettled && !isEqual(now, loaded) && !isStopped) {
      const startMs = readClock();
      const next = await onChange();
      loaded = new Map([...signAll(next, startMs), ...[...now].filter(([file]) => next.includes(file))]);
      seen = loaded;
    }
    if (!isStopped) timer.refresh();
  }

  return {
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}

type Signatures = ReadonlyMap<string, string>;

/** At once, so that no change after it is missed. A file that changed since a time has no signature that it could keep. */
function signAll(files: readonly string[], sinceMs: number): Signatures {
  return new Map(
    files.map((file) => {
      const stats = readStats(file);
      const isNew = stats !== undefined && Math.max(stats.mtimeMs, stats.ctimeMs) >= sinceMs;
      return [file, isNew ? "changed" : sign(stats)];
    }),
  );
}

function readStats(file: string): Stats | undefined {
  try {
    return statSync(file);
  } catch {
    return undefined;
  }
}

/** Milliseconds since the epoch with their fractions, as in the times of files. */
export function readClock(): number {
  return performance.timeOrigin + performance.now();
}

/** Changes whenever the file does: written, replaced, deleted or made. */
function sign(stats: Stats | undefined): string {
  return stats ? [stats.ino, stats.size, stats.mtimeMs, stats.ctimeMs].join() : "missing";
}

function isEqual(a: Signatures, b: Signatures): boolean {
  return a.size === b.size && [...a].every(([file, signature]) => b.get(file) === signature);
}
