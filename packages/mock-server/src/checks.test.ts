/** Checks are compiled from what Prism reads: each must never accept what Prism's own validator refuses. */

import { listApis, loadDocument } from "@artifetch/document/load";
import fc from "fast-check";
import { expect, test } from "vitest";
import { compileCheck, compileScalar } from "./checks.ts";
import { listOperations, prepareOperation } from "./operations.ts";
import { loadSchemaValidator, loadValidator } from "./prism.ts";
import type { EngineRequest } from "./read-request.ts";

/** The same requests in every run; PARITY_SEED makes others. */
const seed = Number(process.env.PARITY_SEED ?? 5);

type Schema = Parameters<typeof compileScalar>[0];

/** Whether Prism accepts a text as the value of a parameter. */
function accepts(schema: Schema, text: string): boolean {
  const wrapped = { type: "object", properties: { value: schema } } as Parameters<
    ReturnType<typeof loadSchemaValidator>["validateAgainstSchema"]
  >[1];
  return loadSchemaValidator().validateAgainstSchema({ value: text }, wrapped, true, 0, "query")._tag === "None";
}

const texts = [
  "1",
  "-1",
  "0",
  "1.5",
  "1e3",
  "0x10",
  " 7 ",
  "01",
  "true",
  "false",
  "null",
  "a",
  "ab",
  "a b",
  "😀😀",
  "é",
];
const text = fc.oneof(
  fc.constantFrom(...texts, "2147483648", "9007199254740993", "Infinity", "NaN", "-", "+1"),
  fc.string({ minLength: 1, maxLength: 6 }),
  fc.integer().map(String),
  fc.double().map(String),
);
const typeName = fc.constantFrom("string", "integer", "number", "boolean", "null");
const number = fc.integer({ min: -3, max: 20 });
const keywords = {
  type: fc.oneof(typeName, fc.uniqueArray(typeName, { minLength: 1, maxLength: 3 })),
  enum: fc.array(fc.constantFrom("a", "1", 1, 0, true, null, "ab"), { minLength: 1, maxLength: 4 }),
  const: fc.constantFrom("a", 1, true),
  pattern: fc.constantFrom("^a", "^[0-9]+$", "^\\p{L}+$", "(", "b$"),
  format: fc.constantFrom("int32", "int64", "float", "double", "uuid", "date-time", "unknown"),
  minLength: fc.integer({ min: 0, max: 3 }),
  maxLength: fc.integer({ min: 0, max: 5 }),
  minimum: number,
  maximum: number,
  exclusiveMinimum: number,
  exclusiveMaximum: number,
  multipleOf: fc.constantFrom(2, 5),
  default: fc.constant("a"),
};
const names = Object.keys(keywords) as (keyof typeof keywords)[];
const schema = fc
  .subarray(names, { maxLength: 3 })
  .chain((some) => fc.record(Object.fromEntries(some.map((name) => [name, keywords[name] as fc.Arbitrary<unknown>]))))
  .map((made) => made as Schema);

test("a compiled schema accepts no text that Prism refuses", () => {
  let accepted = 0;
  fc.assert(
    fc.property(schema, fc.array(text, { minLength: 10, maxLength: 10 }), (candidate, values) => {
      const isValid = compileScalar(candidate);
      for (const value of values.filter((one) => isValid?.(one))) {
        accepted += 1;
        expect({ value, accepted: accepts(candidate, value) }).toEqual({ value, accepted: true });
      }
    }),
    { numRuns: 1000, seed },
  );
  expect(accepted).toBeGreaterThan(100);
});

test.each<[Schema, string, boolean]>([
  [{ type: "integer" }, "7", true],
  [{ type: "integer" }, "7.5", false],
  [{ type: "integer", format: "int32" }, "2147483648", false],
  [{ type: "integer", minimum: 3 }, "2", false],
  [{ type: ["boolean", "null"] }, "true", true],
  [{ type: "boolean" }, "yes", false],
  [{ type: "string", enum: ["a", "b"] }, "b", true],
  [{ type: "string", enum: ["a", "b"] }, "c", false],
  [{ type: "string", maxLength: 1 }, "😀", true],
  [{ type: "string", pattern: "^a" }, "ba", false],
])("%o of %s is %s", (candidate, value, expected) => {
  expect(compileScalar(candidate)?.(value)).toBe(expected);
  expect(accepts(candidate, value)).toBe(expected);
});

test.each<Schema>([
  { type: "string", format: "uuid" },
  { type: "array" },
  { type: "number", multipleOf: 2 },
  { allOf: [] },
])("%o is left to Prism", (candidate) => {
  expect(compileScalar(candidate)).toBeUndefined();
});

test("a check accepts no request that Prism refuses, for any operation of any API", async () => {
  let accepted = 0;
  for (const api of listApis()) {
    const { document } = await loadDocument(api);
    for (const operation of listOperations(document)) {
      const resource = await prepareOperation(document, operation);
      const check = compileCheck(resource);
      const names = [...(resource.request?.query ?? []), ...(resource.request?.headers ?? [])].map(({ name }) => name);
      const keys = [
        "authorization",
        ...(resource.security ?? []).flat().flatMap((scheme) => ("name" in scheme ? [scheme.name] : [])),
      ];
      const value = fc.oneof(text, fc.constantFrom("", "Bearer x", "Basic YTpi", "2024-01-01T00:00:00Z"));
      const request = fc.record({
        path: fc.array(text, { minLength: 6, maxLength: 6 }),
        query: fc.dictionary(
          fc.constantFrom("other", ...names),
          fc.oneof(value, fc.array(value, { minLength: 2, maxLength: 2 })),
        ),
        headers: fc.dictionary(
          fc.constantFrom("other", ...names, ...keys).map((name) => name.toLowerCase()),
          value,
        ),
        hasKeys: fc.boolean(),
      });
      fc.assert(
        fc.property(request, ({ path, query, headers, hasKeys }) => {
          const values = [...path];
          const element: EngineRequest = {
            method: operation.method as EngineRequest["method"],
            url: {
              path: operation.path.replaceAll(/\{[^{}]+\}/g, () => encodeURIComponent(values.pop() ?? "")),
              query,
            },
            headers: {
              ...headers,
              ...(hasKeys && Object.fromEntries(keys.map((key) => [key.toLowerCase(), "Bearer x"]))),
            },
            body: null,
          };
          if (!check(element)) return;
          accepted += 1;
          const { validateInput, validateSecurity } = loadValidator();
          expect(validateSecurity({ resource, element })._tag).toBe("Right");
          // Prism splits the value of a list header that is not there; see withoutAbsentLists in mocker.ts.
          expect(validateInput({ resource, element })._tag).toBe("Right");
        }),
        { numRuns: 30, seed },
      );
    }
  }
  expect(accepted).toBeGreaterThan(500);
});

test.each(["oauth2", "openIdConnect", "mutualTLS"])(
  "a check takes a bearer token under %s just where Prism does",
  async (type) => {
    const get = { security: [{ own: [] }], responses: { 204: { description: "No Content" } } };
    const resource = await prepareOperation(
      {
        openapi: "3.1.0",
        info: { title: "Secured", version: "1" },
        paths: { "/": { get } },
        components: { securitySchemes: { own: { type, flows: {}, openIdConnectUrl: "https://any.test" } } },
      },
      { method: "get", path: "/" },
    );
    const element: EngineRequest = {
      method: "get",
      url: { path: "/", query: {} },
      headers: { authorization: "Bearer x" },
      body: null,
    };
    const isSecured = loadValidator().validateSecurity({ resource, element })._tag === "Right";
    expect(isSecured).toBe(type !== "mutualTLS");
    expect(compileCheck(resource)(element)).toBe(isSecured);
  },
);
