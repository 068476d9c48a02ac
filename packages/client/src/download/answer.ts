/** What a call answered with, as a stream of bytes. */
import { ApiError, withoutQuery } from "../errors/api-error.ts";
import { DownloadError } from "../errors/download-error.ts";
import { OptionError } from "../errors/option-error.ts";
import { readPart } from "./content.ts";

/** What an operation of a client resolves to, and `GET` with `parseAs`: the answer, and its body in `data`. */
export interface DownloadAnswer {
  response: Response;
  data?: unknown;
  error?: unknown;
  operationId?: string;
}

/** The answer and its body, of which nothing has been read. */
export interface Source {
  response: Response;
  body: ReadableStream<Uint8Array>;
}

/** Statuses whose answers have no body, which is not the same as an empty one (RFC 9110, sections 15.3.5 and 15.3.6). */
const bodilessStatuses = [204, 205];

/**
 * The bytes of a successful answer.
 *
 * @throws {DownloadError} when the bytes are gone, because the client has decoded them, or there never were any.
 * @throws {OptionError} when somebody else is reading them.
 */
export function openAnswer(answer: Response | DownloadAnswer): Source {
  const { response, data } = toDownloadAnswer(answer);
  const body = findBody(response, data);
  if (!body) {
    const reason =
      data === undefined
        ? "has no body"
        : 'is JSON that has been parsed; ask for its bytes (with GET and parseAs: "stream"), or write data yourself';
    throw new DownloadError(`The answer ${reason}${describeOrigin(response)}`, 0, undefined);
  }
  if (body.locked)
    throw new OptionError("The body of the answer is being read already; it takes one that nobody has read.");
  return { response, body };
}

function findBody(response: Response, data: unknown): ReadableStream<Uint8Array> | undefined {
  if (data instanceof ReadableStream) return data;
  if (typeof data === "string") return encode(response, data);
  if (data instanceof Blob) return data.stream();
  // Both kinds are what a Blob is made of; what they share has no name in the types.
  if (data instanceof ArrayBuffer || ArrayBuffer.isView(data)) return new Blob([data as ArrayBuffer]).stream();
  if (data !== undefined || bodilessStatuses.includes(response.status)) return undefined;
  if (response.body === null) return new Blob([]).stream();
  return response.bodyUsed && !response.body.locked ? undefined : response.body;
}

/** Decoding text loses a byte-order mark and what is not UTF-8: the length tells, where it is known, or U+FFFD in its place. */
function encode(response: Response, text: string): ReadableStream<Uint8Array> {
  const blob = new Blob([text]);
  const part = readPart(response);
  const sizeBytes = part?.end === undefined ? blob.size : part.end - part.start;
  if (sizeBytes === blob.size && !text.includes("\ufffd")) return blob.stream();
  throw new DownloadError(
    `The answer was decoded as text that does not give its bytes back; ask for these (with GET and parseAs: "stream")${describeOrigin(response)}`,
    blob.size,
    sizeBytes,
  );
}

/** The error for an answer whose status is not 200 to 299; the body is read where nobody has. */
export async function toApiError(answer: Response | DownloadAnswer): Promise<ApiError> {
  const { response, error, ...rest } = toDownloadAnswer(answer);
  const body = error ?? (response.bodyUsed ? undefined : (await response.text().catch(() => "")) || undefined);
  return new ApiError({ ...rest, response, error: body });
}

/** Ends the transfer of an answer that nobody will read. */
export function discard(answer: Response | DownloadAnswer): void {
  const { response, data } = toDownloadAnswer(answer);
  const body = data instanceof ReadableStream ? data : response.body;
  if (body && !body.locked) body.cancel().catch(() => {});
}

export function toDownloadAnswer(answer: Response | DownloadAnswer): DownloadAnswer {
  return "response" in answer ? answer : { response: answer };
}

/** Where an answer came from, as the end of a message. */
export function describeOrigin({ url }: Response): string {
  return url && `: ${withoutQuery(url)}`;
}
