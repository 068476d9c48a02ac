/** The few assertions of the suite: a test runner would not start on every runtime. */

/**
 * @param {unknown} actual
 * @param {unknown} expected
 * @param {string} what
 */
export function equal(actual, expected, what) {
  const [left, right] = [canonize(actual), canonize(expected)];
  if (left !== right) throw new Error(`${what} is ${left}, expected ${right}`);
}

/**
 * @param {unknown} condition
 * @param {string} what
 * @returns {asserts condition}
 */
export function holds(condition, what) {
  if (!condition) throw new Error(`does not hold: ${what}`);
}

/**
 * What a promise is rejected with.
 *
 * @param {PromiseLike<unknown>} promise
 * @returns {Promise<unknown>}
 */
export async function rejection(promise) {
  return promise.then(
    (value) => {
      throw new Error(`resolves to ${canonize(value)}, expected a rejection`);
    },
    (reason) => reason,
  );
}

/**
 * JSON with sorted keys: two equal values are one text.
 *
 * @param {unknown} value
 * @returns {string}
 */
function canonize(value) {
  const sort = (/** @type {string} */ _, /** @type {unknown} */ part) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part;
  return String(JSON.stringify(value, sort));
}
