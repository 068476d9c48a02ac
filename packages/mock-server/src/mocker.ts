/**
 * Answers of one operation: Prism's, but each is made once.
 *
 * Corrects what Prism 5.16 does wrong with requests that are in order; each case is listed in DIFFERENCES.md.
 */

import type { IHttpOperationConfig, IHttpRequest, PrismHttpComponents, PrismHttpInstance } from "@stoplight/prism-http";
import type { IHttpHeaderParam, IHttpOperation } from "@stoplight/types";
import { compileCheck } from "./checks.ts";
import { isOutputInOrder } from "./outputs.ts";
import { loadNegotiator, loadPrism, loadValidator, silentLogger } from "./prism.ts";
import { type ProblemError, toUndescribedProblem } from "./problem.ts";
import type { EngineRequest } from "./read-request.ts";
import { createRepeatableMock } from "./repeatable.ts";

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

export interface Answer {
  status: number;
  headers: Record<string, unknown>;
  body: unknown;
  requestViolations: Violation[];
  responseViolations: Violation[];
}

export type Answered = { refused: ProblemError } | Answer;

/** Checks a request and mocks the answer; see `Engine.answer`. */
export type Mocker = (request: EngineRequest, config: IHttpOperationConfig) => Answered | Promise<Answered>;

/** A client can ask for as many choices as it likes; past this many, the oldest is forgotten. */
const keptChoices = 64;

export function createMocker(operation: IHttpOperation): Mocker {
  const forms = { resource: operation, check: compileCheck(operation) };
  const copy = copyFormSchemas(operation);
  const others = copy === operation ? forms : { resource: copy, check: compileCheck(copy) };
  const answers = new Map<string, Answer>();

  return (request, config) => {
    const { resource, check } = isForm(request.headers["content-type"]) ? forms : others;
    if (config.dynamic) return makeUp(resource, request, config);
    if (!(check(request) || isInOrder(resource, request))) return askPrism(resource, request, config);
    const { code } = config;
    if (code !== undefined && code >= 200 && !isDescribed(resource, code)) return toUndescribed(code);
    const choice = toChoice(request, config);
    const known = answers.get(choice);
    if (known) return known;
    const answer = answerWithExample(resource, request, config);
    if (answer) return keep(choice, answer);
    return askPrism(resource, request, config).then((made) => ("refused" in made ? made : keep(choice, made)));
  };

  function keep(choice: string, answer: Answer): Answer {
    const [oldest] = answers.keys();
    if (answers.size >= keptChoices && oldest !== undefined) answers.delete(oldest);
    answers.set(choice, answer);
    return answer;
  }
}

/**
 * The operation with copies of the schemas of its forms. Prism keeps one compiled schema, whether it converts texts or not, and
 * a form that is checked as something else first would leave its fields as texts for all that come later.
 */
function copyFormSchemas(operation: IHttpOperation): IHttpOperation {
  const { request } = operation;
  if (!request?.body?.contents?.some(({ mediaType }) => isForm(mediaType))) return operation;
  return { ...operation, request: { ...request, body: structuredClone(request.body) } };
}

function isForm(mediaType = ""): boolean {
  return /^\s*(application\/x-www-form-urlencoded|multipart\/form-data)\s*(;|$)/i.test(mediaType);
}

/** Of a request that is in order, only this decides which answer Prism gives: no other part of it is looked at. */
function toChoice({ headers }: EngineRequest, { code, exampleKey, ignoreExamples }: IHttpOperationConfig): string {
  return `${code ?? ""} ${ignoreExamples ?? ""} ${headers.accept ?? ""}\n${exampleKey ?? ""}`;
}

function isDescribed({ responses }: IHttpOperation, status: number): boolean {
  const codes = [String(status), `${Math.trunc(status / 100)}XX`, "DEFAULT"];
  return responses.some(({ code }) => codes.includes(code.toUpperCase()));
}

/** What Prism answers with 404. */
function toUndescribed(status: number): Answered {
  const withoutBody = { status, headers: {}, body: undefined, requestViolations: [], responseViolations: [] };
  return [204, 205, 304].includes(status) ? withoutBody : { refused: toUndescribedProblem(status) };
}

/**
 * The answer to a request in order where examples are all that it needs: what `mock` of Prism does, without what it makes
 * up bodies with, which takes longer to load than all the rest. Undefined where it needs more.
 */
function answerWithExample(
  resource: IHttpOperation,
  { headers: { accept } }: EngineRequest,
  config: IHttpOperationConfig,
): Answer | undefined {
  const options = { ...config, ...(accept && { mediaTypes: accept.split(",") }) };
  const negotiated = loadNegotiator().negotiateOptionsForValidRequest(resource, options)(silentLogger);
  if (negotiated._tag === "Left" || config.ignoreExamples) return undefined;
  const { code, mediaType, bodyExample, schema, headers } = negotiated.right;
  const body = bodyExample && "value" in bodyExample ? bodyExample.value : undefined;
  if (body === undefined && schema) return undefined;
  const values = headers.map(toHeaderExample);
  if (values.includes(undefined)) return undefined;
  return toAnswer(
    resource,
    {
      statusCode: Number.parseInt(code, 10),
      // The types say that every value is text; Prism itself puts in numbers and null.
      headers: {
        ...Object.fromEntries(headers.map(({ name }, index) => [name, values[index]])),
        ...(mediaType && { "Content-type": mediaType }),
        ...(resource.deprecated && { deprecation: "true" }),
      } as Record<string, string>,
      body,
    },
    [],
  );
}

/** Null where Prism sends `null`; undefined where it makes a value up. */
function toHeaderExample({ schema, examples = [] }: IHttpHeaderParam): unknown {
  const [example] = examples;
  if (!schema || (example && !("value" in example))) return null;
  return example && "value" in example ? example.value : undefined;
}

function toAnswer(
  resource: IHttpOperation,
  output: PrismOutput,
  requestViolations: readonly PrismDiagnostic[],
  found: readonly PrismDiagnostic[] = validateOutput(resource, output),
): Answer {
  return {
    status: output.statusCode,
    headers: output.headers ?? {},
    body: output.body,
    requestViolations: requestViolations.map(toViolation),
    responseViolations: found.map(toViolation),
  };
}

type PrismOutput = Parameters<PrismHttpComponents["validateOutput"]>[0]["element"];
type PrismDiagnostic = Omit<Violation, "severity"> & { severity: number };

/** An answer with a body out of its schema; with what there is instead, where Prism fails on the schema. */
async function makeUp(
  resource: IHttpOperation,
  request: EngineRequest,
  config: IHttpOperationConfig,
): Promise<Answered> {
  const made = await askPrism(resource, request, config);
  // What Prism means to refuse has a status.
  const hasFailed = "refused" in made && made.refused.status === undefined;
  return hasFailed ? askPrism(resource, request, { ...config, dynamic: false }) : made;
}

async function askPrism(
  resource: IHttpOperation,
  request: EngineRequest,
  config: IHttpOperationConfig,
): Promise<Answered> {
  instance ??= createInstance();
  // Prism writes the media types that are asked for into the object that it is given.
  const result = await instance.request(request, [resource], { ...baseConfig, mock: { ...config } })();
  if (result._tag === "Left") return { refused: result.left };
  const { output, validations } = result.right;
  return toAnswer(resource, output, validations.input, validations.output);
}

/** All of Prism, loaded when first needed. It keeps nothing of a document or a request. */
let instance: PrismHttpInstance | undefined;

function createInstance(): PrismHttpInstance {
  return loadPrism().createInstance(baseConfig, {
    logger: silentLogger,
    mock: createRepeatableMock(),
    route: ({ resources: [operation] }) =>
      operation ? { _tag: "Right", right: operation } : { _tag: "Left", left: new Error("No operation was given.") },
    validateInput,
    validateOutput: ({ resource, element }) => validateOutputWith(resource, element),
  });
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

function isInOrder(resource: IHttpOperation, element: EngineRequest): boolean {
  return (
    loadValidator().validateSecurity({ resource, element })._tag === "Right" &&
    validateInput({ resource, element })._tag === "Right"
  );
}

const validateInput: PrismHttpComponents["validateInput"] = ({ resource, element }) =>
  loadValidator().validateInput({
    resource: withoutAbsentLists(resource, element),
    element: withEscapedCommas(element, resource.path),
  });

function validateOutputWith(resource: IHttpOperation, element: PrismOutput) {
  const headers = toHeaderTexts(element.headers, resource);
  return loadValidator().validateOutput({ resource, element: { ...element, headers } });
}

function validateOutput(resource: IHttpOperation, output: PrismOutput): readonly PrismDiagnostic[] {
  if (isOutputInOrder(resource, output)) return [];
  const validated = validateOutputWith(resource, output);
  return validated._tag === "Left" ? validated.left : [];
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
