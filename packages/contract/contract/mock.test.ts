/** Every API's document against the mock server, over a real socket: the checks are derived, so a new operation is covered. */
import { deriveChecks } from "@artifetch/contract";
import { listOperations } from "@artifetch/document";
import { listApis, loadDocument } from "@artifetch/document/load";
import { startMockServer } from "@artifetch/mock-server";
import { afterAll, describe, expect, test } from "vitest";

for (const api of listApis()) {
  const { document } = await loadDocument(api);
  const server = await startMockServer({ targets: [api], port: 0, log: "silent" });
  const checks = deriveChecks(document);

  describe(api, () => {
    afterAll(() => server.close());

    test("has an example check for every status of every operation, and negative checks for every operation", () => {
      for (const { id, responses, security } of listOperations(document)) {
        const own = checks.filter(({ operation }) => operation.id === id);
        const examples = own.filter(({ kind }) => kind === "example_conformance");
        const statuses = Object.keys(responses);
        expect(
          statuses.filter((status) => !examples.some(({ title }) => title.includes(`example_conformance: ${status}`))),
        ).toEqual([]);
        const kinds = own.map(({ kind }) => kind);
        expect(kinds).toEqual(expect.arrayContaining(["unknown_path", "unsupported_method"]));
        const isOpen = security.length === 0 || security.some((requirement) => Object.keys(requirement).length === 0);
        expect(kinds.includes("ignored_auth")).toBe(!isOpen);
      }
    });

    test.each(checks.map((check) => [check.title, check] as const))("%s", async (_, check) => {
      expect(await check.run({ baseUrl: server.url })).toEqual([]);
    });
  });
}
