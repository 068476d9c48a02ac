/**
 * The one place that knows openapi-fetch: calls by path (`GET`, `POST` and so on), typed by path. They are sent as operations
 * are. Another core is put in here; see docs/decisions/0002-generator-and-fetch-core.md.
 *
 * Loaded on first use, so it imports nothing of the client's own: a bundler would move that into a file that both need.
 */
import createClient, { type Client } from "openapi-fetch";
import type { ApiDefinition } from "./definition.ts";
import type { DecodeError } from "./errors/decode-error.ts";
import type { OptionError } from "./errors/option-error.ts";
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
  DecodeError: typeof DecodeError;
  OptionError: typeof OptionError;
}

/** Sends one call by path and resolves to `{ data, response }` or `{ error, response }`. */
export async function callByPath(
  { definition: { operations, security }, sendCall, DecodeError, OptionError, ...options }: FetchCoreOptions,
  method: FetchMethod,
  path: string,
  init: object = {},
): Promise<unknown> {
  // Anything else, such as a whole URL out of an answer, could lead to another host and take the credentials along.
  if (!path.startsWith("/")) throw new OptionError(`Path ${JSON.stringify(path)} does not start with "/".`);
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
    if (!(cause instanceof SyntaxError) || !answer) throw cause;
    throw new DecodeError(operationId, answer, "", "Body is not JSON", { cause });
  }
}
