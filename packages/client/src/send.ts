/** Sending a call: attempts, limits of time, credentials, redirects, hooks. The one place that calls `fetch`. */
import type { Authenticate, Placed } from "./auth.ts";
import type { SecurityAlternatives } from "./definition.ts";
import { withoutQuery } from "./errors/api-error.ts";
import { NetworkError } from "./errors/network-error.ts";
import { TimeoutError } from "./errors/timeout-error.ts";
import { setHeaders, toQuery } from "./request.ts";
import type { CallOptions, RequestBody } from "./result.ts";
import { countAttempts, isRetryable, type RetryOptions, toDelayMs } from "./retry.ts";

/** What hooks are told of a call. It never holds a credential: those are added after `onRequest`. */
export interface HookContext {
  /** `operationId` of the document; the path template for a call through `GET`, `POST` and so on. */
  readonly operationId: string;
  readonly method: string;
  /** Without the query. */
  readonly url: string;
  /** From 1. */
  readonly attempt: number;
}

/** Called in order for each attempt; what they throw ends the call. */
export interface Hooks {
  /** Before an attempt. Changes to `headers` are sent. */
  onRequest?(context: HookContext & { readonly headers: Headers }): void | Promise<void>;
  /** After an answer of any status. */
  onResponse?(
    context: HookContext & { readonly status: number; readonly headers: Headers; readonly durationMs: number },
  ): void | Promise<void>;
  /** Before the wait for another attempt, with the status or the error of the last one. */
  onRetry?(
    context: HookContext & { readonly delayMs: number; readonly status?: number; readonly error?: unknown },
  ): void | Promise<void>;
  /** When a call ends without a usable answer. */
  onError?(context: HookContext & { readonly error: unknown }): void | Promise<void>;
}

/** The time and chance of retries and timeouts, to replace in tests. */
export interface Clock {
  /** Milliseconds since 1970. Default `Date.now`. */
  now(): number;
  /** Calls back after a time; returns what cancels that. Default `setTimeout`. */
  delay(callback: () => void, delayMs: number): () => void;
  /** From 0 to below 1. Default `Math.random`. */
  random(): number;
}

export interface SendOptions {
  fetch?: ((request: Request) => Promise<Response>) | undefined;
  /** Limit of one attempt, its body included, unless that is a stream. Default 60,000; 0 for none. */
  timeoutMs?: number | undefined;
  /** Limit of the whole call, all attempts and waits included. Default none. */
  deadlineMs?: number | undefined;
  /** When to send again; false for never. */
  retry?: RetryOptions | false | undefined;
  hooks?: Hooks | undefined;
  clock?: Clock | undefined;
}

export interface Call {
  operationId: string;
  method: string;
  url: string;
  headers: Headers;
  body: RequestBody | undefined;
  security: SecurityAlternatives;
  options: CallOptions;
}

const systemClock: Clock = {
  now: () => Date.now(),
  delay(callback, delayMs) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
};

export interface Answered<T> {
  response: Response;
  /** What `read` made of it. */
  value: T;
}

/**
 * Sends a call until there is an answer that is not retryable, or no attempt is left.
 *
 * @param reset name of a header that is read like `Retry-After`.
 * @param read reads the answer, within the limit of the attempt.
 * @throws {NetworkError | TimeoutError} when no answer came, the signal's reason when it was aborted, and what `read` throws.
 */
export async function send<T>(
  call: Call,
  client: SendOptions,
  authenticate: Authenticate,
  reset: string | undefined,
  read: (response: Response) => Promise<T>,
): Promise<Answered<T>> {
  const { operationId, method, options } = call;
  const { hooks = {}, clock = systemClock, fetch = globalThis.fetch } = client;
  const { timeoutMs = client.timeoutMs ?? 60_000, deadlineMs = client.deadlineMs ?? 0 } = options;
  const retry = options.retry ?? client.retry ?? {};
  const attempts = retry ? countAttempts(method, call.body, retry) : 1;
  const url = withoutQuery(call.url);
  const endMs = deadlineMs ? clock.now() + deadlineMs : Number.POSITIVE_INFINITY;
  const overall = startLimit(clock, [options.signal], "deadline", deadlineMs, `${method} ${url}`);
  const exchange = createExchange(call, authenticate, fetch);
  const toDelay = (attempt: number, outcome: unknown, headers?: Headers): number | undefined => {
    if (attempt >= attempts || overall.signal.aborted || !isRetryable(outcome)) return undefined;
    const delayMs = toDelayMs(attempt, headers, reset, retry || {}, clock.random, clock.now());
    return delayMs !== undefined && clock.now() + delayMs < endMs ? delayMs : undefined;
  };

  try {
    for (let attempt = 1; ; attempt += 1) {
      const context: HookContext = { operationId, method, url, attempt };
      const limit = startLimit(clock, [overall.signal], "attempt", timeoutMs, `${method} ${url}`);
      let failed: { status: number } | { error: unknown };
      let delayMs: number | undefined;
      try {
        const headers = new Headers(call.headers);
        await hooks.onRequest?.({ ...context, headers });
        const startMs = clock.now();
        const response = await exchange(headers, limit.signal);
        const { status } = response;
        await hooks.onResponse?.({ ...context, status, headers: response.headers, durationMs: clock.now() - startMs });
        delayMs = toDelay(attempt, response, response.headers);
        if (delayMs === undefined) return { response, value: await read(response) };
        await response.body?.cancel();
        failed = { status };
      } catch (reason) {
        // What `fetch` throws when it is aborted differs from one to the next.
        const error = limit.signal.aborted ? limit.signal.reason : reason;
        delayMs = toDelay(attempt, error);
        if (delayMs === undefined) {
          await hooks.onError?.({ ...context, error });
          throw error;
        }
        failed = { error };
      } finally {
        limit.stop();
      }
      await hooks.onRetry?.({ ...context, delayMs, ...failed });
      await sleep(clock, delayMs, overall.signal);
    }
  } finally {
    overall.stop();
  }
}

/** A signal that aborts with the others, or with a {@link TimeoutError} after a time; 0 is no time limit. */
function startLimit(
  clock: Clock,
  others: (AbortSignal | undefined)[],
  limit: "attempt" | "deadline",
  timeoutMs: number,
  what: string,
): { signal: AbortSignal; stop: () => void } {
  const own = new AbortController();
  const message = `No answer within ${timeoutMs} ms (${limit === "attempt" ? "timeoutMs" : "deadlineMs"}): ${what}`;
  const stop = timeoutMs
    ? clock.delay(() => own.abort(new TimeoutError(message, limit, timeoutMs)), timeoutMs)
    : () => undefined;
  return { signal: AbortSignal.any([own.signal, ...others.filter((other) => other !== undefined)]), stop };
}

function sleep(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      stop();
      reject(signal.reason);
    };
    const stop = clock.delay(() => {
      signal.removeEventListener("abort", abort);
      resolve();
    }, delayMs);
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort);
  });
}

/** Makes a function that sends one attempt; after a 401, credentials that can change are asked for again, once in a call. */
function createExchange(call: Call, authenticate: Authenticate, fetch: (request: Request) => Promise<Response>) {
  let credentials: Placed | undefined;
  let isFresh = false;
  return async (headers: Headers, signal: AbortSignal): Promise<Response> => {
    credentials ??= await authenticate(call.operationId, call.security);
    const response = await follow(call, headers, credentials, fetch, signal);
    if (response.status !== 401 || !credentials.canChange || isFresh) return response;
    isFresh = true;
    await response.body?.cancel();
    credentials = await authenticate(call.operationId, call.security);
    return follow(call, headers, credentials, fetch, signal);
  };
}

/** Redirects that are followed at most; as the Fetch standard has it. */
const redirectLimit = 20;

/**
 * Sends a request with its credentials and follows redirects without them: `fetch` itself would take every header but
 * `Authorization` to another origin. Only reading is redirected; a 307 for a POST is left to the caller.
 */
async function follow(
  { method, url, body }: Call,
  headers: Headers,
  credentials: Placed,
  fetch: (request: Request) => Promise<Response>,
  signal: AbortSignal,
): Promise<Response> {
  const query = toQuery(credentials.query);
  let target = query ? `${url}${url.includes("?") ? "&" : "?"}${query}` : url;
  let init: RequestInit = { method, headers: new Headers(headers), signal, redirect: "manual" };
  setHeaders(init.headers as Headers, credentials.headers);
  if (body !== undefined) Object.assign(init, { body, ...(body instanceof ReadableStream && { duplex: "half" }) });

  for (let hops = 0; ; hops += 1) {
    const response = await fetchOnce(fetch, target, init);
    const location = response.headers.get("location");
    const isRead = /^(GET|HEAD)$/.test(init.method ?? "");
    if (![301, 302, 303, 307, 308].includes(response.status) || !location || (!isRead && response.status !== 303)) {
      return response;
    }
    if (hops >= redirectLimit)
      throw new NetworkError(`More than ${redirectLimit} redirects: ${method} ${withoutQuery(url)}`);
    await response.body?.cancel();
    const next = new URL(location, target);
    if (next.origin !== new URL(target).origin) {
      const accept = headers.get("accept");
      init = { signal, redirect: "manual", headers: accept ? { accept } : {} };
    }
    init = { ...init, method: method === "HEAD" ? "HEAD" : "GET" };
    delete init.body;
    target = next.href;
  }
}

async function fetchOnce(
  fetch: (request: Request) => Promise<Response>,
  url: string,
  init: RequestInit,
): Promise<Response> {
  const request = new Request(url, init);
  const what = `${request.method} ${withoutQuery(url)}`;
  let response: Response;
  try {
    response = await fetch(request);
  } catch (cause) {
    throw new NetworkError(`No answer: ${what}`, { cause });
  }
  // A browser does not show where a redirect leads, and would take the credentials along if it followed it.
  if (response.type === "opaqueredirect")
    throw new NetworkError(`A redirect that cannot be followed safely in a browser: ${what}`);
  return response;
}
