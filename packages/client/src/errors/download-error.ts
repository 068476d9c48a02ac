import { ArtifetchError } from "./artifetch-error.ts";

/** Thrown when a download could not be saved: cut off for good, not the bytes that were announced, or not written to disk. */
export class DownloadError extends ArtifetchError {
  override readonly name = "DownloadError";
  /** Bytes received until then, from the beginning of the file. */
  readonly bytes: number;
  /** Size of the file in bytes; undefined where the service did not say. */
  readonly total: number | undefined;

  constructor(message: string, bytes: number, total: number | undefined, options?: ErrorOptions) {
    super(message, options);
    this.bytes = bytes;
    this.total = total;
  }
}

/** Whether an error is a {@link DownloadError}, also one of another copy of this package. */
export function isDownloadError(error: unknown): error is DownloadError {
  return error instanceof Error && error.name === "DownloadError" && "bytes" in error;
}
