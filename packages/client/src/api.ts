import { type Credentials, createAuthenticator } from "./auth.ts";
import { toBaseUrl } from "./base-url.ts";
import type { Job, Paged } from "./call.ts";
import { decodeBody, findKinds } from "./decode.ts";
import type { ApiDefinition, OperationDefinition } from "./definition.ts";
import { DecodeError } from "./errors/decode-error.ts";
import { OptionError } from "./errors/option-error.ts";
import type { FetchCore, FetchCoreOptions, FetchMethod } from "./fetch-core.ts";
import {
  addHeaders,
  toAccept,
  toBody,
  toHeaders,
  toQuery,
  toSegments,
  toTarget,
  type UntypedRequest,
} from "./request.ts";
import { type Call, type SendOptions, send } from "./send.ts";

/** Options of a client. Each may be left out. */
export interface ClientOptions<
  Auth = Credentials,
  Server = Readonly<Record<string, string>>,
  OperationId extends string = string,
> extends SendOptions<OperationId> {
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

const fetchMethods = "GET PUT POST DELETE OPTIONS HEAD PATCH TRACE".split(" ") as FetchMethod[];

/** A client whose operations are known at run time only. */
export type UntypedApi = FetchCore<Record<string, never>> &
  Record<string, ((request?: UntypedRequest) => Promise<UntypedResult>) & Paged<string> & Job<string, string>>;

/** What an operation of an {@link UntypedApi} resolves to: a success or failure whose body is not known to the compiler. */
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
 * Missing credentials are told by the first call that needs them.
 *
 * @throws {OptionError} for an unknown option, scheme or server variable, or a base URL that is none.
 */
export function createApi<Api = UntypedApi>(definition: ApiDefinition, options: ClientOptions<Credentials> = {}): Api {
  checkOptions(options);
  const { operations, security, servers, reset, hideSecrets } = definition;
  const authenticate = createAuthenticator(definition, options.auth ?? {});
  const baseUrl = toBaseUrl(servers, options.baseUrl, options.server).replace(/\/$/, "");
  const isBrowser = "document" in globalThis;
  const userAgent = isBrowser ? false : (options.userAgent ?? "artifetch");
  const headers = addHeaders(userAgent ? { "user-agent": userAgent } : {}, options.headers);

  const createMethod = (operationId: string, operation: OperationDefinition) => {
    const [method, path, answers, extras] = operation;
    const accept = toAccept(answers);
    const kinds = new Map<number, string | undefined>();
    const read = (answer: Response) => {
      const { status } = answer;
      if (!kinds.has(status)) kinds.set(status, findKinds(answers, status));
      return decodeBody(answer, kinds.get(status), operationId);
    };
    return async (request: UntypedRequest = {}): Promise<UntypedResult> => {
      const call: Call = {
        operationId,
        method,
        url: baseUrl + toTarget(path, request),
        headers: toHeaders(accept, extras?.body ?? "application/json", request, headers),
        body: toBody(extras, request.body),
        security: extras?.security ?? security,
        options: request,
      };
      const { response, value } = await send(call, options, authenticate, reset, read);
      hideSecrets?.(value);
      const { ok, status } = response;
      return ok
        ? { ok, status, data: value, response, operationId }
        : { ok, status, error: value, response, operationId };
    };
  };

  const api: Record<string, unknown> = {};
  for (const [id, operation] of Object.entries(operations)) {
    api[id] = Object.assign(createMethod(id, operation), { operation: { id, definition: operation } });
  }
  const core: FetchCoreOptions = {
    definition,
    baseUrl,
    headers,
    pathSerializer: toSegments,
    querySerializer: toQuery,
    sendCall: async (call) => (await send(call, options, authenticate, reset, async () => undefined)).response,
    DecodeError,
    OptionError,
  };
  for (const method of fetchMethods) {
    // Loaded with the first call by path: most clients never make one.
    api[method] = async (path: string, init?: object) =>
      (await import("./fetch-core.ts")).callByPath(core, method, path, init);
  }
  // The definition and the interface that `Api` names are generated from one document.
  return api as Api;
}

function checkOptions(options: object): void {
  const unknown = Object.keys(options).find((name) => !optionNames.includes(name));
  if (unknown) throw new OptionError(`Unknown option "${unknown}"; there are: ${optionNames.join(", ")}.`);
}
