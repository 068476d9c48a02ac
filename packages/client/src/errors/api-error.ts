import type { Failure } from "../result.ts";
import { ArtifetchError } from "./artifetch-error.ts";

/** Thrown by `unwrap` for an answer whose status is not 200 to 299. */
export class ApiError<Body = unknown> extends ArtifetchError {
  override readonly name = "ApiError";
  /** HTTP status. */
  readonly status: number;
  /** The decoded body: parsed JSON, text, or undefined where it is empty. Not shown when the error is printed. */
  declare readonly body: Body;
  /** Not shown when the error is printed. */
  declare readonly response: Response;
  /** What the service calls this request (`X-Request-Id`), to name to its support; undefined where it sends none. */
  readonly requestId: string | undefined;
  /** `operationId` of the document; empty for a call through `GET`, `POST` and so on. */
  readonly operationId: string;

  constructor(answer: Pick<Failure<number, Body>, "error" | "response"> & { operationId?: string }) {
    const { response, operationId = "" } = answer;
    const from = [operationId, withoutQuery(response.url)].filter(Boolean).join(" ");
    super(`${response.status} ${response.statusText}`.trim() + (from && ` from ${from}`));
    this.status = response.status;
    this.operationId = operationId;
    this.requestId = response.headers.get("x-request-id") ?? undefined;
    // Not enumerable: a body can hold what must not get into a log.
    Object.defineProperties(this, { body: { value: answer.error }, response: { value: response } });
  }
}

/** Whether an error is an {@link ApiError}, also one of another copy of this package. */
export function isApiError(error: unknown): error is ApiError {
  return error instanceof Error && error.name === "ApiError" && "status" in error;
}

/** A query may hold a credential. */
export function withoutQuery(url: string): string {
  return url.replace(/[?#].*$/, "");
}
