import { Writable } from "node:stream";
import { expect, test, vi } from "vitest";
import { createLineWriter } from "./line-writer.ts";

/** A stream that keeps what it is given; it takes the next write only when the last one is released. */
function createSink(release: (done: (error?: Error) => void) => void = (done) => done()) {
  const chunks: string[] = [];
  const stream = new Writable({
    decodeStrings: false,
    // As standard output: it stays after an error.
    autoDestroy: false,
    write(chunk: string, _, done) {
      chunks.push(chunk);
      release(done);
    },
  });
  return { stream, chunks };
}

test("writes every line in order, many to a write, none larger than what stays in one piece in a pipe", async () => {
  const { stream, chunks } = createSink();
  const writer = createLineWriter(stream);
  const lines = Array.from({ length: 1000 }, (_, index) => `line ${index} ü`);
  for (const line of lines) writer.write(line);
  expect(chunks).toEqual([]);
  await writer.flush();
  expect(chunks.join("")).toBe(`${lines.join("\n")}\n`);
  expect(chunks.length).toBeLessThan(10);
  for (const chunk of chunks) {
    expect(Buffer.byteLength(chunk)).toBeLessThanOrEqual(4096);
    expect(chunk.endsWith("\n")).toBe(true);
  }
});

test("a line that is larger than a batch is a write of its own", async () => {
  const { stream, chunks } = createSink();
  const writer = createLineWriter(stream);
  for (const line of ["a", "x".repeat(5000), "b"]) writer.write(line);
  await writer.flush();
  expect(chunks).toEqual(["a\n", `${"x".repeat(5000)}\n`, "b\n"]);
});

test("writes without being asked", async () => {
  const { stream, chunks } = createSink();
  createLineWriter(stream).write("a");
  await vi.waitUntil(() => chunks.length > 0);
  expect(chunks).toEqual(["a\n"]);
});

test("flush resolves at once when there is nothing to write, and again and again", async () => {
  const writer = createLineWriter(createSink().stream);
  await writer.flush();
  writer.write("a");
  await Promise.all([writer.flush(), writer.flush()]);
});

test("hands over at once what is left", () => {
  const { stream, chunks } = createSink();
  const writer = createLineWriter(stream);
  writer.write("a");
  writer.write("b");
  writer.flushNow();
  writer.flushNow();
  expect(chunks).toEqual(["a\nb\n"]);
});

test("a stream that fails ends the writing, and nothing waits for it", async () => {
  const { stream, chunks } = createSink((done) => done(new Error("EPIPE")));
  const writer = createLineWriter(stream);
  writer.write("a");
  await writer.flush();
  writer.write("b");
  await writer.flush();
  writer.flushNow();
  expect(chunks).toEqual(["a\n"]);
});

test("leaves lines out when nobody reads, says how many when somebody does, and goes on", async () => {
  let isRead = false;
  let release = () => {};
  const { stream, chunks } = createSink((done) => {
    release = done;
    if (isRead) done();
  });
  const counts: number[] = [];
  const writer = createLineWriter(stream, (lines) => counts.push(lines));
  const line = "x".repeat(1023);
  for (let index = 0; index < 20_000; index += 1) writer.write(line);
  const flushed = writer.flush();
  isRead = true;
  release();
  await flushed;
  const written = chunks.join("").length / 1024;
  expect(written).toBeGreaterThan(16_000);
  expect(counts).toEqual([20_000 - written]);
  writer.write("again");
  await writer.flush();
  expect(chunks.at(-1)).toBe("again\n");
  expect(counts.length).toBe(1);
});
