/**
 * The words that every part of this package shares: checks, cases, exchanges, findings and what a run says.
 *
 * Types and tables only, no behaviour: reports, the proxy, HAR files and test matchers depend on this and on `judge.ts`.
 */

/**
 * The closed set of checks, each with what it expects. The names are those that Schemathesis made common
 * (https://schemathesis.readthedocs.io/en/stable/reference/checks/); the last three are this project's.
 */
export const checks = {
  not_a_server_error: "The status is below 500, unless that very status was asked for.",
  status_code_conformance: "The document lists the status for the operation: itself, its range (`4XX`) or `default`.",
  content_type_conformance: "The answer has a media type that the document lists for the status.",
  response_headers_conformance: "Required headers of the answer are there, and documented ones fit their schemas.",
  response_schema_conformance: "The body can be read completely, and fits the schema of its status and media type.",
  negative_data_rejection: "A request that breaks one rule of the document is refused: a status of 400 or more.",
  positive_data_acceptance: "A request that keeps all rules is not refused as malformed (400, 405, 406, 415 or 422).",
  missing_required_header: "A request without a header that the document requires is refused: a status of 400 or more.",
  unsupported_method:
    "A method that the document does not list for a path is answered with 405 and `Allow` (RFC 9110, 15.5.6), or kept secret (401, 403, 404).",
  ignored_auth: "A request without the credentials that the operation asks for gets no answer of success.",
  use_after_free: "What was deleted can no longer be read: not a status of 2xx.",
  ensure_resource_availability: "What was created can be read by the link of its answer: not 404 or 410.",
  undocumented_field: "An object has only properties that the document names, or that it leaves open on purpose.",
  example_conformance:
    "An example fits its own schema; asked for by name (`Prefer: example=`), it is answered as shown.",
  request_conformance:
    "What an application sends is allowed: a documented operation, parameters and a body that keep their rules. Only of traffic.",
} as const;

export type CheckName = keyof typeof checks;

/** Names of all checks, in the order in which reports show them. */
export const checkNames = Object.keys(checks) as CheckName[];

/** Checks whose findings lie in the request; those of all others lie in the answer. */
export const requestChecks: readonly CheckName[] = [
  "negative_data_rejection",
  "missing_required_header",
  "request_conformance",
];

/** `drift`: the service has grown past the document, which breaks no client; it does not make a run fail. */
export type Severity = "failure" | "drift";

/** Who is probably wrong. `client`: whoever sent the request, where that was not a run of this package. */
export type Party = "document" | "service" | "client" | "unknown";

/** Names of headers are in lower case; lines of one name are joined with `, `. */
export type Headers = Readonly<Record<string, string>>;

export interface HttpRequest {
  /** Upper case. */
  method: string;
  /** Absolute. */
  url: string;
  headers: Headers;
  /** Absent: none was sent. */
  body?: Uint8Array;
  /** The body is only its beginning, because whoever recorded it kept no more: it is not checked. */
  bodyIsPartial?: boolean;
}

export interface HttpResponse {
  status: number;
  headers: Headers;
  /** As read: without content and transfer encoding. Empty where there was none. */
  body: Uint8Array;
  /** Why the body could not be read to its end (connection lost, wrong encoding); `body` is what came before. */
  bodyError?: string;
  /** The body is only its beginning, because whoever recorded it kept no more: it is not checked. */
  bodyIsPartial?: boolean;
}

/** A request and its answer. In a {@link Finding}, credentials are replaced by `$NAME` (see `redactRequest`). */
export interface Exchange {
  request: HttpRequest;
  response: HttpResponse;
  /** Milliseconds from sending to the end of the body; 0 where it was not measured. */
  durationMs: number;
}

/** A place in an answer or a request. `pointer` is a JSON Pointer (RFC 6901), `""` for the whole body. */
export type Place =
  | { in: "status" }
  | { in: "body"; pointer: string }
  | { in: "header" | "path" | "query" | "cookie"; name: string };

export interface Blame {
  party: Party;
  /** One sentence: what this was concluded from, such as the document's own `x-inferred`. */
  reason: string;
}

/** One difference between a service and its document. */
export interface Finding {
  check: CheckName;
  severity: Severity;
  /** As in `Operation.id`; the method and path of the request where the document has no such operation. */
  operationId: string;
  /** What was expected and what came, in one sentence without the method and URL. */
  message: string;
  /** Where in the answer; in the request for {@link requestChecks}. */
  place: Place;
  /** The rule in the document, as a URI fragment: `#/paths/~1runs/get/responses/200`. Always leads somewhere. */
  documentPointer: string;
  blame: Blame;
  /** What was sent and answered; absent where nothing was sent, as for an example that breaks its own schema. */
  exchange?: Exchange;
  /** A command that sends the request again; credentials are `$NAME`. Absent together with `exchange`. */
  curl?: string;
  /** Repeats the run: `--seed`, and for a generated case `--replay` with the path to it. */
  seed?: Seed;
  /** Id and title of the case, where a run sent it. */
  case?: { id: string; title: string };
}

export interface Seed {
  seed: number;
  /** Leads to the smallest failing generated request at once: `getRun/positive/3:0:1`. Absent for cases that are not generated. */
  path?: string;
}

/** What was found about one exchange, and what was looked at: a check that is listed without a finding has passed. */
export interface Verdict {
  checked: readonly CheckName[];
  findings: readonly Finding[];
}

/** The one rule that a negative case breaks. */
export interface BrokenRule {
  /** Where in the request. */
  place: Place;
  /** The keyword of JSON Schema (`minimum`, `required`, …), or `required`, `contentType` for what OpenAPI itself says. */
  keyword: string;
  /** In words: `limit is 101, allowed: <= 100`. */
  description: string;
  /** The rule in the document, as a URI fragment. */
  documentPointer: string;
}

/** A request before it is known where the service is and who calls it. */
export interface RequestTemplate {
  /** Upper case. */
  method: string;
  /** Percent-encoded path with its query; starts with `/`, goes behind the base URL. */
  path: string;
  headers: Headers;
  body?: Uint8Array;
  /** Sent without credentials, for `ignored_auth`. Default: with them. */
  isAnonymous?: boolean;
}

/** One request to send, and what it is to show. */
export interface Case {
  /** Unique within a document, and the same in every run with the same seed: `getRun/negative/query.limit/maximum`. */
  id: string;
  operationId: string;
  /** What is special about it: `query limit above its maximum`. */
  title: string;
  kind: "positive" | "negative";
  /** The check that it is made for; all others that apply to its answer are made, too. */
  check: CheckName;
  /** Only of negative cases. */
  rule?: BrokenRule;
  /** What is asked for by name of a mock; undefined: whatever the service answers. */
  wanted?: { status: number; example?: string; value?: unknown };
  request: RequestTemplate;
  seed?: Seed;
}

/** Numbers of one check of one operation. Counted per exchange: many cases make the same check. */
export interface CheckCount {
  operationId: string;
  check: CheckName;
  passed: number;
  failed: number;
  drift: number;
}

/** Something that was not done, and why: never silently. */
export interface Skipped {
  operationId: string;
  check: CheckName;
  reason: string;
}

/** What of the document was exercised. `all` and `seen` are lists of names, `seen` a part of `all`. */
export interface Coverage {
  operations: Covered;
  /** `getRun 200`; a range or `default` is seen with any status that falls under it. */
  statuses: Covered;
  /** `getRun query limit`. */
  parameters: Covered;
  /** `getRun 200 /data/-/id`: properties of answers, `-` for any item of an array. */
  properties: Covered;
}

export interface Covered {
  all: readonly string[];
  seen: readonly string[];
}

/** A finding with how often it was made: the same difference in many answers is one row. */
export interface CountedFinding extends Finding {
  count: number;
}

export interface RunReport {
  document: { title: string; version: string };
  baseUrl: string;
  seed: number;
  /** Milliseconds since 1970, by the run's clock. */
  startedAtMs: number;
  durationMs: number;
  /** Answers that came. */
  requests: number;
  counts: readonly CheckCount[];
  /** The first of each difference; where a smallest request was looked for, that one. */
  findings: readonly CountedFinding[];
  skipped: readonly Skipped[];
  coverage: Coverage;
  /** Why the run ended before its last case; absent where it did not. */
  interrupted?: string;
}

/** What a run says while it goes on; `start` comes first, `end` last, also when it is interrupted. */
export type RunEvent =
  | { type: "start"; document: RunReport["document"]; operations: number; seed: number }
  /** What an operation's part of the document says of itself, before anything is sent: its examples beside their schemas. */
  | { type: "document"; operationId: string; verdict: Verdict }
  /** One answer came and was judged. `exchange` has its credentials replaced. */
  | { type: "exchange"; case: Case; exchange: Exchange; verdict: Verdict }
  | ({ type: "skipped" } & Skipped)
  | { type: "end"; report: RunReport };
