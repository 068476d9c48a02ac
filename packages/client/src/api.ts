import { type Credentials, createAuthenticator } from "./auth.ts";
import { readEnvironment, toBaseUrl } from "./base-url.ts";
import { decodeBody, findKinds } from "./decode.ts";
import type { ApiDefinition, OperationDefinition } from "./definition.ts";
import { withoutQuery } from "./errors/api-error.ts";
import { NetworkError } from "./errors/network-error.ts";
import { OptionError } from "./errors/option-error.ts";
import { type CallParameters, createFetchCore, type FetchCore, type Send } from "./fetch-core.ts";
import type { CallOptions, RequestBody } from "./result.ts";

/** Options of a client. Each may be left out. */
export interface ClientOptions<Auth = Credentials, Server = Readonly<Record<string, string>>> {
  /** Credentials by name of security scheme: values, or functions asked before each request. Default: the environment. */
  auth?: Auth | undefined;
  /** Absolute URL that paths are appended to. Default: the document's first server. */
  baseUrl?: string | undefined;
  /** Values of the server's variables. Default: the environment, then the document's defaults. */
  server?: Server | undefined;
  /** Sends requests. Default: the global `fetch`, looked up at each call. */
  fetch?: ((request: Request) => Promise<Response>) | undefined;
  /** Headers of every request. */
  headers?: Readonly<Record<string, string>> | undefined;
}

const optionNames = ["auth", "baseUrl", "server", "fetch", "headers"];

interface UntypedRequest extends CallParameters, CallOptions {
  body?: unknown;
}

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
  const authenticate = createAuthenticator(definition, options.auth ?? {}, environment);
  const securities = new Map(
    Object.values(definition.operations).map(([method, path, , , security]) => [`${method} ${path}`, security]),
  );
  const { core, send } = createFetchCore<Record<string, never>>({
    baseUrl: toBaseUrl(definition.servers, options.baseUrl, options.server, environment),
    fetch: (request) => sendRequest(request, options.fetch ?? globalThis.fetch),
    headers: options.headers ?? {},
    onRequest: (request, path) =>
      authenticate(request, securities.get(`${request.method} ${path}`) ?? definition.security),
  });
  const methods = Object.entries(definition.operations).map(
    ([id, operation]) => [id, (request: UntypedRequest = {}) => callOperation(send, id, operation, request)] as const,
  );
  // The definition and the interface that `Api` names are generated from one document.
  return { ...core, ...Object.fromEntries(methods) } as Api;
}

function checkOptions(options: object): void {
  for (const name of Object.keys(options)) {
    if (!optionNames.includes(name)) {
      throw new OptionError(`Unknown option "${name}"; the options are: ${optionNames.join(", ")}.`);
    }
  }
}

async function callOperation(
  send: Send,
  operationId: string,
  [method, path, answers, mediaType]: OperationDefinition,
  request: UntypedRequest,
): Promise<UntypedResult> {
  const { body, headers, signal, path: pathValues = {}, query = {}, header = {}, cookie = {} } = request;
  const response = await send(method, path, {
    params: { path: pathValues, query, header, cookie },
    headers: { accept: toAccept(answers), ...toContentType(body, mediaType), ...headers },
    ...(body !== undefined && { body }),
    ...(mediaType && { bodySerializer: (value: unknown) => value as RequestBody }),
    ...(signal && { signal }),
  });
  const value = await decodeBody(response, findKinds(answers, response.status), operationId);
  const { ok, status } = response;
  return { ok, status, ...(ok ? { data: value } : { error: value }), response, operationId };
}

/** None for a form: `fetch` adds the boundary that it makes. For JSON the core has its own. */
function toContentType(body: unknown, mediaType: string | undefined): Record<string, string> {
  return body === undefined || !mediaType || body instanceof FormData ? {} : { "content-type": mediaType };
}

/** JSON where every answer is JSON or nothing; anything where one can be text or bytes. */
function toAccept(answers: string): string {
  const kinds = answers.replaceAll(/default|[\dX]{3}| /g, "");
  return /^j+$/.test(kinds) ? "application/json" : "*/*";
}

async function sendRequest(request: Request, fetch: (request: Request) => Promise<Response>): Promise<Response> {
  try {
    return await fetch(request);
  } catch (cause) {
    if (request.signal.aborted) throw request.signal.reason;
    throw new NetworkError(`No answer: ${request.method} ${withoutQuery(request.url)}`, { cause });
  }
}
