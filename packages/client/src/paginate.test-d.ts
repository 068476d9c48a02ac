/** Checked by `tsc` alone; nothing here runs. */
import { expectTypeOf } from "vitest";
import type { UntypedApi } from "./api.ts";
import type { Job, Paged } from "./call.ts";
import { type ItemOf, paginate } from "./paginate.ts";
import type { RequestOf, Result } from "./result.ts";

interface Run {
  id: string;
}

interface Operations {
  listRuns: {
    parameters: { query?: { size?: number; page?: number }; header?: never; path?: never; cookie?: never };
    requestBody?: never;
    responses: {
      200: { headers: Record<string, unknown>; content: { "application/json": { data: Run[]; next: number | null } } };
      404: { headers: Record<string, unknown>; content: { "application/json": { detail: string } } };
    };
  };
  listFiles: {
    parameters: { query?: never; header?: never; path: { run_id: number }; cookie?: never };
    requestBody?: never;
    responses: { 200: { content: { "application/json": string[] } }; default: { content?: never } };
  };
}

declare const client: {
  listRuns: ((request?: RequestOf<Operations["listRuns"]>) => Promise<Result<Operations["listRuns"]>>) & Paged<"/data">;
  listFiles: ((request: RequestOf<Operations["listFiles"]>) => Promise<Result<Operations["listFiles"]>>) & Paged<"">;
  getRun: ((request?: RequestOf<Operations["listRuns"]>) => Promise<Result<Operations["listRuns"]>>) &
    Job<"done", "failed">;
  deleteRun(request?: RequestOf<Operations["listRuns"]>): Promise<Result<Operations["listRuns"]>>;
};

for await (const run of paginate(client.listRuns)) expectTypeOf(run).toEqualTypeOf<Run>();
for await (const run of paginate(client.listRuns, { query: { size: 5 } }, { from: "token", maxPages: 2 })) {
  expectTypeOf(run).toEqualTypeOf<Run>();
}
for await (const page of paginate(client.listRuns, undefined, {}).pages()) {
  expectTypeOf(page.items).toEqualTypeOf<readonly Run[]>();
  expectTypeOf(page.data).toEqualTypeOf<{ data: Run[]; next: number | null }>();
  expectTypeOf(page.response).toEqualTypeOf<Response>();
  expectTypeOf(page.token).toEqualTypeOf<string | undefined>();
}
for await (const file of paginate(client.listFiles, { path: { run_id: 1 } })) {
  expectTypeOf(file).toEqualTypeOf<string>();
}

// @ts-expect-error the request is missing, and has a required path parameter
paginate(client.listFiles);
// @ts-expect-error the required path parameter is missing
paginate(client.listFiles, {});
// @ts-expect-error the path parameter has the wrong type
paginate(client.listFiles, { path: { run_id: "1" } });
// @ts-expect-error a query parameter is unknown
paginate(client.listRuns, { query: { sise: 5 } });
// @ts-expect-error an option is unknown
paginate(client.listRuns, {}, { maxPage: 2 });
// @ts-expect-error a job is no list
paginate(client.getRun);
// @ts-expect-error the operation has no pages
paginate(client.deleteRun);
// @ts-expect-error a function of one's own is no method of a client
paginate(async () => ({ response: new Response(), operationId: "" }));

expectTypeOf<ItemOf<{ data: { files: Run[] } }, "/data/files">>().toEqualTypeOf<Run>();
expectTypeOf<ItemOf<{ data?: { files: Run[] | null } | null }, "/data/files">>().toEqualTypeOf<Run>();
expectTypeOf<ItemOf<{ data: Run[] } | { other: 1 }, "/data">>().toEqualTypeOf<Run>();
expectTypeOf<ItemOf<{ data: Run }, "/data">>().toEqualTypeOf<unknown>();
expectTypeOf<ItemOf<unknown, string>>().toEqualTypeOf<unknown>();

declare const untyped: UntypedApi;
const { listAny } = untyped;
if (listAny)
  for await (const item of paginate(listAny, { query: { a: 1 } })) expectTypeOf(item).toEqualTypeOf<unknown>();
