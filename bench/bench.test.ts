import { getByPointer, listOperations } from "@artifetch/document";
import { listApis } from "@artifetch/document/load";
import { expect, test } from "vitest";
import { listCalls } from "./calls.ts";
import others from "./client/peers.json" with { type: "json" };
import { clients, writeCall } from "./client/peers.ts";
import { drawChart } from "./mock/chart.ts";
import operations from "./mock/operations.json" with { type: "json" };
import { takeOperations } from "./mock/parts-of-document.ts";
import { loadWork } from "./mock/requests.ts";
import { toMedian } from "./rounds.ts";
import { renderTable } from "./table.ts";

const calls = await listCalls();

test("every API has a call whose answer is known", () => {
  expect(calls.map(({ api }) => api)).toEqual(listApis());
  for (const { api, answer } of calls) expect(answer, api).toBeTypeOf("object");
});

test("a call names every parameter that its operation requires", () => {
  for (const { api, operation, values } of calls) {
    for (const { in: place, name } of operation.parameters.filter(({ required }) => required)) {
      expect(values[place], `${api} ${operation.id}`).toHaveProperty([name]);
    }
  }
});

test("every client can write every call, except the one that a service may not have", () => {
  for (const call of calls) {
    const missing = clients.filter((client) => writeCall(client, call) === undefined);
    expect(missing).toEqual(Object.hasOwn(others, call.api) ? [] : ["own"]);
  }
});

test("the own client calls the same operation", () => {
  const own = calls.filter(({ api }) => Object.hasOwn(others, api));
  expect(own).toHaveLength(Object.keys(others).length);
  for (const call of own) expect(writeCall("own", call)).toContain(`.${call.operation.id}(`);
});

test.each([
  [[3, 1, 2], 2],
  [[4, 1, 3, 2], 2.5],
  [[7], 7],
])("the median of %j is %d", (values, median) => {
  expect(toMedian(values)).toBe(median);
});

test("a table has the columns of all rows, numbers to the right", () => {
  const rows = [
    { name: "a", bytes: 1234 },
    { name: "bb", bytes: 5 },
    { name: "c", more: "yes" },
  ];
  expect(renderTable({ title: "", rows }).split("\n")).toEqual([
    "| name | bytes | more |",
    "| ---- | ----: | ---- |",
    "| a    | 1,234 |      |",
    "| bb   |     5 |      |",
    "| c    |       | yes  |",
  ]);
});

test("the mock servers are loaded with requests that differ from each other, and leave no parameter open", async () => {
  for (const name of Object.keys(operations) as (keyof typeof operations)[]) {
    const { paths } = await loadWork(name);
    expect(new Set(paths).size).toBe(500);
    expect(paths.join("")).not.toMatch(/[{}]|undefined/);
  }
});

test("a part of a document has as many operations as asked for, the wanted one among them, and no loose reference", () => {
  for (const { document, operation } of calls) {
    const count = Math.ceil(listOperations(document).length / 2);
    const part = takeOperations(document, count, operation.id);
    expect(listOperations(part)).toHaveLength(count);
    expect(listOperations(part).map(({ id }) => id)).toContain(operation.id);
    for (const [, pointer = ""] of JSON.stringify(part).matchAll(/"\$ref":"([^"]+)"/g))
      expect(getByPointer(part, pointer), pointer).toBeDefined();
    expect(JSON.stringify(part.components).length).toBeLessThan(JSON.stringify(document.components).length);
  }
});

test("a chart has a line and a name for each series, larger values further up", () => {
  const points = [
    { x: 1, y: 10 },
    { x: 100, y: 1000 },
  ];
  const chart = drawChart("Cost", { x: "size", y: "time" }, [{ name: "a<b", points }]);
  const [, from, to] = /<polyline points="\d+,(\d+) \d+,(\d+)"/.exec(chart)?.map(Number) ?? [];
  expect(from).toBeGreaterThan(Number(to));
  expect(chart).toContain(">a&lt;b</text>");
});
