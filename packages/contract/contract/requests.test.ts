/** Requests as the judge of traffic sees them: every good case of every API is allowed, and every broken one is not. */
import { type Case, createJudge, type Exchange } from "@artifetch/contract";
import { listApis, loadDocument } from "@artifetch/document/load";
import { describe, expect, test } from "vitest";
import { createCaseMaker } from "../src/cases.ts";
import { createRequestJudge } from "../src/request-judge.ts";

for (const api of listApis()) {
  const { document } = await loadDocument(api);
  const judge = createJudge(document);
  const requests = createRequestJudge(judge);
  const maker = createCaseMaker(document, judge.operations);

  describe(api, () => {
    test.each(judge.operations.map((operation) => [operation.id, operation] as const))("%s", async (_, operation) => {
      const broken = async ({ request: { method, path, headers, body } }: Case): Promise<string[]> => {
        const request = { method, url: `http://service.invalid${path}`, headers, ...(body && { body }) };
        const exchange: Exchange = {
          request,
          response: { status: 400, headers: {}, body: new Uint8Array() },
          durationMs: 0,
        };
        const { findings } = await requests.judge(operation, exchange, path.split("?", 1)[0] ?? path, false);
        return findings.filter(({ severity }) => severity === "failure").map(({ message }) => message);
      };
      const { cases } = maker.plan(operation);
      for (const each of cases.filter(({ check }) => check !== "unsupported_method")) {
        const messages = await broken(each);
        if (each.rule) expect(messages, each.id).not.toEqual([]);
        else expect(messages, each.id).toEqual([]);
      }
      expect(cases.length).toBeGreaterThan(0);
    });
  });
}
