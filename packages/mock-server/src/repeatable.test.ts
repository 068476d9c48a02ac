import { listApis, loadDocument } from "@artifetch/document/load";
import { expect, onTestFinished, test, vi } from "vitest";
import { createMockFetch } from "./fetch.ts";
import { createMocker, type Mocker } from "./mocker.ts";
import { listOperations, prepareOperation } from "./operations.ts";
import type { EngineRequest } from "./read-request.ts";

const seeds = ["a", "b", "one more"];

// Everything that is made up from more than json-schema-faker's own source of random numbers, and the rest beside it.
const properties = {
  price: { type: "number", minimum: 0, maximum: 90, multipleOf: 0.01 },
  anything: {},
  name: { type: "string", "x-faker": "person.firstName" },
  past: { type: "string", "x-faker": "date.past" },
  code: { type: "string", pattern: "^[a-z]{3}-[0-9]+$" },
  id: { type: "string", format: "uuid" },
  moment: { type: "string", format: "date-time" },
  day: { type: "string", format: "date" },
  time: { type: "string", format: "time" },
  mail: { type: "string", format: "email" },
  list: { type: "array", minItems: 2, items: { oneOf: [{ type: "integer" }, { type: "boolean" }] } },
};
const schema = { type: "object", required: Object.keys(properties), properties };
const document = {
  openapi: "3.1.0",
  info: { title: "Made up", version: "1" },
  paths: {
    "/one": {
      get: {
        responses: {
          200: {
            description: "OK",
            headers: { "X-Number": { schema: { type: "integer" } } },
            content: { "application/json": { schema } },
          },
        },
      },
    },
  },
};

async function read(mock: typeof fetch, prefer = ""): Promise<string> {
  const response = await mock("https://any.example/one", { headers: prefer ? { prefer } : {} });
  expect(response.status).toBe(200);
  return `${response.headers.get("x-number")} ${await response.text()}`;
}

test.each(seeds)(
  "the seed %j gives one answer, whatever is answered before, and the server's as the request's",
  async (seed) => {
    const asked = createMockFetch(document);
    const prefer = `dynamic=true, seed="${seed}"`;
    const first = await read(asked, prefer);
    await read(asked, "dynamic=true, seed=other");
    await read(asked, "dynamic=true");
    expect(await read(asked, prefer)).toBe(first);
    expect(await read(createMockFetch(document, { dynamic: true, seed }))).toBe(first);
  },
);

test("each seed gives another answer", async () => {
  const mock = createMockFetch(document, { dynamic: true });
  const answers = await Promise.all(seeds.map((seed) => read(mock, `seed="${seed}"`)));
  expect(new Set(answers).size).toBe(seeds.length);
});

test("answers that are made up at the same time do not change each other", async () => {
  const mocks = seeds.map((seed) => createMockFetch(document, { dynamic: true, seed }));
  const alone = new Map<unknown, string>();
  for (const mock of mocks) alone.set(mock, await read(mock));
  const free = createMockFetch(document, { dynamic: true });
  const rounds = Array.from({ length: 20 }, (_, round) => [mocks[round % 3] ?? free, free]).flat();
  const answers = await Promise.all(rounds.map(async (mock) => ({ mock, text: await read(mock) })));
  for (const { mock, text } of answers) if (mock !== free) expect(text).toBe(alone.get(mock));
});

test("a seeded answer leaves the ones without a seed to chance, and Math.random as it was", async () => {
  const { random } = Math;
  const mock = createMockFetch(document, { dynamic: true });
  const free: string[] = [];
  for (let round = 0; round < 5; round += 1) {
    await read(mock, "seed=same");
    expect(Math.random).toBe(random);
    const [, id = ""] = /"id":"([^"]+)"/.exec(await read(mock)) ?? [];
    free.push(id);
  }
  expect(new Set(free).size).toBe(free.length);
});

test("a seeded answer does not depend on the day", async () => {
  const mock = createMockFetch(document, { dynamic: true, seed: "s" });
  const today = await read(mock);
  vi.useFakeTimers({ now: new Date("2031-07-04T05:06:07Z"), toFake: ["Date"] });
  onTestFinished(() => void vi.useRealTimers());
  expect(await read(mock)).toBe(today);
});

test("a faker that the test itself has seeded goes on undisturbed", async () => {
  const { createRequire } = await import("node:module");
  const { faker } = createRequire(createRequire(import.meta.url).resolve("@stoplight/prism-http"))("@faker-js/faker");
  const mock = createMockFetch(document, { dynamic: true, seed: "s" });
  await read(mock);
  faker.seed(1);
  const expected = [faker.number.int(), faker.number.int()];
  faker.seed(1);
  const first = faker.number.int();
  await read(mock);
  expect([first, faker.number.int()]).toEqual(expected);
});

test.each(listApis())("every answer of %s can be repeated, in any order", async (api) => {
  const { document } = await loadDocument(api);
  const resources = await Promise.all(
    listOperations(document).map((operation) => prepareOperation(document, operation)),
  );
  const choices = resources.flatMap((resource) =>
    resource.responses
      .filter(({ code }) => /^\d{3}$/.test(code))
      // Nothing is asked of the request.
      .map(({ code }) => ({ mocker: createMocker({ ...resource, request: {}, security: [] }), code: Number(code) })),
  );
  const forth = await makeUp(choices);
  const back = await makeUp(choices.toReversed());
  expect(back.toReversed()).toEqual(forth);
});

async function makeUp(choices: readonly { mocker: Mocker; code: number }[]): Promise<string[]> {
  const answers: string[] = [];
  for (const { mocker, code } of choices) {
    const request: EngineRequest = { method: "get", url: { path: "/", query: {} }, headers: {}, body: null };
    const answered = await mocker(request, { dynamic: true, ignoreExamples: true, seed: "s", code });
    answers.push(JSON.stringify("refused" in answered ? answered.refused.message : [answered.headers, answered.body]));
  }
  return answers;
}
