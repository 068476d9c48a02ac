/** Matchers for Vitest that compare answers and values with an OpenAPI document. */
import {
  getByPointer,
  isJsonMediaType,
  isObject,
  type JsonObject,
  listNearNames,
  type OpenApiDocument,
} from "@artifetch/document";
import { describeFinding, describeRule } from "./describe-finding.ts";
import { createJudge, type Judge } from "./judge.ts";
import type { Case, Exchange, HttpResponse } from "./model.ts";
import { createSchemas, toChild } from "./schemas.ts";

/** What a matcher gives to Vitest. */
export interface MatcherResult {
  pass: boolean;
  message: () => string;
}

/** An answer in plain words, as test clients of servers give it. */
export interface PlainAnswer {
  status: number;
  /** Names in any case. Default: none. */
  headers?: Headers | Readonly<Record<string, string | readonly string[] | number | undefined>>;
  /** A text or bytes are the body as it was sent; anything else is sent as JSON. Default: no body. */
  body?: unknown;
}

/** Not an interface: Vitest takes an object of any names. */
export type ContractMatchers = {
  toSatisfyOperation(received: unknown, operationId: string): Promise<MatcherResult>;
  toMatchSchema(received: unknown, name: string): MatcherResult;
};

/**
 * Makes the matchers of a document, for `expect.extend`.
 *
 * - `await expect(answer).toSatisfyOperation(operationId)`: status, headers, media type and body are as the operation
 *   documents them. Takes a `Response` (which can still be read afterwards), a result of `@artifetch/client`, or a
 *   {@link PlainAnswer}.
 * - `expect(value).toMatchSchema(name)`: a value fits a schema of `components.schemas`, as it applies to answers.
 *
 * Properties that the document does not name are no difference, as in any open object. An `operationId` or name that the
 * document does not have is an error that lists near ones, also behind `.not`.
 *
 * @param document OpenAPI 3.0 or 3.1, bundled: every `$ref` points into itself.
 *
 * @example
 * expect.extend(contractMatchers(document));
 * await expect(await fetch(`${url}/runs/42`)).toSatisfyOperation("getRun");
 * expect({ id: 42, state: "done" }).toMatchSchema("Run");
 */
export function contractMatchers(document: OpenApiDocument): ContractMatchers {
  const judge = createJudge(document);
  const schemas = createSchemas(document, "response");
  const names = Object.keys(document.components?.schemas ?? {});
  return {
    toSatisfyOperation: async (received, operationId) => {
      const operation = findOperation(judge, operationId);
      const response = await toResponse(received);
      const called =
        isObject(received) && typeof received.operationId === "string" ? received.operationId : operationId;
      if (called !== operationId) {
        const message = () => `expected an answer of ${operationId}, but this is one of ${called}`;
        return { pass: false, message };
      }
      const url =
        received instanceof Response && received.url !== "" ? received.url : `http://service.invalid${operation.path}`;
      const request = { method: operation.method, url, headers: {} };
      const exchange: Exchange = { request, response, durationMs: 0 };
      // What was answered is what was wanted: that a 503 is one is no fault of its form.
      const sent: Case = {
        id: operationId,
        operationId,
        title: operationId,
        kind: "positive",
        check: "status_code_conformance",
        wanted: { status: response.status },
        request: { method: operation.method, path: operation.path, headers: {} },
      };
      const findings = judge
        .judge(operation, exchange, sent)
        .findings.filter(({ severity }) => severity === "failure")
        .map(({ curl: _, ...finding }) => finding);
      const list = findings.map((finding) => describeFinding(document, finding)).join("\n\n");
      const about = `${operation.method} ${operation.path} (${operationId})`;
      return {
        pass: findings.length === 0,
        message: () =>
          findings.length === 0
            ? `expected the answer ${response.status} not to be as ${about} documents it, but it is`
            : `expected the answer ${response.status} to be as ${about} documents it\n\n${list}`,
      };
    },
    toMatchSchema: (received, name) => {
      if (!names.includes(name)) throw new Error(describeUnknown("schema", name, names));
      const pointer = toChild("#/components/schemas", name);
      const violations = schemas.check(pointer, received);
      const list = violations.map(({ pointer: at, message, documentPointer }) =>
        [
          `${at || "the value"} ${message}`,
          `  place:    ${at || "(as a whole)"}, which is ${describeValue(getByPointer(received, at))}`,
          `  rule:     ${describeRule(document, documentPointer)}`,
          `  document: ${documentPointer}`,
        ].join("\n"),
      );
      return {
        pass: violations.length === 0,
        message: () =>
          violations.length === 0
            ? `expected the value not to match the schema ${name}, but it does`
            : `expected the value to match the schema ${name}\n\n${list.join("\n\n")}`,
      };
    },
  };
}

function findOperation({ operations }: Judge, operationId: string): Judge["operations"][number] {
  const operation = operations.find(({ id }) => id === operationId);
  const ids = operations.map(({ id }) => id);
  if (!operation) throw new Error(describeUnknown("operation", operationId, ids));
  return operation;
}

const longestList = 12;

function describeUnknown(kind: "operation" | "schema", given: string, names: readonly string[]): string {
  const near = listNearNames(String(given), names);
  const shown = names.slice(0, longestList).join(", ") + (names.length > longestList ? ", …" : "");
  const help = near.length > 0 ? `Near: ${near.join(", ")}.` : `It has: ${shown || "none"}.`;
  return `The document has no ${kind} ${JSON.stringify(given)}. ${help}`;
}

const longestValue = 80;

function describeValue(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > longestValue ? `${text.slice(0, longestValue)}…` : text;
}

async function toResponse(received: unknown): Promise<HttpResponse> {
  if (received instanceof Response) return readResponse(received);
  if (isObject(received) && received.response instanceof Response) return readResult(received, received.response);
  if (isObject(received) && typeof received.status === "number") return readPlain(received as unknown as PlainAnswer);
  throw new TypeError(
    `toSatisfyOperation takes a Response, a result of @artifetch/client or { status, headers, body }; this is ${describeValue(received)}.`,
  );
}

async function readResponse(response: Response): Promise<HttpResponse> {
  if (response.bodyUsed)
    throw new TypeError(
      "The body of this Response has been read. Compare it before it is read, or as { status, headers, body }.",
    );
  const { status } = response;
  const headers = readHeaders(response.headers);
  try {
    return { status, headers, body: new Uint8Array(await response.clone().arrayBuffer()) };
  } catch (error) {
    return { status, headers, body: new Uint8Array(), bodyError: (error as Error).message };
  }
}

/** A result of the client has read its body; what it made of it is written again. A stream is left to its reader. */
function readResult(result: JsonObject, response: Response): HttpResponse {
  const value = result.data ?? result.error;
  const headers = readHeaders(response.headers);
  const body = writeBody(value, headers["content-type"]);
  const isPartial = value instanceof ReadableStream;
  return {
    status: response.status,
    headers: isPartial ? headers : withLength(headers, body),
    body,
    ...(isPartial && { bodyIsPartial: true }),
  };
}

function readPlain({ status, headers = {}, body }: PlainAnswer): HttpResponse {
  const read = readHeaders(headers);
  const isValue = body !== undefined && typeof body !== "string" && !isBytes(body);
  const all = isValue && read["content-type"] === undefined ? { ...read, "content-type": "application/json" } : read;
  const bytes = isValue ? new TextEncoder().encode(JSON.stringify(body)) : writeBody(body, undefined);
  return { status, headers: isValue ? withLength(all, bytes) : all, body: bytes };
}

/** A value was written anew: the length that was announced is no longer its own. */
function withLength(headers: Record<string, string>, body: Uint8Array): Record<string, string> {
  return headers["content-length"] === undefined ? headers : { ...headers, "content-length": String(body.byteLength) };
}

function isBytes(value: unknown): value is ArrayBuffer | ArrayBufferView {
  return value instanceof ArrayBuffer || ArrayBuffer.isView(value);
}

/** @param mediaType decides whether a text is JSON or stands for itself; undefined: for itself. */
function writeBody(value: unknown, mediaType: string | undefined): Uint8Array {
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  if (value === undefined || value instanceof ReadableStream) return new Uint8Array();
  const isText = typeof value === "string" && !(mediaType !== undefined && isJsonMediaType(mediaType));
  return new TextEncoder().encode(isText ? value : JSON.stringify(value));
}

function readHeaders(headers: NonNullable<PlainAnswer["headers"]>): Record<string, string> {
  if (headers instanceof Headers) return Object.fromEntries(headers);
  return Object.fromEntries(
    Object.entries(headers)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name.toLowerCase(), Array.isArray(value) ? value.join(", ") : String(value)]),
  );
}
