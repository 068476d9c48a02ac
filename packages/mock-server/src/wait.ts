/** Time that passes; the only timer of this package. */

/**
 * Resolves after a time, and sooner when `hurry` aborts; rejects with the reason of `signal` when that aborts. Leaves no timer.
 *
 * @param milliseconds 0 or more.
 */
export async function wait(milliseconds: number, signal: AbortSignal, hurry?: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  if (hurry?.aborted) return;
  const ended = new AbortController();
  try {
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(resolve, milliseconds);
      ended.signal.addEventListener("abort", () => clearTimeout(timer));
      signal.addEventListener("abort", () => reject(signal.reason), { signal: ended.signal });
      hurry?.addEventListener("abort", () => resolve(), { signal: ended.signal });
    });
  } finally {
    ended.abort();
  }
}
