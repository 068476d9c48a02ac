/**
 * The one place that knows the fetch core (openapi-fetch): building URL, headers and body, and `GET`, `POST` and so on
 * typed by path. Another core is put in here; see docs/decisions/0002-generator-and-fetch-core.md.
 */
import createClient, { type Client, defaultPathSerializer, type Middleware } from "openapi-fetch";
import { OptionError } from "./errors/option-error.ts";
import type { RequestBody } from "./result.ts";

/** `GET`, `POST` and so on, typed by path; `use` and `eject` for middleware. The interface of openapi-fetch. */
export type FetchCore<Paths extends {}> = Client<Paths>;

export interface FetchCoreOptions {
  baseUrl: string;
  fetch: (request: Request) => Promise<Response>;
  headers: Readonly<Record<string, string>>;
  /** Called for each request, before it is sent. */
  onRequest: (request: Request, path: string) => Promise<void>;
}

/** Parameters of a call, by place. */
export interface CallParameters {
  path?: Record<string, unknown>;
  query?: Record<string, unknown>;
  header?: Record<string, unknown>;
  cookie?: Record<string, unknown>;
}

export interface CoreCall {
  params: CallParameters;
  headers: Record<string, string>;
  body?: unknown;
  bodySerializer?: (body: unknown) => RequestBody;
  signal?: AbortSignal;
}

/** Sends a request and resolves to the answer, its body unread. */
export type Send = (method: string, path: string, call: CoreCall) => Promise<Response>;

/** Makes the core, and a function that sends through it (middleware included) but leaves the answer undecoded. */
export function createFetchCore<Paths extends {}>(options: FetchCoreOptions): { core: FetchCore<Paths>; send: Send } {
  const { baseUrl, fetch, headers, onRequest } = options;
  const core = createClient<Paths>({
    baseUrl,
    fetch,
    headers,
    pathSerializer: serializePath,
    querySerializer: serializeQuery,
  });
  const answers = new WeakMap<object, Response | undefined>();

  // The first middleware is the last to see an answer: it takes that of a `send` away before the core decodes it.
  const first: Middleware = {
    async onRequest({ request, schemaPath }) {
      await onRequest(request, schemaPath);
      return undefined;
    },
    onResponse({ params, response }) {
      if (!answers.has(params)) return undefined;
      answers.set(params, response);
      return new Response(null, { status: 204 });
    },
  };
  core.use(first);

  return {
    core,
    async send(method, path, { params, ...init }) {
      answers.set(params, undefined);
      // The core's types know paths at compile time only; here they come from the definition.
      await core.request(method as "get", path as never, { ...init, params } as never);
      return answers.get(params) as Response;
    },
  };
}

/** The core's own, after a check that no value can leave its segment. */
function serializePath(path: string, values: Record<string, unknown>): string {
  for (const [, name = ""] of path.matchAll(/\{([^{}]+)\}/g)) {
    const value = values[name];
    if (value === undefined || value === null || value === "" || value === "." || value === "..") {
      throw new OptionError(
        `Path parameter "${name}" is ${value === undefined ? "missing" : JSON.stringify(value)}; it takes a value that is one path segment.`,
      );
    }
  }
  return defaultPathSerializer(path, values);
}

/**
 * A query in the styles that the documents use (OpenAPI 3.1.1, section 4.8.12.6): lists as repeated names (`form`, exploded),
 * objects in brackets (`deepObject`), also where they are nested, which OpenAPI leaves open and the core refuses. What is
 * undefined or null is not sent.
 */
function serializeQuery(query: Record<string, unknown>): string {
  const pairs = Object.entries(query).flatMap(([name, value]) => toPairs(name, value));
  return pairs.map((pair) => pair.map(encodeURIComponent).join("=")).join("&");
}

function toPairs(name: string, value: unknown): [string, string][] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((item) => toPairs(name, item));
  if (typeof value !== "object") return [[name, String(value)]];
  return Object.entries(value).flatMap(([key, item]) => toPairs(`${name}[${key}]`, item));
}
