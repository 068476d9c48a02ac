import { listOperations } from "@artifetch/document";
import { expect, test } from "vitest";
import { toTryModel } from "../model.ts";
import { type Filled, InputError, toCall } from "./call.ts";
import { sendCall } from "./exchange.ts";

const securitySchemes = {
  One: { type: "apiKey", in: "header", name: "X-One" },
  Two: { type: "apiKey", in: "header", name: "X-Two" },
  Three: { type: "http", scheme: "bearer" },
};
const parameters = [
  { name: "id", in: "path", required: true, schema: { type: "string" } },
  { name: "tag", in: "query", schema: { type: "array", items: { type: "string" } } },
  { name: "filter", in: "query", schema: { type: "object" } },
];
const document = JSON.parse(
  JSON.stringify({
    openapi: "3.1.0",
    info: { title: "T", version: "1" },
    paths: {
      "/a/{id}": { post: { operationId: "a", parameters, requestBody: { content: { "application/json": {} } } } },
    },
    components: { securitySchemes },
    security: [{ One: [], Two: [] }, { Three: [] }],
  }),
);
const model = toTryModel({ name: "t", document, operations: listOperations(document) });

function toRequest(filled: Partial<Filled>) {
  const [operation] = model.operations;
  if (!operation) throw new Error("The document has an operation.");
  return toCall(model, operation, { parameters: ["1"], headers: "", credentials: {}, ...filled });
}

/** What goes over the wire. */
async function send(filled: Partial<Filled>): Promise<Request> {
  let sent: Request | undefined;
  const { signal } = new AbortController();
  await sendCall(toRequest(filled), "https://example.com/base", signal, async (request) => {
    sent = request;
    return new Response("{}");
  });
  if (!sent) throw new Error("Nothing was sent.");
  return sent;
}

test("what is empty is not sent; lists repeat their name, objects stand in brackets", async () => {
  expect((await send({ parameters: ["a b", "", ""] })).url).toBe("https://example.com/base/a/a%20b");
  expect(decodeURIComponent((await send({ parameters: ["1", "x\ny", '{"k":1}'] })).url)).toMatch(
    /\?tag=x&tag=y&filter\[k\]=1$/,
  );
});

test("a body goes out as it was written, mistakes and long numbers included", async () => {
  const request = await send({ body: { type: "application/json", content: '{"id":9007199254740993,' } });
  expect(request.headers.get("content-type")).toBe("application/json");
  expect(await request.text()).toBe('{"id":9007199254740993,');
});

test("the keys of the first complete alternative are sent; else those of the first that are there", () => {
  expect(toRequest({ credentials: { Two: "2", Three: "3" } }).auth).toEqual({ Three: "3" });
  expect(toRequest({ credentials: { One: "1", Two: "2", Three: "3" } }).auth).toEqual({ One: "1", Two: "2" });
  expect(toRequest({ credentials: { Two: "2" } }).auth).toEqual({ Two: "2" });
  expect(toRequest({}).auth).toBe(false);
});

test("keys are in headers of the request", async () => {
  expect((await send({ credentials: { Three: "3" } })).headers.get("authorization")).toBe("Bearer 3");
});

test("a wished answer is asked for, and its media type; further headers win", async () => {
  const answer = { prefer: "code=404", type: "text/plain" };
  const { headers } = await send({ answer, headers: "Accept: image/png\n\nX-A:  b " });
  expect(Object.fromEntries(headers)).toMatchObject({ prefer: "code=404", accept: "image/png", "x-a": "b" });
});

test("what cannot be sent is refused by name", () => {
  expect(() => toRequest({ parameters: ["1", "", "{"] })).toThrow(InputError);
  expect(() => toRequest({ parameters: ["1", "", "{"] })).toThrow('Parameter "filter" takes JSON');
  expect(() => toRequest({ headers: "no colon" })).toThrow('"no colon" is no header');
});
