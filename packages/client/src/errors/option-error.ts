import { ArtifetchError } from "./artifetch-error.ts";

/** Thrown before anything is sent, for an option or argument that cannot be right. Says what was given and what is allowed. */
export class OptionError extends ArtifetchError {
  override readonly name = "OptionError";
}

/** Whether an error is an {@link OptionError}, also one of another copy of this package. */
export function isOptionError(error: unknown): error is OptionError {
  return error instanceof Error && error.name === "OptionError";
}
