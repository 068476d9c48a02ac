/** Tables in text: CSV (RFC 4180), and JSON with one object per line. */

/** Rows of equal length, the first one being names. */
export interface TextTable {
  columns: string[];
  rows: string[][];
}

/**
 * The table in a text, or undefined where it is none: at least two rows and two columns, as many in each row.
 *
 * @param isDeclared whether the service says that it is CSV: then one column or one row will do.
 */
export function parseCsv(text: string, isDeclared = false): TextTable | undefined {
  const rows = readRows(text);
  const [columns, ...rest] = rows ?? [];
  if (!columns || rest.some((row) => row.length !== columns.length)) return undefined;
  if (!isDeclared && (columns.length < 2 || rest.length < 1 || columns.some((name) => name === ""))) return undefined;
  return { columns, rows: rest };
}

/** Undefined for a quote that is not closed. */
function readRows(text: string): string[][] | undefined {
  const rows: string[][] = [];
  let row: string[] = [];
  const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y;
  while (field.lastIndex < text.length) {
    const match = field.exec(text);
    if (!match) return undefined;
    const [, quoted, plain = "", end] = match;
    row.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === ",") {
      // A comma at the very end is followed by one more, empty, field.
      if (field.lastIndex === text.length) row.push("");
      else continue;
    }
    rows.push(row);
    row = [];
  }
  return rows;
}

/** The objects in a text that has one on each line; undefined for anything else. */
export function parseJsonLines(text: string): Record<string, unknown>[] | undefined {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  if (lines.length === 0) return undefined;
  try {
    const values: unknown[] = lines.map((line) => JSON.parse(line));
    const isTable = values.every((value) => typeof value === "object" && value !== null && !Array.isArray(value));
    return isTable ? (values as Record<string, unknown>[]) : undefined;
  } catch {
    return undefined;
  }
}
