/** Recognises the differences that DIFFERENCES.md lists; what none of these explains is a fault. */

import { isDeepStrictEqual } from "node:util";
import { isObject, listOperations, type OpenApiDocument } from "@artifetch/document";
import type { WireAnswer, WireRequest } from "../fixtures/wire.ts";
import type { Outcome, Prism } from "./prism.ts";

export interface Comparison {
  /** Headings of DIFFERENCES.md, in the order in which they were recognised; empty where the answers are the same. */
  differences: string[];
  /** What the answer should have been, where no listed difference explains the one that came. */
  expected?: Outcome;
}

/** A request that Prism gets wrong, and one that means the same which it gets right. */
interface Rewrite {
  heading: string;
  /** Undefined where this difference plays no part. */
  rewrite(request: WireRequest, outcome: Outcome, document: Known): WireRequest | undefined;
  /** What Prism's answer to the rewritten request is for the request itself. */
  adjust?(answer: WireAnswer, ours: WireAnswer, document: Known): WireAnswer;
  /** Whether what Prism does with the request changes what it answers later. */
  leavesTraces?: boolean;
  /** Whether the answer to the rewritten request shows that this difference plays a part. */
  plays?(outcome: Outcome): boolean;
}

/** An answer that is ours alone. */
interface Refusal {
  heading: string;
  recognises(request: WireRequest, outcome: Outcome, ours: WireAnswer, document: Known): boolean;
}

/** What the predicates need to know of a document. */
interface Known {
  /** Query parameters with names that a URL has to encode. */
  encodedNames: string[];
  templates: RegExp[];
  hasOtherSchemes: boolean;
}

export function know(document: OpenApiDocument): Known {
  const operations = listOperations(document);
  const names = operations.flatMap(({ parameters }) =>
    parameters.filter(({ in: place }) => place === "query").map(({ name }) => name),
  );
  const schemes = Object.values(document.components?.securitySchemes ?? {});
  return {
    encodedNames: [...new Set(names.filter((name) => encodeURI(name) !== name))],
    templates: operations
      .filter(({ path }) => /\},|,\{/.test(path))
      .map(({ path }) => new RegExp(`^${path.replaceAll(/\{[^}]+\}/g, "[^/]*")}$`)),
    hasOtherSchemes: schemes.some(
      ({ type, scheme }) => type === "http" && !["basic", "bearer", "digest"].includes(String(scheme)),
    ),
  };
}

/**
 * The document in words that Prism knows, where it has others that ours knows as well: what Prism makes of it is what ours has
 * to make of the document itself.
 */
export function toPlainWords(document: OpenApiDocument): { heading: string; document: OpenApiDocument } | undefined {
  const { jsonSchemaDialect, ...rest } = document;
  if (String(jsonSchemaDialect).startsWith("https://spec.openapis.org/oas/"))
    return { heading: "schema-dialect", document: rest };
  // Another dialect is Prism's business.
  if (jsonSchemaDialect !== undefined) return undefined;
  const text = JSON.stringify(document);
  const plain = JSON.parse(text, (_, value) => {
    if (!isObject(value) || !Array.isArray(value.prefixItems)) return value;
    const { prefixItems, items, ...others } = value;
    return { ...others, items: prefixItems, ...(items !== undefined && { additionalItems: items }) };
  });
  return text.includes('"prefixItems"') ? { heading: "tuples", document: plain } : undefined;
}

export async function compare(
  prism: Prism,
  request: WireRequest,
  ours: WireAnswer,
  document: Known,
): Promise<Comparison> {
  const compared = await compareOnce(prism, request, ours, document);
  if (!compared.expected) return compared;
  // What a process has answered before can change what it answers now: a new one has no past.
  const isForm = /form/.test(header(request, "content-type") ?? "");
  const heading = prism.hasMadeUp() ? "dynamic-traces" : isForm ? "form-fields" : undefined;
  if (heading === undefined) return compared;
  prism.forget();
  const again = await compareOnce(prism, request, ours, document);
  return again.expected ? again : { differences: [...again.differences, heading] };
}

async function compareOnce(prism: Prism, request: WireRequest, ours: WireAnswer, document: Known): Promise<Comparison> {
  const first = await prism.ask(request);
  const adjustments: ((answer: WireAnswer) => WireAnswer)[] = [];
  const adjusted = (outcome: Outcome): Outcome =>
    "failure" in outcome ? outcome : adjustments.reduce((answer, adjust) => adjust(answer), outcome);
  const differences: string[] = [];
  let [current, outcome, expected] = [request, first, first];
  for (const { heading, rewrite, adjust, plays, leavesTraces } of rewrites) {
    if (isSame(expected, ours)) break;
    const rewritten = rewrite(current, outcome, document);
    if (!rewritten) continue;
    if (leavesTraces) prism.forget();
    const next = rewritten === current ? outcome : await prism.ask(rewritten);
    if (plays && !plays(next)) continue;
    if (adjust) adjustments.unshift((answer) => adjust(answer, ours, document));
    [current, outcome] = [rewritten, next];
    const before = expected;
    expected = adjusted(outcome);
    if (!isDeepStrictEqual(before, expected)) differences.push(heading);
  }
  if (isSame(expected, ours)) return { differences };
  const own = refusals.find(
    ({ recognises }) => recognises(current, outcome, ours, document) || recognises(request, first, ours, document),
  );
  return own ? { differences: [...differences, own.heading] } : { differences, expected };
}

/** Whether Prism lives on after a request; where it takes seconds to start, no other is made. */
export function isSurvived(request: WireRequest): boolean {
  const [path] = splitPath(request);
  const accept = header(request, "accept");
  const hasOddAccept = accept !== undefined && readableRanges(accept).join(",") !== accept;
  const type = header(request, "content-type");
  return isDecodable(path) && !/,|%2c/i.test(path) && !hasOddAccept && (type === undefined || mediaRange.test(type));
}

function isSame(outcome: Outcome, ours: WireAnswer): boolean {
  return isDeepStrictEqual(outcome, ours);
}

// What a request says

function header({ headers = {} }: WireRequest, wanted: string): string | undefined {
  return Object.entries(headers).find(([name]) => name.toLowerCase() === wanted)?.[1];
}

function withHeader(request: WireRequest, wanted: string, value: string | undefined): WireRequest {
  const others = Object.entries(request.headers ?? {}).filter(([name]) => name.toLowerCase() !== wanted);
  return { ...request, headers: Object.fromEntries(value === undefined ? others : [...others, [wanted, value]]) };
}

function splitPath({ path }: WireRequest): [path: string, search: string] {
  const index = path.indexOf("?");
  return index < 0 ? [path, ""] : [path.slice(0, index), path.slice(index)];
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const mediaRange = new RegExp(`^\\s*${token}/${token}\\s*(?:;\\s*${token}\\s*=\\s*(?:${token}|"[^"]*")\\s*)*$`);

function readableRanges(accept: string): string[] {
  return accept
    .split(",")
    .map((range) => range.replace(/^\s*\*\s*(?=;|$)/, "*/*"))
    .filter((range) => mediaRange.test(range));
}

// The differences

const rewrites: Rewrite[] = [
  {
    heading: "double-slash",
    rewrite: (request) => (request.path.startsWith("//") ? { ...request, path: `/.${request.path}` } : undefined),
  },
  {
    heading: "accept",
    rewrite(request) {
      const accept = header(request, "accept");
      if (!accept) return undefined;
      const readable = readableRanges(accept).join(",");
      return readable === "" || readable === accept ? undefined : withHeader(request, "accept", readable);
    },
  },
  {
    heading: "invalid-json",
    rewrite: (request) =>
      request.body?.startsWith("\ufeff") ? { ...request, body: request.body.replace(/^\ufeff/, "") } : undefined,
  },
  {
    heading: "content-type",
    rewrite(request) {
      const type = header(request, "content-type");
      return type?.endsWith(";") ? withHeader(request, "content-type", type.slice(0, -1)) : undefined;
    },
  },
  {
    heading: "chunked-content-type",
    rewrite: (request) =>
      header(request, "transfer-encoding") ? withHeader(request, "transfer-encoding", undefined) : undefined,
  },
  {
    heading: "head",
    rewrite: (request, outcome) =>
      request.method === "HEAD" && "status" in outcome && outcome.status === 405
        ? { ...request, method: "GET" }
        : undefined,
    plays: isRouted,
    adjust: (answer) => ({ ...answer, body: "" }),
  },
  {
    heading: "path-commas",
    rewrite(request, _, { templates }) {
      const [path, search] = splitPath(request);
      if (!path.includes(",") || templates.some((template) => template.test(path))) return undefined;
      return { ...request, path: path.replaceAll(",", "%2C") + search };
    },
    plays: isRouted,
  },
  {
    heading: "bracketed-query-names",
    rewrite(request, _, { encodedNames }) {
      if (encodedNames.length === 0) return undefined;
      const [path, search] = splitPath(request);
      const pairs = [...new URLSearchParams(search)].map(([name, value]): [string, string] => {
        if (encodedNames.includes(name)) return [encodeURI(name), value];
        // The name that Prism looks for is none of the document's.
        return [encodedNames.some((encoded) => encodeURI(encoded) === name) ? `${name}-unknown` : name, value];
      });
      // Asked for even where none is sent: the message that one is missing has another name in it.
      return { ...request, path: pairs.length > 0 ? `${path}?${new URLSearchParams(pairs)}` : path };
    },
    adjust: withPlainNames,
  },
  {
    heading: "http-schemes",
    rewrite: (request, outcome, { hasOtherSchemes }) =>
      hasOtherSchemes && "status" in outcome && describe(outcome).includes(unknownScheme) ? request : undefined,
    adjust: (answer, ours) => (ours.status === 401 ? ours : withoutUnknownScheme(answer)),
  },
  {
    heading: "dynamic-failures",
    leavesTraces: true,
    rewrite: (request, outcome) =>
      "status" in outcome && outcome.status === 500 && /errors#UNKNOWN"|^$/.test(outcome.body)
        ? withoutDynamic(request)
        : undefined,
  },
  {
    heading: "allow",
    rewrite: (request, outcome) => ("status" in outcome && outcome.status === 405 ? request : undefined),
    adjust: (answer, ours) =>
      answer.status === 405
        ? {
            ...answer,
            headers: { ...answer.headers, allow: /^[A-Z, ]+$/.exec(ours.headers.allow ?? "")?.[0] ?? "missing" },
          }
        : answer,
  },
];

const unknownScheme = "We currently do not support this type of security scheme";

function describe({ headers, body }: WireAnswer): string {
  return `${headers["sl-violations"]} ${body}`;
}

/** An answer without the complaint about a scheme, wherever it stands. */
function withoutUnknownScheme({ status, headers, body }: WireAnswer): WireAnswer {
  const isOther = ({ message }: { message: string }): boolean => !message.startsWith(unknownScheme);
  const { "sl-violations": text = "[]", ...others } = headers;
  const violations = JSON.parse(text).filter(isOther);
  const left = violations.length > 0 ? { "sl-violations": JSON.stringify(violations) } : {};
  if (!body.includes(unknownScheme)) return { status, headers: { ...others, ...left }, body };
  const problem = JSON.parse(body);
  const plain = JSON.stringify({ ...problem, validation: problem.validation.filter(isOther) });
  return { status, headers: { ...others, ...left, "content-length": String(Buffer.byteLength(plain)) }, body: plain };
}

/** Undefined where no made-up body is asked for. */
function withoutDynamic(request: WireRequest): WireRequest | undefined {
  const prefer = header(request, "prefer")?.replace("dynamic=true", "dynamic=false");
  const path = request.path.replace("__dynamic=true", "__dynamic=false");
  const isAsked = prefer !== header(request, "prefer") || path !== request.path;
  return isAsked ? { ...withHeader(request, "prefer", prefer), path } : undefined;
}

/** Whether a request has got as far as an operation, or further. */
function isRouted(outcome: Outcome): boolean {
  return !("status" in outcome && /#NO_(METHOD|PATH|SERVER)_MATCHED_ERROR/.test(outcome.body));
}

/** An answer with the names as the document has them, where Prism tells what it has made of them. */
function withPlainNames({ status, headers, body }: WireAnswer, _: WireAnswer, { encodedNames }: Known): WireAnswer {
  const toPlain = (text: string): string =>
    encodedNames.reduce(
      (plain, name) => plain.replaceAll(encodeURI(name).toLowerCase(), name).replaceAll(encodeURI(name), name),
      text,
    );
  const plain = toPlain(body);
  const entries = Object.entries(headers).map(([name, value]) => [
    name,
    name === "sl-violations" ? toPlain(value) : value,
  ]);
  const length =
    headers["content-length"] && plain !== body ? { "content-length": String(Buffer.byteLength(plain)) } : {};
  return { status, headers: { ...Object.fromEntries(entries), ...length }, body: plain };
}

const refusals: Refusal[] = [
  {
    heading: "bad-percent",
    recognises: (request, _, ours) =>
      isProblem(ours, 400, "Invalid URL")
        ? !isDecodable(splitPath(request)[0])
        : isProblem(ours, 400, "Invalid body") &&
          (request.body ?? "").split("&").some((pair) => !isDecodable(pair.split("=")[0] ?? "")),
  },
  {
    heading: "accept",
    recognises: (request, _, ours) =>
      isProblem(ours, 400, "Invalid Accept header") && readableRanges(header(request, "accept") ?? "").length === 0,
  },
  {
    heading: "invalid-json",
    recognises: (request, outcome, ours) =>
      isProblem(ours, 400, "Invalid JSON") &&
      "failure" in outcome &&
      outcome.failure === "no answer" &&
      !isJson(request.body),
  },
  {
    heading: "deep-json",
    recognises: (request, _, ours) =>
      isProblem(ours, 400, "Invalid body") && /^(?:[[{][^[{]*){501}/.test(request.body ?? ""),
  },
  {
    heading: "multipart-parts",
    recognises: (_, outcome, ours) =>
      isProblem(ours, 400, "Invalid body") && isEnd(outcome, /multipart|parseGenericFormData/i),
  },
  {
    heading: "body-errors",
    // Prism tells it as JSON or as text, as the client accepts.
    recognises: (_, outcome, ours) =>
      "status" in outcome &&
      outcome.headers["content-type"] !== "application/problem+json" &&
      (isProblem(ours, outcome.status, "Invalid body") || isProblem(ours, outcome.status, "Request body too large")),
  },
  {
    heading: "http-errors",
    recognises: (_, outcome, ours) =>
      "status" in outcome &&
      outcome.body === "" &&
      (isProblem(ours, outcome.status, "Invalid HTTP") || isProblem(ours, outcome.status, "Request headers too large")),
  },
  {
    heading: "content-type",
    recognises: (request, outcome, ours) =>
      isProblem(ours, 400, "Invalid content type") &&
      ("failure" in outcome ||
        outcome.status === 500 ||
        !isRouted(outcome) ||
        (!request.body && describe(outcome).includes("Body parameter is required"))) &&
      !mediaRange.test(header(request, "content-type") ?? ""),
  },
  {
    heading: "bytes",
    recognises: (_, outcome, ours) =>
      "status" in outcome &&
      outcome.status === 500 &&
      outcome.body.includes("Cannot find serializer") &&
      ours.body === "" &&
      ours.status < 500,
  },
  {
    heading: "header-lists",
    recognises: (_, outcome, ours) =>
      isEnd(outcome, /deserialize(?:Array|Object|SimpleStyle)|\.split is not a function/) && ours.status !== 500,
  },
  {
    heading: "violations-unicode",
    recognises: (_, outcome, ours) =>
      isEnd(outcome, /Invalid character in header content \["sl-violations"\]/) &&
      ours.headers["sl-violations"] !== undefined,
  },
  {
    heading: "informational-status",
    recognises: (request, _, ours) =>
      /code["\s]*=["\s]*[01]\d\d/i.test(`${header(request, "prefer")} ${request.path}`) &&
      ours.status === 500 &&
      ours.body.includes('"title":"Invalid status code: '),
  },
  {
    heading: "connection-headers",
    recognises: (_, outcome, ours) =>
      "failure" in outcome && outcome.failure === "no valid HTTP" && ours.headers["transfer-encoding"] === undefined,
  },
  {
    heading: "header-names",
    recognises: (_, outcome, ours) =>
      "status" in outcome && outcome.body.includes("Header name must be a valid HTTP token") && isProblem(ours, 500),
  },
  {
    heading: "http-schemes",
    // Prism asks for no credential, and gets as far as another fault.
    recognises: (_, __, ours, { hasOtherSchemes }) => hasOtherSchemes && ours.status === 401,
  },
  {
    heading: "undescribed-status",
    // An answer to HEAD has no body to tell which status was asked for.
    recognises: (request, outcome, ours) =>
      "status" in outcome &&
      outcome.status === 404 &&
      `${header(request, "prefer")} ${new URLSearchParams(splitPath(request)[1]).get("__code")}`.includes(
        `${ours.status}`,
      ) &&
      (outcome.body === "" || outcome.body.includes(`Requested status code ${ours.status} is not defined`)) &&
      (ours.body === "" || JSON.parse(ours.body).status === ours.status),
  },
  {
    heading: "process",
    recognises: (_, outcome, ours) =>
      "failure" in outcome &&
      outcome.failure === "the process ends" &&
      isProblem(ours, 500) &&
      (ours.body === "" || outcome.reason.includes(JSON.parse(ours.body).detail)),
  },
];

function isProblem({ status, headers, body }: WireAnswer, wanted: number, title?: string): boolean {
  if (status !== wanted || headers["content-type"] !== "application/problem+json") return false;
  // An answer to HEAD keeps its title to itself.
  return title === undefined || body === "" || JSON.parse(body).title === title;
}

function isEnd(outcome: Outcome, reason: RegExp): boolean {
  return "failure" in outcome && outcome.failure === "the process ends" && reason.test(outcome.reason);
}

function isJson(text = ""): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
