/** Whether and when a call is sent again. */
import { isNetworkError } from "./errors/network-error.ts";
import { isTimeoutError } from "./errors/timeout-error.ts";

/** How often and how soon a call is sent again. Each may be left out. */
export interface RetryOptions {
  /** How often a call is sent at most, the first time included. Default 3. */
  attempts?: number | undefined;
  /** Longest wait before the second attempt; it doubles with each further one. Default 500. The wait itself is random (full jitter). */
  baseDelayMs?: number | undefined;
  /** Longest wait between two attempts; a service that asks for more is not asked again. Default 30,000. */
  maxDelayMs?: number | undefined;
  /** Also repeat methods that are not idempotent (RFC 9110, section 9.2.2): POST and PATCH. Default false. */
  unsafe?: boolean | undefined;
}

const notIdempotent = /^(POST|PATCH)$/;

/** Whether an error or an answer is of the passing kind: no answer, a timeout of one attempt, 408, 429, or 500 and above.
 *
 * @example
 * if (isRetryable(answer)) queue.push(job);
 */
export function isRetryable(outcome: unknown): boolean {
  if (isNetworkError(outcome)) return true;
  if (isTimeoutError(outcome)) return outcome.limit === "attempt";
  const status = (outcome as { status?: unknown } | null | undefined)?.status;
  return typeof status === "number" && (status === 408 || status === 429 || status >= 500);
}

/** Attempts that a call has, at least 1. A stream cannot be sent twice. */
export function countAttempts(method: string, body: unknown, { attempts = 3, unsafe }: RetryOptions): number {
  return (unsafe || !notIdempotent.test(method)) && !(body instanceof ReadableStream) ? attempts : 1;
}

/**
 * Milliseconds to wait before the next attempt, or undefined where the service asks for more than is allowed.
 *
 * @param attempt number of the attempt that failed, from 1.
 * @param reset name of a header that gives seconds, read when there is no `Retry-After` (RFC 9110, section 10.2.3).
 */
export function toDelayMs(
  attempt: number,
  headers: Headers | undefined,
  reset: string | undefined,
  { baseDelayMs = 500, maxDelayMs = 30_000 }: RetryOptions,
  random: () => number,
  nowMs: number,
): number | undefined {
  const hint = headers?.get("retry-after") ?? (reset && headers?.get(reset));
  if (hint) {
    const delayMs = /^\s*\d+(\.\d+)?\s*$/.test(hint) ? Number(hint) * 1000 : Date.parse(hint) - nowMs;
    if (delayMs > maxDelayMs) return undefined;
    if (delayMs >= 0) return delayMs;
  }
  return random() * Math.min(maxDelayMs, baseDelayMs * 2 ** (attempt - 1));
}
