import { listOperations } from "@artifetch/document";
import { expect, test } from "vitest";
import { depot } from "../fixtures/depot.ts";
import { createService } from "../fixtures/service.ts";
import { describePlan, planRun } from "./dry-run.ts";
import { allowReadsOnly } from "./gates.ts";
import { listCredentialPlaces, toCurlLine } from "./redact.ts";
import { run } from "./runner.ts";

const operations = listOperations(depot);
const base = { baseUrl: "http://depot.test", credentials: { key: "hidden-key" }, seed: 7, generated: 5 } as const;

test("plans just what a run with the same seed sends without links", async () => {
  const planned = await planRun(depot, operations, operations, { ...base, permission: {} });
  const variables = listCredentialPlaces(depot).map(({ variable }) => variable);
  const sent: string[] = [];
  for await (const event of run(depot, { ...base, fetch: createService().fetch, sequences: false }))
    if (event.type === "exchange") sent.push(toCurlLine(event.exchange.request, variables));
  expect(planned.flatMap(({ lines }) => lines)).toEqual(sent);
  expect(sent.length).toBeGreaterThan(100);
});

test("shows requests by operation, what is refused and why, and no credential", async () => {
  const plan = await planRun(depot, operations, operations, { ...base, generated: 0, permission: allowReadsOnly() });
  const lines = describePlan(plan, 7);
  expect(lines).toContain("# deleteRun, DELETE /runs/{run_id}: 0 requests");
  expect(lines).toContain("#   3 not sent: DELETE is not sent without --allow-writes");
  expect(lines).toContain(`curl --globoff -H "x-key: $DEPOT_KEY" "http://depot.test/runs/run-0001"`);
  expect(lines.filter((line) => line !== "" && !line.startsWith("#") && !line.startsWith("curl "))).toEqual([]);
  expect(lines.at(-1)).toMatch(/^# \d+ requests to 4 of 6 operations$/);
  expect(lines.join("\n")).not.toContain("hidden");
});
