/** What the client needs to know of an API at run time, in the compact form that the generated modules hold. */
import { getByPointer, toPointerToken } from "./pointer.ts";

/**
 * One operation: method, path template, and its documented answers.
 *
 * Answers are words separated by spaces, in the document's order: a status (`200`, `4XX`, `default`), then a letter for
 * each kind of body it can have: `j` JSON, `t` text, `b` bytes; no letter means that there is no body.
 */
export type OperationDefinition = readonly [method: string, path: string, answers: string, extras?: OperationExtras];

/** What only some operations have. */
export interface OperationExtras {
  /** Media type of the request body, where it is not JSON. */
  readonly body?: string;
  /** Alternatives of security schemes, where they differ from the API's. */
  readonly security?: SecurityAlternatives;
  /** How a list goes on, where the operation returns one. */
  readonly pages?: PagesDefinition;
  /** Where the state of a job stands, where the operation reads one. */
  readonly job?: JobDefinition;
}

/**
 * What of `x-pagination` is needed to go on: `next`; else `totalPages`; else `total` and the size of a page. What is not known or
 * not needed is `""` or 0, or left out at the end. `first` is the number of the first page, or 0; `items`, `next`, `totalPages` and
 * `total` are JSON Pointers into the body.
 */
export type PagesDefinition<Items extends string = string> = readonly [
  style: "cursor" | "none" | "offset" | "page",
  items: Items,
  parameter?: string,
  first?: number,
  next?: string,
  totalPages?: string,
  total?: string,
  sizeParameter?: string,
  size?: number,
];

/** JSON Pointer of the state in the body of a success, then the terminal states: the one that means success stands first. */
export type JobDefinition<Success extends string = string, Failure extends string = string> = readonly [
  state: string,
  success: Success,
  ...failures: Failure[],
];

/** Alternatives, each a list of scheme names that are needed together. */
export type SecurityAlternatives = readonly (readonly string[])[];

/**
 * Where a credential goes: `header`, `query` or `cookie` with a name, or the word of an HTTP authentication scheme (`Bearer`, `Basic`).
 * The last element names the environment variable that it is read from.
 */
export type SchemeDefinition = readonly [place: string, name: string, env?: string];

/** A server: URL template, its variables as `[default, allowed values, environment variable]`, and its own variable. */
export type ServerDefinition = readonly [
  url: string,
  variables?: Readonly<Record<string, readonly [value: string, allowed?: readonly string[], env?: string]>>,
  env?: string,
];

/** An API as the generated modules hold it. */
export interface ApiDefinition {
  /** In the document's order; the first that fits is used. */
  readonly servers: readonly ServerDefinition[];
  /** Security schemes by name. */
  readonly schemes: Readonly<Record<string, SchemeDefinition>>;
  /** What operations need that say nothing of their own. */
  readonly security: SecurityAlternatives;
  /** By `operationId`. */
  readonly operations: Readonly<Record<string, OperationDefinition>>;
  /** Header that says after how many seconds a limit of requests ends, where the document has one beside `Retry-After`. */
  readonly reset?: string;
  /** Makes a decoded body print without its secrets; present where the document has any (`format: password`). */
  readonly hideSecrets?: (body: unknown) => void;
}

interface DocumentLike {
  servers?: {
    url: string;
    variables?: Record<string, { default: string; enum?: string[]; "x-env"?: string }>;
    "x-env"?: string;
  }[];
  components?: { [kind: string]: Record<string, unknown> };
  security?: Record<string, string[]>[];
}

interface OperationLike {
  id: string;
  method: string;
  path: string;
  requestBody?: { content: Record<string, unknown> };
  responses: Record<string, { content?: Record<string, unknown>; headers?: Record<string, unknown> }>;
  security: Record<string, string[]>[];
  /** The Operation Object, for its extensions. */
  source?: Record<string, unknown>;
}

/** `x-pagination`; specs/README.md says what each key means. */
interface Pagination {
  style: "cursor" | "none" | "offset" | "page";
  items: string;
  parameter?: string;
  sizeParameter?: string;
  size?: number;
  first?: number;
  next?: string;
  total?: string;
  totalPages?: string;
}

/** `x-job-states`. */
interface JobStates {
  order: string[];
  terminal: string[];
}

/**
 * Derives the definition of an API from its OpenAPI document and its operations with references resolved (as
 * `listOperations` of `@artifetch/document` gives them).
 */
export function defineApi(document: DocumentLike, operations: readonly OperationLike[]): ApiDefinition {
  const security = toAlternatives(document.security ?? []);
  const reset = findReset(operations);
  return {
    servers: (document.servers ?? []).map(defineServer),
    schemes: Object.fromEntries(
      Object.entries(document.components?.securitySchemes ?? {}).flatMap(([name, scheme]) =>
        defineScheme(name, scheme),
      ),
    ),
    security,
    operations: Object.fromEntries(
      operations.map((operation) => [operation.id, defineOperation(document, operation, security)]),
    ),
    ...(reset && { reset }),
  };
}

function defineServer(server: NonNullable<DocumentLike["servers"]>[number]): ServerDefinition {
  const variables = Object.entries(server.variables ?? {}).map(
    ([name, { default: value, enum: allowed, "x-env": env }]) =>
      [
        name,
        env ? ([value, allowed ?? [], env] as const) : allowed ? ([value, allowed] as const) : ([value] as const),
      ] as const,
  );
  const env = server["x-env"];
  if (env) return [server.url, Object.fromEntries(variables), env];
  return variables.length > 0 ? [server.url, Object.fromEntries(variables)] : [server.url];
}

function defineScheme(name: string, value: unknown): [string, SchemeDefinition][] {
  const scheme = value as { type: string; in?: string; name?: string; scheme?: string; "x-env"?: string };
  const env = scheme["x-env"];
  const place: readonly [string, string] | undefined =
    scheme.type === "apiKey"
      ? [scheme.in ?? "header", scheme.name ?? ""]
      : scheme.type === "http"
        ? [toSchemeWord(scheme.scheme ?? "Bearer"), "Authorization"]
        : scheme.type === "oauth2" || scheme.type === "openIdConnect"
          ? ["Bearer", "Authorization"]
          : undefined;
  if (!place) return [];
  return [[name, env ? [...place, env] : place]];
}

/** Names of schemes are compared without case (RFC 9110, section 11.1); the registered ones are sent as they are registered. */
function toSchemeWord(scheme: string): string {
  return ["Basic", "Bearer"].find((word) => word.toLowerCase() === scheme.toLowerCase()) ?? scheme;
}

function defineOperation(
  document: DocumentLike,
  operation: OperationLike,
  apiSecurity: SecurityAlternatives,
): OperationDefinition {
  const base = [operation.method, operation.path, describeAnswers(operation.responses)] as const;
  const mediaTypes = Object.keys(operation.requestBody?.content ?? {});
  const body = mediaTypes.some((type) => kindOf(type) === "j") ? undefined : mediaTypes[0];
  const security = toAlternatives(operation.security);
  const pages = definePages(operation);
  const job = defineJob(document, operation);
  const extras: OperationExtras = {
    ...(body && { body }),
    ...(JSON.stringify(security) !== JSON.stringify(apiSecurity) && { security }),
    ...(pages && { pages }),
    ...(job && { job }),
  };
  return Object.keys(extras).length > 0 ? [...base, extras] : base;
}

/** Names of properties that hold secrets (`format: password`), anywhere in a schema or a map of schemas. */
export function findSecrets(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  const found = Object.entries(value).flatMap(([name, child]) => [
    ...((child as { format?: unknown } | null)?.format === "password" ? [name] : []),
    ...findSecrets(child),
  ]);
  return [...new Set(found)].sort();
}

/** The header is a convention of its own (`X-RateLimit-Reset`, in seconds); a document declares it with its 429. */
function findReset(operations: readonly OperationLike[]): string | undefined {
  const names = operations.flatMap(({ responses }) => Object.keys(responses["429"]?.headers ?? {}));
  return names.find((name) => name.toLowerCase() === "x-ratelimit-reset");
}

function definePages({ source = {} }: OperationLike): PagesDefinition | undefined {
  const pagination = source["x-pagination"] as Pagination | undefined;
  if (!pagination) return undefined;
  const { style, items, parameter = "", next, totalPages, total = "", sizeParameter = "", size = 0 } = pagination;
  if (style === "none") return [style, items];
  const start = [style, items, parameter, style === "page" ? (pagination.first ?? 1) : 0] as const;
  if (next) return [...start, next];
  if (style === "page" && totalPages) return [...start, "", totalPages];
  return [...start, "", "", total, sizeParameter, size];
}

/** Only reading can be repeated until a job has ended. */
function defineJob(document: DocumentLike, { method, responses }: OperationLike): JobDefinition | undefined {
  if (method !== "GET") return undefined;
  const schemas = Object.entries(responses)
    .filter(([status]) => status.startsWith("2"))
    .flatMap(([, { content = {} }]) => Object.entries(content))
    .filter(([mediaType]) => kindOf(mediaType) === "j")
    .map(([, mediaType]) => (mediaType as { schema?: unknown }).schema);
  const found = findJobStates(document, schemas);
  if (!found) return undefined;
  const success = found.states.order.at(-1);
  if (success === undefined) return undefined;
  return [found.pointer, success, ...found.states.terminal.filter((state) => state !== success)];
}

/**
 * The property with `x-job-states` that is nearest to the root. Items of arrays are left out: a list has many jobs, none of
 * which is the one that is waited for.
 */
function findJobStates(
  document: DocumentLike,
  schemas: readonly unknown[],
): { pointer: string; states: JobStates } | undefined {
  const seen = new Set<unknown>();
  let level = schemas.map((schema) => ({ pointer: "", schema }));
  while (level.length > 0) {
    const below: typeof level = [];
    // Grows while it is read: by what describes the same place.
    for (const { pointer, schema } of level) {
      // A schema may contain itself; the place where it was met first is the nearest.
      if (typeof schema !== "object" || schema === null || seen.has(schema)) continue;
      seen.add(schema);
      const { $ref, allOf, anyOf, oneOf, properties, "x-job-states": states } = schema as Record<string, unknown>;
      if (states) return { pointer, states: states as JobStates };
      const target = typeof $ref === "string" ? getByPointer(document, decodeURIComponent($ref)) : undefined;
      level.push(...[target, allOf, anyOf, oneOf].flat().map((part) => ({ pointer, schema: part })));
      for (const [name, property] of Object.entries(properties ?? {})) {
        below.push({ pointer: `${pointer}/${toPointerToken(name)}`, schema: property });
      }
    }
    level = below;
  }
  return undefined;
}

function describeAnswers(responses: OperationLike["responses"]): string {
  return Object.entries(responses)
    .map(([status, { content }]) => {
      const kinds = new Set(Object.keys(content ?? {}).map(kindOf));
      return status + [...kinds].sort().join("");
    })
    .join(" ");
}

function toAlternatives(security: Record<string, string[]>[]): string[][] {
  return security.map((requirement) => Object.keys(requirement));
}

/** How a media type is decoded: JSON, text or bytes. */
export function kindOf(mediaType: string): "b" | "j" | "t" {
  if (/^[^;]*[/+]json\s*(;|$)/i.test(mediaType)) return "j";
  return /^\s*text\//i.test(mediaType) ? "t" : "b";
}
