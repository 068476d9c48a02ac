/** Schemas that lead back to themselves: `fixtures/circular.yaml`. */

import { fileURLToPath } from "node:url";
import { loadDocument } from "@artifetch/document/load";
import { expect, test } from "vitest";
import { createMockFetch } from "./fetch.ts";

const circular = fileURLToPath(new URL("../fixtures/circular.yaml", import.meta.url));
const mockFetch = createMockFetch(circular);
const leaf = '{"name":"a","children":[{"name":"b","children":[{"name":"c"}]}]}';

function post(path: string, body: string, prefer: string): Promise<Response> {
  const headers = { "content-type": "application/json", prefer };
  return mockFetch(`http://x.example${path}`, { method: "POST", headers, body });
}

for (const prefer of ["dynamic=false", "dynamic=true"]) {
  for (const path of ["/trees", "/examples"]) {
    test(`checks a circular body of ${path} at every depth, with ${prefer}`, async () => {
      const good = await post(path, leaf, prefer);
      expect(good.status).toBe(200);
      expect(await good.json()).toHaveProperty("name");
      const bad = await post(path, leaf.replace('"c"', "1"), prefer);
      expect([bad.status, await bad.json()]).toMatchObject([
        422,
        { validation: [{ location: ["body", "children", "0", "children", "0", "name"] }] },
      ]);
    });
  }
}

test("every operation of a circular document has an answer, static and made up", async () => {
  const { document } = await loadDocument(circular);
  const paths = Object.entries(document.paths ?? {});
  expect(paths.length).toBeGreaterThan(3);
  for (const [path, item] of paths) {
    for (const method of Object.keys(item ?? {})) {
      for (const dynamic of [false, true]) {
        const init = method === "get" ? {} : { body: path === "/lists" ? "[[],[[]]]" : leaf };
        const headers = { "content-type": "application/json", prefer: `dynamic=${dynamic}` };
        const response = await mockFetch(`http://x.example${path}`, { method, headers, ...init });
        expect([path, dynamic, response.status]).toEqual([path, dynamic, 200]);
        await expect(response.json()).resolves.toBeDefined();
      }
    }
  }
});
