/** What a part measured: rows of named columns; a row need not have every column. */
export interface Table {
  title: string;
  rows: Record<string, string | number | undefined>[];
}

/** A table as Markdown, its columns padded, numbers to the right. */
export function renderTable({ rows }: Table): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const cells = rows.map((row) => columns.map((column) => format(row[column])));
  const isNumeric = columns.map((column) => rows.every((row) => typeof (row[column] ?? 0) === "number"));
  const widths = columns.map((column, index) =>
    Math.max(column.length, ...cells.map((row) => row[index]?.length ?? 0)),
  );
  const line = (row: string[]) =>
    `| ${row.map((cell, index) => (isNumeric[index] ? cell.padStart(widths[index] ?? 0) : cell.padEnd(widths[index] ?? 0))).join(" | ")} |`;
  const rule = `| ${widths.map((width, index) => (isNumeric[index] ? `${"-".repeat(width - 1)}:` : "-".repeat(width))).join(" | ")} |`;
  return [line(columns), rule, ...cells.map(line)].join("\n");
}

function format(value: string | number | undefined): string {
  return typeof value === "number" ? value.toLocaleString("en", { maximumFractionDigits: 3 }) : (value ?? "");
}
