/**
 * Prism's engine for one document: finds the operation, checks the request, makes the answer.
 *
 * Corrects what Prism 5.16 does wrong with requests that are in order; each case is listed in DIFFERENCES.md.
 */

import { createRequire } from "node:module";
import type { OpenApiDocument } from "@artifetch/document";
import type { IHttpOperationConfig, IHttpRequest, PrismHttpComponents } from "@stoplight/prism-http";
import type { HttpSecurityScheme, IHttpHeaderParam, IHttpOperation } from "@stoplight/types";
import { MockServerError } from "./errors.ts";
import type { ProblemError } from "./problem.ts";
import type { EngineRequest } from "./read-request.ts";
import { createIndex } from "./route-index.ts";

/** Something wrong with a request or an answer. */
export interface Violation {
  /** `Error`, `Warning`, `Information` or `Hint`. */
  severity: string;
  /** Keyword of the schema that is broken, or a status. */
  code?: string | number | undefined;
  message: string;
  /** Where: `path`, `query`, `header` or `body`, and the way from there. */
  path?: string[] | undefined;
}

export type Routed = { operation: IHttpOperation } | { refused: ProblemError };

export type Answered = { refused: ProblemError } | Answer;

export interface Answer {
  status: number;
  headers: Record<string, unknown>;
  body: unknown;
  requestViolations: Violation[];
  responseViolations: Violation[];
}

export interface Engine {
  /** In the document's order. */
  operations: readonly IHttpOperation[];
  /** Finds the operation for a request; the one of GET where HEAD is asked for and not declared. */
  route(request: EngineRequest): Routed;
  /** Methods in upper case that the document has for a path; HEAD among them where GET is. Empty: no such path. */
  findMethods(path: string): string[];
  /** Checks a request against its operation and mocks the answer. */
  answer(operation: IHttpOperation, request: EngineRequest, config: IHttpOperationConfig): Promise<Answered>;
}

/** @throws {MockServerError} when the document has no operation or cannot be read by Prism. */
export async function createEngine(document: OpenApiDocument): Promise<Engine> {
  const { prism, router, matchPath, validator } = loadPrism();
  const operations = (await readOperations(prism, document)).map(completeOperation);
  const findCandidates = createIndex(operations);
  const answers: Answers = new Map();
  const validateInput: PrismHttpComponents["validateInput"] = ({ resource, element }) =>
    validator.validateInput({
      resource: withoutAbsentLists(resource, element),
      element: withEscapedCommas(element, resource.path),
    });
  const instance = prism.createInstance(baseConfig, {
    logger: silentLogger,
    route: ({ resources }) => routeToFirst(resources),
    validateInput,
    validateOutput: ({ resource, element }) =>
      validator.validateOutput({
        resource,
        element: { ...element, headers: toHeaderTexts(element.headers, resource) },
      }),
  });

  return {
    operations,
    route(request) {
      const resources = request.url.baseUrl === undefined ? findCandidates(request.url.path) : operations;
      const found = router({ resources, input: request });
      if (found._tag === "Right") return { operation: found.right };
      const refused: ProblemError = found.left;
      if (request.method !== "head" || refused.status !== 405) return { refused };
      const asGet = router({ resources, input: { ...request, method: "get" } });
      return asGet._tag === "Right" ? { operation: asGet.right } : { refused };
    },
    findMethods(path) {
      const methods = findCandidates(path)
        .filter((operation) => {
          const match = matchPath(path, operation.path);
          return match._tag === "Right" && match.right !== "no-match";
        })
        .map(({ method }) => method.toUpperCase());
      return [...new Set(methods.flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method])))];
    },
    async answer(operation, request, config) {
      const known = config.dynamic ? undefined : answers.get(operation)?.get(toChoice(request, config));
      if (known && isInOrder(operation, request)) return known;
      const result = await instance.request(request, [operation], { ...baseConfig, mock: config })();
      if (result._tag === "Left") return { refused: result.left };
      const { output, validations } = result.right;
      const answer: Answer = {
        status: output.statusCode,
        headers: output.headers ?? {},
        body: output.body,
        requestViolations: validations.input.map(toViolation),
        responseViolations: validations.output.map(toViolation),
      };
      if (answer.requestViolations.length === 0 && !config.dynamic)
        keep(answers, operation, toChoice(request, config), answer);
      return answer;
    },
  };

  function isInOrder(resource: IHttpOperation, element: EngineRequest): boolean {
    return (
      validator.validateSecurity({ resource, element })._tag === "Right" &&
      validateInput({ resource, element })._tag === "Right"
    );
  }
}

/** Answers to requests in order, by operation and by what chooses among its answers. */
type Answers = Map<IHttpOperation, Map<string, Answer>>;

/** A client can ask for as many choices as it likes; past this many, the oldest of an operation is forgotten. */
const keptChoices = 64;

/** Of a request that is in order, only this decides which answer Prism gives: no other part of it is looked at. */
function toChoice({ headers }: EngineRequest, { code, exampleKey, ignoreExamples }: IHttpOperationConfig): string {
  return JSON.stringify([code, exampleKey, ignoreExamples, headers.accept]);
}

function keep(answers: Answers, operation: IHttpOperation, choice: string, answer: Answer): void {
  const choices = answers.get(operation) ?? new Map<string, Answer>();
  answers.set(operation, choices);
  const [oldest] = choices.keys();
  if (choices.size >= keptChoices && oldest !== undefined) choices.delete(oldest);
  choices.set(choice, answer);
}

const baseConfig = {
  isProxy: false,
  checkSecurity: true,
  validateRequest: true,
  validateResponse: true,
  errors: false,
  upstreamProxy: undefined,
  mock: { dynamic: false },
} as const;

type Prism = typeof import("@stoplight/prism-http");

/**
 * Loaded on first use: Prism takes about half a second, and `--help` needs none of it. With `require`, as these are CommonJS
 * modules with a `default` of their own, which every loader makes something else of.
 */
function loadPrism() {
  const require = createRequire(import.meta.url);
  const prism: Prism = require("@stoplight/prism-http");
  const router: typeof import("@stoplight/prism-http/dist/router/index.js") = require("@stoplight/prism-http/dist/router/index.js");
  const path: typeof import("@stoplight/prism-http/dist/router/matchPath.js") = require("@stoplight/prism-http/dist/router/matchPath.js");
  const validator: typeof import("@stoplight/prism-http/dist/validator/index.js") = require("@stoplight/prism-http/dist/validator/index.js");
  return { prism, router: router.default, matchPath: path.matchPath, validator };
}

async function readOperations(prism: Prism, document: OpenApiDocument): Promise<IHttpOperation[]> {
  // Prism resolves references in the object that it is given.
  const operations = await prism.getHttpOperationsFromSpec(structuredClone(document)).catch((error: unknown) => {
    throw new MockServerError(`${document.info?.title ?? "The document"}: Prism cannot read it: ${toMessage(error)}`, {
      cause: error,
    });
  });
  if (operations.length > 0) return operations;
  throw new MockServerError(`${document.info?.title ?? "The document"} has no operation: there is nothing to mock.`);
}

/**
 * An operation as Prism's own command line leaves it, and without callbacks.
 *
 * OpenAPI's default for form-style query parameters is `explode: true`; Prism sets it only while it prints the list of
 * operations at its start. Callbacks would make the mock send requests of its own.
 */
function completeOperation({ callbacks: _, ...operation }: IHttpOperation): IHttpOperation {
  const query = operation.request?.query?.map((parameter) =>
    parameter.style === "form" ? { ...parameter, explode: parameter.explode ?? true } : parameter,
  );
  const security = operation.security?.map((schemes) => schemes.map(toKnownScheme));
  return {
    ...operation,
    ...(query && { request: { ...operation.request, query } }),
    ...(security && { security }),
  };
}

/** Prism knows three HTTP authentication schemes, in lower case, and takes any other for a fault of the request. */
function toKnownScheme(scheme: HttpSecurityScheme): HttpSecurityScheme {
  if (scheme.type !== "http") return scheme;
  const name = scheme.scheme.toLowerCase();
  if (name === "bearer") return { ...scheme, scheme: name };
  if (name === "basic" || name === "digest") return { ...scheme, scheme: name } as HttpSecurityScheme;
  return { id: scheme.id, key: scheme.key, type: "apiKey", in: "header", name: "Authorization", extensions: {} };
}

function routeToFirst(resources: IHttpOperation[]): ReturnType<PrismHttpComponents["route"]> {
  const [operation] = resources;
  return operation ? { _tag: "Right", right: operation } : { _tag: "Left", left: new Error("No operation was given.") };
}

/** Prism takes a comma in a path value for the separator of a list, whatever the parameter's schema says. */
function withEscapedCommas(request: IHttpRequest, template: string): IHttpRequest {
  if (!request.url.path.includes(",")) return request;
  const templates = template.split("/");
  const path = request.url.path
    .split("/")
    // In a template such as "{lat},{lng}" the comma belongs to the path itself.
    .map((segment, index) => (templates[index]?.includes(",") ? segment : segment.replaceAll(",", "%2C")))
    .join("/");
  return { ...request, url: { ...request.url, path } };
}

const variants = new WeakMap<IHttpOperation, Map<string, IHttpOperation>>();

/**
 * The operation with the schema of each list or object header taken away that the request does not send: Prism would split
 * the missing value. Whether the header is required stays. One variant per set of headers, as Prism compiles each.
 */
function withoutAbsentLists(operation: IHttpOperation, request: IHttpRequest): IHttpOperation {
  const headers = operation.request?.headers ?? [];
  const absent = headers.filter(
    (header) => isSplit(header) && request.headers?.[header.name.toLowerCase()] === undefined,
  );
  if (absent.length === 0) return operation;
  const known = variants.get(operation) ?? new Map<string, IHttpOperation>();
  variants.set(operation, known);
  const key = absent.map(({ name }) => name).join();
  const variant = known.get(key) ?? {
    ...operation,
    request: {
      ...operation.request,
      headers: headers.map((header) => (absent.includes(header) ? { ...header, schema: {} } : header)),
    },
  };
  known.set(key, variant);
  return variant;
}

function isSplit({ schema }: IHttpHeaderParam): boolean {
  return schema?.type === "array" || schema?.type === "object";
}

/** Headers as text, for the check of the answer: Prism would split a list that is an array, a number or null. */
function toHeaderTexts(
  headers: Readonly<Record<string, unknown>> = {},
  operation: IHttpOperation,
): Record<string, string> {
  const lists = operation.responses.flatMap((response) => response.headers?.filter(isSplit) ?? []);
  const names = new Set(lists.map(({ name }) => name));
  const split = Object.entries(headers).map(([name, value]) => [name, names.has(name) ? String(value ?? "") : value]);
  // The types say that every value is text; Prism itself puts in numbers and null.
  return Object.fromEntries(split) as Record<string, string>;
}

const severities = ["Error", "Warning", "Information", "Hint"];

function toViolation({ severity, code, message, path }: Omit<Violation, "severity"> & { severity: number }): Violation {
  return { severity: severities[severity] ?? "Error", code, message, path };
}

function toMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Prism reports on every step; what is worth telling is in the answer already. */
const silentLogger = createSilentLogger();

function createSilentLogger(): PrismHttpComponents["logger"] {
  const ignore = (): void => {};
  const logger = { info: ignore, warn: ignore, error: ignore, debug: ignore, success: ignore, child: () => logger };
  // Prism calls these six of pino's methods and no other.
  return logger as unknown as PrismHttpComponents["logger"];
}
