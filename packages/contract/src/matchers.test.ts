import { createApi, type UntypedApi } from "@artifetch/client";
import { defineApi } from "@artifetch/client/definition";
import { listOperations } from "@artifetch/document";
import { expect, test } from "vitest";
import { document } from "../fixtures/traffic.ts";
import { contractMatchers } from "./matchers.ts";
import "./vitest.ts";

expect.extend(contractMatchers(document));

const headers = { "Content-Type": "application/json", "X-Cost": "3" };
const good = { id: 1, note: "a" };
const toAnswer = (body: unknown, init: ResponseInit = {}) =>
  new Response(JSON.stringify(body), { headers: { ...headers }, ...init });

async function catchMessage(assertion: () => unknown): Promise<string> {
  try {
    await assertion();
  } catch (error) {
    return (error as Error).message;
  }
  return expect.fail("nothing was thrown");
}

test("a Response satisfies its operation, and can still be read", async () => {
  const response = toAnswer(good);
  await expect(response).toSatisfyOperation("getRun");
  expect(await response.json()).toEqual(good);
  await expect(new Response(null, { status: 204 })).toSatisfyOperation("deleteRun");
});

test("what differs is told with its place, the rule and where that stands in the document", async () => {
  const message = await catchMessage(() => expect(toAnswer({ id: "x" })).toSatisfyOperation("getRun"));
  expect(message).toBe(
    [
      "expected the answer 200 to be as GET /runs/{id} (getRun) documents it",
      "",
      "/id must be integer",
      "  place:    body /id",
      '  rule:     type: "integer"',
      "  document: #/components/schemas/Run/properties/id/type",
      "  check:    response_schema_conformance; probably wrong: unknown. The document does not say where it has this rule from.",
    ].join("\n"),
  );
});

test.each([
  ["a status that is not documented", toAnswer({}, { status: 302 }), "status is 302, documented: 200, 404"],
  [
    "a status of the server that is not documented",
    toAnswer({}, { status: 503 }),
    "status is 503, documented: 200, 404",
  ],
  [
    "a missing header",
    new Response(JSON.stringify(good), { headers: { "content-type": "application/json" } }),
    "header X-Cost is missing",
  ],
  [
    "another media type",
    new Response("a", { headers: { ...headers, "Content-Type": "text/plain" } }),
    'content type is "text/plain"',
  ],
  ["a body that is no JSON", new Response("{", { headers }), "the body is not JSON"],
])("%s does not satisfy", async (_, response, message) => {
  await expect(response).not.toSatisfyOperation("getRun");
  expect(await catchMessage(() => expect(response).toSatisfyOperation("getRun"))).toContain(message);
});

test("a body that breaks off does not satisfy", async () => {
  const body = new ReadableStream({ start: (controller) => controller.error(new Error("connection lost")) });
  const message = await catchMessage(() => expect(new Response(body, { headers })).toSatisfyOperation("getRun"));
  expect(message).toContain("the body cannot be read: connection lost");
});

test("properties that are not documented are no difference", async () => {
  await expect(toAnswer({ ...good, more: 1 })).toSatisfyOperation("getRun");
  expect({ ...good, more: 1 }).toMatchSchema("Run");
});

test("behind .not, what is as documented fails", async () => {
  const message = await catchMessage(() => expect(toAnswer(good)).not.toSatisfyOperation("getRun"));
  expect(message).toBe("expected the answer 200 not to be as GET /runs/{id} (getRun) documents it, but it is");
  expect(() => expect(good).not.toMatchSchema("Run")).toThrow(
    "expected the value not to match the schema Run, but it does",
  );
});

test("a result of the client satisfies, whose body has been read", async () => {
  const operations = listOperations(document);
  const serve = (response: Response) =>
    createApi<UntypedApi>(defineApi(document, operations), {
      baseUrl: "http://127.0.0.1",
      auth: { key: "k" },
      fetch: async () => response,
    });
  const call = (response: Response) => serve(response).getRun?.({ path: { id: 1 } });
  const spaced = new Response('{ "id": 1 }', { headers: { ...headers, "content-length": "11" } });
  await expect(await call(spaced)).toSatisfyOperation("getRun");
  await expect(await call(toAnswer({ id: "x" }))).not.toSatisfyOperation("getRun");
  await expect(await call(toAnswer({ message: "none" }, { status: 404 }))).toSatisfyOperation("getRun");
  await expect(await call(toAnswer([], { status: 404 }))).not.toSatisfyOperation("getRun");
  const other = await call(toAnswer(good));
  expect(await catchMessage(() => expect(other).toSatisfyOperation("deleteRun"))).toBe(
    "expected an answer of deleteRun, but this is one of getRun",
  );
  const bytes = serve(
    new Response("abc", { headers: { "content-type": "application/octet-stream", "content-length": "3" } }),
  );
  const stream = await bytes.getBytes?.({});
  await expect(stream).toSatisfyOperation("getBytes");
  expect(await new Response((stream as { data: ReadableStream }).data).text()).toBe("abc");
});

test.each([
  ["with a text", { status: 200, headers, body: '{"id":1}' }],
  ["with bytes", { status: 200, headers, body: new TextEncoder().encode('{"id":1}') }],
  ["with a buffer", { status: 200, headers, body: new TextEncoder().encode('{"id":1}').buffer }],
  ["with a value", { status: 200, headers: { "x-cost": 3 }, body: { id: 1 } }],
  [
    "with a value and the length of its text elsewhere",
    { status: 200, headers: { ...headers, "content-length": "99" }, body: { id: 1 } },
  ],
  ["with Headers", { status: 200, headers: new Headers(headers), body: '{"id":1}' }],
])("a plain answer satisfies %s", async (_, answer) => {
  await expect(answer).toSatisfyOperation("getRun");
  await expect({ ...answer, status: 302 }).not.toSatisfyOperation("getRun");
});

test("a plain answer without a body has an empty one", async () => {
  const message = await catchMessage(() => expect({ status: 200, headers }).toSatisfyOperation("getRun"));
  expect(message).toContain("the body is empty, expected JSON");
});

test("what is no answer, or has been read, is a mistake of the test, also behind .not", async () => {
  const read = toAnswer(good);
  await read.text();
  expect(await catchMessage(() => expect(read).not.toSatisfyOperation("getRun"))).toContain("has been read");
  expect(await catchMessage(() => expect(undefined).not.toSatisfyOperation("getRun"))).toContain(
    "takes a Response, a result of @artifetch/client or { status, headers, body }; this is undefined",
  );
});

test("an unknown operation or schema is an error that lists near names, also behind .not", async () => {
  expect(await catchMessage(() => expect(toAnswer(good)).not.toSatisfyOperation("getRuns"))).toBe(
    'The document has no operation "getRuns". Near: getRun.',
  );
  expect(() => expect(good).not.toMatchSchema("run")).toThrow('The document has no schema "run". Near: Run, NewRun.');
  expect(() => expect(good).toMatchSchema("Zebra")).toThrow('The document has no schema "Zebra". It has: NewRun, Run.');
  // Not a property of every object.
  expect(() => expect(good).toMatchSchema("constructor")).toThrow("The document has no schema");
});

test("a value that does not match is shown beside the rule", () => {
  expect(() => expect({ id: 1.5, note: 7 }).toMatchSchema("Run")).toThrow(
    [
      "expected the value to match the schema Run",
      "",
      "/id must be integer",
      "  place:    /id, which is 1.5",
      '  rule:     type: "integer"',
      "  document: #/components/schemas/Run/properties/id/type",
      "",
      "/note must be string",
    ].join("\n"),
  );
  expect(undefined).not.toMatchSchema("Run");
});

test("a schema can stand for a value within another", () => {
  expect({ run: good }).toEqual({ run: expect.toMatchSchema("Run") });
  expect({ run: {} }).not.toEqual({ run: expect.toMatchSchema("Run") });
});
