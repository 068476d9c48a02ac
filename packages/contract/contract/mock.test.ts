/** Every API's document against the mock server: all that the document asks to be checked, so a new operation is covered. */
import { listCredentialPlaces, type RunEvent, type RunReport, run } from "@artifetch/contract";
import { listOperations } from "@artifetch/document";
import { listApis, loadDocument } from "@artifetch/document/load";
import { startMockServer } from "@artifetch/mock-server";
import { beforeAll, describe, expect, test } from "vitest";

type Exchanged = Extract<RunEvent, { type: "exchange" }>;

for (const api of listApis()) {
  const { document } = await loadDocument(api);
  const operations = listOperations(document);
  const credentials = Object.fromEntries(listCredentialPlaces(document).map(({ scheme }) => [scheme, "made-up"]));

  describe(api, () => {
    const exchanges: Exchanged[] = [];
    let report: RunReport;

    beforeAll(async () => {
      const server = await startMockServer({ targets: [api], port: 0, log: "silent" });
      try {
        for await (const event of run(document, {
          baseUrl: server.url,
          credentials,
          prefer: true,
          generated: 5,
          seed: 1,
        })) {
          if (event.type === "exchange") exchanges.push(event);
          if (event.type === "end") report = event.report;
        }
      } finally {
        await server.close();
      }
    });

    test("runs to its end and reaches every operation, status and parameter", () => {
      expect(report.interrupted).toBeUndefined();
      const { operations: reached, statuses, parameters } = report.coverage;
      for (const { all, seen } of [reached, statuses, parameters])
        expect(all.filter((name) => !seen.includes(name))).toEqual([]);
    });

    test("leaves nothing out but what only a service with memory can show", () => {
      expect(report.skipped.filter(({ check }) => check !== "use_after_free")).toEqual([]);
    });

    test.each(operations.map(({ id }) => id))("%s is answered as the document says", (id) => {
      const own = exchanges.filter((each) => each.case.operationId === id);
      const found = own.flatMap(({ verdict }) => verdict.findings);
      expect(found.map(({ check, message, curl }) => [check, message, curl])).toEqual([]);
      expect(own.length).toBeGreaterThan(0);
    });

    test("finds nothing wrong with the examples of the document", () => {
      expect(report.findings.filter((finding) => finding.check === "example_conformance")).toEqual([]);
    });

    test("breaks rules of every operation that has any to break, and asks each secured one without credentials", () => {
      for (const { id, security, requestBody } of operations) {
        const sent = exchanges.filter((each) => each.case.operationId === id).map((each) => each.case);
        const isSecured = security.length > 0 && security.every((names) => Object.keys(names).length > 0);
        expect([id, sent.some(({ check }) => check === "ignored_auth")]).toEqual([id, isSecured]);
        if (requestBody) expect([id, sent.some(({ kind }) => kind === "negative")]).toEqual([id, true]);
        for (const { kind, rule } of sent) expect(rule !== undefined).toBe(kind === "negative");
      }
    });
  });
}
