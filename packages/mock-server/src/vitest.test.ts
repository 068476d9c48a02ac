import { test as base, describe, expect } from "vitest";
import { OptionError } from "./errors.ts";
import type { MockServer } from "./server.ts";
import { mockFetchFixture, mockServerFixture } from "./vitest.ts";

const service = new URL("../fixtures/service.yaml", import.meta.url);
const seen: MockServer[] = [];

const test = base
  .extend("shared", { scope: "file" }, mockServerFixture({ targets: [service] }))
  .extend("own", mockServerFixture({ targets: [service], journal: { limit: 1 } }))
  .extend("mockFetch", mockFetchFixture(service))
  .extend("dynamicFetch", { scope: "file" }, mockFetchFixture(service, { dynamic: true, seed: "s" }));

test("a server is started for the test, with a journal", async ({ own }) => {
  seen.push(own);
  expect((await fetch(`${own.url}/runs/1`)).status).toBe(200);
  await fetch(`${own.url}/runs/2`);
  expect(own.journal.entries).toMatchObject([{ operationId: "getRun", request: { path: "/runs/2" } }]);
});

test("the next test has another one, and the last is closed", async ({ own }) => {
  const [last] = seen;
  expect(own.url).not.toBe(last?.url);
  expect(own.journal.entries).toEqual([]);
  await expect(fetch(`${last?.url}/runs/1`)).rejects.toThrow(TypeError);
});

describe("a server of the file", () => {
  test("answers a first test", async ({ shared }) => {
    seen.push(shared);
    expect((await fetch(`${shared.url}/runs/1`)).status).toBe(200);
  });

  test("is the same in a second one", async ({ shared }) => {
    expect(shared).toBe(seen.at(-1));
    expect(shared.journal.entries).toHaveLength(1);
  });
});

test("a mock fetch is there for the test", async ({ mockFetch }) => {
  expect(await (await mockFetch("https://any.example/runs/1")).json()).toEqual({ id: 42, state: "done" });
  expect(mockFetch.journal.entries).toHaveLength(1);
});

test("the next test has a journal of its own", ({ mockFetch }) => {
  expect(mockFetch.journal.entries).toEqual([]);
});

test("a mock fetch takes options", async ({ dynamicFetch }) => {
  const read = async () => (await dynamicFetch("https://any.example/answers/generated")).text();
  expect(await read()).toBe(await read());
});

test("wrong options are refused where the fixture is made", () => {
  expect(() => mockFetchFixture(service, { seed: "" })).toThrow(OptionError);
  expect(() => mockServerFixture({ port: -1 })).toThrow(OptionError);
});
