import { type Job, type RequestAndOptions, readExtra } from "./call.ts";
import { type Clock, sleep, systemClock } from "./clock.ts";
import { ApiError } from "./errors/api-error.ts";
import { DecodeError, isDecodeError } from "./errors/decode-error.ts";
import { OptionError } from "./errors/option-error.ts";
import { isTimeoutError, TimeoutError } from "./errors/timeout-error.ts";
import { getByPointer } from "./pointer.ts";
import { isRetryable } from "./retry.ts";
import type { DataOf } from "./unwrap.ts";

/** Options of {@link waitFor}. Each may be left out. */
export interface WaitOptions<Data = unknown> {
  /** Longest wait after the first poll. Each wait is random, from 0 to its longest (full jitter). Default 2000. */
  intervalMs?: number | undefined;
  /** How much longer the longest wait is after each poll. Default 1.5; 1 keeps it. */
  factor?: number | undefined;
  /** What the longest wait grows to. Default 30,000. */
  maxIntervalMs?: number | undefined;
  /** How long to wait in all, counted from the first start where a wait is resumed. Default: as long as it takes. */
  timeoutMs?: number | undefined;
  /** How many polls in a row may fail in passing: no answer, one that is no JSON, 408, 429, 500 and above. Default 3. */
  maxFailures?: number | undefined;
  /** Called after each poll that told a state, the last one included, and awaited; what it throws ends the wait. */
  onProgress?: ((progress: WaitProgress<Data>) => void | Promise<void>) | undefined;
  /** Ends the wait: it rejects with the signal's reason. The job goes on, unless `cancel` says otherwise. */
  signal?: AbortSignal | undefined;
  /** Called once when the signal aborts, and awaited, to cancel the job itself. Its own failure is not reported. */
  cancel?: (() => Promise<unknown>) | undefined;
  /** Time and chance, to replace in tests. */
  clock?: Clock | undefined;
}

/** A wait as plain JSON: stored, it is resumed by `waitFor(method, state)`, in this process or another. */
export interface WaitState {
  operationId: string;
  /** The request without `headers`, `signal` and other options of the call: they may be secret, and belong to a process. */
  request: { path?: unknown; query?: unknown; header?: unknown; cookie?: unknown; body?: unknown };
  /** When the wait began, in milliseconds since 1970. */
  startedAtMs: number;
  /** Polls so far. */
  attempts: number;
}

/** What is known after a poll. */
export interface WaitProgress<Data = unknown> {
  /** State of the job, in the service's words. */
  state: string;
  /** Polls so far, from 1; those before a resumption are counted too. */
  attempts: number;
  /** Since the wait began, the time before a resumption included. */
  elapsedMs: number;
  data: Data;
  /** What another process resumes the wait from. */
  waitState: WaitState;
}

interface Ended<Data> {
  /** The body of the last answer; where a service tells why a job failed, it stands here. */
  data: Data;
  response: Response;
  /** Polls that it took, those before a resumption included. */
  attempts: number;
}

/** How a job ended. `succeeded` narrows `state`. */
export type WaitResult<Data = unknown, Success extends string = string, Failure extends string = string> =
  | (Ended<Data> & { succeeded: true; state: Success })
  | (Ended<Data> & { succeeded: false; state: Failure });

interface JobAnswer {
  ok: boolean;
  data?: unknown;
  error?: unknown;
  response: Response;
  operationId: string;
}

interface JobRequest {
  path?: unknown;
  query?: unknown;
  header?: unknown;
  cookie?: unknown;
  body?: unknown;
  signal?: AbortSignal | undefined;
}

/** `setTimeout` takes no more, and calls back at once where it is given more. */
const longestDelayMs = 2 ** 31 - 1;

/**
 * Waits until a job has ended: calls a method again and again until the state in its answer is terminal by the document
 * (`x-job-states`). A state that the document does not have counts as still running.
 *
 * Takes a method of a client that reads one job, and its request, or the {@link WaitState} of an earlier wait. The first poll
 * is sent at once. A wait is as long as `Retry-After` asks for, if that is longer. A wait that is out of time polls a last
 * time, and gives that poll `intervalMs`.
 *
 * Resolves to the last answer, also for a job that failed or was cancelled: `succeeded` tells, and `data` holds what the
 * service says of the reason.
 *
 * @throws {OptionError} for a method that does not read one job, an option that is not a number from 0, and a state of another operation.
 * @throws {ApiError} for an answer that will not pass, such as 404; and for the last failure when there are more than `maxFailures` in a row.
 * @throws {TimeoutError} when the job has not ended after `timeoutMs`, with `limit: "wait"`. The job goes on.
 * @throws the signal's reason when aborted, and what the method throws.
 *
 * @example
 * const { succeeded, data } = await waitFor(client.getRun, { path: { run_id: 42 } }, { timeoutMs: 600_000 });
 *
 * @example
 * // One process stores where it is; another one goes on from there.
 * await waitFor(client.getRun, request, { onProgress: ({ waitState }) => store(JSON.stringify(waitState)) });
 * await waitFor(client.getRun, JSON.parse(await load()));
 */
export async function waitFor<Request, Answer extends JobAnswer, Success extends string, Failure extends string>(
  call: ((request: Request) => Promise<Answer>) & Job<Success, Failure>,
  ...[given, options = {}]: RequestAndOptions<Request, Request | WaitState, WaitOptions<DataOf<Answer>>>
): Promise<WaitResult<DataOf<Answer>, Success, Failure>> {
  const { id, extra } = readExtra(call, "job", "waitFor", "reads one job");
  checkNumbers(options);
  const { clock = systemClock } = options;
  const start = toStart(id, given ?? {}, clock);
  const outer = [start.signal, options.signal].filter((signal) => signal !== undefined);
  const limit = new AbortController();
  const wait: Wait = {
    ...start,
    id,
    states: extra,
    // What a method takes is known to its caller; here it is only passed on.
    call: call as unknown as Wait["call"],
    // What a progress is made of is what the method answers.
    options: options as WaitOptions,
    clock,
    signal: AbortSignal.any([limit.signal, ...outer]),
    endMs: start.startedAtMs + (options.timeoutMs ?? Number.POSITIVE_INFINITY),
  };
  const graceMs = Math.max(wait.endMs - clock.now(), 0) + (options.intervalMs ?? defaults.intervalMs);
  const stop =
    graceMs < longestDelayMs ? clock.delay(() => limit.abort(toTimeoutError(wait)), graceMs) : () => undefined;
  try {
    // The states of the document are those of the type: both are generated from it.
    return (await pollUntilEnd(wait)) as WaitResult<DataOf<Answer>, Success, Failure>;
  } catch (error) {
    const aborted = outer.find((signal) => signal.aborted);
    if (!aborted) throw limit.signal.aborted ? limit.signal.reason : error;
    await cancelQuietly(options.cancel);
    throw aborted.reason;
  } finally {
    stop();
  }
}

async function cancelQuietly(cancel: WaitOptions["cancel"]): Promise<void> {
  try {
    await cancel?.();
  } catch {
    // The wait has a reason to end already.
  }
}

/** The options that are numbers, and what they are when not given; `timeoutMs` has none. */
const defaults = { intervalMs: 2000, factor: 1.5, maxIntervalMs: 30_000, maxFailures: 3 };

interface Wait {
  id: string;
  states: readonly string[];
  call: (request: JobRequest) => Promise<JobAnswer>;
  request: JobRequest;
  options: WaitOptions;
  clock: Clock;
  signal: AbortSignal;
  startedAtMs: number;
  attempts: number;
  endMs: number;
}

function checkNumbers(
  options: Readonly<Partial<Record<keyof typeof defaults | "timeoutMs", number | undefined>>>,
): void {
  for (const name of ["intervalMs", "factor", "maxIntervalMs", "timeoutMs", "maxFailures"] as const) {
    const value = options[name] ?? 0;
    if (!(value >= 0)) throw new OptionError(`Option "${name}" is ${value}; it takes a number from 0.`);
  }
}

function toStart(
  id: string,
  given: object,
  clock: Clock,
): Pick<Wait, "attempts" | "request" | "startedAtMs"> & { signal: AbortSignal | undefined } {
  if (!("operationId" in given)) {
    const request: JobRequest = given;
    return { request, startedAtMs: clock.now(), attempts: 0, signal: request.signal };
  }
  const { operationId, request, startedAtMs, attempts } = given as WaitState;
  if (operationId !== id) throw new OptionError(`The wait is one for "${operationId}"; it cannot go on with "${id}".`);
  return { request, startedAtMs, attempts, signal: undefined };
}

async function pollUntilEnd(wait: Wait): Promise<WaitResult> {
  const { id, states, clock, options, signal } = wait;
  const { maxFailures = defaults.maxFailures } = options;
  const [pointer = "", success, ...failures] = states;
  let failedInRow = 0;
  for (let attempts = wait.attempts + 1; ; attempts += 1) {
    const polled = await poll(wait);
    if (polled.failed) {
      failedInRow += 1;
      if (failedInRow > maxFailures || !isPassing(polled.error)) throw polled.error;
    } else {
      failedInRow = 0;
      const { data, response } = polled.answer;
      const state = getByPointer(data, pointer);
      if (typeof state !== "string") throw new DecodeError(id, response, "", `No state at "${pointer}"`);
      const elapsedMs = clock.now() - wait.startedAtMs;
      await options.onProgress?.({ state, attempts, elapsedMs, data, waitState: toWaitState(wait, attempts) });
      if (state === success) return { succeeded: true, state, data, response, attempts };
      if (failures.includes(state)) return { succeeded: false, state, data, response, attempts };
    }
    const leftMs = wait.endMs - clock.now();
    const askedMs = readRetryAfter(polled.answer?.response.headers, clock);
    if (leftMs <= 0 || askedMs > leftMs) throw toTimeoutError(wait);
    await sleep(clock, Math.min(Math.max(toDelay(wait, attempts), askedMs), leftMs, longestDelayMs), signal);
  }
}

type Polled = { failed: false; answer: JobAnswer } | { failed: true; error: unknown; answer?: JobAnswer };

async function poll({ call, request, signal }: Wait): Promise<Polled> {
  try {
    signal.throwIfAborted();
    const answer = await call({ ...request, signal });
    if (answer.ok) return { failed: false, answer };
    return { failed: true, error: new ApiError({ error: undefined, ...answer }), answer };
  } catch (error) {
    return { failed: true, error };
  }
}

/** Whether the next poll may do better. */
function isPassing(error: unknown): boolean {
  return isRetryable(error) || isTimeoutError(error) || isDecodeError(error);
}

/** Full jitter: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/ */
function toDelay({ options, clock }: Wait, attempts: number): number {
  const { intervalMs, factor, maxIntervalMs } = { ...defaults, ...withoutUndefined(options) };
  // The power of a long wait is infinite, which no product with 0 can be.
  const longestMs = Math.min(maxIntervalMs, intervalMs * Math.min(factor ** (attempts - 1), longestDelayMs));
  return clock.random() * longestMs;
}

function withoutUndefined(options: WaitOptions): { [Name in keyof typeof defaults]?: number } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

/** `Retry-After` (RFC 9110, section 10.2.3) in milliseconds from now; 0 where there is none. */
function readRetryAfter(headers: Headers | undefined, clock: Clock): number {
  const value = headers?.get("retry-after");
  if (!value) return 0;
  const delayMs = /^\s*\d+\s*$/.test(value) ? Number(value) * 1000 : Date.parse(value) - clock.now();
  // An unreadable date is NaN.
  return Math.max(delayMs || 0, 0);
}

function toWaitState({ id, request, startedAtMs }: Wait, attempts: number): WaitState {
  const names = ["path", "query", "header", "cookie", "body"] as const;
  const kept = names.filter((name) => request[name] !== undefined).map((name) => [name, request[name]]);
  return { operationId: id, request: Object.fromEntries(kept), startedAtMs, attempts };
}

function toTimeoutError({ id, startedAtMs, endMs }: Wait): TimeoutError {
  return new TimeoutError(`The job has not ended after ${endMs - startedAtMs} ms: ${id}`, "wait", endMs - startedAtMs);
}
