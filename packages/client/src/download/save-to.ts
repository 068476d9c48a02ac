import { createHash, getHashes, randomUUID } from "node:crypto";
import { type FileHandle, open, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { DownloadError } from "../errors/download-error.ts";
import { OptionError } from "../errors/option-error.ts";
import { untilAborted } from "./abort.ts";
import { type DownloadAnswer, discard, openAnswer, type Source, toApiError, toDownloadAnswer } from "./answer.ts";
import type { Digest } from "./content.ts";
import { findPlace, findReplaced, moveInto, toPath } from "./place.ts";
import { type DownloadProgress, type ReceiveOptions, receive } from "./receive.ts";
import { createSink } from "./sink.ts";

/** What a call is given, to be passed on with the request. */
export interface DownloadRequest {
  /** `Accept-Encoding: identity`, so that sizes and ranges are those of the file; after a cut also `Range` and `If-Range`. */
  headers: Record<string, string>;
  /** Aborts with the option `signal`. */
  signal: AbortSignal;
}

/** Makes the request: calls an operation of a client, or `fetch`. Called again after a cut. */
export type DownloadCall = (request: DownloadRequest) => Promise<Response | DownloadAnswer>;

/** What the bytes of a file must hash to. */
export interface Checksum {
  /** As `node:crypto` calls it: `sha256`, `sha512`, `sha1`, `md5` and so on. */
  algorithm: string;
  /** In hexadecimal or base64. */
  digest: string;
}

/** Options of {@link saveTo}. Each may be left out. */
export interface SaveOptions {
  /** Ends the download: it rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Called at the beginning and for each piece that is written. What it throws ends the download. */
  onProgress?: ((progress: DownloadProgress) => void) | undefined;
  /** Name in a folder, where the answer proposes none. Default: the last segment of the URL's path. */
  fileName?: string | undefined;
  /** Whether a file that exists is replaced. Default: true for the path of a file; false in a folder, where the service chooses the name. */
  overwrite?: boolean | undefined;
  /** What the bytes must hash to, beside what the headers say. */
  checksum?: Checksum | undefined;
  /** How often the call is made again, in all, when the answer is cut off. Default 5; 0 for never. */
  maxResumes?: number | undefined;
  /** Have the system write the bytes to the disk before the file gets its name, for the case of a power failure. Default false. */
  flush?: boolean | undefined;
  /** Waits, in milliseconds, before the call is made again. Default: a timer. */
  sleep?: ((delayMs: number, signal: AbortSignal) => Promise<unknown>) | undefined;
  /** From 0 to below 1, for the time to wait. Default: `Math.random`. */
  random?: (() => number) | undefined;
}

/** What {@link saveTo} did. */
export interface SavedFile {
  /** Absolute path of the file. */
  path: string;
  /** Its size in bytes. */
  bytes: number;
  /** The answer that the beginning of the file came in; its body has been read. */
  response: Response;
  /** How often the call was made again after a cut. */
  resumes: number;
}

/**
 * Saves what a call answers to a file, without ever holding it in memory.
 *
 * The bytes go to a new file beside the target, which gets the target's name when all of them are there: until then, and
 * after any failure or abort, the target is what it was before, and nothing else is left. The size is checked against
 * `Content-Length` or `Content-Range`, the bytes against `checksum` and against `Repr-Digest`, `Content-Digest` or
 * `Content-MD5` where the service sends one; not where the answer is compressed, for these are of the compressed bytes.
 *
 * After a cut the call is made again: for the rest, where the file can be recognised (`ETag` or `Last-Modified`) and the
 * service does not refuse ranges; for the whole, where it cannot, has changed, or the service ignores ranges.
 *
 * @param target path or file URL of a file, whose folder exists; or of a folder that exists. In a folder, the file is named by
 * `Content-Disposition` (made safe: one visible file in this folder, whatever the service sends), else by `fileName`, else
 * by the URL.
 * @param call makes the request, with the headers and the signal that it is given; resolves to what an operation returns, or
 * to a `Response`. Or that itself, or its promise; it is not resumed then.
 * @throws {OptionError} before anything is sent, when an option is wrong, there is no such folder, or the target exists and
 * may not be replaced (in a folder: when the answer has come).
 * @throws {ApiError} when the status is not 200 to 299.
 * @throws {DownloadError} when the download was cut off for good, is not what was announced, or cannot be written. What
 * the first call throws comes unchanged.
 *
 * @example
 * const { path, bytes } = await saveTo("model.bin", ({ headers, signal }) => fetch("https://example.com/model", { headers, signal }), {
 *   onProgress: ({ bytes, total }) => console.log(`${bytes} of ${total ?? "?"}`),
 * });
 */
export async function saveTo(
  target: string | URL,
  call: DownloadCall | Response | DownloadAnswer | Promise<Response | DownloadAnswer>,
  options: SaveOptions = {},
): Promise<SavedFile> {
  const signal = options.signal ?? new AbortController().signal;
  const ask = (headers: Record<string, string>) =>
    typeof call === "function" ? askUntilAborted(call, headers, signal) : untilAborted(Promise.resolve(call), signal);
  let answer = typeof call === "function" ? undefined : Promise.resolve(call);
  try {
    checkOptions(options);
    signal.throwIfAborted();
    const place = await findPlace(target);
    const overwrite = options.overwrite ?? place.name !== undefined;
    if (place.name !== undefined) await findReplaced(join(place.folder, place.name), overwrite);
    answer = ask({});
    const source = await openFirst(await answer);
    const path = toPath(place, source.response, options.fileName);
    return await write(source, path, overwrite, options.flush ?? false, {
      signal,
      checksum: parseChecksum(options.checksum),
      maxResumes: options.maxResumes ?? 5,
      repeat: typeof call === "function" ? ask : undefined,
      onProgress: options.onProgress ?? (() => {}),
      sleep: options.sleep ?? ((delayMs) => delay(delayMs, undefined, { signal })),
      random: options.random ?? Math.random,
    });
  } catch (error) {
    answer?.then(discard, () => {});
    throw error;
  }
}

async function askUntilAborted(
  call: DownloadCall,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<Response | DownloadAnswer> {
  const answer = call({ headers: { "accept-encoding": "identity", ...headers }, signal });
  try {
    return await untilAborted(answer, signal);
  } catch (error) {
    // After an abort an answer may still come, and has nobody who reads it.
    answer.then(discard, () => {});
    throw error;
  }
}

async function openFirst(answer: Response | DownloadAnswer): Promise<Source> {
  if (!toDownloadAnswer(answer).response.ok) throw await toApiError(answer);
  return openAnswer(answer);
}

async function write(
  source: Source,
  path: string,
  overwrite: boolean,
  flush: boolean,
  options: ReceiveOptions,
): Promise<SavedFile> {
  const replaced = await findReplaced(path, overwrite);
  const temporary = join(dirname(path), `.${randomUUID()}.part`);
  // What replaces a file that others cannot read is not to be read by them either, at no time.
  const mode = replaced ? replaced.mode & 0o777 : undefined;
  let file: FileHandle | undefined;
  try {
    // "x": fails where there is something, and follows no link.
    file = await onDisk(path, 0, open(temporary, "wx", mode));
    const sink = createSink(file);
    const { response, resumes } = await receive(source, sink, options);
    await onDisk(path, sink.bytes, finish(file, mode, flush));
    options.signal.throwIfAborted();
    await onDisk(path, sink.bytes, moveInto(path, temporary, overwrite));
    return { path, bytes: sink.bytes, response, resumes };
  } finally {
    await file?.close().catch(() => {});
    await rm(temporary, { force: true }).catch(() => {});
  }
}

async function finish(file: FileHandle, mode: number | undefined, flush: boolean): Promise<void> {
  if (mode !== undefined) await file.chmod(mode);
  if (flush) await file.sync();
  await file.close();
}

async function onDisk<T>(path: string, bytes: number, work: Promise<T>): Promise<T> {
  return work.catch((cause: unknown) => {
    throw cause instanceof OptionError
      ? cause
      : new DownloadError(`${path} cannot be written`, bytes, undefined, { cause });
  });
}

interface Rule {
  takes: string;
  accepts(value: unknown): boolean;
}

const flag: Rule = { takes: "true or false", accepts: (value) => typeof value === "boolean" };
const callback: Rule = { takes: "a function", accepts: (value) => typeof value === "function" };

const rules: Readonly<Record<keyof SaveOptions, Rule>> = {
  signal: { takes: "an AbortSignal", accepts: (value) => value instanceof AbortSignal },
  onProgress: callback,
  fileName: {
    takes: "the name of a file, without a folder",
    accepts: (value) => typeof value === "string" && !/^\.{0,2}$|[/\\\0]/.test(value),
  },
  overwrite: flag,
  checksum: {
    takes: `{ algorithm, digest }, the digest in hexadecimal or base64; the algorithms are ${getHashes().join(", ")}`,
    accepts: (value) => parseChecksum(value as Checksum) !== undefined,
  },
  maxResumes: { takes: "an integer of 0 or more", accepts: (value) => Number.isInteger(value) && Number(value) >= 0 },
  flush: flag,
  sleep: callback,
  random: callback,
};

function checkOptions(options: SaveOptions): void {
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(rules, name)) {
      throw new OptionError(`Unknown option "${name}"; the options are: ${Object.keys(rules).join(", ")}.`);
    }
    const { takes, accepts } = rules[name as keyof SaveOptions];
    if (value !== undefined && !accepts(value)) {
      throw new OptionError(`Option "${name}" is ${JSON.stringify(value) ?? typeof value}; it takes ${takes}.`);
    }
  }
}

/** Undefined for an unknown algorithm, and a digest that it cannot give. */
function parseChecksum(checksum: Checksum | undefined): Digest | undefined {
  const { algorithm, digest } = checksum ?? {};
  if (typeof digest !== "string" || !getHashes().includes(String(algorithm))) return undefined;
  const { length } = createHash(String(algorithm)).digest();
  const value = Buffer.from(digest, digest.length === 2 * length ? "hex" : "base64");
  return value.length === length ? { algorithm: String(algorithm), value, source: "checksum" } : undefined;
}
