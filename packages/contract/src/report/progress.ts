/** The line that tells how far a run is; only on a terminal. */
import type { RunEvent } from "../model.ts";
import { toOneLine } from "./rows.ts";
import { cut } from "./terminal.ts";

/** `process.stderr`, or what is like it. */
export interface ProgressStream {
  isTTY?: boolean | undefined;
  columns?: number | undefined;
  write(text: string): unknown;
}

export interface Progress {
  add(event: RunEvent): void;
  /** Takes the line away, so that something else can be printed; the next event brings it back. */
  clear(): void;
}

/** Milliseconds between two states of the line: what changes faster cannot be read, and slows the run. */
const pauseMs = 100;
const clearLine = "\r\u001b[2K";

/**
 * Shows one line that is written anew while a run goes on. Into a file or a pipe, and on a terminal that cannot move its
 * cursor (`TERM=dumb`), it shows nothing.
 *
 * @param now a clock in milliseconds.
 */
export function createProgress(
  stream: ProgressStream,
  { now = Date.now, term = process.env.TERM }: { now?: () => number; term?: string | undefined } = {},
): Progress {
  if (!stream.isTTY || term === "dumb") return { add: () => {}, clear: () => {} };
  const called = new Set<string>();
  let operations = 0;
  let answers = 0;
  let differences = 0;
  let shownAt = Number.NEGATIVE_INFINITY;
  let isShown = false;

  const clear = () => {
    if (isShown) stream.write(clearLine);
    isShown = false;
  };
  const show = (what: string) => {
    if (now() - shownAt < pauseMs) return;
    shownAt = now();
    isShown = true;
    const line = `${called.size}/${operations} operations, ${answers} answers, ${differences} differing: ${what}`;
    // One column less: a full line makes some terminals go to the next one.
    stream.write(clearLine + cut(toOneLine(line), (stream.columns || 80) - 1));
  };
  return {
    clear,
    add: (event) => {
      if (event.type === "start") {
        operations = event.operations;
        show("starting");
      } else if (event.type === "exchange") {
        called.add(event.case.operationId);
        answers += 1;
        if (event.verdict.findings.some(({ severity }) => severity === "failure")) differences += 1;
        show(`${event.case.operationId}: ${event.case.title}`);
      } else if (event.type === "end") clear();
    },
  };
}
