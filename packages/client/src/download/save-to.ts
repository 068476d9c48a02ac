import { randomUUID } from "node:crypto";
import { type FileHandle, open, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { DownloadError } from "../errors/download-error.ts";
import { OptionError } from "../errors/option-error.ts";
import { untilAborted } from "./abort.ts";
import { type DownloadAnswer, discard, openAnswer, type Source, toApiError, toDownloadAnswer } from "./answer.ts";
import { parseChecksum } from "./checksum.ts";
import { checkOptions, type DownloadCall, type SavedFile, type SaveOptions } from "./options.ts";
import { findPlace, findReplaced, moveInto, toPath } from "./place.ts";
import { type ReceiveOptions, receive } from "./receive.ts";
import { createSink } from "./sink.ts";

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
