/**
 * The mock beside the real `prism mock`: the same status, headers and body for the same document and request, except for
 * what DIFFERENCES.md lists.
 *
 * `PARITY_REQUESTS` is the number of made requests per document, `PARITY_SEED` another choice of them, `-t` one document.
 */

import { readFile } from "node:fs/promises";
import { inspect } from "node:util";
import fc from "fast-check";
import { expect, test } from "vitest";
import { sendOnWire, type WireRequest } from "../fixtures/wire.ts";
import { startMockServer } from "../src/server.ts";
import { compare, isSurvived, know, toPlainWords } from "./differences.ts";
import { documents, service } from "./documents.ts";
import { type Prism, startPrism } from "./prism.ts";
import { requestsOf } from "./requests.ts";

/** Prism has to start again for each request that ends it. Only ends what hangs. */
const timeoutMs = 3_600_000;

/** An answer of ours that takes longer is missing: without this, the failure would show no request. */
const patienceMs = 60_000;

const cases: WireRequest[] = JSON.parse(await readFile(new URL("../fixtures/requests.json", import.meta.url), "utf8"));
const list = await readFile(new URL("../DIFFERENCES.md", import.meta.url), "utf8");

/** Both mocks of a document, and the comparison of their answers. */
async function startBoth(load: () => Promise<object>) {
  const document = (await load()) as Parameters<typeof know>[0];
  const [mock, prism] = await Promise.all([startMockServer({ targets: [document], port: 0 }), startPrism(document)]);
  const known = know(document);
  const plain = toPlainWords(document);
  let plainPrism: Prism | undefined;
  return {
    document,
    /** Headings of the differences that were seen. @throws when none explains what is not equal. */
    async compare(request: WireRequest): Promise<string[]> {
      const ours = await sendOnWire(mock.port, request, AbortSignal.timeout(patienceMs));
      const { differences, expected } = await compare(prism, request, ours, known);
      if (expected && plain) {
        plainPrism ??= await startPrism(plain.document);
        const again = await compare(plainPrism, request, ours, known);
        if (!again.expected) return [...again.differences, plain.heading];
      }
      if (expected)
        throw new Error(
          `Not as Prism answers, and not as listed: ${inspect({ request, prism: expected, ours, differences }, { depth: 5 })}`,
        );
      return differences;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([mock.close(), prism[Symbol.asyncDispose](), plainPrism?.[Symbol.asyncDispose]()]);
    },
  };
}

test("hand-written requests are answered as Prism does, or differ as they say", { timeout: timeoutMs }, async () => {
  await using both = await startBoth(service.load);
  for (const request of cases) {
    const differences = await both.compare(request);
    expect(differences, request.title).toEqual(request.difference ? expect.arrayContaining([request.difference]) : []);
    for (const heading of differences) expect(list).toContain(`## ${heading}\n`);
  }
});

for (const { name, requests, isSlow, load } of documents) {
  test(`made requests are answered as Prism does, or differ as listed: ${name}`, { timeout: timeoutMs }, async () => {
    await using both = await startBoth(load);
    const made = requestsOf(both.document);
    const property = fc.asyncProperty(isSlow ? made.filter(isSurvived) : made, async (request) => {
      for (const heading of await both.compare(request)) expect(list).toContain(`## ${heading}\n`);
    });
    // fast-check names seed and path of what fails.
    await fc.assert(property, {
      numRuns: Number(process.env.PARITY_REQUESTS ?? requests),
      seed: Number(process.env.PARITY_SEED ?? 5),
    });
  });
}
