/**
 * The check of answers that Prism itself makes: whether it would find nothing wrong with one, where that is plain.
 *
 * Prism's validator takes longer to load, and to compile its first schema, than all else that a first answer needs.
 */

import type { IHttpOperation, IHttpOperationResponse } from "@stoplight/types";
import type { SchemaObject } from "ajv";
import { compileScalar } from "./checks.ts";
import { fitsPlainly } from "./plain-schema.ts";
import { loadSchemaCompiler } from "./prism.ts";

export interface Output {
  statusCode: number;
  /** As Prism makes them: the name of the content type in its spelling, values also numbers and null. */
  headers?: Readonly<Record<string, unknown>>;
  body?: unknown;
}

/** A check that says yes is right; one that says no may be wrong, and then Prism looks at the answer itself. */
export function isOutputInOrder(resource: IHttpOperation, { statusCode, headers = {}, body }: Output): boolean {
  const response = resource.responses.find(({ code }) => code === String(statusCode));
  if (!response) return false;
  const { contents = [] } = response;
  const [content, ...others] = contents;
  const isPlainType = content?.mediaType === headers["Content-type"] && others.length === 0;
  if (content && !isPlainType) return false;
  return isHeaderListInOrder(response, headers) && (!content?.schema || isBodyInOrder(resource, content.schema, body));
}

function isHeaderListInOrder({ headers = [] }: IHttpOperationResponse, values: Output["headers"] = {}): boolean {
  return headers.every(({ name, schema, deprecated }) => {
    const value = values[name];
    if (deprecated || typeof value !== "string" || value === "") return false;
    return !schema || compileScalar(schema)?.(value) === true;
  });
}

type Schema = NonNullable<NonNullable<IHttpOperationResponse["contents"]>[number]["schema"]>;

function isBodyInOrder(resource: IHttpOperation, schema: Schema, body: unknown): boolean {
  const bundle = (resource as { __bundled__?: unknown }).__bundled__;
  // Prism merges the one and leaves out the other before it compiles a schema.
  const isTakenAsItIs = !/"(allOf|writeOnly)":/.test(JSON.stringify([schema, bundle]));
  const isDraft7 = /^http:\/\/json-schema\.org\/draft-07\/schema#?$/.test(String(schema.$schema));
  if (!isTakenAsItIs || !isDraft7) return false;
  if (fitsPlainly(schema, body)) return true;
  try {
    // The types of draft 7 and those of Ajv differ in what may be undefined.
    const whole = { ...schema, __bundled__: bundle } as SchemaObject;
    return loadSchemaCompiler().compile(whole)(body) === true;
  } catch {
    return false;
  }
}
