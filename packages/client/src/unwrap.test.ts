import { expect, test } from "vitest";
import { ApiError, isApiError } from "./errors/api-error.ts";
import { unwrap } from "./unwrap.ts";

const answer = (body: unknown, status: number) => {
  const response = Response.json(body, { status, statusText: status === 404 ? "Not Found" : "OK" });
  return response.ok
    ? ({ ok: true, status, data: body, response, operationId: "getRun" } as const)
    : ({ ok: false, status, error: body, response, operationId: "getRun" } as const);
};

test("resolves to the data of a success", async () => {
  expect(await unwrap(Promise.resolve(answer({ id: 1 }, 200)))).toEqual({ id: 1 });
});

test("throws an ApiError with status, body and operation for a failure", async () => {
  const error = await unwrap(answer({ detail: "no" }, 404)).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ApiError);
  expect(isApiError(error)).toBe(true);
  expect(error).toMatchObject({
    status: 404,
    body: { detail: "no" },
    operationId: "getRun",
    message: "404 Not Found from getRun",
  });
});

test("throws for a failure whose body is empty", async () => {
  const response = new Response(null, { status: 500 });
  await expect(unwrap({ error: undefined, response })).rejects.toMatchObject({
    status: 500,
    body: undefined,
    message: "500",
  });
});

test.each([null, 0, "", "text"])("keeps %j as the body and out of the message", async (body) => {
  await expect(unwrap(answer(body, 404))).rejects.toMatchObject({ body, message: "404 Not Found from getRun" });
});
