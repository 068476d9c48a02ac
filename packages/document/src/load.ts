/** Reading an OpenAPI document: by API name, from a file, from a URL, or as an object. Node, Bun and Deno only. */

import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, resolve as resolvePath } from "node:path";
import { fileURLToPath } from "node:url";
import { getByPointer, isObject, type OpenApiDocument } from "./document.ts";
import { listNearNames } from "./near-names.ts";

const bundledFolder = new URL("../bundled/", import.meta.url);

/** A document that could not be read. The message is complete: what was given, where it is wrong, what is allowed. */
export class DocumentError extends Error {
  override readonly name = "DocumentError";
  /** Absolute paths of the local files that were read or looked for, those that are not there included; empty for none. */
  readonly files: readonly string[];

  constructor(message: string, { files = [], ...options }: ErrorOptions & { files?: readonly string[] } = {}) {
    super(message, options);
    this.files = files;
  }
}

export interface LoadedDocument {
  /** The API's name; for any other document a slug of its file name (or, for an object, of its title). */
  name: string;
  /** Bundled: every `$ref` points into the document itself. */
  document: OpenApiDocument;
  /** Where it was read from: a path or URL; `(object)` for an object. */
  source: string;
  /** Absolute paths of the local files that it was read from: the document and what it refers to. Empty for an object. */
  files: string[];
}

/** Names of the APIs whose documents come with this package, sorted. */
export function listApis(): string[] {
  return readdirSync(bundledFolder)
    .filter((file) => file.endsWith(".json"))
    .map((file) => file.slice(0, -".json".length))
    .sort();
}

/**
 * Reads and bundles an OpenAPI 3.x document.
 *
 * @param target the name of an API (see {@link listApis}), the path or URL of a document in JSON or YAML, or a parsed
 * document. A name wins over a file of the same name; write `./name` for the file.
 * @throws {DocumentError} when the target is unknown, cannot be read, does not parse, or is not OpenAPI 3.x.
 */
export async function loadDocument(target: string | URL | object): Promise<LoadedDocument> {
  if (target instanceof URL) return loadFrom(target.protocol === "file:" ? fileURLToPath(target) : target.href);
  if (typeof target === "string") {
    if (listApis().includes(target)) return loadBundled(target);
    return loadFrom(target);
  }
  const document = checkVersion(target, "The object");
  return { name: toSlug(document.info?.title ?? "document"), document, source: "(object)", files: [] };
}

async function loadBundled(name: string): Promise<LoadedDocument> {
  const file = fileURLToPath(new URL(`${name}.json`, bundledFolder));
  return { name, document: JSON.parse(await readFile(file, "utf8")), source: file, files: [file] };
}

async function loadFrom(target: string): Promise<LoadedDocument> {
  const source = isUrl(target) ? target : resolvePath(target);
  const fileName = isUrl(target) ? new URL(target).pathname : source;
  const { document, files } = (await readSelfContained(source)) ?? (await readDocument(source, target));
  return { name: toSlug(basename(fileName).replace(/\.(json|ya?ml)$/i, "")), document, source, files };
}

/**
 * A file in JSON whose references all lead into itself has nothing to bundle: read in a tenth of the time. Undefined for any
 * other, and where something is wrong with it: the bundler says what and where.
 */
async function readSelfContained(source: string): Promise<{ document: OpenApiDocument; files: string[] } | undefined> {
  if (!/\.json$/i.test(source) || isUrl(source)) return undefined;
  try {
    const document = checkVersion(JSON.parse(await readFile(source, "utf8")), source);
    const references = [...new Set(listReferences(document))];
    const isSelfContained = references.every(
      (reference) => reference.startsWith("#") && getByPointer(document, reference) !== undefined,
    );
    return isSelfContained ? { document, files: [source] } : undefined;
  } catch {
    return undefined;
  }
}

function listReferences(root: unknown): string[] {
  const found: string[] = [];
  const open = [root];
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value !== "object" || value === null) continue;
    if ("$ref" in value && typeof value.$ref === "string") found.push(value.$ref);
    for (const child of Object.values(value)) open.push(child);
  }
  return found;
}

/**
 * Bundles the document at a path or URL: references to other files become components, named after the files.
 *
 * @param given what the user wrote, for messages.
 * @throws {DocumentError}
 */
export async function bundleDocument(source: string, given = source): Promise<OpenApiDocument> {
  const { document } = await readDocument(source, given);
  return document;
}

async function readDocument(source: string, given: string): Promise<{ document: OpenApiDocument; files: string[] }> {
  // Loaded only here: the bundled documents need none of it, and it takes longer to load than they do.
  const core = await import("@redocly/openapi-core");
  const config = await core.createConfig({});
  // Its own resolver: what was looked for is wanted of a document that cannot be read, too.
  const externalRefResolver = new core.BaseResolver(config.resolve);
  const listFiles = () => [...externalRefResolver.getFiles()].filter((file) => !isUrl(file));
  const result = await core
    .bundle({ ref: source, config, externalRefResolver, componentRenamingConflicts: "off" })
    .catch((error: unknown) => {
      throw new DocumentError(describeFailure(given, error), { cause: error, files: listFiles() });
    });
  const problem = result.problems.find(({ severity }) => severity === "error");
  if (problem) {
    const [location] = problem.location;
    const line = location && core.getLineColLocation(location).start.line;
    throw new DocumentError(
      `${location?.source.absoluteRef ?? given}${line ? `:${line}` : ""}: ${problem.message}${location?.pointer ? ` (at ${location.pointer})` : ""}`,
      { files: listFiles() },
    );
  }
  return { document: checkVersion(result.bundle.parsed, given, listFiles()), files: listFiles() };
}

function isUrl(text: string): boolean {
  return /^https?:\/\//i.test(text);
}

function describeFailure(given: string, error: unknown): string {
  const { message, line, col, originalError, source } = error as Error & {
    line?: number;
    col?: number;
    originalError?: Error & { reason?: string; code?: string; cause?: Error };
    source?: { absoluteRef: string };
  };
  if (line !== undefined && source) {
    return `${source.absoluteRef}:${line}:${col}: does not parse: ${originalError?.reason ?? message}`;
  }
  if (originalError?.code === "ENOENT") {
    const near = listNearNames(given, listApis());
    const question = near.length > 0 ? ` Did you mean ${near.join(" or ")}?` : "";
    return `"${given}" is neither an API nor a file.${question} APIs: ${listApis().join(", ")}. Or give the path or URL of an OpenAPI 3.x document.`;
  }
  if (originalError) {
    const reason = originalError.cause?.message || originalError.message || message;
    return `${given}: cannot be read: ${reason}`;
  }
  return `${given}: is not an OpenAPI 3.x document: ${message}`;
}

function checkVersion(value: unknown, given: string, files: readonly string[] = []): OpenApiDocument {
  if (isObject(value) && /^3\.\d+\.\d+/.test(String(value.openapi))) return value as OpenApiDocument;
  const found = isObject(value)
    ? "swagger" in value
      ? `"swagger: ${value.swagger}"`
      : "openapi" in value
        ? `"openapi: ${value.openapi}"`
        : 'no "openapi" field'
    : "no object";
  throw new DocumentError(
    `${given}: is not an OpenAPI 3.x document: found ${found}, expected "openapi: 3.0.x" or "3.1.x".`,
    { files },
  );
}

function toSlug(text: string): string {
  return (
    text
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, "-")
      .replaceAll(/^-|-$/g, "") || "document"
  );
}
