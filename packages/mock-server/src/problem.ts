/** Problem documents (RFC 9457): what a refused request is answered with where the document has no answer of its own. */

import { STATUS_CODES } from "./node-http.ts";

/** An error that says which problem document answers it. Prism's `ProblemJsonError` has the same shape. */
export interface ProblemError extends Error {
  status?: number;
  detail?: string;
  /** Further members of the problem document; `headers` among them are sent as headers too, as Prism does. */
  additional?: Record<string, unknown> | undefined;
}

const prismErrors = "https://stoplight.io/prism/errors#";

/** A request that is refused before Prism sees it. */
export class RefusedRequest extends Error implements ProblemError {
  readonly status: number;
  readonly detail: string;

  /** @param type name of the problem in Prism's style: `UNPROCESSABLE_ENTITY`. */
  constructor(type: string, status: number, title: string, detail: string) {
    super(title);
    this.name = `${prismErrors}${type}`;
    this.status = status;
    this.detail = detail;
  }
}

/** Prism's problem document of an error: `type`, `title`, `status`, `detail`, and what the error adds. */
export function toProblemDocument(error: ProblemError): Record<string, unknown> {
  return {
    type: error.name && error.name !== "Error" ? error.name : `${prismErrors}UNKNOWN`,
    title: withoutStack(error.message),
    status: error.status || 500,
    detail: withoutStack(error.detail || ""),
    ...error.additional,
  };
}

/** Prism puts the stack of what fails while it makes up a body into its message. */
function withoutStack(text: string): string {
  return text.replaceAll(/\n\s+at [^\n]*/g, "");
}

/** The answer to a failure of the mock itself: no stack trace, but the reason, for a bug report. */
export function toInternalProblem(error: unknown): ProblemError {
  const detail = error instanceof Error ? error.message : String(error);
  return Object.assign(new Error("The mock server failed on this request"), { status: 500, detail });
}

/** No path of the document, or no API of the server, is at this path. Prism's words. */
export function toNotFound(detail: string): RefusedRequest {
  return new RefusedRequest("NO_PATH_MATCHED_ERROR", 404, "Route not resolved, no path matched", detail);
}

/** The path is there, the method is not. Prism's words. */
export function toMethodNotAllowed(detail: string): RefusedRequest {
  return new RefusedRequest("NO_METHOD_MATCHED_ERROR", 405, "Route resolved, but no method matched", detail);
}

/** The answer with a status that was asked for and that its document does not describe. */
export function toUndescribedProblem(status: number): ProblemError {
  const detail = "This status was asked for; the document does not describe it.";
  return Object.assign(new Error(STATUS_CODES[status] ?? "Unknown"), { name: "about:blank", status, detail });
}
