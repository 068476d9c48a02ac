/** Checked by `tsc` alone; nothing here runs. */
import { expectTypeOf } from "vitest";
import type { ClientOptions } from "./api.ts";

type Options = ClientOptions<object, object, "getRun" | "listRuns">;

const options: Options = {
  hooks: {
    onRequest({ operationId, headers }) {
      expectTypeOf(operationId).toEqualTypeOf<"getRun" | "listRuns">();
      expectTypeOf(headers).toEqualTypeOf<Headers>();
    },
    onResponse({ operationId, status }) {
      expectTypeOf(operationId).toEqualTypeOf<"getRun" | "listRuns">();
      expectTypeOf(status).toEqualTypeOf<number>();
      // @ts-expect-error no operation has this name
      operationId === "getRnu";
    },
  },
};
expectTypeOf(options.hooks).not.toBeAny();
