/** Checked by `tsc` alone; nothing here runs. */
import { expectTypeOf } from "vitest";
import type { RequestOf, Result } from "./result.ts";
import { unwrap } from "./unwrap.ts";

interface Operations {
  getRun: {
    parameters: { query?: { verbose?: boolean }; header?: never; path: { run_id: number }; cookie?: never };
    requestBody?: never;
    responses: {
      200: { headers: Record<string, unknown>; content: { "application/json": { id: string } } };
      404: {
        headers: { "X-Why"?: string; [name: string]: unknown };
        content: { "application/problem+json": { detail: string } };
      };
      "5XX": { headers: Record<string, unknown>; content: { "application/json": { crash: true } } };
    };
  };
  listRuns: {
    parameters: { query?: { size?: number }; header?: never; path?: never; cookie?: never };
    requestBody?: never;
    responses: {
      200: { content: { "application/json": string[] } };
      default: { content: { "application/json": { message: string } } };
    };
  };
  createRun: {
    parameters: { query?: never; header?: never; path?: never; cookie?: never };
    requestBody: { content: { "application/json": { name: string } } };
    responses: { 201: { content: { "application/json": { id: string } } }; 409: { content?: never } };
  };
  deleteRun: {
    parameters: { query?: never; header?: never; path: { run_id: number }; cookie?: never };
    requestBody?: never;
    responses: { 204: { content?: never } };
  };
  getFile: {
    parameters: { query?: never; header?: never; path?: never; cookie?: never };
    requestBody?: { content: { "application/octet-stream": unknown } };
    responses: { 200: { content: { "application/octet-stream": unknown; "text/plain": string } } };
  };
}
declare function call<Name extends keyof Operations>(
  name: Name,
  request: RequestOf<Operations[Name]>,
): Promise<Result<Operations[Name]>>;

const run = await call("getRun", { path: { run_id: 1 } });
if (run.ok) expectTypeOf(run.data).toEqualTypeOf<{ id: string }>();
if (run.status === 200) expectTypeOf(run.data).toEqualTypeOf<{ id: string }>();
if (run.status === 404) expectTypeOf(run.error).toEqualTypeOf<{ detail: string }>();
if (run.status === 404) {
  expectTypeOf<Extract<Parameters<typeof run.response.headers.get>[0], "X-Why">>().toEqualTypeOf<"X-Why">();
  expectTypeOf(run.response.headers.get("X-Why")).toEqualTypeOf<string | null>();
  expectTypeOf(run.response.headers.get("X-Other")).toEqualTypeOf<string | null>();
}
if (run.status === 503) expectTypeOf(run.error).toEqualTypeOf<{ crash: true }>();
if (run.status === 401) expectTypeOf(run.error).toEqualTypeOf<unknown>();
if (run.status !== 200) expectTypeOf(run.data).toEqualTypeOf<undefined>();
// @ts-expect-error the documented statuses and the known ones are all that there is
run.status === 299;

const runs = await call("listRuns", {});
if (runs.ok) expectTypeOf(runs.data).toEqualTypeOf<string[]>();
if (!runs.ok) expectTypeOf(runs.error).toEqualTypeOf<{ message: string }>();

const created = await call("createRun", { body: { name: "x" } });
if (created.status === 201) expectTypeOf(created.data).toEqualTypeOf<{ id: string }>();
if (created.status === 409) expectTypeOf(created.error).toEqualTypeOf<undefined>();

const deleted = await call("deleteRun", { path: { run_id: 1 } });
if (deleted.status === 204) expectTypeOf(deleted.data).toEqualTypeOf<undefined>();

const file = await call("getFile", { body: new Uint8Array([1]) });
if (file.ok) expectTypeOf(file.data).toEqualTypeOf<string | ReadableStream<Uint8Array>>();

expectTypeOf(await unwrap(call("getRun", { path: { run_id: 1 } }))).toEqualTypeOf<{ id: string }>();
expectTypeOf(await unwrap(call("deleteRun", { path: { run_id: 1 } }))).toEqualTypeOf<undefined>();

// @ts-expect-error a path parameter is missing
await call("getRun", {});
// @ts-expect-error a path parameter has the wrong type
await call("getRun", { path: { run_id: "1" } });
// @ts-expect-error a query parameter is unknown
await call("getRun", { path: { run_id: 1 }, query: { verbos: true } });
// @ts-expect-error the operation has no header parameters
await call("getRun", { path: { run_id: 1 }, header: { a: "b" } });
// @ts-expect-error the body is missing
await call("createRun", {});
// @ts-expect-error the body has the wrong type
await call("createRun", { body: { name: 1 } });
// @ts-expect-error the operation takes no body
await call("listRuns", { body: {} });
