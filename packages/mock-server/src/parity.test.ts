/** The mock beside the recorded answers of the real `prism mock` (5.16.0; `fixtures/record-prism.ts`). */

import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sendOnWire, type WireAnswer, type WireRequest } from "../fixtures/wire.ts";
import { type MockServer, startMockServer } from "./server.ts";

const fixtures = new URL("../fixtures/", import.meta.url);
const requests: WireRequest[] = JSON.parse(await readFile(new URL("requests.json", fixtures), "utf8"));
const recorded: Record<string, WireAnswer | { failure: string }> = JSON.parse(
  await readFile(new URL("prism-5.16.0.json", fixtures), "utf8"),
);
const differences = await readFile(new URL("../DIFFERENCES.md", fixtures), "utf8");

let mock: MockServer;
beforeAll(async () => {
  mock = await startMockServer({ targets: [fileURLToPath(new URL("service.yaml", fixtures))], port: 0 });
});
afterAll(() => mock.close());

const titles = requests.map(({ title }) => title);

test("every request has one recorded answer", () => {
  expect(Object.keys(recorded).sort()).toEqual([...new Set(titles)].sort());
});

for (const request of requests.filter(({ difference }) => !difference)) {
  test(`answers as Prism does: ${request.title}`, async () => {
    expect(await sendOnWire(mock.port, request)).toEqual(recorded[request.title]);
  });
}

for (const request of requests.filter(({ difference }) => difference)) {
  test(`differs from Prism as listed (${request.difference}): ${request.title}`, async () => {
    expect(await sendOnWire(mock.port, request)).not.toEqual(recorded[request.title]);
    expect(differences).toContain(`## ${request.difference}\n`);
  });
}
