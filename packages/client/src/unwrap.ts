import { ApiError } from "./errors/api-error.ts";

interface Answer {
  data?: unknown;
  error?: unknown;
  response: Response;
}

/** The type of `data` in the successful answers of a result. */
export type DataOf<Result> = Result extends { ok: infer Ok; data?: infer Data }
  ? Ok extends true
    ? Data
    : never
  : Result extends { data: infer Data; error?: never }
    ? Data
    : never;

/**
 * The data of a call: resolves to `data` of a successful answer, throws for any other.
 *
 * @param call what an operation (or `GET`, `POST` and so on) of a client returns.
 * @throws {ApiError} when the status is not 200 to 299; `body` holds what `error` would have held.
 *
 * @example
 * const run = await unwrap(client.getRun({ path: { run_id: 42 } }));
 */
export async function unwrap<Result extends Answer>(call: Result | Promise<Result>): Promise<DataOf<Result>> {
  const answer = await call;
  if (!answer.response.ok) throw new ApiError({ error: undefined, ...answer });
  return answer.data as DataOf<Result>;
}
