/** Generated requests to the mock of every API, in process, as any service is asked: without naming the answer that is wanted. */
import { listCredentialPlaces, runToEnd } from "@artifetch/contract";
import { listApis, loadDocument } from "@artifetch/document/load";
import { createMockFetch } from "@artifetch/mock-server";
import { expect, test } from "vitest";
import { isKnown } from "./known.ts";

test.each(listApis())("%s: nothing is found", async (api) => {
  const { document } = await loadDocument(api);
  const credentials = Object.fromEntries(listCredentialPlaces(document).map(({ scheme }) => [scheme, "made-up"]));
  const fetch = createMockFetch(document);
  const report = await runToEnd(document, { baseUrl: "http://mock.test", fetch, credentials, generated: 10, seed: 1 });
  const found = report.findings.filter((finding) => !isKnown(finding));
  expect(found.map(({ check, message, curl, seed }) => [check, message, curl, seed])).toEqual([]);
  expect(report.interrupted).toBeUndefined();
  // A service without memory answers any id: what was deleted cannot be told from what never was.
  expect(report.skipped.filter(({ check }) => check !== "use_after_free")).toEqual([]);
  const made = new Map(report.counts.map(({ operationId, check, passed }) => [`${operationId} ${check}`, passed]));
  expect(made.size).toBeGreaterThan(report.coverage.operations.all.length);
});
