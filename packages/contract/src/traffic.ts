/** Judges requests and answers that somebody else made: what a proxy passes on, what a HAR file holds. */
import { isJsonMediaType, type OpenApiDocument, type Operation } from "@artifetch/document";
import { concealExchange, concealFinding, concealText } from "./conceal.ts";
import { createJudge, type Judge } from "./judge.ts";
import { isText } from "./media-type.ts";
import type {
  Blame,
  Case,
  CheckName,
  Exchange,
  Finding,
  HttpRequest,
  HttpResponse,
  RunEvent,
  RunReport,
  Severity,
  Verdict,
} from "./model.ts";
import { listCredentialPlaces, redactExchange, toCurlLine } from "./redact.ts";
import { createRequestJudge } from "./request-judge.ts";
import { toChild } from "./schemas.ts";
import { createTally } from "./tally.ts";

export interface TrafficOptions {
  /** Where the service is: for the report. */
  baseUrl: string;
  /** Told of each answer as it is judged. */
  onEvent?: ((event: RunEvent) => void) | undefined;
  /** Milliseconds since 1970. Default: `Date.now`. */
  now?: (() => number) | undefined;
}

/** One exchange of somebody else. */
export interface TrafficEntry {
  exchange: Exchange;
  /** Path of the request behind the base URL, as it was sent; a query is left out. */
  path: string;
  /** Which one it was, for people: `entry 12`. */
  title: string;
  /** All headers are there: that one is missing means something. */
  hasAllHeaders: boolean;
  /** Nothing that is secret was left out, as browsers do when they export: missing credentials mean something. */
  hasSecrets: boolean;
}

export interface TrafficReport extends RunReport {
  /** Exchanges that are none of the document's business: of another service, preflight requests of browsers. */
  notConcerned: number;
}

export interface Traffic {
  judge: Judge;
  add(entry: TrafficEntry): Promise<void>;
  /** A request that cannot be judged, such as one without an answer. */
  skip(method: string, path: string, reason: string): void;
  /** An exchange that is none of the document's business. */
  ignore(): void;
  /** The report so far; `end` is said once. */
  end(interrupted?: string): TrafficReport;
}

/** Collects what is found in traffic. Says `start` at once. */
export function createTraffic(document: OpenApiDocument, options: TrafficOptions): Traffic {
  const { baseUrl, onEvent, now = Date.now } = options;
  const judge = createJudge(document);
  const requests = createRequestJudge(judge);
  const tally = createTally(judge);
  const variables = listCredentialPlaces(document).map(({ variable }) => variable);
  const startedAtMs = now();
  const about = { title: document.info.title, version: document.info.version };
  const counts = { undocumented: 0, ignored: 0, entries: 0 };
  onEvent?.({ type: "start", document: about, operations: judge.operations.length, seed: 0 });

  const judgeEntry = async (operation: Operation | undefined, entry: TrafficEntry, sent: Case): Promise<Verdict> => {
    if (!operation) return judgeUndocumented(judge, entry);
    const { exchange, path, hasAllHeaders, hasSecrets } = entry;
    const request = await requests.judge(operation, exchange, path, hasAllHeaders && hasSecrets);
    // How a request is refused that breaks the document is seldom in it: as in a run, that is no second finding.
    const isBroken =
      request.checked.includes("ignored_auth") || request.findings.some(({ severity }) => severity === "failure");
    const answer = judge.judge(operation, exchange, { ...sent, kind: isBroken ? "negative" : "positive" });
    const all = [...request.findings, ...answer.findings];
    const isKept = ({ place }: Finding): boolean => {
      if (place.in === "header" && !hasAllHeaders) return false;
      return hasSecrets || !(place.in === "cookie" || (place.in === "header" && place.name === "set-cookie"));
    };
    return { checked: [...request.checked, ...answer.checked], findings: all.filter(isKept) };
  };

  const skip = (operationId: string, check: CheckName, reason: string): void => {
    const skipped = { operationId, check, reason };
    tally.addSkipped(skipped);
    onEvent?.({ type: "skipped", ...skipped });
  };

  return {
    judge,
    ignore: () => {
      counts.ignored += 1;
    },
    skip: (method, path, reason) =>
      skip(judge.find(method, path)?.id ?? `${method} ${path}`, "not_a_server_error", reason),
    add: async (given) => {
      const { exchange } = given;
      const operation = judge.find(exchange.request.method, given.path);
      // What no operation names is told by its path.
      const entry = operation ? given : { ...given, path: concealText(given.path, exchange) };
      if (!operation && isHousekeeping(exchange)) {
        counts.ignored += 1;
        return;
      }
      counts.entries += 1;
      const sent = toCase(judge, operation, entry, counts.entries);
      const judged = await judgeEntry(operation, entry, sent);
      const about = { id: sent.id, title: sent.title };
      const findings = judged.findings.map((finding) => ({
        ...concealFinding(finding, exchange, variables),
        case: about,
      }));
      const verdict: Verdict = { checked: judged.checked, findings };
      tally.addVerdict(sent.operationId, verdict);
      if (operation) tally.addExchange(operation, exchange);
      else counts.undocumented += 1;
      for (const [check, message] of listUnread(exchange)) skip(sent.operationId, check, message);
      if (!onEvent) return;
      const shown = concealExchange(redactExchange(document, operation, exchange), exchange);
      onEvent({ type: "exchange", case: sent, exchange: shown, verdict });
    },
    end: (interrupted) => {
      const read = tally.read();
      const report: TrafficReport = {
        document: about,
        baseUrl,
        // Nothing was made up: no seed repeats it.
        seed: 0,
        startedAtMs,
        durationMs: now() - startedAtMs,
        ...read,
        requests: read.requests + counts.undocumented,
        notConcerned: counts.ignored,
        ...(interrupted !== undefined && { interrupted }),
      };
      onEvent?.({ type: "end", report });
      return report;
    },
  };
}

/** Bodies that schemas describe, and that were not kept. */
function listUnread({ request, response }: Exchange): [CheckName, string][] {
  const isUnread = ({ bodyIsPartial, headers }: HttpRequest | HttpResponse): boolean => {
    const mediaType = headers["content-type"] ?? "";
    return bodyIsPartial === true && (isJsonMediaType(mediaType) || isText(mediaType));
  };
  const reason = "not recorded completely, so it was not checked";
  return [
    ...(isUnread(request) ? [["request_conformance", `a body that was sent is ${reason}`] as [CheckName, string]] : []),
    ...(isUnread(response) ? [["response_schema_conformance", `a body is ${reason}`] as [CheckName, string]] : []),
  ];
}

/** Questions about HTTP itself, which documents leave out: preflight requests of browsers, and any other OPTIONS. */
function isHousekeeping({ request }: Exchange): boolean {
  return request.method === "OPTIONS";
}

/** Reports speak of cases: here it is whatever was sent. */
function toCase(
  judge: Judge,
  operation: Operation | undefined,
  { exchange, path, title }: TrafficEntry,
  n: number,
): Case {
  const { method } = exchange.request;
  const operationId = operation?.id ?? `${method} ${judge.findAll(path)[0]?.path ?? path}`;
  return {
    id: `${operationId}/traffic/${n}`,
    operationId,
    title,
    kind: "positive",
    check: "request_conformance",
    request: { method, path, headers: {} },
  };
}

function judgeUndocumented(judge: Judge, { exchange, path }: TrafficEntry): Verdict {
  const { document } = judge;
  const { method } = exchange.request;
  const { status } = exchange.response;
  const template = judge.findAll(path)[0]?.path;
  const exists = status < 400;
  const redacted = redactExchange(document, undefined, exchange);
  const severity: Severity = exists ? "drift" : "failure";
  const blame: Blame = exists
    ? { party: "document", reason: "The service answers it: it may have grown since the document was written." }
    : { party: "client", reason: `The document does not have it, and the service answered ${status}.` };
  const finding: Finding = {
    check: "request_conformance",
    severity,
    operationId: `${method} ${template ?? path}`,
    message: `the document has no ${template === undefined ? "such path" : `${method} for ${template}`}; it was answered with ${status}`,
    place: { in: "path", name: path },
    documentPointer: template === undefined ? "#/paths" : toChild("#/paths", template),
    blame,
    exchange: redacted,
    curl: toCurlLine(redacted.request, []),
  };
  return { checked: ["request_conformance"], findings: [finding] };
}
