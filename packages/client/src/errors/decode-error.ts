import { withoutQuery } from "./api-error.ts";
import { ArtifetchError } from "./artifetch-error.ts";

/** Thrown when an answer's body is not what the document says for its status: not JSON, cut off, or missing. */
export class DecodeError extends ArtifetchError {
  override readonly name = "DecodeError";
  /** HTTP status. */
  readonly status: number;
  /** Not shown when the error is printed. */
  declare readonly response: Response;
  /** The body as text. Not shown when the error is printed. */
  declare readonly text: string;
  /** `operationId` of the document; the path template for a call by path. */
  readonly operationId: string;

  constructor(operationId: string, response: Response, text: string, reason: string, options?: ErrorOptions) {
    const type = response.headers.get("content-type") ?? "no content type";
    super(
      `${reason} (status ${response.status}, ${type}) from ${operationId} ${withoutQuery(response.url)}`.trim(),
      options,
    );
    this.status = response.status;
    // Not enumerable: a body can hold what must not get into a log.
    Object.defineProperties(this, { text: { value: text }, response: { value: response } });
    this.operationId = operationId;
  }
}

/** Whether an error is a {@link DecodeError}, also one of another copy of this package. */
export function isDecodeError(error: unknown): error is DecodeError {
  return error instanceof Error && error.name === "DecodeError" && "status" in error;
}
