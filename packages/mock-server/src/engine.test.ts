import { expect, test } from "vitest";
import { createMockFetch } from "./fetch.ts";

const document = {
  openapi: "3.1.0",
  info: { title: "Runs", version: "1" },
  security: [{ key: [] }],
  paths: {
    "/runs/{id}": {
      get: {
        parameters: [
          { name: "id", in: "path", required: true, schema: { type: "integer" } },
          { name: "view", in: "query", schema: { enum: ["full", "short"] } },
        ],
        responses: {
          200: {
            description: "OK",
            content: {
              "application/json": { schema: {}, examples: { one: { value: { n: 1 } }, two: { value: { n: 2 } } } },
              "text/plain": { schema: {}, example: "plain" },
            },
          },
          404: { description: "Not Found", content: { "application/json": { schema: {}, example: { gone: true } } } },
        },
      },
    },
  },
  components: { securitySchemes: { key: { type: "apiKey", in: "header", name: "X-Key" } } },
};
const mock = createMockFetch(document);

async function get(path: string, headers: Record<string, string> = {}) {
  const response = await mock(`http://any.test${path}`, { headers: { "x-key": "k", ...headers } });
  return [response.status, await response.text()];
}

test("an answer that is kept is given for nothing but the same choice, in order", async () => {
  const rounds = [1, 2, 3];
  for (const round of rounds) {
    expect(await get(`/runs/${round}`)).toEqual([200, '{"n":1}']);
    expect(await get(`/runs/${round}?view=full`, { prefer: "example=two" })).toEqual([200, '{"n":2}']);
    expect(await get(`/runs/${round}`, { accept: "text/plain" })).toEqual([200, "plain"]);
    expect(await get(`/runs/${round}`, { prefer: "code=404" })).toEqual([404, '{"gone":true}']);
    expect((await get("/runs/x"))[0]).toBe(422);
    expect((await get(`/runs/${round}?view=none`))[0]).toBe(422);
    expect((await get(`/runs/${round}`, { "x-key": "" }))[0]).toBe(401);
    expect((await get(`/runs/${round}`, { prefer: "code=500" }))[0]).toBe(500);
    expect((await get(`/runs/${round}`, { accept: "image/png" }))[0]).toBe(406);
  }
});

test("dynamic answers are made for each request", async () => {
  const dynamic = createMockFetch(
    {
      openapi: "3.1.0",
      info: { title: "Numbers", version: "1" },
      paths: {
        "/n": {
          get: {
            responses: { 200: { description: "OK", content: { "application/json": { schema: { type: "number" } } } } },
          },
        },
      },
    },
    { dynamic: true },
  );
  const seen = new Set<string>();
  for (let count = 0; count < 20; count += 1) seen.add(await (await dynamic("http://any.test/n")).text());
  expect(seen.size).toBeGreaterThan(1);
});
