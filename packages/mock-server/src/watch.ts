/** Reloads a document when one of its files changes. */

import type { Stats } from "node:fs";
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
 * What changes is loaded when it has stayed the same for one look, so that a file is not read half-written. Each document is
 * loaded once more at the start: a file may have changed between its reading and the first look.
 *
 * @param writeMessage takes a sentence about each reload that changed something, or why there was none.
 */
export function watchSite(site: Site, writeMessage: (message: string) => void): Watching {
  const watches = site.documents
    .filter(({ files }) => files.length > 0)
    .map(({ name, files }) => watchFiles(files, createReload(site, name, writeMessage)));
  return { stop: () => watches.forEach((watch) => void watch.stop()) };
}

/** A function that resolves to the files that have a part in the document; a failed reload adds those that it looked for. */
function createReload(site: Site, name: string, writeMessage: (message: string) => void) {
  let hasFailed = false;
  return async (): Promise<readonly string[]> => {
    const filesOf = () => site.documents.find((document) => document.name === name)?.files ?? [];
    try {
      const isChanged = await site.reload(name);
      const operations = site.apis.find((api) => api.name === name)?.operations;
      // Whoever was told of a fault wants to know that it is mended, even where the document is as it was.
      if (isChanged || hasFailed) writeMessage(`reloaded ${name}: ${operations} operations.`);
      hasFailed = false;
      return filesOf();
    } catch (error) {
      hasFailed = true;
      writeMessage(`${name} is not reloaded, its last good document is still served. ${toReason(error)}`);
      return [...filesOf(), ...(error instanceof DocumentError ? error.files : [])];
    }
  };
}

function toReason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** @param onChange resolves to the files to watch from then on. */
function watchFiles(files: readonly string[], onChange: () => Promise<readonly string[]>): Watching {
  let loaded: Signatures = toUnseen(files);
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
      const next = await onChange();
      // Signatures from before the reading: a change since then differs from them.
      loaded = new Map([...toUnseen(next), ...[...now].filter(([file]) => next.includes(file))]);
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

/** Files whose state when they were read is not known: equal to none. */
function toUnseen(files: readonly string[]): Signatures {
  return new Map(files.map((file) => [file, "unseen"]));
}

/** Changes whenever the file does: written, replaced, deleted or made. */
function sign(stats: Stats | undefined): string {
  return stats ? [stats.ino, stats.size, stats.mtimeMs, stats.ctimeMs].join() : "missing";
}

function isEqual(a: Signatures, b: Signatures): boolean {
  return a.size === b.size && [...a].every(([file, signature]) => b.get(file) === signature);
}
