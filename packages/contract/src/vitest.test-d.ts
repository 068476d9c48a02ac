import type { OpenApiDocument } from "@artifetch/document";
import { expect, expectTypeOf } from "vitest";
import { contractMatchers, contractTests } from "./vitest.ts";

declare const document: OpenApiDocument;
expect.extend(contractMatchers(document));

expectTypeOf(expect(new Response()).toSatisfyOperation("getRun")).toEqualTypeOf<Promise<void>>();
expectTypeOf(expect({}).toMatchSchema("Run")).toEqualTypeOf<void>();
expectTypeOf(expect(Promise.resolve({})).resolves.toMatchSchema("Run")).toEqualTypeOf<Promise<void>>();
expect({}).toEqual({ run: expect.toMatchSchema("Run") });

// @ts-expect-error the name is missing
expect({}).toMatchSchema();
// @ts-expect-error a name is a text
void expect({}).toSatisfyOperation(1);
// @ts-expect-error there is no such matcher
expect({}).toMatchSchemas("Run");

contractTests(document, { baseUrl: () => "http://127.0.0.1:1", fetch, prefer: true, seed: 7 });
// @ts-expect-error there is no such option
contractTests(document, { url: "http://127.0.0.1:1" });
// @ts-expect-error the document is missing
contractTests();
