/** Fixtures for Vitest's `test.extend(name, fixture)`; they close what they start. */

import { createMockFetch, type MockFetch } from "./fetch.ts";
import { checkServerOptions, type MockFetchOptions, type MockServerOptions, type Target } from "./options.ts";
import { type MockServer, startMockServer } from "./server.ts";

/** What Vitest gives to a fixture beside the other fixtures. */
export interface FixtureTools {
  onCleanup(cleanup: () => Promise<void>): void;
}

/**
 * A fixture that is a `fetch` which answers in process, with a journal of its own.
 *
 * @param target API name, path or URL of an OpenAPI 3.x document, or a parsed document.
 * @throws {OptionError} for an option that does not exist or a value that it does not take.
 *
 * @example
 * const test = base.extend("mockFetch", mockFetchFixture("./openapi.yaml"));
 */
export function mockFetchFixture(target: Target, options: MockFetchOptions = {}): () => MockFetch {
  // What is wrong with the options is told here, not in every test.
  createMockFetch(target, options);
  return () => createMockFetch(target, options);
}

/**
 * A fixture that is a started mock server, with a journal: one per test, or one for all with `{ scope: "file" }` or
 * `{ scope: "worker" }`.
 *
 * @param options those of {@link startMockServer}; here the port is a free one and a journal is kept unless they say otherwise.
 * @throws {OptionError} for an option that does not exist or a value that it does not take.
 *
 * @example
 * const test = base.extend("mock", { scope: "file" }, mockServerFixture({ targets: ["./openapi.yaml"] }));
 */
export function mockServerFixture(
  options: MockServerOptions = {},
): (context: object, tools: FixtureTools) => Promise<MockServer> {
  checkServerOptions(options);
  // biome-ignore lint/correctness/noEmptyPattern: Vitest reads from this pattern which other fixtures are wanted.
  return async ({}, { onCleanup }) => {
    const server = await startMockServer({ port: 0, journal: true, ...options });
    onCleanup(() => server.close());
    return server;
  };
}
