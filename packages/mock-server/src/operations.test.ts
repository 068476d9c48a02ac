import { fileURLToPath } from "node:url";
import type { OpenApiDocument } from "@artifetch/document";
import { listApis, loadDocument } from "@artifetch/document/load";
import { expect, test } from "vitest";
import { completeOperation, listOperations, prepareOperation } from "./operations.ts";
import { loadPrism } from "./prism.ts";
import { toPrismDocument } from "./prism-document.ts";

const service = fileURLToPath(new URL("../fixtures/service.yaml", import.meta.url));

async function readWithPrism(document: OpenApiDocument) {
  const operations = await loadPrism().getHttpOperationsFromSpec(toPrismDocument(document));
  return operations.map(completeOperation);
}

/**
 * Without descriptions and extensions: where a reference has one beside it, Prism's reader keeps it or that of its target,
 * depending on what else is in the document. They are in no answer.
 */
function withoutAnnotations(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (key, child) => (/^(description$|x-)/.test(key) ? undefined : child)));
}

test.each([...listApis(), service])(
  "prepares each operation of %s from its part as Prism does from the whole",
  async (target) => {
    const { document } = await loadDocument(target);
    const expected = await readWithPrism(document);
    const operations = listOperations(document);
    expect(operations.map(({ method, path }) => `${method} ${path}`)).toEqual(
      expected.map(({ method, path }) => `${method} ${path}`),
    );
    for (const [index, operation] of operations.entries()) {
      const prepared = await prepareOperation(document, operation);
      expect(withoutAnnotations(prepared)).toEqual(withoutAnnotations(expected[index]));
      expect(operation.servers.map(({ url }) => url)).toEqual(expected[index]?.servers?.map(({ url }) => url));
    }
  },
);

const ok = { description: "OK", content: { "application/json": { schema: { $ref: "#/components/schemas/Node" } } } };
const recursive = {
  openapi: "3.1.0",
  info: { title: "Nodes", version: "1" },
  paths: {
    "/nodes": { $ref: "#/components/pathItems/Nodes" },
    "/like-nodes": { post: { responses: { 200: { $ref: "#/paths/~1first/get/responses/200" } } } },
    "/first": { get: { responses: { 200: ok } } },
  },
  components: {
    pathItems: { Nodes: { get: { operationId: "listNodes", responses: { 200: ok } } } },
    schemas: {
      Node: {
        type: "object",
        properties: { children: { type: "array", items: { $ref: "#/components/schemas/Node" } } },
      },
    },
  },
} as unknown as OpenApiDocument;

test("prepares operations behind references, with circular schemas, and whatever else the document has", async () => {
  const expected = await readWithPrism(recursive);
  const operations = listOperations(recursive);
  expect(operations.map(({ id }) => id)).toEqual(["listNodes", "post /like-nodes", "get /first"]);
  expect(await prepareOperation(recursive, { method: "get", path: "/nodes" })).toEqual(expected[0]);
  expect(await prepareOperation(recursive, { method: "get", path: "/first" })).toEqual(expected[2]);
});

test("prepares an operation that refers into another one of its path", async () => {
  const post = { requestBody: { content: { "application/json": { schema: { type: "integer" } } } }, responses: {} };
  const schema = { $ref: "#/paths/~1nodes/post/requestBody/content/application~1json/schema" };
  const get = { responses: { 200: { description: "OK", content: { "application/json": { schema } } } } };
  const document = { openapi: "3.1.0", info: recursive.info, paths: { "/nodes": { get, post } } };
  const [expected] = await readWithPrism(document);
  expect(expected?.responses[0]?.contents?.[0]?.schema).toMatchObject({ type: "integer" });
  expect(await prepareOperation(document, { method: "get", path: "/nodes" })).toEqual(expected);
});

test.each([
  [undefined, []],
  [{}, [[]]],
])("takes a scheme that is not declared as Prism does: schemes %j", async (securitySchemes, security) => {
  const get = { security: [{ unknown: [] }], responses: {} };
  const components = securitySchemes && { components: { securitySchemes } };
  const document = { openapi: "3.1.0", info: recursive.info, paths: { "/nodes": { get } }, ...components };
  const [expected] = await readWithPrism(document);
  expect(expected?.security).toEqual(security);
  expect((await prepareOperation(document, { method: "get", path: "/nodes" })).security).toEqual(security);
});

test("says which operation cannot be read, and why; others can", async () => {
  const dangling = {
    openapi: "3.1.0",
    info: { title: "Dangling", version: "1" },
    paths: {
      "/gone": { get: { responses: { 200: { $ref: "#/components/responses/Gone" } } } },
      "/here": { get: { responses: { 200: { description: "OK" } } } },
    },
  } as unknown as OpenApiDocument;
  await expect(prepareOperation(dangling, { method: "get", path: "/gone" })).rejects.toThrow(
    /^GET \/gone: Prism cannot read it: .*Gone/,
  );
  expect(await prepareOperation(dangling, { method: "get", path: "/here" })).toMatchObject({ path: "/here" });
});
