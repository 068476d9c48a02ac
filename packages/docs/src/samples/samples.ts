/** Samples of an API's operations, from the document's own examples. */
import { type OpenApiDocument, type Operation, resolve, toCurl } from "@artifetch/document";
import type { Api } from "../api.ts";
import { toFileName } from "./names.ts";
import { toShownOperation } from "./request.ts";
import { toTypeScript } from "./typescript.ts";

/** One operation in each language. */
export interface Sample {
  /** Name of the API. */
  api: string;
  operationId: string;
  typescript: string;
  /** A command for a POSIX shell; credentials stand in it as variables of the environment. */
  curl: string;
  /** What the URL in `curl` begins with. */
  baseUrl: string;
}

/** Languages in the order that they are shown in; `lang` is what code is coloured by. */
const languages = [
  { key: "typescript", lang: "TypeScript", label: "TypeScript" },
  { key: "curl", lang: "Shell", label: "curl" },
] as const;

/**
 * A sample of each operation of an API.
 *
 * @throws {Error} naming each operation whose examples do not make one.
 */
export function createSamples({ name, document, operations }: Pick<Api, "name" | "document" | "operations">): Sample[] {
  const problems: string[] = [];
  const samples = operations.flatMap((operation) => {
    try {
      return [createSample(name, document, toShownOperation(document, operation))];
    } catch (error) {
      problems.push(`${name}: ${operation.id} has no sample: ${error instanceof Error ? error.message : error}`);
      return [];
    }
  });
  if (problems.length > 0) throw new Error(problems.join("\n"));
  return samples;
}

function createSample(api: string, document: OpenApiDocument, operation: Operation): Sample {
  const baseUrl = toBaseUrl(document);
  const command = toCurl(document, operation, baseUrl, undefined, "block");
  const output = isDownload(operation) ? ` \\\n  --output ${toFileName(document, operation)}` : "";
  return {
    api,
    operationId: operation.id,
    typescript: toTypeScript(api, document, operation),
    curl: command + output,
    baseUrl,
  };
}

/** URL of the document's first server, its variables filled with their defaults. */
function toBaseUrl({ servers = [] }: OpenApiDocument): string {
  const { url = "http://localhost", variables = {} } = servers[0] ?? {};
  return url.replaceAll(/\{([^{}]+)\}/g, (_, name: string) => variables[name]?.default ?? name).replace(/\/$/, "");
}

function isDownload({ responses }: Operation): boolean {
  const [, success] = Object.entries(responses).find(([status]) => status.startsWith("2")) ?? [];
  const types = Object.keys(success?.content ?? {});
  return types.length > 0 && !/json|^text\//i.test(types[0] ?? "");
}

/**
 * The document with the samples as `x-codeSamples`: https://redocly.com/docs/api-reference-docs/specification-extensions/x-code-samples
 *
 * @throws {Error} naming each operation that lacks a sample in a language.
 */
export function withSamples(
  document: OpenApiDocument,
  operations: readonly Operation[],
  samples: readonly Sample[],
): OpenApiDocument {
  const copy = structuredClone(document);
  const byId = new Map(samples.map((sample) => [sample.operationId, sample]));
  const missing: string[] = [];
  for (const { id, method, path } of operations) {
    const sample = byId.get(id);
    missing.push(
      ...languages.filter(({ key }) => !sample?.[key]).map(({ label }) => `${id} has no sample in ${label}`),
    );
    const pathItem = resolve(copy, copy.paths?.[path]) as Record<string, Record<string, unknown>>;
    const operation = pathItem[method.toLowerCase()];
    if (!sample || !operation) continue;
    operation["x-codeSamples"] = languages.map(({ key, lang, label }) => ({ lang, label, source: sample[key] }));
  }
  if (missing.length > 0) throw new Error(missing.join("\n"));
  return copy;
}
