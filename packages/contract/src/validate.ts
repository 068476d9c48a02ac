import type { JsonObject, MediaType, OpenApiDocument } from "@artifetch/document";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

/** Says what is wrong with a value: one sentence per broken rule, none where it is valid. */
export type Validate = (value: unknown) => string[];

/**
 * Makes validators for the schemas of a document (JSON Schema 2020-12, formats asserted). A schema is compiled once.
 *
 * @returns a function from a schema of the document to its validator.
 */
export function createValidators(document: OpenApiDocument): (schema: MediaType["schema"]) => Validate {
  const ajv = new Ajv2020({ allErrors: true, strict: false, validateSchema: false });
  addFormats.default(ajv);
  const compiled = new Map<unknown, Validate>();

  return (schema) => {
    const known = compiled.get(schema);
    if (known) return known;
    // `$ref`s of the document start at its root: the schema is compiled in a root that has the same components.
    const root: JsonObject | boolean =
      typeof schema === "boolean" ? schema : { ...schema, components: document.components };
    const check = ajv.compile(root);
    const validate: Validate = (value) => {
      if (check(value)) return [];
      return (check.errors ?? []).map(
        ({ instancePath, message, params }) => `${instancePath || "/"} ${message}${describeParams(params)}`,
      );
    };
    compiled.set(schema, validate);
    return validate;
  };
}

function describeParams(params: Record<string, unknown>): string {
  const allowed = params.allowedValues ?? params.allowedValue;
  return allowed === undefined ? "" : `: ${JSON.stringify(allowed)}`;
}
