/** Receiving a file over as many answers as it takes. */
import { ApiError } from "../errors/api-error.ts";
import { DownloadError } from "../errors/download-error.ts";
import { isNetworkError } from "../errors/network-error.ts";
import { untilAborted } from "./abort.ts";
import {
  type DownloadAnswer,
  describeOrigin,
  discard,
  openAnswer,
  type Source,
  toApiError,
  toDownloadAnswer,
} from "./answer.ts";
import { continuesFile, type Digest, endsFile, readDigest, readPart, toRangeHeaders } from "./content.ts";
import type { DownloadProgress } from "./options.ts";
import type { Sink } from "./sink.ts";

export interface ReceiveOptions {
  signal: AbortSignal;
  maxResumes: number;
  /** Asks again, with further headers; undefined where that is not possible. */
  repeat: ((headers: Record<string, string>) => Promise<Response | DownloadAnswer>) | undefined;
  /** A digest that the caller knows. */
  checksum: Digest | undefined;
  onProgress: (progress: DownloadProgress) => void;
  sleep: (delayMs: number, signal: AbortSignal) => Promise<unknown>;
  random: () => number;
}

export interface Received {
  /** The answer that the beginning of the file came in. */
  response: Response;
  resumes: number;
}

/** The first wait is at most this long, each further one at most twice as long as the one before. */
const firstDelayMs = 500;
const longestDelayMs = 30_000;

/** What may be over the next time. */
const passingStatuses = [408, 425, 429, 500, 502, 503, 504];

/**
 * Writes a file to the sink: what `first` carries, and after a cut the rest, or all of it again.
 *
 * @throws {DownloadError} when it was cut too often, cannot be written, or is not what was announced.
 * @throws {ApiError} when the service refuses to go on.
 */
export async function receive(first: Source, sink: Sink, options: ReceiveOptions): Promise<Received> {
  const transfer = new Transfer(first.response, sink, options);
  await transfer.begin(first.response);
  for (let source: Source | undefined = first; source; ) {
    const ending = await transfer.copy(source);
    source = transfer.isComplete(ending) ? undefined : await transfer.resume(ending);
  }
  transfer.verify();
  return { response: transfer.beginning, resumes: transfer.resumes };
}

/** How a body ended: as announced (`isCut` is false), or before, with the stream's error if it had one. */
interface Ending {
  isCut: boolean;
  cause?: unknown;
}

class Transfer {
  beginning: Response;
  resumes = 0;
  #total: number | undefined;
  #usesRanges = true;
  readonly #sink: Sink;
  readonly #options: ReceiveOptions;

  constructor(beginning: Response, sink: Sink, options: ReceiveOptions) {
    this.beginning = beginning;
    this.#sink = sink;
    this.#options = options;
  }

  /** Forgets what has come. */
  async begin(response: Response): Promise<void> {
    this.beginning = response;
    const part = readPart(response);
    if (part?.start !== 0) throw this.#fail("The answer is a part of a file that was not asked for");
    this.#total = part.total;
    const { checksum, onProgress } = this.#options;
    const algorithms = [checksum, readDigest(response)].flatMap((digest) => digest?.algorithm ?? []);
    await this.#onDisk(this.#sink.start(algorithms));
    onProgress({ bytes: 0, total: this.#total });
  }

  async copy({ body, response }: Source): Promise<Ending> {
    const part = readPart(response);
    this.#total = part?.total ?? this.#total;
    const reader = body.getReader();
    try {
      return await this.#copyChunks(reader, part?.end);
    } catch (error) {
      reader.cancel(error).catch(() => {});
      throw error;
    }
  }

  async #copyChunks(reader: ReadableStreamDefaultReader<Uint8Array>, end: number | undefined): Promise<Ending> {
    const { signal, onProgress } = this.#options;
    for (;;) {
      const next = await untilAborted(reader.read(), signal).catch((cause: unknown) => ({ cause }));
      signal.throwIfAborted();
      if ("cause" in next) return { isCut: true, cause: next.cause };
      if (next.done) return { isCut: end !== undefined && this.#sink.bytes < end };
      if (!ArrayBuffer.isView(next.value)) throw this.#fail("The stream of the answer is none of bytes");
      if (end !== undefined && this.#sink.bytes + next.value.length > end) {
        throw this.#fail(`More bytes came than the ${end} that were announced`);
      }
      await this.#onDisk(this.#sink.write(next.value));
      onProgress({ bytes: this.#sink.bytes, total: this.#total });
    }
  }

  isComplete({ isCut }: Ending): boolean {
    return this.#total === undefined ? !isCut : this.#sink.bytes === this.#total;
  }

  /** Resolves to an answer that carries the rest or the whole, or to undefined when it turns out that nothing is missing. */
  async resume({ isCut, cause }: Ending): Promise<Source | undefined> {
    let reason = cause;
    // A service may send less than was asked for, as long as it says so; going on then is no second attempt.
    let isAttempt = isCut || !this.#toRange();
    for (;;) {
      if (isAttempt) await this.#wait(reason);
      isAttempt = true;
      const range = this.#toRange();
      const answer = await this.#repeat(range ?? {});
      if ("passing" in answer) {
        reason = answer.passing;
        continue;
      }
      const { status, ok } = answer.response;
      if (range && (status === 206 || status === 416)) {
        const rest = this.#takeRest(answer);
        if (rest !== "unusable") return rest;
        reason = undefined;
      } else if (ok) {
        return this.#takeWhole(answer);
      } else {
        reason = await toApiError(answer);
        if (!passingStatuses.includes(status)) throw reason;
      }
    }
  }

  #takeRest(answer: DownloadAnswer): Source | undefined | "unusable" {
    const { bytes } = this.#sink;
    const source = continuesFile(this.beginning, bytes, this.#total, answer.response) ? tryOpen(answer) : undefined;
    if (source) return source;
    discard(answer);
    if (answer.response.status === 416 && endsFile(this.beginning, bytes, answer.response)) {
      this.#total = bytes;
      return undefined;
    }
    // Another file, another part than was asked for, or decoded. From now on, only the whole will do.
    this.#usesRanges = false;
    return "unusable";
  }

  async #takeWhole(answer: DownloadAnswer): Promise<Source> {
    const source = openAnswer(answer);
    await this.begin(answer.response);
    return source;
  }

  #toRange(): Record<string, string> | undefined {
    return this.#usesRanges ? toRangeHeaders(this.beginning, this.#sink.bytes) : undefined;
  }

  /** Takes one of the attempts, after a random part of a growing time (full jitter). */
  async #wait(reason: unknown): Promise<void> {
    const { maxResumes, random, repeat, signal, sleep } = this.#options;
    if (!repeat) throw this.#cannotRepeat(reason);
    if (this.resumes === maxResumes)
      throw reason instanceof ApiError ? reason : this.#fail("Download was cut off", reason);
    this.resumes += 1;
    const longestMs = Math.min(longestDelayMs, firstDelayMs * 2 ** (this.resumes - 1));
    await untilAborted(sleep(random() * longestMs, signal), signal);
  }

  /** Asks again. A failure that may be over the next time is a result. */
  async #repeat(headers: Record<string, string>): Promise<DownloadAnswer | { passing: unknown }> {
    const { repeat, signal } = this.#options;
    if (!repeat) throw this.#cannotRepeat();
    try {
      return toDownloadAnswer(await repeat(headers));
    } catch (error) {
      signal.throwIfAborted();
      if (!isPassing(error)) throw error;
      return { passing: error };
    }
  }

  verify(): void {
    for (const expected of [this.#options.checksum, readDigest(this.beginning)]) {
      const actual = expected && this.#sink.digest(expected.algorithm);
      if (!expected || actual?.equals(expected.value)) continue;
      const { algorithm, source, value } = expected;
      throw this.#fail(
        `The ${algorithm} digest is ${actual?.toString("hex")}, but ${source} says ${value.toString("hex")}`,
      );
    }
  }

  #cannotRepeat(cause?: unknown): DownloadError {
    return this.#fail("Download was cut off; to have it resumed, pass a function that makes the call", cause);
  }

  async #onDisk(work: Promise<void>): Promise<void> {
    await work.catch((cause: unknown) => {
      throw this.#fail("The file cannot be written", cause);
    });
  }

  #fail(what: string, cause?: unknown): DownloadError {
    const { bytes } = this.#sink;
    const count = this.#total === undefined ? `${bytes} bytes` : `${bytes} of ${this.#total} bytes`;
    const options = cause === undefined ? {} : { cause };
    return new DownloadError(`${what} (after ${count})${describeOrigin(this.beginning)}`, bytes, this.#total, options);
  }
}

/** Whether an error that a call threw is one of the network, or of a status that may be over the next time. */
function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const isTimeout = error.name === "TimeoutError";
  const isStatus = "status" in error && passingStatuses.includes(Number(error.status));
  // `fetch` itself throws a TypeError when no answer comes.
  return isNetworkError(error) || isTimeout || isStatus || error instanceof TypeError;
}

/** Undefined where the client has decoded the part, as text say, because the document knows the status of the whole only. */
function tryOpen(answer: DownloadAnswer): Source | undefined {
  try {
    return openAnswer(answer);
  } catch {
    return undefined;
  }
}
