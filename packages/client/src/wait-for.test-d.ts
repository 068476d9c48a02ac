/** Checked by `tsc` alone; nothing here runs. */
import { expectTypeOf } from "vitest";
import type { UntypedApi } from "./api.ts";
import type { Job, Paged } from "./call.ts";
import type { RequestOf, Result } from "./result.ts";
import { type WaitState, waitFor } from "./wait-for.ts";

interface Operations {
  getRun: {
    parameters: { query?: { verbose?: boolean }; header?: never; path: { run_id: number }; cookie?: never };
    requestBody?: never;
    responses: {
      200: { headers: Record<string, unknown>; content: { "application/json": { status: string } } };
      404: { headers: Record<string, unknown>; content: { "application/json": { detail: string } } };
    };
  };
}

type Call = (request: RequestOf<Operations["getRun"]>) => Promise<Result<Operations["getRun"]>>;

declare const client: {
  getRun: Call & Job<"done", "failed" | "killed">;
  getOnly: Call & Job<"done", never>;
  listRuns: Call & Paged<"/data">;
  deleteRun: Call;
};
const request = { path: { run_id: 1 } };

const result = await waitFor(client.getRun, request);
expectTypeOf(result.state).toEqualTypeOf<"done" | "failed" | "killed">();
expectTypeOf(result.data).toEqualTypeOf<{ status: string }>();
expectTypeOf(result.response).toEqualTypeOf<Response>();
expectTypeOf(result.attempts).toEqualTypeOf<number>();
if (result.succeeded) expectTypeOf(result.state).toEqualTypeOf<"done">();
if (!result.succeeded) expectTypeOf(result.state).toEqualTypeOf<"failed" | "killed">();
if (result.state === "killed") expectTypeOf(result.succeeded).toEqualTypeOf<false>();
expectTypeOf((await waitFor(client.getOnly, request)).state).toEqualTypeOf<"done">();

declare const state: WaitState;
expectTypeOf((await waitFor(client.getRun, state)).data).toEqualTypeOf<{ status: string }>();
await waitFor(client.getRun, request, {
  intervalMs: 1,
  onProgress(progress) {
    expectTypeOf(progress.data).toEqualTypeOf<{ status: string }>();
    expectTypeOf(progress.state).toEqualTypeOf<string>();
    expectTypeOf(progress.waitState).toEqualTypeOf<WaitState>();
  },
  async cancel() {},
});

// @ts-expect-error the request is missing, and has a required path parameter
await waitFor(client.getRun);
// @ts-expect-error the required path parameter is missing
await waitFor(client.getRun, {});
// @ts-expect-error the path parameter has the wrong type
await waitFor(client.getRun, { path: { run_id: "1" } });
// @ts-expect-error a query parameter is unknown
await waitFor(client.getRun, { path: { run_id: 1 }, query: { verbos: true } });
// @ts-expect-error an option is unknown
await waitFor(client.getRun, request, { interval: 1 });
// @ts-expect-error a list is no job
await waitFor(client.listRuns, request);
// @ts-expect-error the operation reads no job
await waitFor(client.deleteRun, request);

declare const untyped: UntypedApi;
const { getAny } = untyped;
if (getAny) expectTypeOf((await waitFor(getAny, { path: { a: 1 } })).state).toEqualTypeOf<string>();
if (getAny) expectTypeOf((await waitFor(getAny)).data).toEqualTypeOf<unknown>();
