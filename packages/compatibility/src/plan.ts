/** What the suite calls and what it expects, derived from the documents alone. */
import {
  listOperations,
  type MediaType,
  type OpenApiDocument,
  type Operation,
  sampleMediaType,
  sampleParameter,
} from "@artifetch/document";
import { listApis, loadDocument } from "@artifetch/document/load";
import type { PeerUrls } from "./peer.ts";

/** A call of one operation, and the answer that the mock gives to it. */
export interface Call {
  id: string;
  /** The argument of the method: JSON. */
  request: Record<string, unknown>;
  status: number;
  /** Body of the answer: a JSON value; for a download its text. */
  body: unknown;
}

/** The part of a plan that needs no server. */
export interface ApiCalls {
  /** Name of the API. */
  name: string;
  document: OpenApiDocument;
  /** Reads one resource by path parameters. */
  read: Call;
  /** The same, of a resource that is not there: 404. */
  missing: Call;
  /** A call that is refused: 401. Undefined where the document has none. */
  refused?: Call;
  /** Sends a JSON body. Undefined where nothing does. */
  send?: Call;
  /** Answers with bytes. Undefined where nothing does. */
  download?: Call;
  /** Values for the security schemes of the first alternative. */
  auth: Record<string, string>;
  /** Map from header to the value that `auth` puts there, whole; only for schemes that are headers. */
  echoes?: Record<string, string>;
  /** Map from the environment variables of those schemes to their values. */
  environment: Record<string, string>;
  /** Environment variable of the first server's URL. */
  baseUrlVariable?: string;
}

export interface ApiPlan extends ApiCalls {
  /** The mock of the API. */
  baseUrl: string;
}

/** What a mock in process says where it cannot run, as regular expressions: for each way to use it that is refused. */
export interface MockRefusals {
  /** Answers a parsed document's examples. */
  document?: string;
  /** Reads the document of an API by its name. */
  name?: string;
  /** Makes answers up. */
  dynamic?: string;
}

/** All that the suite is told. JSON. */
export interface Plan {
  /** Whether `process.env` is there, may be read, and holds what the APIs want. */
  hasEnvironment: boolean;
  /** Whether the suite runs on a page. */
  isBrowser: boolean;
  mockRefusals: MockRefusals;
  peer: PeerUrls;
  apis: ApiPlan[];
}

interface SecurityScheme {
  type: string;
  in?: string;
  name?: string;
  scheme?: string;
  "x-env"?: string;
}

/** The calls of every API in the list of APIs. */
export async function planCalls(): Promise<ApiCalls[]> {
  return Promise.all(
    listApis().map(async (name) => {
      const { document } = await loadDocument(name);
      return planApi(name, document);
    }),
  );
}

function planApi(name: string, document: OpenApiDocument): ApiCalls {
  const operations = listOperations(document);
  const find = (fits: (operation: Operation) => unknown, status: RegExp, headers?: Record<string, string>) => {
    const operation = operations.find((candidate) => findAnswer(candidate, status) && fits(candidate));
    return operation && toCall(document, operation, status, headers);
  };
  const reads = ({ method, parameters }: Operation) =>
    method === "GET" && parameters.some((parameter) => parameter.in === "path");
  const readsOrFails = (operation: Operation) => reads(operation) && findAnswer(operation, /^404$/);

  const read = find(readsOrFails, /^200$/);
  const missing = find(readsOrFails, /^404$/, { prefer: "code=404" });
  if (!read || !missing) throw new Error(`${name} has no operation that reads a resource and can answer 404.`);
  const refused = find(reads, /^401$/, { prefer: "code=401" });
  const send = find(({ requestBody }) => Object.keys(requestBody?.content ?? {})[0] === "application/json", /^2\d\d$/);
  const download = planDownload(document, operations);
  const baseUrlVariable = document.servers?.[0]?.["x-env"];
  return {
    name,
    document,
    read,
    missing,
    ...(refused && { refused }),
    ...(send && { send }),
    ...(download && { download }),
    ...planCredentials(
      document,
      operations.find(({ id }) => id === read.id),
    ),
    ...(baseUrlVariable && { baseUrlVariable }),
  };
}

/** The first documented status that fits and whose answer is JSON with an example. */
function findAnswer({ responses }: Operation, status: RegExp): { status: number; example: unknown } | undefined {
  for (const [key, { content }] of Object.entries(responses)) {
    const [mediaType, media] = Object.entries(content ?? {})[0] ?? [];
    if (!status.test(key) || !mediaType || !media || !/[/+]json$/.test(mediaType)) continue;
    const example = firstExample(media);
    if (example !== undefined) return { status: Number(key), example };
  }
  return undefined;
}

function firstExample({ example, examples }: MediaType): unknown {
  return example ?? Object.values(examples ?? {})[0]?.value;
}

function toCall(
  document: OpenApiDocument,
  operation: Operation,
  status: RegExp,
  headers?: Record<string, string>,
): Call | undefined {
  const answer = findAnswer(operation, status);
  const request = { ...toRequest(document, operation), ...(headers && { headers }) };
  return answer && { id: operation.id, request, status: answer.status, body: answer.example };
}

/** The method's argument with the document's own values: required parameters, and the body. */
export function toRequest(document: OpenApiDocument, operation: Operation): Record<string, unknown> {
  const request: Record<string, Record<string, unknown>> = {};
  for (const parameter of operation.parameters) {
    if (!parameter.required && parameter.in !== "path") continue;
    const group = request[parameter.in] ?? {};
    request[parameter.in] = { ...group, [parameter.name]: sampleParameter(document, parameter) };
  }
  const content = operation.requestBody?.content["application/json"];
  return { ...request, ...(content && { body: sampleMediaType(document, content) }) };
}

function planDownload(document: OpenApiDocument, operations: Operation[]): Call | undefined {
  for (const operation of operations) {
    const [mediaType, media] = Object.entries(operation.responses["200"]?.content ?? {})[0] ?? [];
    if (operation.method !== "GET" || !mediaType || !media || /json|^text\//.test(mediaType)) continue;
    const body = firstExample(media);
    // The mock sends a text as its UTF-8 bytes.
    if (typeof body === "string")
      return { id: operation.id, request: toRequest(document, operation), status: 200, body };
  }
  return undefined;
}

function planCredentials(
  document: OpenApiDocument,
  operation: Operation | undefined,
): Pick<ApiCalls, "auth" | "echoes" | "environment"> {
  const schemes = (document.components?.securitySchemes ?? {}) as unknown as Record<string, SecurityScheme>;
  const auth: Record<string, string> = {};
  const echoes: Record<string, string> = {};
  const environment: Record<string, string> = {};
  for (const name of Object.keys(operation?.security[0] ?? {})) {
    const scheme = schemes[name];
    const value = `value-of-${name}`;
    auth[name] = value;
    if (scheme?.type === "apiKey" && scheme.in === "header" && scheme.name) echoes[scheme.name] = value;
    // Registered schemes are sent as they are registered, whatever case the document has.
    if (scheme?.type === "http") echoes.authorization = `${scheme.scheme?.replace(/^b/, "B")} ${value}`;
    if (scheme?.["x-env"]) environment[scheme["x-env"]] = value;
  }
  return { auth, environment, ...(Object.keys(echoes).length > 0 && { echoes }) };
}
