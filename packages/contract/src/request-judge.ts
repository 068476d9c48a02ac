/** Compares what an application sends with the document: the other half of `judge.ts`, for traffic that nobody here made. */
import { getByPointer, isJsonMediaType, isObject, type Operation, type Parameter, resolve } from "@artifetch/document";
import type { Difference, Judge } from "./judge.ts";
import { decode, findMediaType, toEssence } from "./media-type.ts";
import type { Blame, CheckName, Exchange, Finding, Place, Verdict } from "./model.ts";
import type { Pair } from "./parameters.ts";
import { walkProperties } from "./properties.ts";
import { decodeQuery, type RequestText, readMembers, readParameter, takeApart } from "./read-parameters.ts";
import { listCredentialPlaces } from "./redact.ts";
import { locateParameter } from "./samples.ts";
import { createSchemas, locate, type Schemas, toChild, type Violation } from "./schemas.ts";

export interface RequestJudge {
  /**
   * Everything in a request that is not as the document says.
   *
   * @param path of the request, without base path and query, as it was sent.
   * @param isComplete nothing was left out of the request on the way here: that credentials are missing means something.
   */
  judge(operation: Operation, exchange: Exchange, path: string, isComplete: boolean): Promise<Verdict>;
}

/** Makes the judge of requests of a document; it shares operations and findings with the judge of answers. */
export function createRequestJudge(judge: Judge): RequestJudge {
  const schemas = createSchemas(judge.document, "request");
  return {
    judge: async (operation, exchange, path, isComplete) => {
      const { search } = new URL(exchange.request.url);
      const request = takeApart(operation.path, path, search.slice(1), exchange.request.headers);
      const context: Context = { judge, schemas, operation, exchange, request };
      const differences = [
        ...operation.parameters.flatMap((parameter) => judgeParameter(context, parameter)),
        ...judgeUnknownQuery(context),
        ...(await judgeBody(context)),
      ];
      const findings = differences.map((difference) => toFinding(context, difference));
      const isAnonymous = isComplete && lacksCredentials(context);
      return {
        checked: [check, ...(isAnonymous ? (["ignored_auth"] as const) : [])],
        findings: [...findings, ...(isAnonymous ? judgeCredentials(context) : [])],
      };
    },
  };
}

const check: CheckName = "request_conformance";

interface Context {
  judge: Judge;
  schemas: Schemas;
  operation: Operation;
  exchange: Exchange;
  request: RequestText;
}

function toFinding({ judge, operation, exchange }: Context, difference: Difference): Finding {
  const finding = judge.toFinding(operation, exchange, difference);
  return { ...finding, blame: blameRequest(finding, exchange.response.status) };
}

/** Nobody asked for the request to be wrong: what the service makes of it tells whether the rule is really one. */
function blameRequest({ blame, severity }: Finding, status: number): Blame {
  if (severity === "drift")
    return { party: "document", reason: "It forbids nothing: the service may know more than the document." };
  if (status >= 400) return { party: "client", reason: `The document forbids it, and the service answered ${status}.` };
  if (blame.party === "document") return blame;
  return {
    party: "unknown",
    reason: `The document forbids it, yet the service answered ${status}: the client must not rely on it, or the rule is too strict.`,
  };
}

const ignoredHeaders = new Set(["accept", "authorization", "content-type"]);

function judgeParameter({ judge, schemas, operation, request }: Context, parameter: Parameter): Difference[] {
  const { in: place, name, required = false } = parameter;
  // OpenAPI 3.1.1, section 4.8.12.1: header parameters of these names are ignored.
  if (place === "header" && ignoredHeaders.has(name.toLowerCase())) return [];
  const pointer = locateParameter(judge.document, operation, parameter) ?? operation.pointer;
  const where: Place = { in: place, name };
  const sent = readParameter(schemas, parameter, pointer, request);
  if (!sent) {
    const message = `${place} ${name} is missing`;
    return required ? [{ check, message, place: where, documentPointer: pointer }] : [];
  }
  const schema = findParameterSchema(judge, pointer, parameter);
  const violation = schema === undefined ? undefined : findViolation(schemas, schema, sent.readings);
  if (!violation) return [];
  const message = `${place} ${name}${violation.pointer} ${violation.message}: ${JSON.stringify(sent.text)}`;
  return [{ check, message, place: where, documentPointer: violation.documentPointer }];
}

function findParameterSchema({ document }: Judge, pointer: string, { content }: Parameter): string | undefined {
  const [mediaType] = Object.keys(content ?? {});
  return locate(document, pointer, mediaType === undefined ? ["schema"] : ["content", mediaType, "schema"]);
}

/** A text is wrong only where nothing that it can be read as is right. */
function findViolation(schemas: Schemas, pointer: string, readings: readonly unknown[]): Violation | undefined {
  if (readings.length === 0) return undefined;
  const results = readings.map((reading) => schemas.check(pointer, reading));
  if (results.some((violations) => violations.length === 0)) return undefined;
  // What is said about the value that the text spells tells more than that it is a text.
  const isTypeOnly = (violations: readonly Violation[]) => violations.every(({ keyword }) => keyword === "type");
  return results.toSorted((a, b) => Number(isTypeOnly(a)) - Number(isTypeOnly(b)) || a.length - b.length)[0]?.[0];
}

function judgeUnknownQuery({ judge, schemas, operation, request }: Context): Difference[] {
  const parameters = operation.parameters.filter((parameter) => parameter.in === "query");
  const objects = parameters.filter(({ schema }) => isObject(resolve(schemas.document, schema)));
  const members = objects.flatMap((parameter) => {
    const pointer = locateParameter(judge.document, operation, parameter);
    const properties = pointer === undefined ? undefined : locate(judge.document, pointer, ["schema", "properties"]);
    return Object.keys((properties && getByPointer(judge.document, properties)) ?? {});
  });
  const credentials = listCredentialPlaces(judge.document).filter((place) => place.in === "query");
  const known = new Set([...parameters, ...credentials].map(({ name }) => name).concat(members));
  const isKnown = (name: string) => known.has(name) || known.has(name.replace(/\[.*$/s, ""));
  const names = new Set(request.query.map(([key]) => decodeQuery(key)).filter((name) => !isKnown(name)));
  return [...names].map((name) => ({
    check,
    severity: "drift",
    message: `query ${name} is not documented`,
    place: { in: "query", name },
  }));
}

async function judgeBody({ judge, schemas, operation, exchange }: Context): Promise<Difference[]> {
  const { body, bodyIsPartial = false, headers } = exchange.request;
  const isEmpty = !bodyIsPartial && (body === undefined || body.byteLength === 0);
  const pointer = locate(judge.document, operation.pointer, ["requestBody"]);
  const whole: Place = { in: "body", pointer: "" };
  if (!operation.requestBody || pointer === undefined) {
    const message = "there is a body where none is documented";
    return isEmpty ? [] : [{ check, severity: "drift", message, place: whole }];
  }
  if (isEmpty) {
    const isMissing = operation.requestBody.required === true;
    return isMissing ? [{ check, message: "the body is missing", place: whole, documentPointer: pointer }] : [];
  }
  const contentType = headers["content-type"];
  const keys = Object.keys(operation.requestBody.content ?? {});
  const key = contentType === undefined ? undefined : findMediaType(keys, contentType);
  const contentPointer = toChild(pointer, "content");
  if (contentType === undefined || key === undefined) {
    // RFC 9110, section 8.3: without a type, the receiver may guess.
    const received = contentType === undefined ? "is missing" : `is ${JSON.stringify(contentType)}`;
    const message = `content type ${received}, documented: ${keys.join(", ")}`;
    const place: Place = { in: "header", name: "content-type" };
    return keys.length === 0 ? [] : [{ check, message, place, documentPointer: contentPointer }];
  }
  const schema = locate(judge.document, contentPointer, [key, "schema"]);
  const documentPointer = schema ?? locate(judge.document, contentPointer, [key]) ?? contentPointer;
  if (bodyIsPartial) return [];
  const read = await readRequestBody(schemas, schema, contentType, body ?? new Uint8Array());
  if (read.error !== undefined) return [{ check, message: read.error, place: whole, documentPointer }];
  return schema === undefined || !("value" in read) ? [] : judgeValue(schemas, schema, read.value);
}

function judgeValue(schemas: Schemas, pointer: string, value: unknown): Difference[] {
  const broken = schemas.check(pointer, value).map(
    (violation): Difference => ({
      check,
      message: `${violation.pointer || "the body"} ${violation.message}`,
      place: { in: "body", pointer: violation.pointer },
      documentPointer: violation.documentPointer,
    }),
  );
  const { undocumented } = walkProperties(schemas, getByPointer(schemas.document, pointer), value);
  // What a closed schema refuses has been told.
  const isTold = (at: string) => broken.some(({ place }) => place.in === "body" && at.startsWith(place.pointer));
  return [
    ...broken,
    ...undocumented
      .filter(({ pointer: at }) => !isTold(at))
      .map(
        ({ pointer: at, schema }): Difference => ({
          check,
          severity: "drift",
          message: `${at} is not documented`,
          place: { in: "body", pointer: at },
          documentPointer: schemas.locate(schema) ?? pointer,
        }),
      ),
  ];
}

interface ReadBody {
  /** Absent: bytes, which no schema describes. */
  value?: unknown;
  error?: string;
}

async function readRequestBody(
  schemas: Schemas,
  pointer: string | undefined,
  contentType: string,
  body: Uint8Array,
): Promise<ReadBody> {
  if (isJsonMediaType(contentType)) return readJson(body);
  const essence = toEssence(contentType);
  const isForm = essence === "application/x-www-form-urlencoded";
  if (pointer === undefined || !(isForm || essence === "multipart/form-data")) return {};
  const members = isForm ? [...new URLSearchParams(decode(body))] : await readMultipart(contentType, body);
  if (!members) return { error: "the body is not multipart/form-data" };
  // Members of members have no common form.
  return members.some(([name]) => /[[\].]/.test(name)) ? {} : { value: readMembers(schemas, pointer, members) };
}

function readJson(body: Uint8Array): ReadBody {
  try {
    return { value: JSON.parse(decode(body)) };
  } catch (error) {
    return { error: `the body is not ${error instanceof SyntaxError ? "JSON" : "UTF-8, which JSON is"}` };
  }
}

/** Undefined where the parts cannot be told apart. A file is its bytes, one character each. */
async function readMultipart(contentType: string, body: Uint8Array): Promise<Pair[] | undefined> {
  try {
    const headers = { "content-type": contentType };
    const form = await new Response(new Uint8Array(body), { headers }).formData();
    const read = async (value: string | Blob) =>
      typeof value === "string" ? value : Buffer.from(await value.arrayBuffer()).toString("latin1");
    return await Promise.all([...form].map(async ([name, value]): Promise<Pair> => [name, await read(value)]));
  } catch {
    return undefined;
  }
}

/** Whether a request has no complete way in; never where one way sends nothing that could be seen. */
function lacksCredentials({ judge, operation, request }: Context): boolean {
  const places = listCredentialPlaces(judge.document);
  const isSent = (scheme: string) => {
    const place = places.find((each) => each.scheme === scheme);
    if (!place) return true;
    if (place.in === "header") return request.headers[place.name] !== undefined;
    const pairs = place.in === "query" ? request.query : request.cookies;
    return pairs.some(([key]) => decodeQuery(key) === place.name);
  };
  return operation.security.length > 0 && !operation.security.some((way) => Object.keys(way).every(isSent));
}

function judgeCredentials({ judge, operation, exchange }: Context): Finding[] {
  const { status } = exchange.response;
  // As in a run: only success tells that credentials are ignored.
  if (status < 200 || status >= 300) return [];
  const message = `status is ${status} without credentials, expected 401 or 403`;
  return [judge.toFinding(operation, exchange, { check: "ignored_auth", message, place: { in: "status" } })];
}
