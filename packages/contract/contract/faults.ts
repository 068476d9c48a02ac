/** Ways in which a service answers wrongly: each makes a wrong answer of a right one, or says that it cannot. */
import type { CheckName } from "@artifetch/contract";
import {
  type DocumentedResponse,
  isJsonMediaType,
  isObject,
  type JsonObject,
  type OpenApiDocument,
  type Operation,
} from "@artifetch/document";
import { listPlaces, listTypesOf, type Place, put } from "./places.ts";

export interface Answer {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: Uint8Array;
  /** The connection is lost after the body. */
  isCutOff?: boolean;
}

export interface Given {
  document: OpenApiDocument;
  /** The operation that is called; for an undocumented method, the first one of the path. */
  operation: Operation;
  request: Request;
  /** What the honest mock answers. */
  answer: Answer;
  /** What it answers to a good request with credentials. */
  success: Answer;
  /** What it answers to the same request with credentials. */
  authorized: () => Promise<Answer>;
  hasCredentials: boolean;
}

export interface Fault {
  kind: string;
  /** Any of these notices it. */
  checks: readonly CheckName[];
  /** Undefined where the answer cannot be wrong in this way. */
  spoil(given: Given): Answer | undefined | Promise<Answer | undefined>;
}

const schema = ["response_schema_conformance"] as const;
const contentType = ["content_type_conformance"] as const;
const status = ["status_code_conformance"] as const;
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const page = "<!doctype html><html><head><title>Oops</title></head><body><h1>Oops</h1></body></html>";

export const faults: readonly Fault[] = [
  // What stands in the body.
  atPlace("required field dropped", listRequired, () => undefined),
  atPlace("type changed", listTyped, ({ value, types }) => toOtherType(value, types)),
  atPlace("null where it is not allowed", listNotNull, () => null),
  atPlace("value off the list", listListed, (place) => toOffList(place.value)),
  atPlace("number as text", listNumbers, (place) => String(place.value)),
  atPlace("fraction for a whole number", listWhole, (place) => Number(place.value) + 0.5),
  atPlace("timestamp of another form", listTimes, (place) => toOtherTime(place)),
  atPlace("text not in its pattern or format", listFormatted, () => "not in this form!"),
  atPlace("beyond a limit", listLimited, (place) => toBeyond(place)),
  atPlace("list for one thing", listWholeObject, (place) => [place.value]),
  atPlace("object for a list", listLists, (place) => ({ items: place.value })),
  atPlace("last item of a list wrong", listFilled, (place) => withBadItem(place)),
  atPlace(
    "field that no schema names",
    listClosed,
    (place) => ({ ...(place.value as JsonObject), artifetch_new_field: 1 }),
    ["undocumented_field", "response_schema_conformance"],
  ),
  atPlace("error as a success", listDemanding, () => ({ error: "something went wrong" })),
  json("empty object", ({ places }) => (isDemanding(places[0]) ? encode("{}") : undefined)),
  json("NaN in JSON", ({ places, value }) => {
    const place = places.find(({ value: each }) => typeof each === "number");
    return place && encode(JSON.stringify(put(value, place.path, "@NaN@")).replace('"@NaN@"', "NaN"));
  }),
  // How it is sent.
  json("body cut in the middle", ({ text }) => (text.length > 1 ? encode(text.slice(0, text.length / 2)) : undefined)),
  json("empty body", () => new Uint8Array()),
  json("UTF-16 for UTF-8", ({ text }) => new Uint8Array(Buffer.from(text, "utf16le"))),
  json("bytes that are no UTF-8", ({ text }) => {
    const at = text.indexOf('"') + 1;
    return at === 0 ? undefined : new Uint8Array([...encode(text.slice(0, at)), 0xff, 0xfe, ...encode(text.slice(at))]);
  }),
  json("a web page that calls itself JSON", () => encode(page)),
  onSuccess("connection lost in the middle", schema, ({ answer }) =>
    answer.body.length > 1
      ? { ...answer, body: answer.body.slice(0, answer.body.length / 2), isCutOff: true }
      : undefined,
  ),
  onSuccess("Content-Length of another body", schema, ({ answer }) =>
    answer.body.length > 1
      ? withHeader({ ...answer, body: answer.body.slice(1) }, "content-length", String(answer.body.length))
      : undefined,
  ),
  onSuccess("a web page", contentType, ({ answer, operation }) =>
    findResponse(operation, answer)?.content && !documents(operation, answer, "text/html")
      ? withHeader({ ...answer, body: encode(page) }, "content-type", "text/html")
      : undefined,
  ),
  onSuccess("content type of something else", contentType, ({ answer, operation }) =>
    findResponse(operation, answer)?.content && !documents(operation, answer, "application/xml")
      ? withHeader(answer, "content-type", "application/xml")
      : undefined,
  ),
  onSuccess("no content type", contentType, ({ answer, operation }) =>
    findResponse(operation, answer)?.content ? withHeader(answer, "content-type", undefined) : undefined,
  ),
  onSuccess("required header missing", ["response_headers_conformance"], ({ answer, operation }) => {
    const [name] = listHeaders(operation, answer).find(([, { required }]) => required) ?? [];
    return name === undefined ? undefined : withHeader(answer, name, undefined);
  }),
  onSuccess("header of another type", ["response_headers_conformance"], ({ answer, operation, document }) => {
    const found = listHeaders(operation, answer).find(([name, header]) => {
      const [place] = listPlaces(document, header.schema, answer.headers[name.toLowerCase()]);
      return place?.types && !place.types.has("string") && !place.types.has("object");
    });
    return found && withHeader(answer, found[0], "no such value");
  }),
  // The status.
  onSuccess("success that is not documented", status, ({ answer, operation }) => {
    const other = [203, 202, 226, 299].find((each) => !findResponse(operation, { status: each }));
    return other === undefined ? undefined : { ...answer, status: other };
  }),
  onSuccess("redirect that is not documented", status, ({ answer, operation }) =>
    findResponse(operation, { status: 302 })
      ? undefined
      : { ...answer, status: 302, headers: { location: "/login" }, body: new Uint8Array() },
  ),
  onSuccess("error that is not documented", status, ({ answer, operation }) =>
    findResponse(operation, { status: 418 }) ? undefined : { ...answer, status: 418 },
  ),
  onSuccess("error of the server", ["not_a_server_error"], ({ answer }) => ({ ...answer, status: 500 })),
  onSuccess("good request refused", ["positive_data_acceptance"], ({ answer }) => ({
    ...answer,
    status: 422,
    headers: { "content-type": "application/json" },
    body: encode("{}"),
  })),
  // Errors.
  {
    kind: "body of an error of another form",
    checks: schema,
    spoil: ({ document, operation, answer }) => {
      const [place] = answer.status >= 400 ? listBodyPlaces(document, operation, answer) : [];
      return isDemanding(place) ? { ...answer, body: encode('{"oops":1}') } : undefined;
    },
  },
  {
    kind: "error as a web page",
    checks: contentType,
    spoil: ({ operation, answer }) =>
      answer.status >= 400 && findResponse(operation, answer)?.content && !documents(operation, answer, "text/html")
        ? withHeader({ ...answer, body: encode(page) }, "content-type", "text/html")
        : undefined,
  },
  // What is let through.
  {
    kind: "credentials ignored",
    checks: ["ignored_auth"],
    spoil: async ({ hasCredentials, answer, authorized }) => {
      if (hasCredentials || ![401, 403].includes(answer.status)) return undefined;
      const other = await authorized();
      return other.status < 300 ? other : undefined;
    },
  },
  {
    kind: "invalid input accepted",
    checks: ["negative_data_rejection", "missing_required_header"],
    spoil: ({ operation, request, answer, hasCredentials, success }) =>
      request.method === operation.method && hasCredentials && [400, 404, 406, 415, 422].includes(answer.status)
        ? success
        : undefined,
  },
  {
    kind: "required header not asked for",
    checks: ["missing_required_header"],
    spoil: ({ operation, request, hasCredentials, success }) =>
      hasCredentials &&
      request.method === operation.method &&
      operation.parameters.some(
        ({ in: place, name, required }) => place === "header" && required && !request.headers.has(name),
      )
        ? success
        : undefined,
  },
  onMethod("undocumented method answered", ({ success }) => success),
  onMethod("405 without Allow", ({ answer }) => withHeader(answer, "allow", undefined)),
  onMethod("Allow that lists what was refused", ({ answer, request }) => withHeader(answer, "allow", request.method)),
];

/** Of a success of a good request. */
function onSuccess(kind: string, checks: Fault["checks"], spoil: (given: Given) => Answer | undefined): Fault {
  return {
    kind,
    checks,
    spoil: (given) =>
      given.answer.status < 300 && given.hasCredentials && given.request.method === given.operation.method
        ? spoil(given)
        : undefined,
  };
}

interface Body {
  value: unknown;
  text: string;
  places: readonly Place[];
}

/** Another body, which still says that it is JSON. */
function json(kind: string, change: (body: Body) => Uint8Array | undefined): Fault {
  return onSuccess(kind, schema, ({ document, operation, answer }) => {
    const places = listBodyPlaces(document, operation, answer);
    if (places.length === 0) return undefined;
    const value = places[0]?.value;
    const body = change({ value, text: JSON.stringify(value), places });
    return body && withHeader({ ...answer, body }, "content-length", undefined);
  });
}

/** One place of the body changed: always the same one of an operation, and others in others. */
function atPlace(
  kind: string,
  list: (places: readonly Place[]) => Place[],
  change: (place: Place) => unknown,
  checks: Fault["checks"] = schema,
): Fault {
  return onSuccess(kind, checks, ({ document, operation, answer }) => {
    const places = listBodyPlaces(document, operation, answer);
    const found = list(places);
    const place = found[toNumber(kind + operation.id) % Math.max(found.length, 1)];
    if (!place) return undefined;
    const body = encode(JSON.stringify(put(places[0]?.value, place.path, change(place))));
    return withHeader({ ...answer, body }, "content-length", undefined);
  });
}

function onMethod(kind: string, spoil: (given: Given) => Answer): Fault {
  return {
    kind,
    checks: ["unsupported_method"],
    spoil: (given) => (given.answer.status === 405 ? spoil(given) : undefined),
  };
}

/** FNV-1a, 32 bits. */
export function toNumber(text: string): number {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return hash >>> 0;
}

function findResponse(
  { responses }: Operation,
  { status: wanted }: { status: number },
): DocumentedResponse | undefined {
  return responses[wanted] ?? responses[`${Math.floor(wanted / 100)}XX`] ?? responses.default;
}

function documents(operation: Operation, answer: Answer, mediaType: string): boolean {
  const keys = Object.keys(findResponse(operation, answer)?.content ?? {});
  return [mediaType, mediaType.replace(/\/.*/, "/*"), "*/*"].some((each) => keys.includes(each));
}

function listHeaders(operation: Operation, answer: Answer) {
  return Object.entries(findResponse(operation, answer)?.headers ?? {}).filter(
    ([name]) => name.toLowerCase() !== "content-type" && answer.headers[name.toLowerCase()] !== undefined,
  );
}

function withHeader(answer: Answer, name: string, value: string | undefined): Answer {
  const { [name.toLowerCase()]: _, ...others } = answer.headers;
  return { ...answer, headers: value === undefined ? others : { ...others, [name.toLowerCase()]: value } };
}

/** The whole body first; empty where it is not JSON, or no schema describes it. */
function listBodyPlaces(document: OpenApiDocument, operation: Operation, answer: Answer): Place[] {
  const type = (answer.headers["content-type"] ?? "").split(";", 1)[0] ?? "";
  const content = findResponse(operation, answer)?.content?.[type];
  if (!isJsonMediaType(type) || content?.schema === undefined) return [];
  return listPlaces(document, content.schema, JSON.parse(new TextDecoder().decode(answer.body)));
}

function listRequired(places: readonly Place[]): Place[] {
  return places.flatMap(({ path, value, schemas }) => {
    if (!isObject(value)) return [];
    const names = new Set(schemas.flatMap(({ required }) => (Array.isArray(required) ? required.map(String) : [])));
    return Object.entries(value)
      .filter(([name]) => names.has(name))
      .map(([name, child]): Place => ({ path: [...path, name], value: child, schemas: [], types: undefined }));
  });
}

function listTyped(places: readonly Place[]): Place[] {
  return places.filter(({ types }) => types !== undefined && types.size < 4);
}

function toOtherType(value: unknown, types: Place["types"]): unknown {
  const others = ["text", 12345, true, { a: 1 }, ["a"], null];
  const own = listTypesOf(value);
  return others.find((other) => !listTypesOf(other).some((type) => own.includes(type) || types?.has(type)));
}

function listNotNull(places: readonly Place[]): Place[] {
  return places.filter(({ types }) => types !== undefined && !types.has("null"));
}

function listListed(places: readonly Place[]): Place[] {
  return places.filter(
    ({ schemas, types, value }) =>
      types !== undefined && value !== null && schemas.some((each) => Array.isArray(each.enum) || "const" in each),
  );
}

function toOffList(value: unknown): unknown {
  if (typeof value === "number") return value + 1_000_003;
  return typeof value === "boolean" ? !value : "off-the-list";
}

function listNumbers(places: readonly Place[]): Place[] {
  return places.filter(({ value, types }) => typeof value === "number" && types !== undefined && !types.has("string"));
}

function listWhole(places: readonly Place[]): Place[] {
  return listNumbers(places).filter(({ types }) => types?.has("integer") && !types.has("number"));
}

function listTimes(places: readonly Place[]): Place[] {
  return places.filter(
    (place) => /^\d{4}-\d{2}-\d{2}T\d{2}:/.test(String(place.value)) && toOtherTime(place) !== undefined,
  );
}

/** A form in which services send times, that the pattern or format of this one does not allow. */
function toOtherTime({ schemas, value, types }: Place): string | undefined {
  if (types === undefined) return undefined;
  const text = String(value);
  const forms = [text.replace(/(Z|[+-]\d{2}:?\d{2})$/, ""), `${text.slice(0, 19)}Z`, text.slice(0, 16), "1757359232"];
  const isTime = schemas.some(({ format }) => format === "date-time");
  const patterns = schemas.flatMap(({ pattern }) => (typeof pattern === "string" ? [new RegExp(pattern, "u")] : []));
  return forms.find(
    (form) =>
      form !== text && ((isTime && !/(Z|[+-]\d{2}:\d{2})$/.test(form)) || patterns.some((each) => !each.test(form))),
  );
}

const formats = new Set(["date", "date-time", "email", "ipv4", "uri", "uuid"]);

function listFormatted(places: readonly Place[]): Place[] {
  return places.filter(
    ({ value, schemas, types }) =>
      typeof value === "string" &&
      types !== undefined &&
      schemas.some(
        ({ pattern, format }) =>
          formats.has(String(format)) ||
          (typeof pattern === "string" && !new RegExp(pattern, "u").test("not in this form!")),
      ),
  );
}

function listLimited(places: readonly Place[]): Place[] {
  return places.filter((place) => place.types !== undefined && toBeyond(place) !== undefined);
}

function toBeyond({ value, schemas }: Place): unknown {
  const find = (keyword: string) => schemas.map((each) => each[keyword]).find((each) => typeof each === "number");
  const number = (keyword: string): number | undefined => find(keyword) as number | undefined;
  if (typeof value === "number") {
    const [least, most] = [number("minimum"), number("maximum")];
    return most !== undefined ? most + 1 : least === undefined ? undefined : least - 1;
  }
  if (typeof value === "string") {
    const [least = 0, most] = [number("minLength"), number("maxLength")];
    return most !== undefined ? "x".repeat(most + 1) : least > 0 ? "" : undefined;
  }
  if (!Array.isArray(value)) return undefined;
  const [least = 0, most] = [number("minItems"), number("maxItems")];
  if (most !== undefined && value.length > 0) return Array.from({ length: most + 1 }, () => value[0]);
  return least > 0 ? [] : undefined;
}

function listWholeObject(places: readonly Place[]): Place[] {
  return places.slice(0, 1).filter(({ value, types }) => isObject(value) && types !== undefined && !types.has("array"));
}

function listLists(places: readonly Place[]): Place[] {
  return places.filter(({ value, types }) => Array.isArray(value) && types !== undefined && !types.has("object"));
}

/** Lists whose items are objects of which something is required. */
function listFilled(places: readonly Place[]): Place[] {
  return places.filter(({ path, value }) => {
    const first = places.find(
      (each) => each.path.length === path.length + 1 && path.every((key, at) => each.path[at] === key),
    );
    return Array.isArray(value) && value.length > 0 && isDemanding(first);
  });
}

function withBadItem({ value }: Place): unknown {
  const list = value as unknown[];
  return [...list, ...list, {}];
}

function isDemanding(place: Place | undefined): boolean {
  if (!place || place.types?.has("null")) return false;
  const isList = place.types?.has("array") === true && !place.types.has("object");
  return isList || place.schemas.some(({ required }) => Array.isArray(required) && required.length > 0);
}

function listDemanding(places: readonly Place[]): Place[] {
  const [whole] = places;
  const known = (whole?.schemas ?? []).flatMap(({ required }) => (Array.isArray(required) ? required : []));
  const isTold = isDemanding(whole) && !(known.length === 1 && known[0] === "error");
  return whole && isTold ? [whole] : [];
}

/** Objects that list their properties and do not say that there may be more. */
function listClosed(places: readonly Place[]): Place[] {
  return places.filter(
    ({ value, schemas, types }) =>
      isObject(value) &&
      types !== undefined &&
      schemas.some(({ properties }) => isObject(properties)) &&
      !schemas.some(({ additionalProperties: more, unevaluatedProperties: rest, patternProperties }) =>
        [more, rest, patternProperties].some((each) => each === true || isObject(each)),
      ),
  );
}
