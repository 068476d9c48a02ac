/** Handlers for MSW (https://mswjs.io). */

import { type HttpHandler, http } from "msw";
import { OptionError } from "./errors.ts";
import { isReset } from "./fault-delivery.ts";
import { createMock, toMockFetch, toServerPattern } from "./fetch.ts";
import type { Journal } from "./journal.ts";
import type { MockFetchOptions, Target } from "./options.ts";

/** To be spread into `setupServer` or `server.use`. */
export type MockHandlers = HttpHandler[] & { journal: Journal };

/**
 * Makes MSW handlers that answer from a document: every request below the URL of one of the document's servers, or below
 * `baseUrl` instead. Other requests go to the other handlers, and to MSW's `onUnhandledFrame` where there is none.
 *
 * Resolves when the document is read. A path that the document does not have is answered with 404, as the service would.
 *
 * @param target API name, path or URL of an OpenAPI 3.x document, or a parsed document.
 * @throws {OptionError} for an option that does not exist or a value that it does not take; and without `baseUrl` where no
 * server of the document has an absolute URL.
 * @throws {DocumentError} (of `@artifetch/document/load`) when the target cannot be read.
 * @throws {MockServerError} for a document without operations.
 *
 * @example
 * const server = setupServer(...(await createMockHandlers("./openapi.yaml")));
 */
export async function createMockHandlers(target: Target, options: MockFetchOptions = {}): Promise<MockHandlers> {
  const mock = createMock(target, options);
  const { serverUrls } = await mock.load();
  const places = (mock.baseUrl === undefined ? serverUrls : [mock.baseUrl]).map(toServerPattern);
  if (!places.some(({ origin }) => origin)) {
    throw new OptionError("baseUrl", "is not given, and the document has no server with an absolute URL: give one.");
  }
  const mockFetch = toMockFetch(mock);
  const isBelow = ({ request }: { request: Request }) => {
    const { origin, pathname } = new URL(request.url);
    return places.some((place) => place.origin?.test(origin) && place.base.test(pathname));
  };
  const handlers = [http.all(isBelow, ({ request }) => mockFetch(request).catch(toNetworkError))];
  return Object.assign(handlers, { journal: mockFetch.journal });
}

/** MSW has a word of its own for a connection that fails; what is thrown becomes an answer with status 500. */
function toNetworkError(error: unknown): Response {
  if (isReset(error)) return Response.error();
  throw error;
}
