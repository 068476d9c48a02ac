/** SARIF 2.1.0 (https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html), as code scanning reads it: a check is a rule. */
import { createHash } from "node:crypto";
import { isAbsolute, relative, sep } from "node:path";
import { pathToFileURL } from "node:url";
import type { Log, Result, Run, WebRequest, WebResponse } from "sarif";
import { type CountedFinding, checkNames, checks, type Exchange } from "../model.ts";
import { createLineFinder } from "./lines.ts";
import { findOutcome, type ReportInput, showControls, toHeadline, toPercent, toRepeat, toText } from "./rows.ts";

/**
 * Findings are shown at the rule that is broken: at its line of the document where `sourceText` is given, else at the first.
 *
 * @param uri of the document, as SARIF wants it: relative to the repository, or absolute.
 */
export function toSarif(input: ReportInput, uri: string): string {
  const { report, sourceText } = input;
  const findLine = sourceText === undefined ? () => 1 : createLineFinder(sourceText);
  const run: Run = {
    tool: {
      driver: {
        name: "@artifetch/contract",
        rules: checkNames.map((id) => ({
          id,
          shortDescription: { text: id.replaceAll("_", " ") },
          fullDescription: { text: checks[id] },
          defaultConfiguration: { level: id === "undocumented_field" ? "note" : "error" },
        })),
      },
    },
    invocations: [toInvocation(input)],
    artifacts: [{ location: { uri } }],
    columnKind: "utf16CodeUnits",
    results: report.findings.map((finding) => toResult(input, finding, uri, findLine(finding.documentPointer))),
    properties: {
      document: report.document,
      baseUrl: report.baseUrl,
      seed: report.seed,
      requests: report.requests,
      outcome: findOutcome(report),
      coveragePercent: Object.fromEntries(
        Object.entries(report.coverage).map(([kind, covered]) => [kind, toPercent(covered)]),
      ),
    },
  };
  const log: Log = {
    $schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json",
    version: "2.1.0",
    runs: [run],
  };
  // The same JSON: what `showControls` writes is how JSON writes these characters.
  return `${showControls(JSON.stringify(log, null, 2))}\n`;
}

/** `executionSuccessful` speaks of the run, not of what it found. */
function toInvocation({ report }: ReportInput): NonNullable<Run["invocations"]>[number] {
  const outcome = findOutcome(report);
  const isComplete = outcome === "passed" || outcome === "failed";
  const skipped = new Map(report.skipped.map((one) => [`${one.operationId}: ${one.check}: ${one.reason}`, one]));
  return {
    executionSuccessful: isComplete,
    startTimeUtc: new Date(report.startedAtMs).toISOString(),
    endTimeUtc: new Date(report.startedAtMs + report.durationMs).toISOString(),
    toolExecutionNotifications: [
      ...(isComplete ? [] : [{ level: "error" as const, message: { text: toHeadline(report) } }]),
      ...[...skipped.keys()].map((text) => ({ level: "note" as const, message: { text: `Skipped: ${text}` } })),
    ],
  };
}

function toResult({ report }: ReportInput, finding: CountedFinding, uri: string, line: number): Result {
  const { check, severity, operationId, message, documentPointer, place, blame, exchange, curl, seed } = finding;
  return {
    ruleId: check,
    ruleIndex: checkNames.indexOf(check),
    kind: "fail",
    level: severity === "failure" ? "error" : "note",
    message: { text: `${operationId}: ${message}` },
    locations: [
      {
        physicalLocation: { artifactLocation: { uri, index: 0 }, region: { startLine: line } },
        logicalLocations: [{ fullyQualifiedName: documentPointer, kind: "member" }],
      },
    ],
    partialFingerprints: { "difference/v1": toFingerprint(finding) },
    occurrenceCount: finding.count,
    ...(exchange && { webRequest: toWebRequest(exchange), webResponse: toWebResponse(exchange) }),
    properties: {
      operationId,
      place,
      blame,
      repeat: toRepeat(finding, report.seed),
      ...(finding.case && { case: finding.case }),
      ...(seed && { seed }),
      ...(curl !== undefined && { curl }),
    },
  };
}

/** The same in every run that finds the same rule broken at the same place, so that code scanning knows it again. */
function toFingerprint({ check, operationId, documentPointer, place, message }: CountedFinding): string {
  const where = place.in === "body" ? place.pointer.replaceAll(/\/\d+(?=\/|$)/g, "/-") : JSON.stringify(place);
  const key = [check, operationId, documentPointer, where, place.in === "status" ? message : ""];
  return createHash("sha256").update(JSON.stringify(key)).digest("hex");
}

/** Characters of a body that are kept. */
const keptLength = 16 * 1024;

function toWebRequest({ request }: Exchange): WebRequest {
  const { method, url, headers, body } = request;
  return { method, target: url, headers: { ...headers }, ...toContent(body) };
}

function toWebResponse({ response }: Exchange): WebResponse {
  const { status, headers, body } = response;
  return { statusCode: status, headers: { ...headers }, ...toContent(body) };
}

function toContent(body: Uint8Array = new Uint8Array()): Pick<WebResponse, "body"> {
  if (body.byteLength === 0) return {};
  const text = toText(body);
  if (text !== undefined) return { body: { text: text.slice(0, keptLength) } };
  return { body: { binary: Buffer.from(body.subarray(0, keptLength)).toString("base64") } };
}

/** As SARIF names files (RFC 3986): relative to the working folder where it lies below it, as code scanning wants it. */
export function toArtifactUri(source: string, folder: string = process.cwd()): string {
  if (URL.canParse(source) && !isAbsolute(source)) return source;
  const path = relative(folder, source);
  const isBelow = !path.startsWith("..") && !isAbsolute(path);
  return isBelow ? path.split(sep).map(encodeURIComponent).join("/") : pathToFileURL(source).href;
}
