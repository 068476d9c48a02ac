/** The documents in every form that programs ask for, and an index of them with hashes. */
import { createHash } from "node:crypto";
import { getByPointer, isObject, type JsonObject, type OpenApiDocument } from "@artifetch/document";
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
export function renderDocuments(api: Api): DocumentFile[] {
  const folder = `reference/${api.name}`;
  const dereferenced = dereference(api.document);
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
export function dereference(document: OpenApiDocument): OpenApiDocument {
  const { components, ...rest } = document;
  const whole = inline(document, rest, []) as typeof rest & OpenApiDocument; // The same keys, as nothing above is a reference.
  // A discriminator's mapping names schemas without `$ref`.
  if (JSON.stringify(whole).includes('"#/components/')) return { ...whole, ...(components && { components }) };
  // Security schemes are referred to by name.
  const { securitySchemes } = components ?? {};
  return securitySchemes
    ? { ...whole, components: { securitySchemes: inline(document, securitySchemes, []) as Record<string, JsonObject> } }
    : whole;
}

/** @param open references that the value stands in. */
function inline(document: OpenApiDocument, value: unknown, open: readonly string[]): unknown {
  if (Array.isArray(value)) return value.map((item) => inline(document, item, open));
  if (!isObject(value)) return value;
  const { $ref, ...beside } = value;
  if (typeof $ref !== "string") {
    return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, inline(document, child, open)]));
  }
  if (open.includes($ref)) return value;
  const target = inline(document, getByPointer(document, $ref), [...open, $ref]);
  return merge(target, inline(document, beside, open) as JsonObject);
}

/** What stands beside a reference adds to what it leads to; texts about it win, and what both demand is demanded twice. */
function merge(target: unknown, beside: JsonObject): unknown {
  if (!isObject(target)) return target;
  const isText = (key: string) => ["summary", "description"].includes(key) || key.startsWith("x-");
  const clash = Object.keys(beside).some((key) => key in target && !isText(key));
  return clash ? { allOf: [target, beside] } : { ...target, ...beside };
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
