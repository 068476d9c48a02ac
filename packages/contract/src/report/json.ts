/** The report for programs: `report.schema.json` of this package describes it. */
import type {
  Blame,
  CheckCount,
  CheckName,
  CountedFinding,
  Coverage,
  Exchange,
  Headers,
  Place,
  Seed,
  Severity,
  Skipped,
} from "../model.ts";
import { findOutcome, type Outcome, type ReportInput, showControls, toText } from "./rows.ts";

/** Within one `version`, properties are only added. */
export interface JsonReport {
  format: "artifetch-contract-report";
  version: 1;
  /** `empty`: nothing was checked. */
  outcome: Outcome;
  /** Why the run ended before its last case; absent where it did not. */
  interrupted?: string;
  document: { title: string; version: string; source: string };
  baseUrl: string;
  seed: number;
  /** RFC 3339. */
  startedAt: string;
  durationMs: number;
  /** Answers that came. */
  requests: number;
  counts: readonly CheckCount[];
  findings: readonly JsonFinding[];
  skipped: readonly Skipped[];
  coverage: Coverage;
}

/** See `Finding`. */
export interface JsonFinding {
  check: CheckName;
  severity: Severity;
  operationId: string;
  message: string;
  count: number;
  place: Place;
  documentPointer: string;
  blame: Blame;
  case?: { id: string; title: string };
  seed?: Seed;
  curl?: string;
  exchange?: {
    request: { method: string; url: string; headers: Headers; body?: JsonBody; bodyIsPartial?: boolean };
    response: {
      status: number;
      headers: Headers;
      body?: JsonBody;
      bodyError?: string;
      bodyIsPartial?: boolean;
    };
    durationMs: number;
  };
}

/** A body that is not empty. */
export interface JsonBody {
  /** `base64` for what is not text in UTF-8. */
  encoding: "utf-8" | "base64";
  /** The body, or its beginning where `isCut`. */
  content: string;
  /** Of the whole body as it was read. */
  sizeBytes: number;
  isCut: boolean;
}

/** Bytes of a body that are kept: a download would make the report as large as itself. */
const keptBytes = 64 * 1024;

export function toJson({ report, source }: ReportInput): string {
  const { interrupted, startedAtMs, document, findings, ...rest } = report;
  const json: JsonReport = {
    format: "artifetch-contract-report",
    version: 1,
    outcome: findOutcome(report),
    ...(interrupted !== undefined && { interrupted }),
    document: { title: document.title, version: document.version, source },
    baseUrl: rest.baseUrl,
    seed: rest.seed,
    startedAt: new Date(startedAtMs).toISOString(),
    durationMs: rest.durationMs,
    requests: rest.requests,
    counts: rest.counts,
    findings: findings.map(toJsonFinding),
    skipped: rest.skipped,
    coverage: rest.coverage,
  };
  // The same JSON: what `showControls` writes is how JSON writes these characters.
  return `${showControls(JSON.stringify(json, null, 2))}\n`;
}

function toJsonFinding({ exchange, ...finding }: CountedFinding): JsonFinding {
  return { ...finding, ...(exchange && { exchange: toJsonExchange(exchange) }) };
}

function toJsonExchange({ request, response, durationMs }: Exchange): NonNullable<JsonFinding["exchange"]> {
  const { body: sent, ...head } = request;
  const { body: received, ...answer } = response;
  return {
    request: { ...head, ...toBody(sent) },
    response: { ...answer, ...toBody(received) },
    durationMs,
  };
}

function toBody(body: Uint8Array = new Uint8Array()): { body?: JsonBody } {
  const sizeBytes = body.byteLength;
  if (sizeBytes === 0) return {};
  const isCut = sizeBytes > keptBytes;
  const kept = isCut ? cutUtf8(body, keptBytes) : body;
  const text = toText(kept);
  const content = text ?? Buffer.from(kept).toString("base64");
  return { body: { encoding: text === undefined ? "base64" : "utf-8", content, sizeBytes, isCut } };
}

/** Not within a character: continuation bytes begin with the bits 10 (RFC 3629, section 3). */
export function cutUtf8(body: Uint8Array, length: number): Uint8Array {
  let end = length;
  while (end > length - 4 && ((body[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return body.subarray(0, end);
}
