/** The examples of a document beside their own schemas: nothing is sent. */
import { isJsonMediaType, type MediaType, type OpenApiDocument, type Operation } from "@artifetch/document";
import { findBlame } from "./blame.ts";
import type { Judge } from "./judge.ts";
import type { Finding, Verdict } from "./model.ts";
import { listParameters, locateParameter } from "./samples.ts";
import { locate, type Schemas } from "./schemas.ts";

interface Shown {
  title: string;
  value: unknown;
  /** Of the schema and of the example. */
  schema: string | undefined;
  pointer: string;
  schemas: Schemas;
}

/** Compares every example of an operation with its schema. `checked` is empty where there is none. */
export function judgeExamples({ document, schemas }: Judge, requestSchemas: Schemas, operation: Operation): Verdict {
  const shown = [
    ...listContents(
      document,
      requestSchemas,
      operation.pointer,
      ["requestBody"],
      operation.requestBody?.content,
      "request body",
    ),
    ...Object.entries(operation.responses).flatMap(([status, { content }]) =>
      listContents(document, schemas, operation.pointer, ["responses", status], content, status),
    ),
    ...listParameterExamples(document, requestSchemas, operation),
  ];
  if (shown.length === 0) return { checked: [], findings: [] };
  return { checked: ["example_conformance"], findings: shown.flatMap((each) => compare(document, operation, each)) };
}

function compare(
  document: OpenApiDocument,
  operation: Operation,
  { title, value, schema, pointer, schemas }: Shown,
): Finding[] {
  if (schema === undefined) return [];
  const check = "example_conformance";
  return schemas.check(schema, value).map((violation) => ({
    check,
    severity: "failure",
    operationId: operation.id,
    message: `the example ${title} breaks its schema: ${violation.pointer || "it"} ${violation.message}`,
    place: { in: "body", pointer: violation.pointer },
    documentPointer: pointer,
    blame: findBlame(document, operation, check, pointer),
  }));
}

function listContents(
  document: OpenApiDocument,
  schemas: Schemas,
  start: string,
  path: readonly string[],
  content: Record<string, MediaType> = {},
  where: string,
): Shown[] {
  return Object.entries(content)
    .filter(([mediaType]) => isJsonMediaType(mediaType))
    .flatMap(([mediaType, { example, examples = {} }]) => {
      const at = [...path, "content", mediaType];
      const schema = locate(document, start, [...at, "schema"]);
      const toShown = (title: string, value: unknown, ...rest: string[]): Shown => ({
        title: `${title} of ${where}`.trim(),
        value,
        schema,
        pointer: locate(document, start, [...at, ...rest]) ?? start,
        schemas,
      });
      return [
        ...(example === undefined ? [] : [toShown("", example, "example")]),
        ...Object.entries(examples)
          // An external value is not read.
          .filter(([, each]) => "value" in each)
          .map(([name, { value }]) => toShown(name, value, "examples", name)),
      ];
    });
}

function listParameterExamples(document: OpenApiDocument, schemas: Schemas, operation: Operation): Shown[] {
  return listParameters(operation).flatMap((parameter): Shown[] => {
    const own = locateParameter(document, operation, parameter);
    const schema = own && locate(document, own, ["schema"]);
    const { in: place, name, example, examples = {} } = parameter;
    const values = [
      ...(example === undefined ? [] : [["", example] as const]),
      ...Object.entries(examples).map(([key, { value }]) => [key, value] as const),
    ];
    return values
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => ({
        title: `${key} of ${place} parameter ${name}`.trim(),
        value,
        schema,
        pointer: own ?? operation.pointer,
        schemas,
      }));
  });
}
