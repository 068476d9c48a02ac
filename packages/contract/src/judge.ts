/** Compares an answer with the document: no requests, no clock, no state. Runs, proxy, HAR files and matchers all judge by this. */
import {
  type DocumentedResponse,
  getByPointer,
  type Header,
  isJsonMediaType,
  isObject,
  listOperations,
  type MediaType,
  type OpenApiDocument,
  type Operation,
} from "@artifetch/document";
import { findBlame } from "./blame.ts";
import { decode, findMediaType, isText, readCharset, toEssence } from "./media-type.ts";
import type { Case, CheckName, Exchange, Finding, Place, Severity, Verdict } from "./model.ts";
import { listListReadings, listReadings, listTypes } from "./parameters.ts";
import { listPaths, toPath, walkProperties } from "./properties.ts";
import { listCredentialPlaces, listSentSecrets, redactExchange, replaceSecrets, toCurlLine } from "./redact.ts";
import { createRoutes, type Routes } from "./routes.ts";
import { createSchemas, locate, type Schemas, toChild, type Violation } from "./schemas.ts";

export interface Judge extends Routes {
  document: OpenApiDocument;
  operations: readonly Operation[];
  /** Schemas of the document as they apply to answers. */
  schemas: Schemas;
  /**
   * Everything in an exchange that is not as the document says.
   *
   * @param operation what was called: from {@link operations}, or found with `find`.
   * @param sent what the exchange was to show. Without it (recorded traffic), only the answer is looked at.
   * @returns the checks that were made, and what they found; a check without a finding has passed.
   */
  judge(operation: Operation, exchange: Exchange, sent?: Case): Verdict;
  /** Makes a finding of something that was noticed over several exchanges; the exchange is redacted. */
  toFinding(operation: Operation, exchange: Exchange, difference: Difference, sent?: Case): Finding;
}

/** What is known of a difference where it is noticed; the rest of a {@link Finding} is added in one place. */
export interface Difference {
  check: CheckName;
  message: string;
  place: Place;
  /** Default: the operation. */
  documentPointer?: string | undefined;
  /** Default: `failure`. */
  severity?: Severity;
}

/** Makes the judge of a document, whose `$ref`s all point into itself. Schemas are compiled when first needed. */
export function createJudge(document: OpenApiDocument): Judge {
  const operations = listOperations(document);
  const schemas = createSchemas(document, "response");
  const variables = listCredentialPlaces(document).map(({ variable }) => variable);

  const toFinding: Judge["toFinding"] = (operation, exchange, difference, sent) => {
    const documentPointer = difference.documentPointer ?? operation.pointer;
    const redacted = redactExchange(document, operation, exchange);
    const status = exchange.response.status;
    return {
      severity: "failure",
      ...difference,
      message: replaceSecrets(difference.message, listSentSecrets(document, operation, exchange.request)),
      operationId: operation.id,
      documentPointer,
      blame: findBlame(document, operation, difference.check, documentPointer, status),
      exchange: redacted,
      curl: toCurlLine(redacted.request, variables),
      ...(sent && { case: { id: sent.id, title: sent.title } }),
      ...(sent?.seed && { seed: sent.seed }),
    };
  };

  return {
    document,
    operations,
    schemas,
    ...createRoutes(operations),
    toFinding,
    judge: (operation, exchange, sent) => {
      const results = collect({ document, schemas, operation, exchange, sent });
      return {
        checked: results.map(({ check }) => check),
        findings: results.flatMap(({ differences }) =>
          differences.map((difference) => toFinding(operation, exchange, difference, sent)),
        ),
      };
    },
  };
}

interface Context {
  document: OpenApiDocument;
  schemas: Schemas;
  operation: Operation;
  exchange: Exchange;
  sent: Case | undefined;
}

interface Result {
  check: CheckName;
  differences: Difference[];
}

function collect(context: Context): Result[] {
  const { document, operation, exchange, sent } = context;
  const { status } = exchange.response;
  if (sent?.check === "unsupported_method") return [judgeMethod(exchange)];

  const isOpen = sent !== undefined && malformed.has(status) && hasCursor(context, sent);
  const expectation = sent && !isOpen ? judgeExpectation(sent, status) : [];
  const key = findResponseKey(operation, status);
  const isServerError = status >= 500 && sent?.wanted?.status !== status;
  const results: Result[] = [
    { check: "not_a_server_error", differences: isServerError ? [toServerError(status)] : [] },
    ...expectation,
  ];
  // One fault, one finding: a status that is wrong for what was sent is not reported once more for being undocumented.
  const isReported = results.some(({ differences }) => differences.length > 0);
  if (key === undefined) {
    // A document tells callers what they may get. How a request is refused that breaks it (by a gateway, say) is seldom
    // in it; users of Schemathesis turn status conformance off for this.
    if (isReported || (status >= 300 && sent && breaksDocument(sent))) return results;
    return [...results, { check: "status_code_conformance", differences: [toUndocumentedStatus(operation, status)] }];
  }
  const response = operation.responses[key] as DocumentedResponse;
  const pointer = locate(document, operation.pointer, ["responses", key]) ?? operation.pointer;
  return [
    ...results,
    { check: "status_code_conformance", differences: [] },
    ...judgeHeaders(context, response, pointer),
    ...judgeBody(context, response, pointer),
  ];
}

function breaksDocument({ kind, check }: Case): boolean {
  return kind === "negative" || check === "ignored_auth";
}

function toServerError(status: number): Difference {
  return { check: "not_a_server_error", message: `status is ${status}`, place: { in: "status" } };
}

function toUndocumentedStatus({ responses, pointer }: Operation, status: number): Difference {
  return {
    check: "status_code_conformance",
    message: `status is ${status}, documented: ${Object.keys(responses).join(", ") || "none"}`,
    place: { in: "status" },
    documentPointer: toChild(pointer, "responses"),
  };
}

/** The key of a status in a map of responses: itself, then its range, then `default`. */
export function findResponseKey({ responses }: Operation, status: number): string | undefined {
  const range = `${Math.floor(status / 100)}XX`;
  const keys = Object.keys(responses);
  return (
    keys.find((key) => key === String(status)) ??
    keys.find((key) => key.toUpperCase() === range) ??
    keys.find((key) => key === "default")
  );
}

/** Statuses that say that a request is malformed, whatever it is about. */
const malformed = new Set([400, 405, 406, 415, 422]);

function judgeExpectation(sent: Case, status: number): Result[] {
  const { check, kind, rule, wanted } = sent;
  const result = (isWrong: boolean, message: string, place: Place = { in: "status" }, documentPointer?: string) => [
    { check, differences: isWrong ? [{ check, message, place, documentPointer }] : [] },
  ];
  if (wanted) return result(status !== wanted.status, `status is ${status}, asked for ${wanted.status}`);
  if (check === "ignored_auth") {
    // Only success tells that credentials are ignored: a redirect leads to a login, 404 hides, 400 may come before the check.
    return result(status >= 200 && status < 300, `status is ${status} without credentials, expected 401 or 403`, {
      in: "status",
    });
  }
  if (kind === "negative" && rule) {
    // 401, 403 and 429 do not show whether the rule is checked: no finding either way. A server's error is its own finding.
    const message = `status is ${status} although ${rule.description}, expected 400 or more`;
    return result(status < 400, message, rule.place, rule.documentPointer);
  }
  if (check !== "positive_data_acceptance" || kind !== "positive") return [];
  return result(malformed.has(status), `status is ${status} for a request that keeps every rule of the document`);
}

/** A cursor is the service's own: whether it takes one that no answer of its has given is not for the document to say. */
function hasCursor({ document, operation }: Context, { kind, wanted, request }: Case): boolean {
  const described = getByPointer(document, operation.pointer);
  const paging = isObject(described) ? described["x-pagination"] : undefined;
  if (kind !== "positive" || wanted || !isObject(paging) || paging.style !== "cursor") return false;
  return new URLSearchParams(request.path.split("?")[1]).has(String(paging.parameter));
}

function judgeMethod({ request, response }: Exchange): Result {
  const check = "unsupported_method";
  const { status, headers } = response;
  const toResult = (message?: string, place: Place = { in: "status" }): Result => ({
    check,
    differences: message === undefined ? [] : [{ check, message, place }],
  });
  // Credentials and existence may be looked at before the method: neither answer is wrong. 501: the server knows no such method.
  if ([401, 403, 404, 501].includes(status)) return toResult();
  if (status !== 405)
    return toResult(`status is ${status} for the undocumented method ${request.method}, expected 405`);
  if (headers.allow === undefined)
    return toResult("Allow is missing, which RFC 9110 requires with 405", { in: "header", name: "allow" });
  const allowed = headers.allow.split(",").map((method) => method.trim().toUpperCase());
  return allowed.includes(request.method)
    ? toResult(`Allow lists ${request.method}, which was just refused`, { in: "header", name: "allow" })
    : toResult();
}

function judgeHeaders(
  { document, schemas, exchange }: Context,
  response: DocumentedResponse,
  pointer: string,
): Result[] {
  const check = "response_headers_conformance";
  // OpenAPI 3.1.1, section 4.8.17.1: a Content-Type among the headers is ignored.
  const documented = Object.entries(response.headers ?? {}).filter(([name]) => name.toLowerCase() !== "content-type");
  if (documented.length === 0) return [];
  const differences = documented.flatMap(([name, header]): Difference[] => {
    const place: Place = { in: "header", name: name.toLowerCase() };
    const headerPointer = locate(document, pointer, ["headers", name]) ?? pointer;
    const text = exchange.response.headers[name.toLowerCase()];
    if (text === undefined) {
      const message = `header ${name} is missing`;
      return header.required ? [{ check, message, place, documentPointer: headerPointer }] : [];
    }
    const schemaPointer = toChild(headerPointer, "schema");
    return checkHeader(schemas, header, schemaPointer, text).map(({ message, documentPointer }) => ({
      check,
      message: `header ${name} ${message}: ${JSON.stringify(text)}`,
      place,
      documentPointer,
    }));
  });
  return [{ check, differences }];
}

/** A header is text; it is wrong only where nothing that it can be read as is right. */
function checkHeader(schemas: Schemas, { schema }: Header, pointer: string, text: string): Violation[] {
  if (schema === undefined) return [];
  const types = listTypes(schemas.document, schema);
  const items = text.split(",").map((item) => item.trim());
  // Members of an object stand in several forms; nothing certain can be said.
  if (types.has("object")) return [];
  const readings = types.has("array") ? listListReadings(text === "" ? [] : items) : listReadings(text);
  const results = readings.map((reading) => schemas.check(pointer, reading));
  if (results.some((violations) => violations.length === 0)) return [];
  // What is said about the value that the text spells tells more than that it is a text.
  return results.toSorted((a, b) => Number(isTypeOnly(a)) - Number(isTypeOnly(b)))[0]?.slice(0, 1) ?? [];
}

function isTypeOnly(violations: readonly Violation[]): boolean {
  return violations.every(({ keyword }) => keyword === "type");
}

const bodiless = new Set([204, 205, 304]);

function judgeBody(context: Context, { content = {} }: DocumentedResponse, pointer: string): Result[] {
  const { document, exchange, sent } = context;
  const { request, response } = exchange;
  if (request.method === "HEAD" || bodiless.has(response.status)) return [];
  const keys = Object.keys(content);
  const contentType = response.headers["content-type"];
  const isEmpty = response.body.byteLength === 0 && response.bodyError === undefined;
  if (keys.length === 0) return judgeUndocumentedBody(isEmpty, contentType, pointer);

  const key = contentType === undefined ? undefined : findMediaType(keys, contentType);
  const contentPointer = toChild(pointer, "content");
  if (contentType === undefined || key === undefined) {
    const received = contentType === undefined ? "is missing" : `is ${JSON.stringify(contentType)}`;
    const message = `content type ${received}, documented: ${keys.join(", ")}`;
    const place: Place = { in: "header", name: "content-type" };
    const check = "content_type_conformance";
    return [{ check, differences: [{ check, message, place, documentPointer: contentPointer }] }];
  }
  const schemaPointer = locate(document, contentPointer, [key, "schema"]);
  const documentPointer = schemaPointer ?? locate(document, contentPointer, [key]) ?? contentPointer;
  const read = response.bodyIsPartial ? {} : readBody(response, contentType);
  const isWanted = sent?.wanted && "value" in sent.wanted && response.status === sent.wanted.status;
  return [
    { check: "content_type_conformance", differences: [] },
    ...(read.error === undefined ? [] : [toUnreadable(read.error, documentPointer)]),
    ...("value" in read ? judgeValue(context, read.value, schemaPointer, content[key]) : []),
    ...(isWanted && read.error === undefined ? [judgeExample(sent, read, response.body, documentPointer)] : []),
  ];
}

function judgeUndocumentedBody(isEmpty: boolean, contentType: string | undefined, pointer: string): Result[] {
  if (isEmpty) return [];
  const check = "content_type_conformance";
  const message = `there is a body${contentType === undefined ? "" : ` (${toEssence(contentType)})`} where none is documented`;
  // Drift: that a document is silent about the body of an error is common, and no client reads what it does not know.
  return [
    {
      check,
      differences: [
        { check, severity: "drift", message, place: { in: "body", pointer: "" }, documentPointer: pointer },
      ],
    },
  ];
}

interface ReadBody {
  /** Absent: bytes, which no schema describes. */
  value?: unknown;
  error?: string;
}

function readBody({ body, bodyError, headers }: Exchange["response"], contentType: string): ReadBody {
  if (bodyError !== undefined) return { error: `the body cannot be read: ${bodyError}` };
  const length = headers["content-length"];
  if (length !== undefined && headers["content-encoding"] === undefined && Number(length) !== body.byteLength)
    return { error: `the body has ${body.byteLength} bytes, Content-Length says ${length}` };
  const isJson = isJsonMediaType(contentType);
  if (!isJson && !isText(contentType)) return {};
  try {
    // RFC 8259, section 8.1: JSON is UTF-8, whatever a charset says.
    const text = decode(body, isJson ? "utf-8" : readCharset(contentType));
    return { value: isJson ? JSON.parse(text) : text };
  } catch (error) {
    if (isJson) return { error: describeJsonError(body, error) };
    // Text without a charset may be in any encoding.
    return readCharset(contentType) === undefined ? {} : { error: `the body is not in ${readCharset(contentType)}` };
  }
}

function describeJsonError(body: Uint8Array, error: unknown): string {
  if (body.byteLength === 0) return "the body is empty, expected JSON";
  return error instanceof SyntaxError ? "the body is not JSON" : "the body is not UTF-8, which JSON is";
}

function toUnreadable(message: string, documentPointer: string): Result {
  const check = "response_schema_conformance";
  return { check, differences: [{ check, message, place: { in: "body", pointer: "" }, documentPointer }] };
}

function judgeValue(
  { schemas, exchange }: Context,
  value: unknown,
  pointer: string | undefined,
  mediaType: MediaType | undefined,
): Result[] {
  if (pointer === undefined) return [];
  const schema = getByPointer(schemas.document, pointer);
  // Text that its document describes as something else (a schema of the table in a CSV, say) is not compared with it.
  const isPlainText = typeof value === "string" && !isJsonMediaType(exchange.response.headers["content-type"] ?? "");
  if (isPlainText && !listTypes(schemas.document, schema).has("string")) return [];
  const violations = schemas.check(pointer, value);
  // What an example shows is documented, though no schema names it.
  const shown = listShownProperties(mediaType);
  const undocumented = walkProperties(schemas, schema, value).undocumented.filter(
    (each) => !shown.has(toPath(each.pointer)),
  );
  return [
    { check: "response_schema_conformance", differences: summarize(violations.map(toDifference)) },
    {
      check: "undocumented_field",
      differences: summarize(
        undocumented.map(({ pointer: at, schema: owner }) => ({
          check: "undocumented_field",
          severity: "drift",
          message: `property ${JSON.stringify(toName(at))} is not documented`,
          place: { in: "body", pointer: at },
          documentPointer: schemas.locate(owner) ?? pointer,
        })),
      ),
    },
  ];
}

const shownProperties = new WeakMap<MediaType, Set<string>>();

function listShownProperties(mediaType: MediaType | undefined): Set<string> {
  const known = mediaType && shownProperties.get(mediaType);
  if (!mediaType || known) return known ?? new Set();
  const paths = new Set<string>();
  const values = [mediaType.example, ...Object.values(mediaType.examples ?? {}).map(({ value }) => value)];
  for (const value of values) listPaths(value, "", paths);
  shownProperties.set(mediaType, paths);
  return paths;
}

function toName(pointer: string): string {
  return (pointer.split("/").at(-1) ?? "").replaceAll("~1", "/").replaceAll("~0", "~");
}

function toDifference({ pointer, message, documentPointer }: Violation): Difference {
  return {
    check: "response_schema_conformance",
    message: `${pointer || "the body"} ${message}`,
    place: { in: "body", pointer },
    documentPointer,
  };
}

/** The same rule broken at many places (the items of a list) is one difference. */
function summarize(differences: readonly Difference[]): Difference[] {
  const first = new Map<string, { difference: Difference; count: number }>();
  for (const difference of differences) {
    const pointer = difference.place.in === "body" ? toPath(difference.place.pointer) : "";
    const key = `${difference.documentPointer} ${pointer}`;
    const known = first.get(key);
    if (known) known.count += 1;
    else first.set(key, { difference, count: 1 });
  }
  return [...first.values()].map(({ difference, count }) =>
    count === 1 ? difference : { ...difference, message: `${difference.message} (and ${count - 1} more like it)` },
  );
}

function judgeExample({ wanted }: Case, read: ReadBody, body: Uint8Array, documentPointer: string): Result {
  const check = "example_conformance";
  const isEqual = "value" in read ? isSame(read.value, wanted?.value) : hasBytes(body, wanted?.value);
  const message = `the body is not the value of the example${wanted?.example ? ` ${wanted.example}` : ""} that was asked for`;
  const place: Place = { in: "body", pointer: "" };
  return { check, differences: isEqual ? [] : [{ check, message, place, documentPointer }] };
}

/** Bytes above 127 stand in an example as one character each; a server may send that as one byte or as UTF-8. */
function hasBytes(body: Uint8Array, value: unknown): boolean {
  if (typeof value !== "string") return true;
  const encoded = new TextEncoder().encode(value);
  const single = Uint8Array.from(value, (character) => character.charCodeAt(0));
  return [encoded, single].some(
    (bytes) => bytes.length === body.length && bytes.every((byte, at) => byte === body[at]),
  );
}

/** Equal as JSON: the order of properties is no difference. */
function isSame(a: unknown, b: unknown): boolean {
  if (typeof a !== "object" || a === null || typeof b !== "object" || b === null) return a === b;
  const [left, right] = [Object.entries(a), Object.entries(b)];
  return (
    Array.isArray(a) === Array.isArray(b) &&
    left.length === right.length &&
    left.every(([key, value]) => Object.hasOwn(b, key) && isSame(value, (b as Record<string, unknown>)[key]))
  );
}
