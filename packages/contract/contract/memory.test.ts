/** Every API's document against the mock with memory, in process, as any service is asked: without naming the answer that is wanted. */
import { listCredentialPlaces, runToEnd } from "@artifetch/contract";
import { listApis, loadDocument } from "@artifetch/document/load";
import { createMockFetch } from "@artifetch/mock-server";
import { expect, test } from "vitest";

test.each(listApis())("%s: nothing is found, and what is deleted stays deleted", async (api) => {
  const { document } = await loadDocument(api);
  const credentials = Object.fromEntries(listCredentialPlaces(document).map(({ scheme }) => [scheme, "made-up"]));
  const fetch = createMockFetch(document, { stateful: true });
  const report = await runToEnd(document, { baseUrl: "http://mock.test", fetch, credentials, generated: 10, seed: 1 });
  expect(report.findings.map(({ check, message, curl, seed }) => [check, message, curl, seed])).toEqual([]);
  expect(report.interrupted).toBeUndefined();
  expect(report.skipped).toEqual([]);
  expect(report.coverage.operations.seen).toEqual(report.coverage.operations.all);
});
