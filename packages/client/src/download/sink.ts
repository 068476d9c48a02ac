/** A file that is written from its beginning, with digests of what it holds. */
import { createHash, type Hash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";

export interface Sink {
  /** How much has been written. */
  readonly bytes: number;
  /** Empties the file. @param algorithms what digests will be asked for. */
  start(algorithms: readonly string[]): Promise<void>;
  /** Appends; resolves when the system has taken everything. */
  write(chunk: Uint8Array): Promise<void>;
  /** Of all that is written; undefined for an algorithm that was not announced. */
  digest(algorithm: string): Buffer | undefined;
}

export function createSink(file: FileHandle): Sink {
  let bytes = 0;
  let hashes = new Map<string, Hash>();
  return {
    get bytes() {
      return bytes;
    },
    async start(algorithms) {
      if (bytes > 0) await file.truncate(0);
      bytes = 0;
      hashes = new Map(algorithms.map((algorithm) => [algorithm, createHash(algorithm)]));
    },
    async write(chunk) {
      for (let written = 0; written < chunk.length; ) {
        const { bytesWritten } = await file.write(chunk, written, chunk.length - written, bytes + written);
        written += bytesWritten;
      }
      bytes += chunk.length;
      for (const hash of hashes.values()) hash.update(chunk);
    },
    // A copy, for a digest may be asked for by two.
    digest: (algorithm) => hashes.get(algorithm)?.copy().digest(),
  };
}
