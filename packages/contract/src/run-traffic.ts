/** The command line's part for traffic: `--upstream`, `--listen` and `--har`. */
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { OpenApiDocument } from "@artifetch/document";
import { checkHar, HarError } from "./har.ts";
import type { Finding, RunEvent } from "./model.ts";
import { parseUpstream, startContractProxy } from "./proxy.ts";
import type { TrafficReport } from "./traffic.ts";

/** For `parseArgs`. */
export const trafficOptions = {
  upstream: { type: "string" },
  listen: { type: "string" },
  har: { type: "string" },
} as const;

/** For the usage of the command: each option, and what it does. */
export const trafficUsage = [
  [
    "--upstream URL",
    "stand as a proxy before this service, pass everything on, and report what differs; ends at SIGINT or SIGTERM",
  ],
  ["--listen PORT", "where the proxy listens, PORT or HOST:PORT (default 127.0.0.1:0, which picks a free port)"],
  [
    "--har FILE",
    "check recorded traffic; with --base-url, or else the document's servers, saying which entries belong to the service",
  ],
] as const;

export type TrafficArguments =
  | { kind: "proxy"; upstream: string; host: string; port: number }
  | { kind: "har"; file: string; baseUrl?: string | undefined };

/** A mistake of whoever started the command; its message says what was given and what is allowed. */
export class TrafficError extends Error {
  override readonly name = "TrafficError";
}

interface Values {
  upstream?: string | undefined;
  listen?: string | undefined;
  har?: string | undefined;
  "base-url"?: string | undefined;
}

/**
 * What the options ask for.
 *
 * @returns undefined where they ask for no traffic.
 * @throws {TrafficError}
 */
export function readTrafficArguments(values: Values): TrafficArguments | undefined {
  const { upstream, listen, har, "base-url": baseUrl } = values;
  if (har !== undefined) {
    if (upstream !== undefined || listen !== undefined)
      throw new TrafficError("--har checks a file, --upstream stands before a service: one at a time.");
    if (baseUrl !== undefined) checkUrl("--base-url", baseUrl);
    return { kind: "har", file: har, baseUrl };
  }
  if (upstream === undefined) {
    if (listen === undefined) return undefined;
    throw new TrafficError("--listen is the proxy's: it needs --upstream with the URL of the service.");
  }
  if (baseUrl !== undefined)
    throw new TrafficError("--base-url calls a service, --upstream stands before one: one at a time.");
  const address = readAddress(listen ?? "0");
  const { hostname, port } = checkUrl("--upstream", upstream);
  if (Number(port) === address.port && address.port !== 0 && isLocal(hostname) && isLocal(address.host))
    throw new TrafficError(`--upstream ${upstream} is where the proxy itself would listen. Name the service.`);
  return { kind: "proxy", upstream, ...address };
}

function checkUrl(option: string, given: string): URL {
  try {
    return parseUpstream(given);
  } catch (error) {
    throw new TrafficError((error as Error).message.replace("The upstream", option));
  }
}

function readAddress(text: string): { host: string; port: number } {
  const [, host = "127.0.0.1", port = ""] = /^(?:(.+):)?(\d{1,5})$/.exec(text) ?? [];
  if (port === "" || Number(port) > 65535)
    throw new TrafficError(`--listen is "${text}": it takes a port from 0 to 65535, or HOST:PORT.`);
  return { host: host.replace(/^\[(.*)\]$/, "$1"), port: Number(port) };
}

function isLocal(host: string): boolean {
  return /^(localhost|127(\.\d+){3}|0\.0\.0\.0|\[?::1?\]?)$/.test(host);
}

export interface TrafficSurroundings {
  print(line: string): void;
  /** Takes every event, for reports of other kinds. */
  onEvent?: ((event: RunEvent) => void) | undefined;
  /** Ends the proxy; the report is still given. */
  signal?: AbortSignal | undefined;
}

/**
 * Checks traffic: prints each difference when it is first seen, and a summary.
 *
 * @returns the exit code: 0 or 1.
 * @throws {TrafficError} when nothing could be checked: nothing passed, or the file is not usable.
 */
export async function runTraffic(
  document: OpenApiDocument,
  given: TrafficArguments,
  surroundings: TrafficSurroundings,
): Promise<number> {
  const printNew = createPrinter(surroundings.print);
  const onEvent = (event: RunEvent) => {
    printNew(event);
    surroundings.onEvent?.(event);
  };
  const report =
    given.kind === "har"
      ? await runHar(document, given, onEvent)
      : await runProxy(document, given, surroundings, onEvent);
  surroundings.print(summarize(report, given.kind));
  if (report.requests === 0) throw new TrafficError(describeNothing(report));
  return report.findings.some(({ severity }) => severity === "failure") ? 1 : 0;
}

async function runProxy(
  document: OpenApiDocument,
  { upstream, host, port }: Extract<TrafficArguments, { kind: "proxy" }>,
  { print, signal }: TrafficSurroundings,
  onEvent: (event: RunEvent) => void,
): Promise<TrafficReport> {
  const proxy = await startContractProxy(document, { upstream, host, port, onEvent }).catch((error: Error) => {
    throw new TrafficError(`The proxy cannot listen on ${host}:${port}: ${error.message}.`, { cause: error });
  });
  print(`listening on ${proxy.url}, passing on to ${new URL(upstream).origin}${new URL(upstream).pathname}`);
  await new Promise<void>((resolve) => {
    if (signal?.aborted) resolve();
    else signal?.addEventListener("abort", () => resolve(), { once: true });
  });
  return proxy.close();
}

async function runHar(
  document: OpenApiDocument,
  { file, baseUrl }: Extract<TrafficArguments, { kind: "har" }>,
  onEvent: (event: RunEvent) => void,
): Promise<TrafficReport> {
  const har = await readHar(file);
  try {
    return await checkHar(document, har, { baseUrl, onEvent, readAttachment: (name) => readBeside(file, name) });
  } catch (error) {
    if (error instanceof HarError) throw new TrafficError(`${file}: ${error.message}`);
    throw error;
  }
}

async function readHar(file: string): Promise<unknown> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (error) {
    throw new TrafficError(`--har is "${file}", which cannot be read: ${(error as Error).message}.`);
  }
  if (bytes[0] === 0x50 && bytes[1] === 0x4b)
    throw new TrafficError(
      `${file}: It is a ZIP archive. Unpack it and name the .har file in it; bodies beside it are found.`,
    );
  try {
    // A byte order mark is common in files that come from Windows.
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw new TrafficError(`${file}: It is no HAR file, which is JSON: ${(error as Error).message}.`);
  }
}

/** Only a file in the folder of the HAR: a recording does not get to name any other. */
async function readBeside(file: string, name: string): Promise<Uint8Array | undefined> {
  if (!/^[\w-][\w.-]*$/.test(name)) return undefined;
  return readFile(join(dirname(file), name)).catch(() => undefined);
}

function createPrinter(print: (line: string) => void): (event: RunEvent) => void {
  const seen = new Set<string>();
  return (event) => {
    const isNew = (...parts: string[]): boolean => {
      const key = parts.join("\n");
      return !seen.has(key) && seen.add(key) !== undefined;
    };
    if (event.type === "skipped" && isNew(event.operationId, event.reason))
      print(`${event.operationId}: ${event.reason}`);
    if (event.type !== "exchange") return;
    const fresh = event.verdict.findings.filter(({ operationId, check, documentPointer, message }) =>
      isNew(operationId, check, documentPointer, message),
    );
    if (fresh.length === 0) return;
    const { request, response } = event.exchange;
    print(`${request.method} ${request.url} ${response.status} (${event.case.operationId}, ${event.case.title})`);
    for (const finding of fresh) print(`  ${describeFinding(finding)}`);
  };
}

function describeFinding({ severity, check, message, documentPointer, blame }: Finding): string {
  return `${severity} ${check}: ${message} (${documentPointer}; ${blame.party}: ${blame.reason})`;
}

function summarize(report: TrafficReport, kind: TrafficArguments["kind"]): string {
  const count = (severity: Finding["severity"]) =>
    report.findings.filter((finding) => finding.severity === severity).length;
  const { operations } = report.coverage;
  const unread = report.skipped.length > 0 ? `, ${report.skipped.length} not or only partly (see above)` : "";
  const others = kind === "har" ? `, ${report.notConcerned} entries not concerned` : "";
  return (
    `${report.requests} answers of ${operations.seen.length} of ${operations.all.length} operations checked${unread}${others}: ` +
    `${count("failure")} differences, and ${count("drift")} of drift`
  );
}

function describeNothing({ skipped }: TrafficReport): string {
  const [first] = skipped;
  return first
    ? `Nothing could be checked. ${first.operationId}: ${first.reason}.`
    : "Nothing passed through the proxy, so nothing was checked.";
}
