/** The checks of a document: derived from its operations, statuses, examples and parameters, never listed by hand. */
import { createApi, type UntypedApi, type UntypedResult } from "@artifetch/client";
import { defineApi } from "@artifetch/client/definition";
import {
  type DocumentedResponse,
  type Example,
  isJsonMediaType,
  listOperations,
  type OpenApiDocument,
  type Operation,
} from "@artifetch/document";
import { buildRequest, type CallRequest, findWrongValue, withoutParameter, withParameter } from "./request.ts";
import { createValidators, type Validate } from "./validate.ts";

/** What the checks are run against. */
export interface Target {
  /** Absolute URL that paths are appended to. */
  baseUrl: string;
  /** Sends requests. Default: the global `fetch`. */
  fetch?: (request: Request) => Promise<Response>;
  /** Credential of each security scheme, by name. Default: any text, which is enough for a mock. */
  auth?: Record<string, string>;
}

/** What a check looks at; the names are those that Schemathesis made common. */
export type CheckKind =
  | "example_conformance"
  | "ignored_auth"
  | "missing_required_parameter"
  | "negative_data_rejection"
  | "positive_data_acceptance"
  | "unknown_path"
  | "unsupported_method";

export interface Check {
  kind: CheckKind;
  operation: Operation;
  /** Method, path, operationId and what is checked; unique within a document. */
  title: string;
  /**
   * Sends one request and compares the answer with the document.
   *
   * @returns one sentence per difference; none where all holds.
   * @throws when no answer came (`NetworkError` of `@artifetch/client`).
   */
  run(target: Target): Promise<string[]>;
}

type Validators = (schema: DocumentedSchema) => Validate;
type DocumentedSchema = Parameters<ReturnType<typeof createValidators>>[0];

/** Everything that a check of one document needs. */
interface Context {
  document: OpenApiDocument;
  operations: Operation[];
  validators: Validators;
  connect(target: Target, withCredentials?: boolean): UntypedApi;
}

/**
 * The checks of a document, in the order of its operations.
 *
 * Which status and example is wanted is told by a `Prefer: code=…, example=…` header (RFC 7240), as mocks understand it.
 */
export function deriveChecks(document: OpenApiDocument): Check[] {
  const operations = listOperations(document);
  const definition = defineApi(document, operations);
  const context: Context = {
    document,
    operations,
    validators: createValidators(document),
    connect({ baseUrl, fetch, auth = {} }, withCredentials = true) {
      const credentials = Object.keys(definition.schemes).map((name) => [name, auth[name] ?? "artifetch"]);
      return createApi(definition, {
        baseUrl,
        fetch,
        auth: withCredentials && Object.fromEntries(credentials),
        // The first answer is what is compared.
        retry: false,
      });
    },
  };
  return operations.flatMap((operation) => [
    ...deriveExampleChecks(context, operation),
    ...derivePositiveChecks(context, operation),
    ...deriveNegativeChecks(context, operation),
  ]);
}

function deriveExampleChecks(context: Context, operation: Operation): Check[] {
  return Object.entries(operation.responses).flatMap(([key, response]) => {
    const status = toStatus(key);
    const examples = Object.entries(response.content ?? {}).flatMap(([mediaType, { examples: named = {} }]) =>
      Object.entries(named).map(([name, example]) => ({ name, example, accept: mediaType })),
    );
    const cases: { name?: string; example?: Example; accept?: string }[] = examples.length > 0 ? examples : [{}];
    return cases.map(({ name, example, accept }) =>
      makeCheck(operation, "example_conformance", name ? `${key} ${name}` : key, (target) =>
        callAndCompare(context, operation, target, {
          request: buildRequest(context.document, operation, "required"),
          headers: { prefer: `code=${status}${name ? `, example=${name}` : ""}`, ...(accept && { accept }) },
          status,
          response,
          example,
        }),
      ),
    );
  });
}

function derivePositiveChecks(context: Context, operation: Operation): Check[] {
  const [key, response] = Object.entries(operation.responses).find(([status]) => status.startsWith("2")) ?? [];
  if (key === undefined || response === undefined) return [];
  return [
    makeCheck(operation, "positive_data_acceptance", "every parameter", (target) =>
      callAndCompare(context, operation, target, {
        request: buildRequest(context.document, operation, "all"),
        status: toStatus(key),
        response,
      }),
    ),
  ];
}

function deriveNegativeChecks(context: Context, operation: Operation): Check[] {
  const request = buildRequest(context.document, operation, "required");
  const refuse = (kind: CheckKind, what: string, changed: CallRequest, name: string) =>
    makeCheck(operation, kind, what, async (target) => {
      const result = await callOperation(context.connect(target), operation, changed);
      return expectRefusal(result, name);
    });
  const wrong = operation.parameters.flatMap((parameter) => {
    const value = findWrongValue(context.document, parameter);
    const what = `${parameter.in} parameter ${parameter.name} = ${value}`;
    if (value === undefined) return [];
    return [refuse("negative_data_rejection", what, withParameter(request, parameter, value), parameter.name)];
  });
  const missing = operation.parameters
    .filter((parameter) => parameter.required && parameter.in !== "path")
    .map((parameter) => {
      const what = `without ${parameter.in} parameter ${parameter.name}`;
      return refuse("missing_required_parameter", what, withoutParameter(request, parameter), parameter.name);
    });
  return [...wrong, ...missing, ...deriveAccessChecks(context, operation, request)];
}

function deriveAccessChecks(context: Context, operation: Operation, request: CallRequest): Check[] {
  const secured = operation.security.length > 0 && operation.security.every((names) => Object.keys(names).length > 0);
  const path = fillPath(operation.path, request.path);
  const method = findOtherMethod(context.operations, path);
  return [
    ...(secured
      ? [
          makeCheck(operation, "ignored_auth", "no credentials", async (target) => {
            const { status } = await callOperation(context.connect(target, false), operation, request);
            return expectStatus(status, [401, 403]);
          }),
        ]
      : []),
    makeCheck(operation, "unknown_path", "unknown path", async (target) => {
      const { status } = await sendRaw(target, operation.method, findUnknownPath(context.operations, path));
      return expectStatus(status, [404]);
    }),
    ...(method
      ? [
          makeCheck(operation, "unsupported_method", method, async (target) => {
            const { status } = await sendRaw(target, method, path);
            return expectStatus(status, [405]);
          }),
        ]
      : []),
  ];
}

function makeCheck(operation: Operation, kind: CheckKind, what: string, run: Check["run"]): Check {
  return { kind, operation, title: `${operation.method} ${operation.path} ${operation.id}: ${kind}: ${what}`, run };
}

interface Expectation {
  request: CallRequest;
  headers?: Record<string, string>;
  status: number;
  response: DocumentedResponse;
  example?: Example | undefined;
}

async function callAndCompare(
  context: Context,
  operation: Operation,
  target: Target,
  { request, headers, status, response, example }: Expectation,
): Promise<string[]> {
  const result = await callOperation(context.connect(target), operation, { ...request, ...(headers && { headers }) });
  if (result.status !== status) return [...expectStatus(result.status, [status]), ...describeProblem(result)];
  return [
    ...compareHeaders(context.validators, response, result.response),
    ...(await compareBody(context.validators, response, result, example)),
  ];
}

function callOperation(api: UntypedApi, operation: Operation, request: CallRequest): Promise<UntypedResult> {
  const call = api[operation.id];
  if (!call) throw new Error(`The client has no operation ${operation.id}.`);
  return call(request);
}

function compareHeaders(validators: Validators, { headers = {} }: DocumentedResponse, response: Response): string[] {
  return Object.entries(headers).flatMap(([name, header]) => {
    const text = response.headers.get(name);
    if (text === null) return header.required ? [`header ${name} is missing`] : [];
    const problems = validators(header.schema ?? true)(readHeader(text, header.schema?.type));
    return problems.map((problem) => `header ${name}: ${problem}`);
  });
}

/** Header values are text; a number or boolean is compared as what it stands for. */
function readHeader(text: string, type: unknown): unknown {
  if (type === "integer" || type === "number") return text.trim() === "" ? text : Number(text);
  return type === "boolean" && /^(true|false)$/.test(text) ? text === "true" : text;
}

async function compareBody(
  validators: Validators,
  { content = {} }: DocumentedResponse,
  result: UntypedResult,
  example: Example | undefined,
): Promise<string[]> {
  const body = result.ok ? result.data : result.error;
  if (Object.keys(content).length === 0) return body === undefined ? [] : ["a body where none is documented"];

  const contentType = result.response.headers.get("content-type") ?? "";
  const name = contentType.split(";", 1)[0]?.trim().toLowerCase() ?? "";
  const mediaType = Object.entries(content).find(([key]) => key.split(";", 1)[0]?.trim().toLowerCase() === name)?.[1];
  if (!mediaType) return [`content type is "${contentType}", documented: ${Object.keys(content).join(", ")}`];

  const value = body instanceof ReadableStream ? await new Response(body).text() : body;
  const problems = isJsonMediaType(name) ? validators(mediaType.schema ?? true)(value) : [];
  if (example && JSON.stringify(value) !== JSON.stringify(example.value))
    problems.push("the body is not the example's value");
  return problems.map((problem) => `body: ${problem}`);
}

function expectStatus(status: number, expected: readonly number[]): string[] {
  return expected.includes(status) ? [] : [`status is ${status}, expected ${expected.join(" or ")}`];
}

/** A refusal has a status of 400, 404 or 422 and says, in its body or a header, which parameter it is about. */
function expectRefusal({ error, response, status }: UntypedResult, name: string): string[] {
  const problems = expectStatus(status, [400, 404, 422]);
  // Some servers fold the case of names.
  const said = JSON.stringify([error, ...response.headers.values()]).toLowerCase();
  if (problems.length === 0 && !said.includes(name.toLowerCase()))
    problems.push(`the answer does not name the parameter ${name}`);
  return problems;
}

function describeProblem(result: UntypedResult): string[] {
  return result.error === undefined ? [] : [`answer: ${JSON.stringify(result.error).slice(0, 500)}`];
}

function sendRaw({ baseUrl, fetch = globalThis.fetch }: Target, method: string, path: string): Promise<Response> {
  return fetch(new Request(baseUrl.replace(/\/$/, "") + path, { method }));
}

function toStatus(key: string): number {
  if (key === "default") return 500;
  return Number(key.replace(/XX$/, "00"));
}

function fillPath(path: string, values: Record<string, unknown>): string {
  return path.replaceAll(/\{([^{}]+)\}/g, (_, name: string) => encodeURIComponent(String(values[name])));
}

function findUnknownPath(operations: readonly Operation[], path: string): string {
  let unknown = `${path}/unknown`;
  while (operations.some((operation) => matchesPath(operation.path, unknown))) unknown += "/unknown";
  return unknown;
}

function findOtherMethod(operations: readonly Operation[], path: string): string | undefined {
  const taken = operations.filter((operation) => matchesPath(operation.path, path)).map(({ method }) => method);
  return ["PATCH", "PUT", "DELETE", "POST", "GET"].find((method) => !taken.includes(method));
}

function matchesPath(template: string, path: string): boolean {
  const pattern = template.split(/\{[^{}]+\}/).map((text) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${pattern.join("[^/]+")}$`).test(path);
}
