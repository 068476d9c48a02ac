/** One call of each API, the same for every client that is measured: derived from the documents. */

import {
  listOperations,
  type OpenApiDocument,
  type Operation,
  type Parameter,
  sampleParameter,
} from "@artifetch/document";
import { listApis, loadDocument } from "@artifetch/document/load";

/** The places that a parameter can be in, in the order in which requests name them. */
export const places = ["path", "query", "header", "cookie"] as const;

export interface Call {
  api: string;
  document: OpenApiDocument;
  operation: Operation;
  /** Map from place to map from name to value, with the places alone that have values. */
  values: Partial<Record<Parameter["in"], Record<string, unknown>>>;
  /** Security schemes of the first alternative: name to carrier. */
  schemes: Scheme[];
  /** The document's first server, its variables filled with their defaults. */
  baseUrl: string;
  /** Body of the operation's first successful answer, as its first example shows it. */
  answer: unknown;
}

export interface Scheme {
  name: string;
  /** The header that carries the credential. */
  header: string;
  /** What stands before it: `Bearer `, or nothing. */
  prefix: string;
}

/** The first GET operation of every API that answers with JSON, with its required parameters set to their example values. */
export async function listCalls(): Promise<Call[]> {
  return Promise.all(
    listApis().map(async (api) => {
      const { document } = await loadDocument(api);
      const operation = listOperations(document).find(({ method }) => method === "GET");
      if (!operation) throw new Error(`The document of ${api} has no GET operation.`);
      return toCall(api, document, operation);
    }),
  );
}

/** A call of an operation, with its required parameters set to their example values. */
export function toCall(api: string, document: OpenApiDocument, operation: Operation): Call {
  const values: Call["values"] = {};
  for (const place of places) {
    const given = operation.parameters.filter((parameter) => parameter.in === place && isGiven(parameter));
    if (given.length === 0) continue;
    values[place] = Object.fromEntries(
      given.map((parameter) => [parameter.name, sampleParameter(document, parameter)]),
    );
  }
  const [server] = document.servers ?? [];
  const baseUrl = (server?.url ?? "http://127.0.0.1").replaceAll(
    /\{([^{}]+)\}/g,
    (_, name: string) => server?.variables?.[name]?.default ?? "",
  );
  return {
    api,
    document,
    operation,
    values,
    schemes: listSchemes(document, operation),
    baseUrl,
    answer: readAnswer(operation),
  };
}

/** Whether a call names the parameter: where it must, and where the document shows a value that every client can send. */
function isGiven(parameter: Parameter): boolean {
  const example = parameter.example ?? Object.values(parameter.examples ?? {})[0]?.value;
  return parameter.required || (parameter.in === "query" && ["boolean", "number", "string"].includes(typeof example));
}

function listSchemes(document: OpenApiDocument, operation: Operation): Scheme[] {
  const names = Object.keys(operation.security[0] ?? {});
  return names.map((name) => {
    const scheme = (document.components?.securitySchemes?.[name] ?? {}) as {
      type?: string;
      in?: string;
      name?: string;
      scheme?: string;
    };
    if (scheme.type === "apiKey" && scheme.in === "header") return { name, header: scheme.name ?? "", prefix: "" };
    if (scheme.type === "apiKey")
      throw new Error(`The first GET operation wants its credential "${name}" in the ${scheme.in}.`);
    const word = scheme.scheme ?? "bearer";
    return { name, header: "Authorization", prefix: `${word.charAt(0).toUpperCase()}${word.slice(1)} ` };
  });
}

function readAnswer(operation: Operation): unknown {
  const [status] = Object.keys(operation.responses).filter((key) => key.startsWith("2"));
  const content = operation.responses[status ?? ""]?.content ?? {};
  const [mediaType] = Object.values(content);
  return mediaType?.example ?? Object.values(mediaType?.examples ?? {})[0]?.value;
}
