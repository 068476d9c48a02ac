/** Every JSON example of every API validates against its schema, and the schema refuses each of its mutations. */
import { mkdirSync, writeFileSync } from "node:fs";
import { createValidators } from "@artifetch/contract";
import { isJsonMediaType, listOperations, type MediaType } from "@artifetch/document";
import { listApis, loadDocument } from "@artifetch/document/load";
import { expect, test } from "vitest";
import { mutate } from "../src/mutations.ts";

for (const api of listApis()) {
  const { document } = await loadDocument(api);
  const validators = createValidators(document);
  const bodies = new Map<string, { schema: MediaType["schema"]; value: unknown }>();
  for (const { id, requestBody, responses } of listOperations(document)) {
    const contents = [
      ["request", requestBody?.content] as const,
      ...Object.entries(responses).map(([status, { content }]) => [status, content] as const),
    ];
    for (const [place, content] of contents) {
      for (const [type, { schema, examples = {} }] of Object.entries(content ?? {})) {
        if (!isJsonMediaType(type)) continue;
        for (const [name, { value }] of Object.entries(examples))
          bodies.set(`${id} ${place} ${name}`, { schema, value });
      }
    }
  }

  test.each([...bodies])(`${api}: the example %s validates`, (_, { schema, value }) => {
    expect(validators(schema)(value)).toEqual([]);
  });

  test(`${api}: the schemas refuse every mutation of their examples, but for places that they leave open`, () => {
    const survivors = new Set<string>();
    let mutants = 0;
    const open: string[] = [];
    for (const [title, { schema, value }] of bodies) {
      const validate = validators(schema);
      for (const { kind, pointer, body, isOpen } of mutate(document, schema, value, validators)) {
        mutants += 1;
        if (validate(body).length > 0) continue;
        if (isOpen) open.push(`${title}: ${pointer}`);
        else survivors.add(`${title}: ${kind} ${pointer}`);
      }
    }
    const share = ((100 * (mutants - open.length - survivors.size)) / mutants).toFixed(1);
    // Read by scripts/test.ts, which prints it.
    const line = `${api}: ${share} % of ${mutants} mutations of ${bodies.size} examples refused, ${open.length} at places left open\n`;
    mkdirSync(".artifacts", { recursive: true });
    writeFileSync(`.artifacts/mutations-${api}.txt`, line);
    // By name, to read: the document says nothing of the type there, as free-form maps and unpublished bodies have it.
    writeFileSync(`.artifacts/open-places-${api}.log`, `${open.join("\n")}\n`);
    expect([...survivors]).toEqual([]);
  });
}
