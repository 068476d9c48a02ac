import type { Failure } from "../result.ts";
import { ArtifetchError } from "./artifetch-error.ts";

/** Thrown by `unwrap` for an answer whose status is not 200 to 299. */
export class ApiError<Body = unknown> extends ArtifetchError {
  override readonly name = "ApiError";
  /** HTTP status. */
  readonly status: number;
  /** The decoded body: parsed JSON, text, or undefined where it is empty. */
  readonly body: Body;
  readonly response: Response;
  /** `operationId` of the document; empty for a call through `GET`, `POST` and so on. */
  readonly operationId: string;

  constructor(answer: Pick<Failure<number, Body>, "error" | "response"> & { operationId?: string }) {
    const { response, operationId = "" } = answer;
    const from = [operationId, withoutQuery(response.url)].filter(Boolean).join(" ");
    super(`${response.status} ${response.statusText}`.trim() + (from && ` from ${from}`));
    this.status = response.status;
    this.body = answer.error;
    this.response = response;
    this.operationId = operationId;
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
