/** The core: one document, requests in, answers out. No socket, no file, no clock. */

import type { OpenApiDocument } from "@artifetch/document";
import type { IHttpOperationConfig } from "@stoplight/prism-http";
import { createEngine, type Engine } from "./engine.ts";
import { OptionError } from "./errors.ts";
import { applyFault, createFaultSource, type Fault, faultHeader } from "./faults.ts";
import { type MockRequest, type MockResponse, toProblemResponse, toResponse, withoutBody } from "./message.ts";
import type { Answer, Answered, Violation } from "./mocker.ts";
import type { Operation } from "./operations.ts";
import type { AnswerOptions } from "./options.ts";
import { readPreferences } from "./prefer.ts";
import { type ProblemError, RefusedRequest, toInternalProblem, toUndescribedProblem } from "./problem.ts";
import { type EngineRequest, readRequest, type SplitUrl } from "./read-request.ts";
import { checkRuntime } from "./runtime.ts";
import { serialize } from "./serialize.ts";
import type { Memory } from "./stateful/memory.ts";
import { remember } from "./stateful/remember.ts";

export interface Handler {
  /**
   * Answers a request: at once where the answer is known, else as a promise. Neither throws nor rejects: a failure of the mock
   * itself is a 500 problem document. Answers that are the same are the same object: nobody may change one.
   *
   * @param split path and query within the document, where they are not those of the URL on the request line.
   */
  handle(request: MockRequest, split?: SplitUrl): MockResponse | Promise<MockResponse>;
  /** Number of operations in the document; at least 1. */
  operationCount: number;
  /** Whether the document has a path, with any method, for a request path (percent-encoded). */
  hasPath(path: string): boolean;
  /** Server URLs of the document, its paths and operations, each once, variables in braces as written. */
  serverUrls: string[];
  /** With `stateful`: what the document does not say, so that it cannot be remembered; one sentence each. Else empty. */
  notes: readonly string[];
  /** With `stateful`: forgets what the session of these request headers has changed. */
  reset(headers: Readonly<Record<string, string>>): void;
}

/**
 * Makes the handler for an OpenAPI 3.x document, which must not change afterwards: an operation is read when first asked.
 *
 * @param document every `$ref` points into the document itself.
 * @param memory what `stateful` needs, of the same document: see {@link loadMemory}.
 * @throws {OptionError} for `stateful` without a memory.
 * @throws {MockServerError} when the document has no operation; and where code may not be compiled at run time.
 * @throws {OptionError} for faults or a latency that cannot be read.
 */
export function createHandler(document: OpenApiDocument, options: AnswerOptions = {}, memory?: Memory): Handler {
  checkRuntime();
  const findFault = createFaultSource(options);
  const engine = createEngine(document);
  if (options.stateful && !memory) throw new OptionError("stateful", "needs the memory to be given too.");
  const rendered = new WeakMap<Answer, MockResponse>();
  const render = (operation: Operation, answered: Answered): MockResponse => {
    if ("refused" in answered) return { ...toProblemResponse(answered.refused), operationId: operation.id };
    const known = rendered.get(answered);
    if (known) return known;
    const response = renderAnswer(operation, answered, options.errors);
    rendered.set(answered, response);
    return response;
  };

  const { dynamic = false, seed } = options;
  const context: Context = { engine, usual: { dynamic, ...(seed !== undefined && { seed }) }, render, memory };

  return {
    handle(request, split) {
      const finish = (response: MockResponse) =>
        request.method.toUpperCase() === "HEAD" ? withoutBody(response) : response;
      const fail = (error: unknown) => toFailure(error, request);
      try {
        const fault = findFault(request.headers[faultHeader]);
        if (fault) return answerWithFault(fault).catch(fail).then(finish);
        const response = answer(context, request, readRequest(request, split));
        return response instanceof Promise ? response.catch(fail).then(finish) : finish(response);
      } catch (error) {
        return finish(fail(error));
      }

      async function answerWithFault(fault: Fault): Promise<MockResponse> {
        return applyFault(await answerBefore(fault).catch(fail), fault);
      }

      async function answerBefore({ status }: Fault): Promise<MockResponse> {
        const input = readRequest(request, split);
        return status === undefined ? answer(context, request, input) : answerStatus(context, input, status);
      }
    },
    operationCount: engine.operations.length,
    hasPath: (path) => engine.findMethods(path).length > 0,
    notes: memory?.notes ?? [],
    reset: (headers) => memory?.reset(headers),
    serverUrls: [...new Set(engine.operations.flatMap(({ servers }) => servers.map(({ url }) => url)))],
  };
}

/** What answering needs to know of its handler. */
interface Context {
  engine: Engine;
  /** For a request that prefers nothing. */
  usual: IHttpOperationConfig;
  render(operation: Operation, answered: Answered): MockResponse;
  memory: Memory | undefined;
}

function answer(
  { engine, usual, render, memory }: Context,
  request: MockRequest,
  input: EngineRequest,
): MockResponse | Promise<MockResponse> {
  const preferences = readPreferences(input.headers.prefer, input.url.query);
  const routed = engine.route(input);
  if ("refused" in routed) return refuse(engine, input, routed.refused);

  const { operation } = routed;
  const isUsual = Object.keys(preferences).length === 0;
  const config = isUsual ? usual : { ...usual, ...preferences };
  const mocked = engine.answer(operation, input, config);
  // Who says what to prefer is answered as without memory.
  const answered = memory && isUsual ? remember({ memory, engine, operation, request, input, config }, mocked) : mocked;
  return answered instanceof Promise ? answered.then((made) => render(operation, made)) : render(operation, answered);
}

/** The document's own answer of a status, whatever the request is like: what fails does not look at it first. */
async function answerStatus({ engine, usual }: Context, input: EngineRequest, status: number): Promise<MockResponse> {
  const routed = engine.route(input);
  if ("refused" in routed) return refuse(engine, input, routed.refused);
  const { operation } = routed;
  const config = { ...usual, code: status };
  const answered = await engine.answerAnything(operation, input, config);
  const response = "refused" in answered ? undefined : renderAnswer(operation, answered);
  if (response?.status === status) return response;
  return { ...toProblemResponse(toUndescribedProblem(status)), operationId: operation.id, problems: [] };
}

function toFailure(error: unknown, { headers }: MockRequest): MockResponse {
  if (isProblem(error)) return toProblemResponse(error);
  const isMultipart = /^\s*multipart\//i.test(headers["content-type"] ?? "");
  return toProblemResponse(isMultipart ? toUnreadableForm() : toInternalProblem(error));
}

/** Prism's reader of multipart forms fails on a part without a name, and on a file without a type. */
function toUnreadableForm(): ProblemError {
  const needed =
    'Content-Disposition: form-data; name="NAME", and for a file also ; filename="NAME" and a Content-Type';
  return new RefusedRequest(
    "INVALID_BODY",
    400,
    "Invalid body",
    `A part of the form cannot be read. Each needs ${needed}.`,
  );
}

/** Says that nothing follows. A document may give a length to an answer that has no body here: a client would wait for it. */
function withoutContent(response: MockResponse): MockResponse {
  const { "content-length": _, ...headers } = response.headers;
  // RFC 9110, section 8.6: no length with these.
  return [204, 304].includes(response.status)
    ? { ...response, headers }
    : { ...response, headers: { ...headers, "content-length": "0" } };
}

function refuse(engine: Engine, { url }: EngineRequest, refused: ProblemError): MockResponse {
  const response = toProblemResponse(refused);
  if (refused.status !== 405) return response;
  return { ...response, headers: { ...response.headers, allow: engine.findMethods(url.path).join(", ") } };
}

function renderAnswer(operation: Operation, answer: Answer, errors = false): MockResponse {
  const response = { ...renderWithViolations(answer, errors), operationId: operation.id };
  return response.body || operation.method === "head" ? response : withoutContent(response);
}

function renderWithViolations(answer: Answer, errors: boolean): MockResponse {
  const violations = [
    ...answer.requestViolations.map((violation) => toReport("request", violation)),
    ...answer.responseViolations.map((violation) => toReport("response", violation)),
  ];
  const problems = violations.map(({ message }) => message);
  const headers = violations.length > 0 ? { "sl-violations": toViolationHeader(violations) } : {};

  const broken = violations.filter(({ location, severity }) => location[0] === "response" && severity === "Error");
  if (errors && broken.length > 0) return { ...withHeaders(headers, toProblemResponse(toViolated(broken))), problems };
  const ownHeaders = { ...headers, ...toHeaders(answer.headers) };
  try {
    return { ...renderBody(answer, ownHeaders), problems };
  } catch (error) {
    return withHeaders(ownHeaders, toProblemResponse(error as Error));
  }
}

function renderBody({ status, body }: Answer, headers: MockResponse["headers"]): MockResponse {
  // Below 200 is no final answer: a client would wait on for one.
  if (!(status >= 200 && status <= 999)) throw new RangeError(`Invalid status code: ${status}`);
  const contentType = String(headers["content-type"] ?? "text/plain; charset=utf-8");
  if (body instanceof Uint8Array) return withHeaders(headers, toResponse(status, contentType, body));
  const text = serialize(body, headers["content-type"] && contentType);
  return text === undefined
    ? { status, headers, problems: [] }
    : withHeaders(headers, toResponse(status, contentType, text));
}

/** Adds headers to an answer; where it has one already, its own stays. */
function withHeaders(headers: MockResponse["headers"], response: MockResponse): MockResponse {
  return { ...response, headers: { ...headers, ...response.headers } };
}

/** These belong to a connection, not to the answer that a document describes (RFC 9110, section 7.6.1). */
const connectionHeaders = new Set(["connection", "keep-alive", "trailer", "transfer-encoding", "upgrade"]);

/** RFC 9110, section 5.6.2. Node refuses any other name. */
const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** Lower-case names; a list becomes one line per value; everything else is sent as its text, null included, as Prism does. */
function toHeaders(headers: Answer["headers"]): MockResponse["headers"] {
  const wrong = Object.keys(headers).find((name) => !headerName.test(name));
  if (wrong !== undefined)
    throw new TypeError(`The document has a response header of the name ${JSON.stringify(wrong)}.`);
  return Object.fromEntries(
    Object.entries(headers)
      .map(([name, value]): [string, string | string[]] => [
        name.toLowerCase(),
        Array.isArray(value) ? value.map((item) => toHeaderValue(String(item))) : toHeaderValue(String(value)),
      ])
      .filter(([name]) => !connectionHeaders.has(name)),
  );
}

interface Report {
  location: string[];
  severity: string;
  code?: string | number | undefined;
  message: string;
}

function toReport(place: "request" | "response", { path = [], severity, code, message }: Violation): Report {
  return { location: [place, ...path], severity, code, message };
}

function toViolated(validation: Report[]): ProblemError {
  const detail =
    "Your request/response is not valid and the --errors flag is set, so Prism is generating this error for you.";
  return Object.assign(new Error("Request/Response not valid"), {
    name: "https://stoplight.io/prism/errors#VIOLATIONS",
    status: 500,
    detail,
    additional: { validation },
  });
}

/** Prism's limit: many clients and proxies refuse a header block of more than 8 KiB. */
const violationHeaderLimit = 8 * 1024 - 100;

function toViolationHeader(violations: Report[]): string {
  const text = toHeaderValue(JSON.stringify(violations));
  return text.length > violationHeaderLimit ? `Too many violations! ${text.slice(0, violationHeaderLimit)}` : text;
}

/**
 * Text as a header value. Prism's headers go out in UTF-8, and Node takes one character per byte; a control character, which
 * Node refuses, is written as in JSON.
 */
function toHeaderValue(text: string): string {
  const escaped = text.replaceAll(
    /(?!\t)\p{Cc}/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return Buffer.from(escaped, "utf8").toString("latin1");
}

/** Whether an error was made to be told to the client. */
function isProblem(error: unknown): error is ProblemError {
  return error instanceof Error && "status" in error && "detail" in error;
}
