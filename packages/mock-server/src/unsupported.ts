/**
 * What this package is to bundlers for browsers and workers: the condition `browser` of its `exports`.
 *
 * Prism compiles validators with `new Function`, which workers forbid, and is 7.5 MB of code that leans on Node's own modules.
 */

import { toUnsupported } from "./runtime.ts";

export { ListenError, MockServerError, OptionError } from "./errors.ts";

export const createMockFetch = refuse("createMockFetch");
export const createHandler = refuse("createHandler");
export const loadMemory = refuse("loadMemory");
export const startMockServer = refuse("startMockServer");
export const createMockHandlers = refuse("createMockHandlers");
export const mockFetchFixture = refuse("mockFetchFixture");
export const mockServerFixture = refuse("mockServerFixture");

function refuse(name: string): () => never {
  return () => {
    throw toUnsupported(name);
  };
}
