/** Values that a document shows or allows, for requests that are written for the reader instead of by them. */
import {
  isObject,
  type JsonObject,
  type MediaType,
  type OpenApiDocument,
  type Parameter,
  resolve,
} from "./document.ts";

/**
 * A value for a parameter: its first example; else what its schema states (const, default, example, first of enum); else
 * the plainest value of its type.
 */
export function sampleParameter(document: OpenApiDocument, parameter: Parameter): unknown {
  const shown = firstExample(parameter);
  if (shown !== undefined) return shown;
  const content = Object.values(parameter.content ?? {})[0];
  return content ? sampleMediaType(document, content) : sampleSchema(document, resolve(document, parameter.schema));
}

/** A value for a body, found in the same way. */
export function sampleMediaType(document: OpenApiDocument, mediaType: MediaType): unknown {
  return firstExample(mediaType) ?? sampleSchema(document, resolve(document, mediaType.schema));
}

/** Whether a schema is of bytes: the part of a form that it describes is a file. */
export function isFileSchema(document: OpenApiDocument, schema: unknown): boolean {
  const resolved = resolve(document, schema);
  return isObject(resolved) && (resolved.format === "binary" || typeof resolved.contentMediaType === "string");
}

function firstExample({ example, examples }: Pick<MediaType, "example" | "examples">): unknown {
  return example ?? Object.values(examples ?? {})[0]?.value;
}

function sampleSchema(document: OpenApiDocument, schema: unknown): unknown {
  if (!isObject(schema)) return "text";
  const listed = [schema.example, schema.examples, schema.enum].flat().find((value) => value !== undefined);
  const stated = schema.const ?? schema.default ?? listed;
  if (stated !== undefined) return stated;
  switch (typesOf(schema)[0]) {
    case "boolean":
      return true;
    case "integer":
    case "number":
      return schema.minimum ?? Math.min(1, Number(schema.maximum ?? 1));
    case "array":
      return [sampleSchema(document, resolve(document, schema.items))];
    case "object":
      return sampleObject(document, schema);
    default:
      return schema.format === "uuid" ? "00000000-0000-4000-8000-000000000000" : "text";
  }
}

function sampleObject(document: OpenApiDocument, schema: JsonObject): JsonObject {
  const properties = isObject(schema.properties) ? schema.properties : {};
  const required = Array.isArray(schema.required) ? schema.required.map(String) : [];
  return Object.fromEntries(
    required.map((name) => [name, sampleSchema(document, resolve(document, properties[name]))]),
  );
}

function typesOf(schema: JsonObject): string[] {
  return [schema.type].flat().filter((type): type is string => typeof type === "string");
}
