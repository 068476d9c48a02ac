/** Types of a typed call: what goes in, and the union of answers that comes out. Compile time only. */

import type { RetryOptions } from "./retry.ts";

type SuccessStatus = 200 | 201 | 202 | 203 | 204 | 205 | 206 | 207 | 208 | 226;
type RedirectStatus = 300 | 301 | 302 | 303 | 304 | 305 | 307 | 308;
// biome-ignore format: a table of numbers
type ClientErrorStatus =
  | 400 | 401 | 402 | 403 | 404 | 405 | 406 | 407 | 408 | 409 | 410 | 411 | 412 | 413 | 414 | 415 | 416 | 417 | 418
  | 421 | 422 | 423 | 424 | 425 | 426 | 428 | 429 | 431 | 451;
// biome-ignore format: a table of numbers
type ServerErrorStatus = 500 | 501 | 502 | 503 | 504 | 505 | 506 | 507 | 508 | 510 | 511;

type Ranges = {
  "1XX": never;
  "2XX": SuccessStatus;
  "3XX": RedirectStatus;
  "4XX": ClientErrorStatus;
  "5XX": ServerErrorStatus;
  default: RedirectStatus | ClientErrorStatus | ServerErrorStatus;
};

/** The shape that openapi-typescript gives an operation. */
export interface OperationType {
  parameters: { query?: unknown; header?: unknown; path?: unknown; cookie?: unknown };
  requestBody?: unknown;
  responses: object;
}

type KindOfBody<MediaType, Body> = MediaType extends `${string}json` | `${string}json;${string}`
  ? Body
  : MediaType extends `text/${string}`
    ? string
    : ReadableStream<Uint8Array>;

type BodyOf<Answer> = Answer extends { content: infer Content }
  ? { [MediaType in keyof Content]: KindOfBody<MediaType, Content[MediaType]> }[keyof Content]
  : undefined;

/** Statuses that a key of `responses` stands for; an exact status is taken before a range, a range before `default`. */
type StatusesOf<Key, Keys> = Key extends number
  ? Key
  : Key extends "default"
    ? Exclude<Ranges["default"], Keys | Ranges[Extract<Keys, "3XX" | "4XX" | "5XX">]>
    : Exclude<Ranges[Extract<Key, keyof Ranges>], Keys>;

/** Headers whose documented names are known to the compiler; any other can be read as well. */
export interface DocumentedHeaders<Name extends string> extends Headers {
  get(name: Name | (string & {})): string | null;
}

type NamesOf<Answer> = Answer extends { headers: infer Documented }
  ? keyof { [Name in keyof Documented as string extends Name ? never : Name]: unknown } & string
  : never;

interface Envelope<Status, Documented extends string> {
  /** HTTP status; comparing it narrows `data` and `error` to the body documented for it. */
  status: Status;
  /** The answer itself. Its body has been read, unless `data` is a stream. */
  response: Response & { readonly headers: DocumentedHeaders<Documented> };
  /** `operationId` of the document. */
  operationId: string;
}

/** An answer with a status of 200 to 299. */
export interface Success<Status, Data, Documented extends string = never> extends Envelope<Status, Documented> {
  ok: true;
  /** The decoded body: parsed JSON, text, a stream of bytes, or undefined where the document says that there is none. */
  data: Data;
  error?: undefined;
}

/** Any other answer. */
export interface Failure<Status, Body, Documented extends string = never> extends Envelope<Status, Documented> {
  ok: false;
  data?: undefined;
  /** The decoded body; undefined where it is empty. */
  error: Body;
}

type AnswerOf<Status, Body, Documented extends string> = Status extends SuccessStatus
  ? Success<Status, Body, Documented>
  : Failure<Status, Body, Documented>;

type Undocumented<Keys> = "default" extends Keys
  ? never
  : Failure<Exclude<Ranges["default"], Keys | Ranges[Extract<Keys, "3XX" | "4XX" | "5XX">]>, unknown>;

/**
 * Every answer of an operation, discriminated by `status` (and by `ok`).
 *
 * A status that the document does not have comes as a failure whose `error` is unknown: parsed JSON or text.
 */
export type Result<Operation extends OperationType> =
  | {
      [Key in keyof Operation["responses"]]: AnswerOf<
        StatusesOf<Key, keyof Operation["responses"]>,
        BodyOf<Operation["responses"][Key]>,
        NamesOf<Operation["responses"][Key]>
      >;
    }[keyof Operation["responses"]]
  | Undocumented<keyof Operation["responses"]>;

/** A body that `fetch` takes as it is: text, bytes, form data, a stream. */
export type RequestBody = NonNullable<RequestInit["body"]>;

type RequestBodyOf<Content> = {
  [MediaType in keyof Content]: MediaType extends `${string}json` ? Content[MediaType] : RequestBody;
}[keyof Content];

type BodyOption<Operation> = Operation extends { requestBody: { content: infer Content } }
  ? { body: RequestBodyOf<Content> }
  : Operation extends { requestBody?: { content: infer Content } | undefined }
    ? unknown extends Content
      ? { body?: never }
      : { body?: RequestBodyOf<Content> }
    : { body?: never };

/** Options of one call, beside what the operation takes. */
export interface CallOptions {
  /** Further request headers; they win over the client's. */
  headers?: Readonly<Record<string, string>> | undefined;
  /** Ends the call: it rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** As in the client's options, for this call. */
  timeoutMs?: number | undefined;
  /** As in the client's options, for this call. */
  deadlineMs?: number | undefined;
  /** As in the client's options, for this call. */
  retry?: RetryOptions | false | undefined;
}

/** The argument of an operation: `path`, `query`, `header`, `cookie` and `body` as far as it has them, and call options. */
export type RequestOf<Operation extends OperationType> = Operation["parameters"] & BodyOption<Operation> & CallOptions;
