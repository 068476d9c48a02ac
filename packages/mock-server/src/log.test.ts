import { expect, test } from "vitest";
import { formatLogEntry, type LogEntry } from "./log.ts";
import type { Paint } from "./paint.ts";

const entry: LogEntry = { method: "GET", path: "/runs/42", status: 200, durationMs: 1.26, problems: [] };

test("a line names method, path, status, time and operation, and after a colon what was wrong", () => {
  expect(formatLogEntry(entry, "pretty")).toBe("GET /runs/42 200 1.3 ms");
  const wrong = { ...entry, status: 422, operationId: "getRun", problems: ["a", "b"] };
  expect(formatLogEntry(wrong, "pretty")).toBe("GET /runs/42 422 1.3 ms getRun: a; b");
});

test.each([
  ["Request path parameter run_id must be integer", "path run_id must be integer"],
  ["Request query parameter page[size] must be <= 10", "query page[size] must be <= 10"],
  [
    "Request query must have required property 'filter[project_id]'",
    "query must have required property 'filter[project_id]'",
  ],
  ["Request header parameter x-count must be integer", "header x-count must be integer"],
  ["Request body property a.0.b must be integer", "body a.0.b must be integer"],
  ["Request body must have required property 'name'", "body must have required property 'name'"],
  ["Body parameter is required", "body is required"],
  ["Invalid security scheme used", "security: the request has no credential that the operation takes"],
  ["Response body must have required property 'q'", "Response body must have required property 'q'"],
])("says where it was: %s", (problem, place) => {
  expect(formatLogEntry({ ...entry, problems: [problem] }, "pretty")).toBe(`GET /runs/42 200 1.3 ms: ${place}`);
  expect(JSON.parse(formatLogEntry({ ...entry, problems: [problem] }, "json")).problems).toEqual([place]);
});

test("json has the same fields in the same order, those that are not known left out", () => {
  const time = new Date(0);
  expect(formatLogEntry({ ...entry, operationId: "getRun", api: "depot" }, "json", { time })).toBe(
    '{"event":"request","time":"1970-01-01T00:00:00.000Z","method":"GET","path":"/runs/42","status":200,"durationMs":1.3,"api":"depot","operationId":"getRun","problems":[]}',
  );
  expect(Object.keys(JSON.parse(formatLogEntry(entry, "json")))).toEqual([
    "event",
    "time",
    "method",
    "path",
    "status",
    "durationMs",
    "problems",
  ]);
});

test("control characters that a client sent do not reach the terminal", () => {
  const line = formatLogEntry({ ...entry, path: "/a\u009b31m", problems: ["x\u001b[2J\ny"] }, "pretty");
  expect(line).toBe("GET /a 31m 200 1.3 ms: x [2J y");
});

test.each([
  [204, "green"],
  [308, "cyan"],
  [404, "yellow"],
  [500, "red"],
])("%i is %s", (status, style) => {
  const paint: Paint = (name, text) => `<${name}>${text}</>`;
  expect(formatLogEntry({ ...entry, status, operationId: "getRun" }, "pretty", { paint })).toBe(
    `GET /runs/42 <${style}>${status}</> <dim>1.3 ms</> <dim>getRun</>`,
  );
});
