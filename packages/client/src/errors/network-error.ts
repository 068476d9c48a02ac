import { ArtifetchError } from "./artifetch-error.ts";

/** Thrown when no answer came: name not resolved, connection refused or reset. `cause` is what `fetch` threw. */
export class NetworkError extends ArtifetchError {
  override readonly name = "NetworkError";
}

/** Whether an error is a {@link NetworkError}, also one of another copy of this package. */
export function isNetworkError(error: unknown): error is NetworkError {
  return error instanceof Error && error.name === "NetworkError";
}
