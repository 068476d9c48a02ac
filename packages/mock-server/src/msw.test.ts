import { HttpResponse, http } from "msw";
import { setupServer } from "msw/node";
import { expect, onTestFinished, test } from "vitest";
import { OptionError } from "./errors.ts";
import { createMockHandlers } from "./msw.ts";
import type { MockFetchOptions, Target } from "./options.ts";
import { startMockServer } from "./server.ts";

const service = new URL("../fixtures/service.yaml", import.meta.url);

/** What MSW answers where its callback for unhandled requests throws. */
const unhandled = "Unhandled Exception";

async function intercept(target: Target, options?: MockFetchOptions) {
  const handlers = await createMockHandlers(target, options);
  const server = setupServer(...handlers);
  server.listen({
    onUnhandledFrame() {
      throw new Error("No handler answers this request.");
    },
  });
  onTestFinished(() => server.close());
  return { server, journal: handlers.journal };
}

test("answers every request to a server of the document, body and all, and keeps them in a journal", async () => {
  const { journal } = await intercept(service);
  const read = await fetch("https://depot.example/base/runs/7?a=1");
  expect([read.status, await read.json()]).toEqual([200, { id: 42, state: "done" }]);
  const headers = { "content-type": "application/json" };
  const made = await fetch("https://us.depot.example/v9/runs", { method: "POST", headers, body: '{"name":"a"}' });
  expect([made.status, await made.json()]).toEqual([201, { id: 42, state: "queued" }]);
  const refused = await fetch("https://depot.example/base/runs", { method: "POST", headers, body: '{"name":1}' });
  expect(refused.status).toBe(422);
  expect((await fetch("https://depot.example/base/runs/7", { method: "DELETE" })).status).toBe(204);
  expect((await fetch("https://depot.example/base/nothing")).status).toBe(404);
  expect(journal.entries.map(({ operationId }) => operationId)).toEqual([
    "getRun",
    "createRun",
    "createRun",
    "deleteRun",
    undefined,
  ]);
  expect(journal.find("createRun")[0]?.request.json).toEqual({ name: "a" });
});

test("leaves other origins and other base paths to other handlers, and to MSW where there is none", async () => {
  const { server, journal } = await intercept(service);
  server.use(http.get("https://other.example/*", () => HttpResponse.text("other")));
  expect(await (await fetch("https://other.example/base/runs/7")).text()).toBe("other");
  for (const url of [
    "https://nobody.example/base/runs/7",
    "https://depot.example/runs/7",
    "https://depot.example/bases/runs/7",
  ])
    expect((await fetch(url)).statusText, url).toBe(unhandled);
  expect(journal.entries).toEqual([]);
});

test("lets a request to a real server pass where MSW is told to", async () => {
  const real = await startMockServer({ targets: [new URL("second.yaml", service)], port: 0 });
  onTestFinished(() => real.close());
  const server = setupServer(...(await createMockHandlers(service)));
  server.listen({ onUnhandledFrame: "bypass" });
  onTestFinished(() => server.close());
  expect(await (await fetch(`${real.url}/things`)).json()).toEqual({ things: [] });
});

test("gives way to a handler that is put over it", async () => {
  const { server } = await intercept(service);
  server.use(http.get("*/runs/:id", () => HttpResponse.json({ over: true })));
  expect(await (await fetch("https://depot.example/base/runs/7")).json()).toEqual({ over: true });
  server.resetHandlers();
  expect((await fetch("https://depot.example/base/runs/7")).status).toBe(200);
});

test("answers below baseUrl alone where it is given, whatever path it has", async () => {
  const { journal } = await intercept(service, { baseUrl: "https://proxy.example/depot/" });
  expect((await fetch("https://proxy.example/depot/runs/7")).status).toBe(200);
  expect(journal.entries).toMatchObject([{ operationId: "getRun", request: { path: "/depot/runs/7" } }]);
  expect((await fetch("https://depot.example/base/runs/7")).statusText, "https://depot.example/base/runs/7").toBe(
    unhandled,
  );
  expect((await fetch("https://proxy.example/other/runs/7")).statusText, "https://proxy.example/other/runs/7").toBe(
    unhandled,
  );
});

test("a connection that a fault resets fails as on a network", async () => {
  await intercept(service);
  const ask = (fault: string) =>
    fetch("https://depot.example/base/runs/42", { headers: { "x-artifetch-fault": fault } });
  await expect(ask("reset")).rejects.toThrow(TypeError);
  await expect((await ask("truncate")).text()).rejects.toThrow(TypeError);
  expect((await ask("status=503")).status).toBe(503);
});

test("takes the options of createMockFetch", async () => {
  const { journal } = await intercept(service, { dynamic: true, seed: "s", journal: false });
  const read = async () => (await fetch("https://depot.example/base/answers/generated")).text();
  expect(await read()).toBe(await read());
  expect(() => journal.entries).toThrow("No journal is kept");
});

test("says what is missing or wrong before anything is intercepted", async () => {
  const document = {
    openapi: "3.1.0",
    info: { title: "A", version: "1" },
    paths: { "/a": { get: { responses: {} } } },
  };
  await expect(createMockHandlers(document)).rejects.toThrow(OptionError);
  await expect(createMockHandlers(document)).rejects.toThrow(
    'Option "baseUrl" is not given, and the document has no server',
  );
  await expect(createMockHandlers({ ...document, servers: [{ url: "/v1" }] })).rejects.toThrow(
    'Option "baseUrl" is not given',
  );
  for (const baseUrl of ["", "/v1", "ftp://x.example", "https://"])
    await expect(createMockHandlers(document, { baseUrl }), baseUrl).rejects.toThrow(
      /^Option "baseUrl" is .*; it takes an absolute URL/,
    );
  await expect(createMockHandlers("no-such-api")).rejects.toMatchObject({ name: "DocumentError" });
});
