import { test as base } from "vitest";
import type { MockFetch, MockServer } from "./index.ts";
import { mockFetchFixture, mockServerFixture } from "./vitest.ts";

const test = base
  .extend("mock", { scope: "worker" }, mockServerFixture({ targets: ["./openapi.yaml"] }))
  .extend("mockFetch", mockFetchFixture("./openapi.yaml"));

test("fixtures have the types of what they are", ({ mock, mockFetch }) => {
  const server: MockServer = mock;
  const fetch: MockFetch = mockFetch;
  // @ts-expect-error there is no such property
  server.noSuchProperty;
  // @ts-expect-error a URL or a request is missing
  void fetch();
});

test.beforeAll(({ mock }) => {
  const server: MockServer = mock;
  return server.close();
});

// @ts-expect-error there is no such option
mockServerFixture({ prot: 0 });
// @ts-expect-error the target is missing
mockFetchFixture();
