/** The command line: reads its arguments, runs the checks, shows what differs. */
import { setTimeout as sleep } from "node:timers/promises";
import {
  listNearNames,
  listOperations,
  type OpenApiDocument,
  type Operation,
  type Parameter,
} from "@artifetch/document";
import { loadDocument } from "@artifetch/document/load";
import { describePlan, planRun } from "./dry-run.ts";
import type { Clock } from "./gates.ts";
import { type CleanUpOptions, cleanUp, createLive, type Live, mockDefaults, retryReads } from "./live.ts";
import type { RunReport, Skipped } from "./model.ts";
import { listCredentialPlaces } from "./redact.ts";
import {
  checkReportTargets,
  createProgress,
  type ProgressStream,
  type Style,
  toTerminal,
  writeReports,
} from "./report/index.ts";
import { type Arguments, checkBaseUrl, type GivenParameter, readArguments, UsageError, usage } from "./run-options.ts";
import { runTraffic } from "./run-traffic.ts";
import { run as runChecks } from "./runner.ts";
import type { Fetch } from "./send.ts";

export interface Surroundings {
  environment: Readonly<Record<string, string | undefined>>;
  print(line: string): void;
  printError(line: string): void;
  /** Ends what goes on until it is ended; its reason is the name of a signal (`SIGTERM`). */
  signal?: AbortSignal | undefined;
  /** Shows how far a run is, if it is a terminal. */
  progress?: ProgressStream | undefined;
  /** Of the terminal that is printed to. */
  columns?: number | undefined;
  style?: Style | undefined;
  /** Default: the global `fetch`. */
  fetch?: Fetch | undefined;
  /** Default: the system's. */
  clock?: Clock | undefined;
}

const systemClock: Clock = {
  now: Date.now,
  sleep: (durationMs, signal) => sleep(durationMs, undefined, signal && { signal }),
};

/**
 * Runs the command.
 *
 * @param args what stands behind the command's name.
 * @returns the exit code: 0 all checks hold, 1 something differs, 2 nothing was checked or the run ended early, 130 or 143 it was
 * interrupted.
 */
export async function run(args: readonly string[], surroundings: Surroundings): Promise<number> {
  try {
    const given = readArguments(args);
    if (!given) {
      surroundings.print(usage);
      return 0;
    }
    await checkReportTargets(given.reports);
    const { document, source } = await loadDocument(given.target);
    if (given.traffic) return await runWithTraffic(document, source, given, surroundings);
    const plan = toPlan(document, source, given, surroundings);
    return given.isDry ? await runDry(plan) : await runLive(plan);
  } catch (error) {
    surroundings.printError(`artifetch-contract: ${error instanceof Error ? error.message : String(error)}`);
    return 2;
  }
}

async function runWithTraffic(
  document: OpenApiDocument,
  source: string,
  { traffic, reports }: Arguments,
  surroundings: Surroundings,
): Promise<number> {
  if (!traffic) return 2;
  let report: RunReport | undefined;
  try {
    return await runTraffic(document, traffic, {
      ...surroundings,
      onEvent: (event) => {
        if (event.type === "end") report = event.report;
      },
    });
  } finally {
    if (report) await writeReports(reports, { report, document, source });
  }
}

/** All that a run needs, checked. */
interface Plan {
  document: OpenApiDocument;
  source: string;
  given: Arguments;
  baseUrl: string;
  /** Those that are called. */
  operations: readonly Operation[];
  all: readonly Operation[];
  credentials: Record<string, string>;
  findValue: FindValue;
  live: Live;
  fetch: Fetch;
  clock: Clock;
  surroundings: Surroundings;
}

function toPlan(document: OpenApiDocument, source: string, given: Arguments, surroundings: Surroundings): Plan {
  const { environment, fetch = globalThis.fetch, clock = systemClock, signal } = surroundings;
  const { allowsWrites, prefer: isMock, limits } = given;
  const all = listOperations(document);
  const operations = chooseOperations(given, all);
  const { findValue, findNamedValue } = toFindValues(given, operations);
  const credentials = readCredentials(document, environment, isMock);
  const safety = {
    ...(isMock && mockDefaults),
    ...limits,
    allowsWrites,
    isMock,
    credentials,
    findValue,
    findNamedValue,
    named: new Set(given.operations),
    clock,
    signal,
  };
  return {
    document,
    source,
    given,
    baseUrl: given.baseUrl ?? findBaseUrl(document, environment),
    operations,
    all,
    credentials,
    findValue,
    live: createLive(document, all, safety),
    fetch: retryReads(fetch),
    clock,
    surroundings,
  };
}

function chooseOperations({ operations: ids, target }: Arguments, all: readonly Operation[]): readonly Operation[] {
  if (all.length === 0)
    throw new UsageError(`${target}: the document has no operations, so there is nothing to check.`);
  for (const given of ids)
    if (!all.some(({ id }) => id === given))
      throw new UsageError(
        `--operation is "${given}": ${nameOthers(
          given,
          all.map(({ id }) => id),
        )}`,
      );
  return ids.length === 0 ? all : all.filter(({ id }) => ids.includes(id));
}

function nameOthers(given: string, names: readonly string[]): string {
  const near = listNearNames(given, names);
  return near.length > 0
    ? `there is none of that name. Did you mean ${near.join(", ")}?`
    : `there is none of that name. There are: ${[...new Set(names)].join(", ")}.`;
}

type FindValue = (operation: Operation, parameter: Parameter) => unknown;

/** Of values for an operation and for all, the first kind counts; `findNamedValue` has only that. */
function toFindValues({ parameters: given }: Arguments, operations: readonly Operation[]) {
  const isFor = ({ name }: GivenParameter, parameter: Parameter) => name === parameter.name;
  const isForOne = ({ name }: GivenParameter, { id }: Operation, parameter: Parameter) =>
    name === `${id}.${parameter.name}`;
  for (const one of given) {
    const matches = (operation: Operation) =>
      operation.parameters.some((each) => isFor(one, each) || isForOne(one, operation, each));
    if (operations.some(matches)) continue;
    const named = operations.find(({ id }) => one.name.startsWith(`${id}.`));
    const names = (named ? [named] : operations).flatMap(({ parameters }) => parameters.map(({ name }) => name));
    const rest = named ? one.name.slice(named.id.length + 1) : one.name;
    throw new UsageError(`--param is for "${one.name}": ${nameOthers(rest, names)}`);
  }
  const findNamedValue: FindValue = (operation, parameter) =>
    given.find((one) => isForOne(one, operation, parameter))?.value;
  const findValue: FindValue = (operation, parameter) =>
    findNamedValue(operation, parameter) ?? given.find((one) => isFor(one, parameter))?.value;
  return { findValue, findNamedValue };
}

function findBaseUrl({ servers = [] }: OpenApiDocument, environment: Surroundings["environment"]): string {
  const variables = servers.flatMap(({ "x-env": variable }) => variable ?? []);
  const variable = variables.find((name) => environment[name]);
  if (variable !== undefined) return checkBaseUrl(variable, environment[variable] ?? "");
  const others = variables.length > 0 ? ` It can also stand in ${variables.join(" or ")}.` : "";
  throw new UsageError(
    `--base-url is missing: it takes the URL of the service, such as http://127.0.0.1:4010.${others}`,
  );
}

function readCredentials(
  document: OpenApiDocument,
  environment: Surroundings["environment"],
  isMock: boolean,
): Record<string, string> {
  return Object.fromEntries(
    listCredentialPlaces(document).flatMap(({ scheme, variable }) => {
      // A line end comes along when a file is read into a variable.
      const value = environment[variable]?.trim() || (isMock ? "made-up" : undefined);
      if (value === undefined) return [];
      // The error of `fetch` would show the value.
      if (!/^[ -~]+$/.test(value))
        throw new UsageError(
          `${variable} has characters in it that no header can have: line ends, or others than ASCII.`,
        );
      return [[scheme, value]];
    }),
  );
}

async function runDry({ document, operations, all, baseUrl, credentials, findValue, live, given, surroundings }: Plan) {
  const { prefer, generated, seed = Math.floor(Math.random() * 2 ** 31) } = given;
  const planned = await planRun(document, operations, all, {
    baseUrl,
    credentials,
    findValue,
    prefer,
    seed,
    permission: live.permission,
    ...(generated !== undefined && { generated }),
  });
  for (const line of describePlan(planned, seed)) surroundings.print(line);
  return 0;
}

async function runLive(plan: Plan): Promise<number> {
  const { document, source, given, live, surroundings } = plan;
  const { print, printError, signal, columns, style } = surroundings;
  const report = toShown(plan, await runToReport(plan));
  const { interrupted } = report;
  // What a login page or the like differs in is of no interest.
  const isTelling = report.requests > 0 && (interrupted === undefined || interrupted !== live.conclude());
  if (isTelling) print(toTerminal(report, { columns, style }));
  if (!given.prefer) await tidy(plan);
  await writeReports(given.reports, { report, document, source });
  if (interrupted === undefined) return report.findings.some(({ severity }) => severity === "failure") ? 1 : 0;
  const files = given.reports.map(({ file }) => file).join(", ");
  printError(`artifetch-contract: ${interrupted}${files === "" ? "" : ` What stands in ${files} is partial.`}`);
  if (!signal?.aborted) return 2;
  return signal.reason === "SIGTERM" ? 143 : 130;
}

async function runToReport(plan: Plan): Promise<RunReport> {
  const { document, given, baseUrl, operations, credentials, findValue, live, fetch, clock, surroundings } = plan;
  const { prefer, timeoutMs, generated, seed, replay } = given;
  const { signal } = surroundings;
  const progress = createProgress(surroundings.progress ?? { write: () => {} });
  const chosen = new Set(operations.map(({ pointer }) => pointer));
  const events = runChecks(document, {
    baseUrl,
    credentials,
    findValue,
    fetch,
    prefer,
    timeoutMs,
    gate: live.gate,
    now: clock.now,
    includes: ({ pointer }) => chosen.has(pointer),
    ...(generated !== undefined && { generated }),
    ...(seed !== undefined && { seed }),
    ...(replay !== undefined && { replay }),
    ...(signal && { signal }),
  });
  try {
    for (;;) {
      const next = await events.next();
      if (next.done) return next.value;
      progress.add(next.value);
    }
  } finally {
    progress.clear();
  }
}

/** The report with what only the whole run shows: that it showed nothing, or which operations nothing was seen of. */
function toShown(plan: Plan, report: RunReport): RunReport {
  const interrupted = report.interrupted ?? (report.requests === 0 ? describeNothing(report) : plan.live.conclude());
  if (interrupted !== undefined) return { ...report, interrupted };
  return { ...report, skipped: [...report.skipped, ...listUnseen(plan, report)] };
}

function describeNothing({ skipped }: RunReport): string {
  const reasons = [...new Set(skipped.map(({ reason }) => reason))];
  return `No request was sent, so nothing was checked.${reasons.length > 0 ? ` Why: ${reasons.slice(0, 3).join("; ")}.` : ""}`;
}

/** Operations that were asked with ids and never answered with success: most of what they answer was not seen. */
function listUnseen({ operations, given }: Plan, { coverage, counts }: RunReport): Skipped[] {
  if (given.replay !== undefined) return [];
  const seen = new Set(coverage.statuses.seen);
  const asked = new Set(
    counts.filter(({ check }) => check === "positive_data_acceptance").map((each) => each.operationId),
  );
  return operations.flatMap(({ id, path, responses }): Skipped[] => {
    const [, name] = /\{([^{}]+)\}/.exec(path) ?? [];
    const isSeen = Object.keys(responses).some((key) => /^(2|default)/.test(key) && seen.has(`${id} ${key}`));
    if (name === undefined || isSeen || !asked.has(id)) return [];
    const reason = `never answered with success: no id that exists was found; give one with --param ${name}=…`;
    return [{ operationId: id, check: "response_schema_conformance", reason }];
  });
}

async function tidy(plan: Plan): Promise<void> {
  const { document, baseUrl, fetch, credentials, given, clock, live, surroundings } = plan;
  const { print, printError } = surroundings;
  const leftovers = live.listLeftovers();
  const { patience } = live;
  const options: CleanUpOptions = { baseUrl, fetch, credentials, timeoutMs: given.timeoutMs, clock, patience };
  const { deleted, left } = await cleanUp(document, leftovers, options);
  if (leftovers.length > 0)
    print(`Cleaned up: ${deleted} of ${leftovers.length} things that the run had created and not deleted`);
  for (const { path, reason } of left) printError(`Still there: ${path} (${reason})`);
  for (const [id, count] of live.listUndeletable()) {
    const times = count === 1 ? "once" : `${count} times`;
    printError(
      `Perhaps still there: what ${id} has made, which answered with success ${times}. No link says how to delete it.`,
    );
  }
}
