/** Sends the cases of a document to a service and says what came of each. */
import type { OpenApiDocument, Operation, Parameter } from "@artifetch/document";
import fc from "fast-check";
import { type CaseMaker, createCaseMaker } from "./cases.ts";
import { judgeExamples } from "./examples.ts";
import { type Generated, type Kind, toRequests } from "./fuzz.ts";
import { createJudge, type Judge } from "./judge.ts";
import type { Case, Exchange, Finding, HttpRequest, RunEvent, RunReport, Verdict } from "./model.ts";
import { redactExchange } from "./redact.ts";
import { type Fetch, NoAnswerError, send, toHttpRequest } from "./send.ts";
import { type Found, runSequences } from "./sequences.ts";
import { createTally, type Tally } from "./tally.ts";

/** Stands before each request: for rate limits, budgets and what may be sent at all. */
export interface Gate {
  /**
   * Awaited before each request is sent.
   *
   * @param sent what the request is for.
   * @returns nothing to let it pass; a sentence that says why it is not sent.
   * @throws {StopRun} to end the run.
   */
  before?(operation: Operation, request: HttpRequest, sent: Case): Promise<string | undefined> | string | undefined;
  /**
   * Told of each answer.
   *
   * @returns `"again"` to have the request sent once more instead of judging this answer, which said that it came too early.
   * @throws {StopRun} to end the run.
   */
  after?(operation: Operation, exchange: Exchange, sent: Case): "again" | undefined;
}

/** Ends a run in good order: the report is complete up to here and says why. */
export class StopRun extends Error {
  override readonly name = "StopRun";
}

export interface RunOptions {
  /** Absolute URL that the paths of the document are appended to. */
  baseUrl: string;
  /** Sends requests. Default: the global `fetch`. */
  fetch?: Fetch;
  /** Credential of each security scheme, by name; of `basic`, `user:password`. Default: none. */
  credentials?: Readonly<Record<string, string>>;
  /** Seed of generated requests: the same seed sends the same ones. Default: from `random`. */
  seed?: number;
  /** Generated requests per operation, good ones and as many broken ones. 0: none. Default: 20. */
  generated?: number;
  /** Only the one generated request that a finding's `seed.path` leads to. Needs its `seed`. */
  replay?: string;
  /** Ask for each documented status and example by `Prefer`; only mocks understand that. Default: false. */
  prefer?: boolean;
  /** Follow the links of the document from what is created and listed. Default: true. */
  sequences?: boolean;
  /** Which operations are called. Default: all. */
  includes?: (operation: Operation) => boolean;
  /** A value to use for a parameter, such as an id that exists. Default: what the document shows. */
  findValue?: (operation: Operation, parameter: Parameter) => unknown;
  gate?: Gate;
  /** Ends the run; the report is still given. */
  signal?: AbortSignal;
  /** Milliseconds until a request counts as unanswered. Default: 30000. */
  timeoutMs?: number;
  /** Milliseconds since 1970. Default: `Date.now`. */
  now?: () => number;
  /** From 0 to 1. Default: `Math.random`. */
  random?: () => number;
}

/** What the parts of a run share. */
export interface Run {
  document: OpenApiDocument;
  judge: Judge;
  maker: CaseMaker;
  options: RunOptions;
  seed: number;
  /** Ids that lists have led to; requests that only read use them. */
  found: Found;
  /**
   * Sends one case and judges its answer.
   *
   * @throws {NoAnswerError | StopRun} what ends the run; another error where the gate does not let it pass.
   */
  perform(operation: Operation, sent: Case): Promise<Performed>;
}

export interface Performed {
  operation: Operation;
  sent: Case;
  exchange: Exchange;
  verdict: Verdict;
}

/** What a part of a run yields; the runner counts it and passes it on. */
export type Step = Performed | Extract<RunEvent, { type: "skipped" | "document" }>;

/**
 * Runs all that a document asks to be checked against a service.
 *
 * Yields `start`, then one event per answer, then `end` with the report, also when the run is cut short: by the signal, by
 * its gate, or because no answer came (`report.interrupted` says which). A case that cannot be judged does not end the run.
 *
 * @example
 * for await (const event of run(document, { baseUrl: "http://127.0.0.1:4010" }))
 *   if (event.type === "exchange") for (const finding of event.verdict.findings) console.log(finding.message);
 */
export async function* run(document: OpenApiDocument, options: RunOptions): AsyncGenerator<RunEvent, RunReport> {
  const { now = Date.now, random = Math.random, includes = () => true } = options;
  const judge = createJudge(document);
  const operations = judge.operations.filter(includes);
  const tally = createTally(judge);
  const seed = options.seed ?? Math.floor(random() * 2 ** 31);
  const startedAtMs = now();
  const { title, version } = document.info;
  const about = { title, version };
  yield { type: "start", document: about, operations: operations.length, seed };

  const found: Found = new Map();
  const findValue = (operation: Operation, parameter: Parameter): unknown =>
    options.findValue?.(operation, parameter) ??
    // What exists is read, never changed: it may be somebody's work.
    (operation.method === "GET" ? found.get(`${operation.id} ${parameter.in}.${parameter.name}`) : undefined);
  const maker = createCaseMaker(document, judge.operations, { prefer: options.prefer ?? false, findValue });
  const run: Run = { document, judge, maker, options, seed, found, perform: (...args) => perform(run, ...args) };
  let interrupted: string | undefined;
  try {
    for await (const step of listSteps(run, operations)) {
      options.signal?.throwIfAborted();
      yield count(run, tally, step);
    }
  } catch (error) {
    interrupted = toInterruption(error, options.signal);
    if (interrupted === undefined) throw error;
  }
  const report: RunReport = {
    document: about,
    baseUrl: options.baseUrl,
    seed,
    startedAtMs,
    durationMs: now() - startedAtMs,
    ...tally.read(),
    ...(interrupted !== undefined && { interrupted }),
  };
  yield { type: "end", report };
  return report;
}

/** Runs to the end and gives only the report. */
export async function runToEnd(document: OpenApiDocument, options: RunOptions): Promise<RunReport> {
  const events = run(document, options);
  for (;;) {
    const next = await events.next();
    if (next.done) return next.value;
  }
}

function toInterruption(error: unknown, signal: AbortSignal | undefined): string | undefined {
  if (signal?.aborted) return "The run was interrupted.";
  return error instanceof NoAnswerError || error instanceof StopRun ? error.message : undefined;
}

function count({ document }: Run, tally: Tally, step: Step): RunEvent {
  if (!("sent" in step)) {
    if (step.type === "skipped") tally.addSkipped(step);
    else tally.addVerdict(step.operationId, step.verdict);
    return step;
  }
  const { operation, sent, exchange, verdict } = step;
  tally.addExchange(operation, exchange);
  tally.addVerdict(operation.id, verdict);
  return { type: "exchange", case: sent, exchange: redactExchange(document, operation, exchange), verdict };
}

async function* listSteps(run: Run, operations: readonly Operation[]): AsyncGenerator<Step> {
  const { options } = run;
  if (options.replay !== undefined) {
    yield* replay(run, operations, options.replay);
    return;
  }
  // First: what they find is what the cases ask for.
  if (options.sequences !== false) yield* runSequences(run, operations);
  for (const operation of operations) {
    const verdict = judgeExamples(run.judge, run.maker.schemas, operation);
    if (verdict.checked.length > 0) yield { type: "document", operationId: operation.id, verdict };
    const { cases, skipped } = run.maker.plan(operation);
    for (const each of skipped) yield { type: "skipped", ...each };
    for (const each of cases) yield* performOne(run, operation, each);
    for (const kind of ["positive", "negative"] as const) yield* generate(run, operation, kind);
  }
}

/** One case; what goes wrong with it beyond what ends a run is said, and the next one goes on. */
export async function* performOne(
  run: Run,
  operation: Operation,
  sent: Case,
): AsyncGenerator<Step, Performed | undefined> {
  try {
    const performed = await run.perform(operation, sent);
    yield performed;
    return performed;
  } catch (error) {
    if (error instanceof Refused) {
      yield { type: "skipped", operationId: operation.id, check: sent.check, reason: error.message };
      return undefined;
    }
    if (toInterruption(error, run.options.signal) !== undefined || !(error instanceof Error)) throw error;
    yield { type: "skipped", operationId: operation.id, check: sent.check, reason: `${sent.title}: ${error.message}` };
    return undefined;
  }
}

/** The gate did not let a request pass. */
class Refused extends Error {}

async function perform({ document, judge, options }: Run, operation: Operation, sent: Case): Promise<Performed> {
  const {
    baseUrl,
    fetch = globalThis.fetch,
    credentials = {},
    gate,
    signal,
    timeoutMs = 30_000,
    now = Date.now,
  } = options;
  const request = toHttpRequest(document, operation, baseUrl, sent.request, credentials);
  for (;;) {
    const refused = await gate?.before?.(operation, request, sent);
    if (refused !== undefined) throw new Refused(refused);
    const exchange = await send(request, { fetch, timeoutMs, signal, now });
    if (gate?.after?.(operation, exchange, sent) !== "again")
      return { operation, sent, exchange, verdict: judge.judge(operation, exchange, sent) };
  }
}

/** Shrinking a failure sends no more than this. */
const mostShrinks = 500;

async function* generate(run: Run, operation: Operation, kind: Kind, path?: string): AsyncGenerator<Step> {
  const { options, maker, seed } = run;
  const { generated = 20 } = options;
  if (generated === 0) return;
  const basis = maker.toBasis(operation);
  if (typeof basis === "string") return;
  const check = kind === "positive" ? "positive_data_acceptance" : "negative_data_rejection";
  const requests = toRequests(maker.schemas, basis, kind);
  if (typeof requests === "string") yield { type: "skipped", operationId: operation.id, check, reason: requests };
  if (requests === undefined || typeof requests === "string") return;
  const toCase = ({ request, rule }: Generated): Case => ({
    id: `${operation.id}/${kind}/generated`,
    operationId: operation.id,
    title: "generated",
    kind,
    check,
    request,
    ...(rule && { rule }),
  });
  // Each operation has its own, so that one can be repeated alone.
  const ownSeed = toSeed(seed, operation.id, kind);

  if (path !== undefined) {
    const found: Generated[] = [];
    // Fails at once: a check that succeeds would go on to what the path has left aside.
    const property = fc.asyncProperty(requests, async (each) => found.push(each) === 0);
    try {
      await fc.check(property, { seed: ownSeed, path, endOnFailure: true });
    } catch {
      throw new StopRun(
        `The path ${JSON.stringify(`${operation.id}/${kind}/${path}`)} leads to no request. A path goes with its --seed, and with the document that it was found with; a run without --replay finds new ones.`,
      );
    }
    for (const each of found)
      for await (const step of performOne(run, operation, toCase(each)))
        yield "sent" in step ? withSeed(step, { seed, path: `${operation.id}/${kind}/${path}` }) : step;
    return;
  }

  const steps: Step[] = [];
  let failed: { performed: Performed; key: string } | undefined;
  let fatal: unknown;
  let sends = 0;
  const property = fc.asyncProperty(requests, async (each) => {
    if (fatal !== undefined || (failed && sends > generated + mostShrinks)) return true;
    sends += 1;
    try {
      const performed = await run.perform(operation, toCase(each));
      const key = toKey(performed.verdict.findings);
      // Shrinking keeps to the first failure: another one on the way is found by a run of its own.
      if (key !== undefined && (failed === undefined || failed.key === key)) {
        failed = { performed, key };
        return false;
      }
      if (!failed) steps.push(performed);
    } catch (error) {
      if (error instanceof Refused)
        steps.push({ type: "skipped", operationId: operation.id, check, reason: error.message });
      else fatal = error;
    }
    return true;
  });
  const details = await fc.check(property, { seed: ownSeed, numRuns: generated });
  yield* steps;
  if (fatal !== undefined) throw fatal;
  if (failed)
    yield withSeed(failed.performed, { seed, path: `${operation.id}/${kind}/${details.counterexamplePath ?? "0"}` });
}

/** What failed first; drift is no failure. */
function toKey(findings: readonly Finding[]): string | undefined {
  const first = findings.find(({ severity }) => severity === "failure");
  return first && `${first.check} ${first.documentPointer}`;
}

function withSeed(performed: Performed, seed: { seed: number; path: string }): Performed {
  const { sent, verdict } = performed;
  return {
    ...performed,
    sent: { ...sent, seed },
    verdict: { ...verdict, findings: verdict.findings.map((finding) => ({ ...finding, seed })) },
  };
}

/** FNV-1a, 32 bits: spreads the run's seed over operations. */
export function toSeed(seed: number, ...names: readonly string[]): number {
  let hash = 0x811c9dc5 ^ seed;
  for (const character of names.join("\n")) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return hash | 0;
}

async function* replay(run: Run, operations: readonly Operation[], path: string): AsyncGenerator<Step> {
  const [, id, kind, rest] = /^(.+)\/(positive|negative)\/([\d:]+)$/.exec(path) ?? [];
  const operation = operations.find((each) => each.id === id);
  if (!operation)
    throw new StopRun(
      `The path ${JSON.stringify(path)} leads to no operation; it is what a finding says, such as getRun/positive/3:0.`,
    );
  yield* generate(run, operation, kind as Kind, rest);
}
