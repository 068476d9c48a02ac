/** The documents in every form that programs ask for, and an index of them with hashes. */
import { createHash } from "node:crypto";
import type { OpenApiDocument } from "@artifetch/document";
import { bundleFromString, createConfig } from "@redocly/openapi-core";
import { stringify } from "yaml";
import type { Api } from "../api.ts";

/** A file of the site. */
export interface SiteFile {
  /** Path in the site, with `/`. */
  path: string;
  content: string;
}

export interface DocumentFile extends SiteFile {
  /** `bundled`: with `$ref`s into itself; `dereferenced`: without, but for those that lead in a circle; the rest are collections. */
  kind: "bundled" | "dereferenced" | "postman" | "bruno";
  mediaType: string;
}

/** A document as JSON and YAML, bundled and dereferenced. */
export async function renderDocuments(api: Api): Promise<DocumentFile[]> {
  const folder = `reference/${api.name}`;
  const dereferenced = await dereference(api.document);
  return [
    { kind: "bundled", path: `${folder}/openapi.json`, mediaType: "application/json", content: toJson(api.document) },
    { kind: "bundled", path: `${folder}/openapi.yaml`, mediaType: "application/yaml", content: toYaml(api.document) },
    {
      kind: "dereferenced",
      path: `${folder}/openapi.dereferenced.json`,
      mediaType: "application/json",
      // Indentation would double it.
      content: `${JSON.stringify(dereferenced)}\n`,
    },
    {
      kind: "dereferenced",
      path: `${folder}/openapi.dereferenced.yaml`,
      mediaType: "application/yaml",
      content: toYaml(dereferenced),
    },
  ];
}

/** Without aliases: some readers of YAML refuse as many as these documents would have. */
function toYaml(value: unknown): string {
  return stringify(value, { aliasDuplicateObjects: false, lineWidth: 0 });
}

/**
 * A document without references, and without the components that nothing refers to any longer. References that lead in a
 * circle stay, and with them the components.
 */
export async function dereference(document: OpenApiDocument): Promise<OpenApiDocument> {
  const { bundle, problems } = await bundleFromString({
    source: JSON.stringify(document),
    absoluteRef: "openapi.json",
    config: await createConfig({}),
    dereference: true,
  });
  const problem = problems.find(({ severity }) => severity === "error");
  if (problem) throw new Error(`The document cannot be dereferenced: ${problem.message}`);
  const whole = bundle.parsed as OpenApiDocument; // What was given was one.
  if (hasReference(whole)) return whole;
  // Security schemes are referred to by name.
  const { securitySchemes } = whole.components ?? {};
  const { components, ...rest } = whole;
  return securitySchemes ? { ...rest, components: { securitySchemes } } : rest;
}

function hasReference(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return ("$ref" in value && typeof value.$ref === "string") || Object.values(value).some(hasReference);
}

/** An index of documents: per API what it is, and each file with its size in bytes and its SHA-256 in hexadecimal digits. */
export function renderIndex(apis: readonly Api[], files: ReadonlyMap<string, readonly DocumentFile[]>): SiteFile {
  const content = {
    apis: apis.map((api) => ({
      name: api.name,
      title: api.title,
      version: api.version,
      checked: api.checked,
      generations: api.generations,
      operations: api.operations.length,
      files: (files.get(api.name) ?? []).map((file) => ({
        path: file.path,
        kind: file.kind,
        mediaType: file.mediaType,
        bytes: Buffer.byteLength(file.content),
        sha256: createHash("sha256").update(file.content).digest("hex"),
      })),
    })),
  };
  return { path: "documents.json", content: toJson(content) };
}

export function toJson(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
