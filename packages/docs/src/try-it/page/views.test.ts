import { expect, test } from "vitest";
import { formatJson, limits, toViews } from "./views.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const view = (body: string | Uint8Array, contentType = "application/json", charts: string[] = [], fileName = "") =>
  toViews({ bytes: typeof body === "string" ? encode(body) : body, contentType, fileName }, charts);
const kinds = (...parameters: Parameters<typeof view>) => view(...parameters).map(({ kind }) => kind);

const png = Uint8Array.from("\x89PNG\r\n\x1a\n\0", (character) => character.charCodeAt(0));
const pngUrl = `data:image/png;base64,${btoa("\x89PNG\r\n\x1a\n\0")}`;

test("points are drawn; times are read as such", () => {
  const body = JSON.stringify([
    {
      points: [
        { x: 1, y: 2 },
        { x: 3, y: -4 },
      ],
    },
  ]);
  expect(view(body, "application/json", ["/*/points"])[0]).toEqual({
    kind: "chart",
    label: "/0/points",
    points: [
      [1, 2],
      [3, -4],
    ],
    isTime: false,
    names: ["x", "y"],
  });
  const times = JSON.stringify([
    { at: "2026-01-01T00:00:00Z", y: 1 },
    { at: "2026-01-02T00:00:00Z", y: 2 },
  ]);
  expect(view(times, "application/json", [""])[0]).toMatchObject({
    isTime: true,
    points: [
      [1767225600000, 1],
      [1767312000000, 2],
    ],
  });
});

test("what is no series is not drawn, whatever the document says", () => {
  for (const body of [
    [],
    [1],
    [1, null],
    [
      { x: "Tuesday", y: 1 },
      { x: "Friday", y: 2 },
    ],
    "text",
    null,
    [{}, {}],
  ]) {
    expect(kinds(JSON.stringify(body), "application/json", [""])).not.toContain("chart");
  }
});

test("numbers alone are drawn over their index, but for a pair", () => {
  expect(view("[5,6,4]", "application/json", [""])[0]).toMatchObject({
    points: [
      [0, 5],
      [1, 6],
      [2, 4],
    ],
  });
  expect(view("[5,6]", "application/json", [""])[0]).toMatchObject({ kind: "text" });
});

test("arrays of objects are tables, with nested objects as columns; what lies in a row stays in its cell", () => {
  const body = JSON.stringify({
    data: [
      { id: 1, attributes: { name: "a", tags: [{ key: "k" }] } },
      { id: 2, extra: null },
    ],
  });
  expect(view(body).filter(({ kind }) => kind === "table")).toEqual([
    {
      kind: "table",
      label: "/data",
      columns: ["id", "attributes.name", "attributes.tags", "extra"],
      rows: [
        ["1", "a", '[{"key":"k"}]', ""],
        ["2", "", "", "null"],
      ],
      total: 2,
    },
  ]);
});

test("a long table is cut, and says how long it is", () => {
  const body = JSON.stringify(Array.from({ length: limits.rows + 5 }, (_, id) => ({ id })));
  const [table] = view(body);
  expect(table).toMatchObject({ kind: "table", total: limits.rows + 5 });
  expect(table?.kind === "table" && table.rows).toHaveLength(limits.rows);
});

test("CSV is a table by its type, its name, or its looks", () => {
  const csv = 'a,b\r\n1,"x, ""y"""\r\n';
  const rows = [["1", 'x, "y"']];
  for (const [type, name] of [
    ["text/csv", ""],
    ["application/octet-stream", "a.csv"],
    ["application/octet-stream", ""],
  ]) {
    expect(view(csv, type, [], name)[0]).toMatchObject({ kind: "table", columns: ["a", "b"], rows });
  }
  expect(kinds("One line, with a comma.\nAnd another\n", "text/plain")).toEqual(["text"]);
});

test("one object on each line is a table", () => {
  expect(view('{"a":1}\n{"a":2}\n', "application/octet-stream")[0]).toMatchObject({
    columns: ["a"],
    rows: [["1"], ["2"]],
  });
});

test("an image is shown by its type or its first bytes, also where it was sent as text", () => {
  expect(view(png, "image/png")).toEqual([{ kind: "image", label: "", url: pngUrl }]);
  expect(view(png, "application/octet-stream")).toEqual([{ kind: "image", label: "", url: pngUrl }]);
  expect(view("\x89PNG\r\n\x1a\n\0", "image/png")).toEqual([{ kind: "image", label: "", url: pngUrl }]);
});

test("an image within JSON is shown; a data URL of anything else is text", () => {
  expect(view(JSON.stringify({ a: pngUrl }))[0]).toEqual({ kind: "image", label: "/a", url: pngUrl });
  expect(kinds(JSON.stringify({ a: "data:text/html;base64,PGI+" }))).toEqual(["text"]);
});

test("text is text, whatever it looks like", () => {
  expect(view("<script>alert(1)</script>", "text/html")).toEqual([
    { kind: "text", text: "<script>alert(1)</script>", total: 25 },
  ]);
});

test("bytes are shown in hexadecimal", () => {
  expect(view(Uint8Array.of(0, 255, 65), "application/zip")).toEqual([
    { kind: "bytes", text: `${"00 ff 41".padEnd(47)}  ..A`, total: 3 },
  ]);
});

test("an empty body has nothing to show", () => {
  expect(view("")).toEqual([]);
});

test("numbers keep their digits", () => {
  expect(formatJson('{"id":9007199254740993,"x":1.0}')).toBe('{\n  "id": 9007199254740993,\n  "x": 1.0\n}');
});
