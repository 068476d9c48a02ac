/**
 * The one place that knows openapi-fetch: calls by path (`GET`, `POST` and so on), typed by path. They are sent as operations
 * are. Another core is put in here; see docs/decisions/0002-generator-and-fetch-core.md.
 *
 * Loaded on first use, so it imports nothing of the client's own: a bundler would move that into a file that both need.
 */
import createClient, { type Client } from "openapi-fetch";
import type { ApiDefinition } from "./definition.ts";
import type { Call } from "./send.ts";

export type FetchMethod = "DELETE" | "GET" | "HEAD" | "OPTIONS" | "PATCH" | "POST" | "PUT" | "TRACE";

/** Calls by path, with the interface of openapi-fetch. Its middleware is replaced by the client's hooks. */
export type FetchCore<Paths extends {}> = Pick<Client<Paths>, FetchMethod>;

/** What the client lends to a call by path. */
export interface FetchCoreOptions {
  definition: ApiDefinition;
  baseUrl: string;
  headers: Readonly<Record<string, string>>;
  pathSerializer(path: string, values: Record<string, unknown>): string;
  querySerializer(query: Record<string, unknown>): string;
  /** Sends a request with credentials, retries and limits of time; the body of the answer is unread. */
  sendCall(call: Call): Promise<Response>;
  /** Makes the error for an answer that is no JSON. */
  toDecodeError(operationId: string, answer: Response, cause: SyntaxError): Error;
}

/** Sends one call by path and resolves to `{ data, response }` or `{ error, response }`. */
export async function callByPath(
  { definition: { operations, security }, sendCall, toDecodeError, ...options }: FetchCoreOptions,
  method: FetchMethod,
  path: string,
  init: object = {},
): Promise<unknown> {
  const [operationId = path, operation] =
    Object.entries(operations).find(([, [ownMethod, ownPath]]) => ownMethod === method && ownPath === path) ?? [];
  let answer: Response | undefined;
  const core = createClient<Record<string, never>>({
    ...options,
    async fetch(request) {
      answer = await sendCall({
        operationId,
        method,
        url: request.url,
        headers: Object.fromEntries(request.headers),
        body: request.body ? await request.arrayBuffer() : undefined,
        security: operation?.[3]?.security ?? security,
        options: { signal: request.signal },
      });
      return answer;
    },
  });
  try {
    // The core's types know paths at compile time only.
    return await core.request(method.toLowerCase() as "get", path as never, init as never);
  } catch (cause) {
    throw cause instanceof SyntaxError && answer ? toDecodeError(operationId, answer, cause) : cause;
  }
}
