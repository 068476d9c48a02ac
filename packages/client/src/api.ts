import { type Credentials, createAuthenticator } from "./auth.ts";
import { readEnvironment, toBaseUrl } from "./base-url.ts";
import { decodeBody, findKinds } from "./decode.ts";
import type { ApiDefinition, OperationDefinition } from "./definition.ts";
import { DecodeError } from "./errors/decode-error.ts";
import { OptionError } from "./errors/option-error.ts";
import type { FetchCore, FetchMethod } from "./fetch-core.ts";
import { toBody, toHeaders, toQuery, toSegments, toUrl, type UntypedRequest } from "./request.ts";
import { type Call, type SendOptions, send } from "./send.ts";

/** Options of a client. Each may be left out. */
export interface ClientOptions<Auth = Credentials, Server = Readonly<Record<string, string>>> extends SendOptions {
  /**
   * Credentials by name of security scheme: values, or functions asked before each call and once more after a 401. Default:
   * the environment. False sends none and misses none.
   */
  auth?: Auth | false | undefined;
  /** Absolute URL that paths are appended to. Default: the document's first server. */
  baseUrl?: string | undefined;
  /** Values of the server's variables. Default: the environment, then the document's defaults. */
  server?: Server | undefined;
  /** Sends requests. Default: the global `fetch`, looked up at each call. */
  fetch?: ((request: Request) => Promise<Response>) | undefined;
  /** Headers of every request. */
  headers?: Readonly<Record<string, string>> | undefined;
  /** `User-Agent` outside browsers; false for the runtime's own. Default `artifetch`. */
  userAgent?: string | false | undefined;
}

const optionNames = "auth baseUrl server fetch headers userAgent timeoutMs deadlineMs retry hooks clock".split(" ");

const fetchMethods: readonly FetchMethod[] = ["GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE"];

/** A client whose operations are known at run time only. */
export type UntypedApi = FetchCore<Record<string, never>> &
  Record<string, (request?: UntypedRequest) => Promise<UntypedResult>>;

export interface UntypedResult {
  ok: boolean;
  status: number;
  data?: unknown;
  error?: unknown;
  response: Response;
  operationId: string;
}

/**
 * Makes a client from a definition. The generated modules call it; `Api` is what they say that it is.
 *
 * @throws {OptionError} for an unknown option, scheme or server variable, or a base URL that is none.
 */
export function createApi<Api = UntypedApi>(definition: ApiDefinition, options: ClientOptions<Credentials> = {}): Api {
  checkOptions(options);
  const environment = readEnvironment();
  const { operations, security, servers, reset, hideSecrets } = definition;
  const authenticate = createAuthenticator(definition, options.auth ?? {}, environment);
  const baseUrl = toBaseUrl(servers, options.baseUrl, options.server, environment);
  const isBrowser = "document" in globalThis;
  const userAgent = isBrowser ? false : (options.userAgent ?? "artifetch");
  const headers = { ...(userAgent && { "user-agent": userAgent }), ...options.headers };

  const callOperation = async (
    operationId: string,
    operation: OperationDefinition,
    request: UntypedRequest = {},
  ): Promise<UntypedResult> => {
    const [method, path, answers, extras] = operation;
    const call: Call = {
      operationId,
      method,
      url: toUrl(baseUrl, path, request),
      headers: toHeaders(operation, request, headers),
      body: toBody(extras, request.body),
      security: extras?.security ?? security,
      options: request,
    };
    const { response, value } = await send(call, options, authenticate, reset, (answer) =>
      decodeBody(answer, findKinds(answers, answer.status), operationId),
    );
    hideSecrets?.(value);
    const { ok, status } = response;
    return { ok, status, ...(ok ? { data: value } : { error: value }), response, operationId };
  };

  const callPath = async (method: FetchMethod, path: string, init: object): Promise<unknown> => {
    const [operationId = path, operation] =
      Object.entries(operations).find(([, [ownMethod, ownPath]]) => ownMethod === method && ownPath === path) ?? [];
    let answer: Response | undefined;
    const fetch = async (request: Request): Promise<Response> => {
      const call: Call = {
        operationId,
        method,
        url: request.url,
        headers: request.headers,
        body: request.body ? await request.arrayBuffer() : undefined,
        security: operation?.[3]?.security ?? security,
        options: { signal: request.signal },
      };
      answer = (await send(call, options, authenticate, reset, async () => undefined)).response;
      return answer;
    };
    // Loaded with the first call by path: most clients never make one.
    const { callByPath } = await import("./fetch-core.ts");
    const core = { baseUrl, headers, pathSerializer: toSegments, querySerializer: toQuery, fetch };
    return callByPath(core, method, path, init).catch((cause: unknown) => {
      if (!(cause instanceof SyntaxError) || !answer) throw cause;
      throw new DecodeError(operationId, answer, "", "Body is not JSON", { cause });
    });
  };

  const api: Record<string, unknown> = {};
  for (const [id, operation] of Object.entries(operations)) {
    api[id] = (request?: UntypedRequest) => callOperation(id, operation, request);
  }
  for (const method of fetchMethods) {
    api[method] = (path: string, init: object = {}) => callPath(method, path, init);
  }
  // The definition and the interface that `Api` names are generated from one document.
  return api as Api;
}

function checkOptions(options: object): void {
  const unknown = Object.keys(options).find((name) => !optionNames.includes(name));
  if (unknown) throw new OptionError(`Unknown option "${unknown}"; the options are: ${optionNames.join(", ")}.`);
}
