/** The summary of a run, for a terminal. */
import { styleText } from "node:util";
import stringWidth from "string-width";
import type { CountedFinding, Covered, RunReport, Skipped } from "../model.ts";
import {
  addUp,
  count,
  describeFinding,
  findOutcome,
  groupBy,
  listRows,
  type OperationRow,
  toHeadline,
  toOneLine,
  toPercent,
} from "./rows.ts";

export type Style = (format: Parameters<typeof styleText>[0], text: string) => string;

export interface TerminalOptions {
  /** Columns of the terminal; names in the table are shortened to it. Default, and for 0 (it does not know): as needed. */
  columns?: number | undefined;
  /** Colours a text. Default: leaves it as it is. */
  style?: Style | undefined;
  /** How many findings are shown in full. Default 20; the rest is counted, and stands in the other reports. */
  limit?: number | undefined;
}

/** Colours as far as a stream shows them: none into a file or a pipe, or where `NO_COLOR` is set. */
export function createStyle(stream: NodeJS.WritableStream): Style {
  return (format, text) => styleText(format, text, { stream });
}

/**
 * The summary: a table of operations with their checks, every difference, coverage, what was skipped and why, and the
 * outcome as the last line. Ends without a line end. What comes from the service cannot steer the terminal.
 */
export function toTerminal(report: RunReport, options: TerminalOptions = {}): string {
  const style = options.style ?? ((_format, text) => text);
  const { document, baseUrl, seed } = report;
  const colour = { passed: "green", failed: "red", empty: "yellow", interrupted: "yellow" } as const;
  return [
    `${style("bold", toOneLine(`${document.title} ${document.version}`))} at ${toOneLine(baseUrl)}, seed ${seed}`,
    toTable(listRows(report), options.columns || Number.POSITIVE_INFINITY, style),
    toFindings(report, options.limit ?? 20, style),
    toCoverage(report),
    toSkipped(report.skipped, style),
    style(["bold", colour[findOutcome(report)]], toOneLine(toHeadline(report))),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

interface Line {
  name: string;
  cells: readonly number[];
  isOperation: boolean;
}

const headings = ["passed", "failed", "drift", "skipped"] as const;
const cellWidth = 9;

/** Each operation with the sums of its checks; below it the checks that have more to say than that they passed. */
function toTable(rows: readonly OperationRow[], columns: number, style: Style): string {
  const lines = rows.flatMap(({ operationId, checks }): Line[] => [
    { name: toOneLine(operationId), cells: toCells(addUp(checks)), isOperation: true },
    ...checks
      .filter(({ failed, drift, skipped, findings }) => failed + drift + skipped.length + findings.length > 0)
      .map((row) => ({ name: `  ${row.check}`, cells: toCells(addUp([row])), isOperation: false })),
  ]);
  const longest = Math.max(...lines.map(({ name }) => stringWidth(name)), "operation".length);
  const width = Math.max(12, Math.min(longest, columns - headings.length * cellWidth));
  const head = fitTo("operation", width) + headings.map((heading) => heading.padStart(cellWidth)).join("");
  const colours = ["green", "red", "yellow", "dim"] as const;
  const body = lines.map(({ name, cells, isOperation }) => {
    const padded = fitTo(name, width);
    const numbers = cells.map((cell, at) => {
      const text = (cell === 0 ? "·" : String(cell)).padStart(cellWidth);
      return style(cell === 0 ? "dim" : (colours[at] ?? "reset"), text);
    });
    return (isOperation ? padded : style("dim", padded)) + numbers.join("");
  });
  return [style("bold", head), ...body].join("\n");
}

function toCells(sums: ReturnType<typeof addUp>): number[] {
  return headings.map((heading) => sums[heading]);
}

/** Exactly so many columns: filled up, or cut with an ellipsis. */
function fitTo(text: string, width: number): string {
  const fitting = stringWidth(text) <= width ? text : `${cut(text, width - 1)}…`;
  return fitting + " ".repeat(width - stringWidth(fitting));
}

/** As many characters as fit into the columns. */
export function cut(text: string, width: number): string {
  let used = 0;
  let kept = "";
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    used += stringWidth(segment);
    if (used > width) break;
    kept += segment;
  }
  return kept;
}

function toFindings(report: RunReport, limit: number, style: Style): string {
  const ordered = report.findings.toSorted((a, b) => rank(a) - rank(b));
  const shown = ordered.slice(0, limit).map((finding) => toFinding(finding, report, style));
  const rest = ordered.length - shown.length;
  return [...shown, ...(rest > 0 ? [`… and ${rest} more: --report html=FILE or json=FILE has all of them.`] : [])].join(
    "\n\n",
  );
}

function rank({ severity }: CountedFinding): number {
  return severity === "failure" ? 0 : 1;
}

function toFinding(finding: CountedFinding, report: RunReport, style: Style): string {
  const { severity, operationId, check, message, count: times } = finding;
  const [mark, colour] = severity === "failure" ? (["✗", "red"] as const) : (["~", "yellow"] as const);
  const title = `${toOneLine(operationId)} ${check}${times === 1 ? "" : ` (${times} times)`}`;
  return [
    style(["bold", colour], `${mark} ${title}`),
    `  ${toOneLine(message)}`,
    ...describeFinding(finding, report).map(([label, text]) => {
      const line = toOneLine(text);
      // A line to copy has to be what was sent.
      const isChanged = label === "curl" && line !== text;
      const note = isChanged ? " (with control characters written out: --report json=FILE has it as it is)" : "";
      return `  ${style("dim", label.padEnd(7))} ${line}${note}`;
    }),
  ].join("\n");
}

function toCoverage({ coverage }: RunReport): string {
  const parts = Object.entries(coverage).map(([kind, covered]: [string, Covered]) => {
    const { seen, all } = covered;
    return `${kind} ${seen.length}/${all.length} (${toPercent(covered)} %)`;
  });
  return `Covered: ${parts.join(", ")}`;
}

/** Grouped by reason: the same one mostly holds for many operations. */
function toSkipped(skipped: readonly Skipped[], style: Style): string {
  if (skipped.length === 0) return "";
  const lines = [...groupBy(skipped, ({ reason }) => reason)].map(([reason, here]) => {
    const operations = [...new Set(here.map(({ operationId }) => operationId))];
    return `  ${toOneLine(reason)}: ${style("dim", operations.map(toOneLine).join(", "))}`;
  });
  return [`Skipped: ${count(skipped.length, "check")}`, ...lines].join("\n");
}
