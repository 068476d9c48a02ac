/**
 * A document in the words that Prism 5.16 understands. It reads schemas of OpenAPI 3.1 as those of JSON Schema draft 7, without the
 * words that came later, and those of a dialect that it does not know not at all.
 */

import { isObject, type JsonObject } from "@artifetch/document";

/** A copy, in which Prism may resolve references. */
export function toPrismDocument(document: JsonObject): JsonObject {
  const { jsonSchemaDialect, ...copy } = structuredClone(document);
  if (jsonSchemaDialect !== undefined && !isOwnDialect(jsonSchemaDialect)) return { ...copy, jsonSchemaDialect };
  // In OpenAPI 3.0 the word means nothing.
  if (!String(document.openapi).startsWith("3.0")) useDraft7Tuples(copy, false);
  return copy;
}

/** The dialect of OpenAPI 3.1 itself, which is meant where a document names none (specification 3.1.1, section 4.8.24). */
function isOwnDialect(dialect: unknown): boolean {
  return /^https:\/\/spec\.openapis\.org\/oas\/3\.\d\/dialect\//.test(String(dialect));
}

/** Keys below which keys are names that the author chose. */
const nameMaps = new Set(
  "paths responses parameters headers schemas properties patternProperties $defs definitions dependentSchemas".split(
    " ",
  ),
);
/** Keys with values that are no schemas, whatever they look like. */
const literals = new Set(["const", "default", "enum", "example", "examples"]);

/** Writes `prefixItems` as the `items` of draft 7, and the `items` beside it as `additionalItems`; in place. */
function useDraft7Tuples(value: unknown, areNames: boolean): void {
  if (Array.isArray(value)) for (const item of value) useDraft7Tuples(item, false);
  if (!isObject(value)) return;
  for (const [key, child] of Object.entries(value))
    if (areNames || !literals.has(key)) useDraft7Tuples(child, !areNames && nameMaps.has(key));
  const { prefixItems, items } = value;
  if (areNames || !Array.isArray(prefixItems)) return;
  // Stays where it is, too: a reference may lead into it.
  value.items = prefixItems.map((item) => (item === true ? {} : item === false ? { not: {} } : item));
  if (items !== undefined) value.additionalItems = items;
}
