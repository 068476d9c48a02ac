/** What `saveTo` takes and gives. */
import { getHashes } from "node:crypto";
import { OptionError } from "../errors/option-error.ts";
import type { DownloadAnswer } from "./answer.ts";
import { parseChecksum } from "./checksum.ts";

/** How far a download is. */
export interface DownloadProgress {
  /** Bytes written so far; 0 at the beginning, and again where the download had to begin again. */
  bytes: number;
  /** Size of the file in bytes; undefined where the service does not say, as with a compressed answer. */
  total: number | undefined;
}

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

/** Options of `saveTo`. Each may be left out. */
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

/** What `saveTo` did. */
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

/** @throws {OptionError} for an option that does not exist, or a value that it does not take. */
export function checkOptions(options: SaveOptions): void {
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
