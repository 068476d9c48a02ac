/** Sending a call: attempts, limits of time, credentials, redirects, hooks. The one place that calls `fetch`. */
import type { Authenticate, Placed } from "./auth.ts";
import { type Clock, sleep, systemClock } from "./clock.ts";
import type { SecurityAlternatives } from "./definition.ts";
import { withoutQuery } from "./errors/api-error.ts";
import { NetworkError } from "./errors/network-error.ts";
import { TimeoutError } from "./errors/timeout-error.ts";
import type { CallOptions, RequestBody } from "./result.ts";
import { countAttempts, isRetryable, type RetryOptions, toDelayMs } from "./retry.ts";

/** What hooks are told of a call. It never holds a credential: those are added after `onRequest`. */
export interface HookContext<Id extends string = string> {
  /** The same object for every hook and attempt of one call: a key for a WeakMap. */
  readonly call: object;
  /** `operationId` of the document; the path template for a call through `GET`, `POST` and so on. */
  readonly operationId: Id;
  /** In capitals. */
  readonly method: string;
  /** Without the query. */
  readonly url: string;
  /** From 1. */
  readonly attempt: number;
}

/** Called in order for each attempt; what they throw ends the call. */
export interface Hooks<Id extends string = string> {
  /** Before an attempt. Changes to `headers` are sent. */
  onRequest?(context: HookContext<Id> & { readonly headers: Headers }): void | Promise<void>;
  /** After an answer of any status. */
  onResponse?(
    context: HookContext<Id> & { readonly status: number; readonly headers: Headers; readonly durationMs: number },
  ): void | Promise<void>;
  /** Before the wait for another attempt, with the status or the error of the last one. */
  onRetry?(
    context: HookContext<Id> & { readonly delayMs: number; readonly status?: number; readonly error?: unknown },
  ): void | Promise<void>;
  /** When a call ends without a usable answer. */
  onError?(context: HookContext<Id> & { readonly error: unknown }): void | Promise<void>;
}

/** Options for sending: of a client, or (limits and retries) of one call. */
export interface SendOptions<Id extends string = string> {
  /** Sends requests. Default: the global `fetch`. */
  fetch?: ((request: Request) => Promise<Response>) | undefined;
  /**
   * Limit of one attempt, its body included, unless that is a stream. Default none (0): some of these services work on a
   * request for minutes, and runtimes have limits of their own (Node: 300 s without a sign of life).
   */
  timeoutMs?: number | undefined;
  /** Limit of the whole call, all attempts and waits included. Default none. */
  deadlineMs?: number | undefined;
  /** When to send again; false for never. */
  retry?: RetryOptions | false | undefined;
  /** Called around each attempt. */
  hooks?: Hooks<Id> | undefined;
  /** Time and chance, to replace in tests. */
  clock?: Clock | undefined;
}

export interface Call {
  operationId: string;
  method: string;
  url: string;
  /** By lower-case name. */
  headers: Readonly<Record<string, string>>;
  body: RequestBody | undefined;
  security: SecurityAlternatives;
  options: CallOptions;
}

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
  const { operationId, method, options, security } = call;
  const { hooks, clock = systemClock } = client;
  const { signal: callerSignal, timeoutMs = client.timeoutMs ?? 0, deadlineMs = client.deadlineMs } = options;
  const retry = options.retry ?? client.retry ?? {};
  const attempts = retry ? countAttempts(method, call.body, retry) : 1;
  const endMs = deadlineMs ? clock.now() + deadlineMs : Number.POSITIVE_INFINITY;
  const key = {};
  let credentials: Placed | undefined;
  let isFresh = false;

  for (let attempt = 1; ; attempt += 1) {
    const about = (): HookContext => ({ call: key, operationId, method, url: withoutQuery(call.url), attempt });
    const limit = startLimit(clock, call, timeoutMs, deadlineMs, endMs);
    const toDelay = (outcome: unknown, headers?: Headers): number | undefined => {
      if (attempt >= attempts || callerSignal?.aborted || !isRetryable(outcome)) return undefined;
      const delayMs = toDelayMs(attempt, headers, reset, retry || {}, clock.random, clock.now());
      return delayMs !== undefined && clock.now() + delayMs < endMs ? delayMs : undefined;
    };
    let failed: { status: number } | { error: unknown };
    let delayMs: number | undefined;
    try {
      let { headers } = call;
      if (hooks?.onRequest) {
        const changing = new Headers(headers);
        await hooks.onRequest({ ...about(), headers: changing });
        headers = Object.fromEntries(changing);
      }
      const startMs = hooks && clock.now();
      credentials ??= await authenticate(operationId, security);
      let response = await follow(call, headers, credentials, client.fetch, limit.signal);
      if (response.status === 401 && credentials.canChange && !isFresh) {
        isFresh = true;
        await response.body?.cancel();
        credentials = await authenticate(operationId, security);
        response = await follow(call, headers, credentials, client.fetch, limit.signal);
      }
      const { status } = response;
      if (hooks?.onResponse) {
        await hooks.onResponse({
          ...about(),
          status,
          headers: response.headers,
          durationMs: clock.now() - (startMs ?? 0),
        });
      }
      delayMs = toDelay(response, response.headers);
      if (delayMs === undefined) return { response, value: await read(response) };
      await response.body?.cancel();
      failed = { status };
    } catch (reason) {
      // What `fetch` throws when it is aborted differs from one to the next.
      const error = limit.signal?.aborted ? limit.signal.reason : reason;
      delayMs = toDelay(error);
      if (delayMs === undefined) {
        await hooks?.onError?.({ ...about(), error });
        throw error;
      }
      failed = { error };
    } finally {
      limit.stop?.();
    }
    await hooks?.onRetry?.({ ...about(), delayMs, ...failed });
    await sleep(clock, delayMs, callerSignal);
  }
}

/** A signal that aborts with the caller's, or with a {@link TimeoutError} at the limit that is reached first. */
function startLimit(
  clock: Clock,
  { method, url, options: { signal: callerSignal } }: Call,
  timeoutMs: number,
  deadlineMs: number | undefined,
  endMs: number,
): { signal?: AbortSignal | undefined; stop?: () => void } {
  // A signal of our own costs a quarter of a call, so there is none where nothing is limited.
  if (!timeoutMs && !deadlineMs) return { signal: callerSignal };
  const own = new AbortController();
  const signal = callerSignal ? AbortSignal.any([own.signal, callerSignal]) : own.signal;
  const leftMs = deadlineMs ? endMs - clock.now() : Number.POSITIVE_INFINITY;
  const isDeadline = !timeoutMs || leftMs < timeoutMs;
  const abort = () => {
    const [name, limit, limitMs] = isDeadline
      ? (["deadlineMs", "deadline", deadlineMs ?? 0] as const)
      : (["timeoutMs", "attempt", timeoutMs] as const);
    own.abort(
      new TimeoutError(`No answer within ${limitMs} ms (${name}): ${method} ${withoutQuery(url)}`, limit, limitMs),
    );
  };
  return { signal, stop: clock.delay(abort, isDeadline ? leftMs : timeoutMs) };
}

/** Redirects that are followed at most; as the Fetch standard has it. */
const redirectLimit = 20;

/**
 * Sends a request with its credentials and follows redirects without them: `fetch` itself would take every header but
 * `Authorization` to another origin. Only reading is redirected; a 307 for a POST is left to the caller.
 */
async function follow(
  { method, url, body }: Call,
  headers: Call["headers"],
  { headers: secrets, query }: Placed,
  fetch: SendOptions["fetch"],
  signal: AbortSignal | undefined,
): Promise<Response> {
  let target = query ? `${url}${url.includes("?") ? "&" : "?"}${query}` : url;
  let init: RequestInit & { method: string; headers: Record<string, string> } = {
    method,
    headers: { ...headers, ...secrets },
    signal: signal ?? null,
    redirect: "manual",
  };
  if (body !== undefined) Object.assign(init, { body, duplex: "half" });

  for (let hops = 0; ; hops += 1) {
    const what = () => `${init.method} ${withoutQuery(target)}`;
    let response: Response;
    try {
      // The runtime's own `fetch` makes its request itself.
      response = await (fetch ? fetch(new Request(target, init)) : globalThis.fetch(target, init));
    } catch (cause) {
      throw new NetworkError(`No answer: ${what()}`, { cause });
    }
    // A browser does not show where a redirect leads, and would take the credentials along if it followed it.
    if (response.type === "opaqueredirect") {
      throw new NetworkError(`Redirect that a browser cannot follow safely: ${what()}`);
    }
    const location = response.headers.get("location");
    const isRead = init.method === "GET" || init.method === "HEAD";
    if (!location || response.status < 300 || response.status > 308 || !(isRead || response.status === 303)) {
      return response;
    }
    if (hops >= redirectLimit) throw new NetworkError(`More than ${redirectLimit} redirects: ${what()}`);
    await response.body?.cancel();
    const next = new URL(location, target);
    const isHome = next.origin === new URL(target).origin;
    init = {
      method: method === "HEAD" ? "HEAD" : "GET",
      headers: isHome ? init.headers : { accept: headers.accept ?? "*/*" },
      signal: signal ?? null,
      redirect: "manual",
    };
    target = next.href;
  }
}
