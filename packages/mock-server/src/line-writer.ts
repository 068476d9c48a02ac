/** Lines to a stream, in batches: a write for each line would take longer than most answers. */

import type { Writable } from "node:stream";

export interface LineWriter {
  /** Takes a line without its line end; it is written with the next batch. */
  write(line: string): void;
  /** Resolves when every line so far is written, or cannot be written any more. */
  flush(): Promise<void>;
  /** Hands what is left to the stream at once, for a process that is about to end. */
  flushNow(): void;
}

/** `PIPE_BUF` of Linux: a write up to this size is not mixed with those of another process, such as another worker. */
const batchBytes = 4096;

/** How long a line waits for others: nothing to a reader, and enough for hundreds of lines under load. */
const batchMs = 10;

/** What is kept for a reader that has stopped reading; lines beyond that are left out. */
const backlogLimit = 16 * 1024 * 1024;

/**
 * A stream that fails (EPIPE: its reader has gone) ends the writing, and nothing else.
 *
 * @param onLeftOut called with the number of lines that were left out because nobody read, once somebody does.
 */
export function createLineWriter(stream: Writable, onLeftOut: (lines: number) => void = () => {}): LineWriter {
  const batches: string[] = [];
  let open = "";
  let openBytes = 0;
  let leftOut = 0;
  let isWriting = false;
  let isBroken = false;
  let timer: NodeJS.Timeout | undefined;
  const waiting: (() => void)[] = [];

  stream.on("error", () => {
    isBroken = true;
    takeAll();
    settle();
  });

  function takeAll(): string {
    const text = batches.splice(0).join("") + open;
    [open, openBytes] = ["", 0];
    return text;
  }

  function settle(): void {
    isWriting = false;
    for (const resolve of waiting.splice(0)) resolve();
  }

  /** One write at a time: a stream would join several into a larger one. */
  function writeNext(): void {
    timer = undefined;
    if (isWriting || isBroken) return;
    const batch = batches.shift() ?? takeAll();
    if (batch === "") {
      reportLeftOut();
      settle();
      return;
    }
    isWriting = true;
    stream.write(batch, () => {
      isWriting = false;
      writeNext();
    });
  }

  function reportLeftOut(): void {
    const lines = leftOut;
    leftOut = 0;
    if (lines > 0) onLeftOut(lines);
  }

  return {
    write(line) {
      if (isBroken) return;
      if (batches.length * batchBytes > backlogLimit) {
        leftOut += 1;
        return;
      }
      const bytes = Buffer.byteLength(line) + 1;
      if (openBytes > 0 && openBytes + bytes > batchBytes) {
        batches.push(open);
        [open, openBytes] = ["", 0];
      }
      open += `${line}\n`;
      openBytes += bytes;
      if (!isWriting) timer ??= setTimeout(writeNext, batchMs);
    },
    flush() {
      const flushed = new Promise<void>((resolve) => void waiting.push(resolve));
      clearTimeout(timer);
      if (isBroken) settle();
      else if (!isWriting) writeNext();
      return flushed;
    },
    flushNow() {
      clearTimeout(timer);
      const text = isBroken ? "" : takeAll();
      if (text !== "") stream.write(text);
    },
  };
}

let standardOutput: LineWriter | undefined;

/** The one writer to standard output of this process; what it still holds is written when the process ends. */
export function getStandardOutput(): LineWriter {
  if (standardOutput) return standardOutput;
  const writer = createLineWriter(process.stdout, (lines) => {
    process.stderr.write(`artifetch-mock: ${lines} log lines were left out: standard output was not read.\n`);
  });
  process.on("exit", () => writer.flushNow());
  standardOutput = writer;
  return writer;
}
