/** The time and chance of retries, timeouts and waits, to replace in tests. */
export interface Clock {
  /** Milliseconds since 1970. Default `Date.now`. */
  now(): number;
  /** Calls back after a time; returns what cancels that. Default `setTimeout`. */
  delay(callback: () => void, delayMs: number): () => void;
  /** From 0 to below 1. Default `Math.random`. */
  random(): number;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  delay(callback, delayMs) {
    // A limit can have passed already, on a busy machine; Node warns of a negative time.
    const timer = setTimeout(callback, Math.max(0, delayMs));
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
};

/** Resolves after a time, or rejects with the signal's reason, where there is one, as soon as it aborts. */
export function sleep(clock: Clock, delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      stop();
      reject(signal?.reason);
    };
    const stop = clock.delay(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, delayMs);
    if (signal?.aborted) abort();
    else signal?.addEventListener("abort", abort);
  });
}
