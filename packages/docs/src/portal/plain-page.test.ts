import { expect, test } from "vitest";
import { readApis } from "../api.ts";
import { createMarkdown } from "./markdown.ts";
import { renderPlainPage } from "./plain-page.ts";

const render = await createMarkdown();

test.each(await readApis())("the plain page of $name hides nothing and has no id twice", (api) => {
  const { content } = renderPlainPage(api, render);
  const ids = Array.from(content.matchAll(/ id="([^"]*)"/g), ([, id = ""]) => id);
  expect(ids.length).toBe(new Set(ids).size);
  const targets = Array.from(content.matchAll(/ href="#([^"]*)"/g), ([, id = ""]) => id);
  expect(targets.filter((id) => !ids.includes(id))).toEqual([]);

  expect(content).not.toContain("<details");
  const code = content.replaceAll(/<[^>]*>/g, "");
  for (const operation of api.operations) {
    expect(ids).toContain(operation.id);
    expect(code).toMatch(new RegExp(`\\bclient\\.${operation.id}\\b`));
    for (const status of Object.keys(operation.responses)) {
      expect(ids).toContain(`${operation.id}-${status.toLowerCase()}`);
    }
  }
  expect(code.match(/^curl /gm)?.length).toBe(api.operations.length);
});
