/** What would be sent to each API, checked by another road than it was made: no case breaks a rule by accident. */
import { createCaseMaker, createValidators } from "@artifetch/contract";
import { isJsonMediaType, listOperations } from "@artifetch/document";
import { listApis, loadDocument } from "@artifetch/document/load";
import { expect, test } from "vitest";

test.each(listApis())(
  "%s: a positive body breaks no rule, a negative one breaks the one that it names",
  async (api) => {
    const { document } = await loadDocument(api);
    const validators = createValidators(document);
    const operations = listOperations(document);
    const maker = createCaseMaker(document, operations);
    const wrong: unknown[] = [];
    let count = 0;
    for (const operation of operations) {
      const { cases, skipped } = maker.plan(operation);
      expect(skipped).toEqual([]);
      for (const { id, kind, rule, request } of cases) {
        const schema = operation.requestBody?.content[request.headers["content-type"] ?? ""]?.schema;
        if (!request.body || schema === undefined || !isJsonMediaType(request.headers["content-type"] ?? "")) continue;
        count += 1;
        const broken = validators(schema)(JSON.parse(new TextDecoder().decode(request.body)));
        const isBodyRule = kind === "negative" && rule?.place.in === "body";
        // Branches of a choice and conditions complain together with it.
        const isOne =
          broken.length === 1 ||
          /must match (exactly one|a) schema|must match "(then|else)" schema/.test(broken.join());
        if (isBodyRule ? !isOne : broken.length > 0) wrong.push([id, rule?.description, broken]);
      }
    }
    expect(wrong).toEqual([]);
    expect(count > 0).toBe(
      operations.some(({ requestBody }) => Object.keys(requestBody?.content ?? {}).some(isJsonMediaType)),
    );
  },
);
