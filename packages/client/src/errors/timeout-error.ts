import { ArtifetchError } from "./artifetch-error.ts";

/** Thrown when a limit of time has passed. */
export class TimeoutError extends ArtifetchError {
  override readonly name = "TimeoutError";
  /** Which limit: that of one attempt (`timeoutMs`), of the whole call (`deadlineMs`), or of waiting for a job (`wait`). */
  readonly limit: "attempt" | "deadline" | "wait";
  /** The limit that has passed. */
  readonly timeoutMs: number;

  constructor(message: string, limit: "attempt" | "deadline" | "wait", timeoutMs: number) {
    super(message);
    this.limit = limit;
    this.timeoutMs = timeoutMs;
  }
}

/** Whether an error is a {@link TimeoutError}, also one of another copy of this package. */
export function isTimeoutError(error: unknown): error is TimeoutError {
  return error instanceof Error && error.name === "TimeoutError" && "limit" in error;
}
