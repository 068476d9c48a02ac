import { expect, test } from "vitest";
import { createSearch, type Entry, search } from "./search.ts";
import { renderEntries } from "./search-entries.ts";

const entries: Entry[] = [
  {
    url: "1",
    title: "List artifacts of a run",
    where: "Lab API",
    name: "listModelLabRunArtifacts",
    call: "GET /lab/runs/{run_id}/artifacts",
    text: "Directories, too.",
  },
  {
    url: "2",
    title: "Get a run",
    where: "Lab API",
    name: "getModelLabRun",
    call: "GET /lab/runs/{run_id}",
    text: "One run with its artifacts.",
  },
  { url: "3", title: "Jobs", where: "Pages, jobs, downloads", text: "waitFor asks again until a job has ended." },
];
const index = createSearch(entries);
const find = (query: string) => search(index, query).map(({ url }) => url);

test("an operation is found by its name, whole, by its beginning and by its words", () => {
  expect(find("listModelLabRunArtifacts")[0]).toBe("1");
  expect(find("getModelL")[0]).toBe("2");
  expect(find("model lab run artifacts")[0]).toBe("1");
});

test("an operation is found by its path", () => {
  expect(find("/lab/runs/{run_id}/artifacts")[0]).toBe("1");
});

test("a title weighs more than a text", () => {
  expect(find("artifacts")).toEqual(["1", "2"]);
});

test("a section is found by a word of its text, and with a slip of the pen", () => {
  expect(find("waitFor")).toEqual(["3"]);
  expect(find("artefacts")).toContain("1");
});

test("every word has to fit", () => {
  expect(find("run ended")).toEqual([]);
});

test("nothing is found for a blank query", () => {
  expect(find("  ")).toEqual([]);
});

test("what is found says where it leads and what it is", () => {
  expect(search(index, "getModelLabRun")[0]).toMatchObject({
    title: "Get a run",
    where: "Lab API",
    call: "GET /lab/runs/{run_id}",
  });
});

test("two entries that lead to the same place are refused when the site is built", () => {
  const twice = entries.map((entry) => ({ ...entry, url: "same" }));
  expect(() => renderEntries(twice)).toThrow("duplicate ID same");
});
