/** Faults on demand: what a text asks for, when one comes, and what becomes of the answer. No timer, no socket. */

import { OptionError } from "./errors.ts";
import type { MockResponse } from "./message.ts";
import { RefusedRequest } from "./problem.ts";

/** What happens to an answer on its way: for whoever carries it. */
export interface TransportFault {
  /** Milliseconds from the answer to its first byte. */
  delayMs?: number;
  /** The connection is reset instead of the answer. */
  reset?: true;
  /** The connection ends in the middle of the body. */
  truncate?: true;
  /** Pace of the body. */
  dripBytesPerSecond?: number;
}

export interface Fault extends TransportFault {
  /** The text that asked for it, for the log; missing where only latency is added. */
  text?: string;
  /** 400 to 599. */
  status?: number;
  retryAfterSeconds?: number;
  /** The body does not parse. */
  malformed?: true;
}

/** Request header that asks for a fault; its value is a fault text. An empty value means none, whatever the options say. */
export const faultHeader = "x-artifetch-fault";

interface NumberWord {
  key: "status" | "retryAfterSeconds" | "delayMs" | "dripBytesPerSecond";
  min: number;
  max: number;
  unit?: string;
}

/** A delay ends before the server takes the connection for a dead one: `timeouts.idleMs` is twice as long. */
const numberWords = new Map<string, NumberWord>([
  ["status", { key: "status", min: 400, max: 599 }],
  ["retry-after", { key: "retryAfterSeconds", min: 0, max: 86_400, unit: "seconds" }],
  ["delay", { key: "delayMs", min: 0, max: 300_000, unit: "milliseconds" }],
  ["drip", { key: "dripBytesPerSecond", min: 1, max: 1_000_000_000, unit: "bytes per second" }],
]);

const flags = ["reset", "truncate", "malformed"] as const;

function describeWords(): string {
  const numbers = [...numberWords].map(
    ([name, { min, max, unit }]) => `${name}=${min} to ${max}${unit ? ` (${unit})` : ""}`,
  );
  return `one or more of ${[...numbers, ...flags].join(", ")}, separated by ";"`;
}

/** A fault text, or what is wrong with it and what is allowed. */
function parseFault(text: string): Fault | { wrong: string } {
  const fault: Fault = { text: text.trim() };
  for (const item of text.split(";").map((part) => part.trim())) {
    const [, name = "", value] = /^([^=]*?)\s*(?:=\s*(.*))?$/s.exec(item) ?? [];
    const read = readWord(name.toLowerCase(), value);
    const [key] = Object.keys(read ?? {});
    if (!read || !key) return { wrong: `${JSON.stringify(item)} is no fault. A fault is ${describeWords()}.` };
    if (key in fault) return { wrong: `${JSON.stringify(name)} is there twice.` };
    Object.assign(fault, read);
  }
  return fault;
}

function readWord(name: string, value: string | undefined): Fault | undefined {
  const flag = flags.find((known) => known === name);
  if (flag) return value === undefined ? { [flag]: true } : undefined;
  const word = numberWords.get(name);
  if (!word || value === undefined || !/^\d{1,10}$/.test(value)) return undefined;
  const number = Number(value);
  return number >= word.min && number <= word.max ? { [word.key]: number } : undefined;
}

export interface FaultOptions {
  fault?: string | readonly string[] | undefined;
  latency?: number | string | undefined;
  seed?: string | undefined;
}

/**
 * Makes the function that says, for the value of `X-Artifetch-Fault` (undefined: not sent), which fault the next answer gets;
 * undefined for none. The header goes before the faults of the options. It throws a {@link RefusedRequest} (400) for a
 * header that is no fault text.
 *
 * @throws {OptionError} for faults or a latency that cannot be read.
 */
export function createFaultSource(options: FaultOptions): (header: string | undefined) => Fault | undefined {
  const shares = readShares(options.fault ?? []);
  const { min, max } = readLatency(options.latency ?? 0);
  const random = options.seed === undefined ? Math.random : createRandom(options.seed);
  if (shares.length === 0 && max === 0) return (header) => (header === undefined ? undefined : readHeader(header));
  return (header) => {
    // Drawn for every request, so that a header on one does not change what the others get.
    const drawn = shares.length > 0 ? draw(shares, random()) : undefined;
    const latencyMs = min === max ? min : Math.round(min + random() * (max - min));
    const fault = header === undefined ? drawn : readHeader(header);
    return latencyMs === 0 ? fault : { ...fault, delayMs: latencyMs + (fault?.delayMs ?? 0) };
  };
}

function readHeader(header: string): Fault | undefined {
  if (header.trim() === "") return undefined;
  const fault = parseFault(header);
  if (!("wrong" in fault)) return fault;
  throw new RefusedRequest("INVALID_FAULT", 400, "Invalid fault", `X-Artifetch-Fault: ${fault.wrong}`);
}

interface Share {
  /** Of all requests, 0 to 1. */
  share: number;
  fault: Fault;
}

function readShares(texts: string | readonly string[]): Share[] {
  const shares = [texts].flat().map(readShare);
  const total = shares.reduce((sum, { share }) => sum + share, 0);
  // Sums of decimal fractions are not exact.
  if (total <= 1 + 1e-9) return shares;
  const percent = Math.round(total * 10_000) / 100;
  throw new OptionError("fault", `is given for ${percent}% of the requests; together the shares are at most 100%.`);
}

function readShare(text: string): Share {
  const [, percent = "100", rest = ""] = /^\s*(?:(\d{1,3}(?:\.\d{1,6})?)%\s*)?(.*)$/s.exec(text) ?? [];
  const share = Number(percent) / 100;
  const fault = parseFault(rest);
  const wrong =
    "wrong" in fault ? fault.wrong : share > 1 ? `${percent}% is no share; it goes from 0% to 100%.` : undefined;
  if ("wrong" in fault || wrong !== undefined) {
    throw new OptionError("fault", `is ${JSON.stringify(text)}: ${wrong} A share such as 10% may stand before it.`);
  }
  return { share, fault };
}

/** The fault whose part of the line from 0 to 1 a number is in. */
function draw(shares: readonly Share[], number: number): Fault | undefined {
  let end = 0;
  for (const { share, fault } of shares) {
    end += share;
    if (number < end) return fault;
  }
  return undefined;
}

function readLatency(latency: number | string): { min: number; max: number } {
  const [, from, to = from] = /^(\d{1,6})(?:-(\d{1,6}))?$/.exec(String(latency)) ?? [];
  const [min, max] = [Number(from), Number(to)];
  if (min <= max && max <= maxLatencyMs) return { min, max };
  const takes = `milliseconds from 0 to ${maxLatencyMs}, or a range of them such as 20-80`;
  throw new OptionError("latency", `is ${JSON.stringify(latency)}; it takes ${takes}.`);
}

const maxLatencyMs = 60_000;

/** Numbers from 0 to 1 (exclusive), the same ones for the same seed. Mulberry32 on a 32-bit FNV-1a hash: both public domain. */
function createRandom(seed: string): () => number {
  let state = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(seed)) state = Math.imul(state ^ byte, 0x01000193);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** An answer with the parts of a fault that can be seen in it, and the others as its `fault`. Its status is chosen already. */
export function applyFault(response: MockResponse, fault: Fault): MockResponse {
  const { text, status: _, retryAfterSeconds, malformed, ...transport } = fault;
  const broken = malformed && response.body ? withBody(response, toMalformed(response.body)) : response;
  return {
    ...broken,
    headers: {
      ...broken.headers,
      ...(retryAfterSeconds !== undefined && { "retry-after": String(retryAfterSeconds) }),
      // There is no middle of a body without bytes, so one is promised.
      ...(transport.truncate && broken.headers["content-length"] === "0" && { "content-length": "1" }),
    },
    problems: text === undefined ? broken.problems : [...broken.problems, `fault: ${text}`],
    ...(Object.keys(transport).length > 0 && { fault: transport }),
  };
}

function withBody(response: MockResponse, body: Uint8Array): MockResponse {
  return { ...response, headers: { ...response.headers, "content-length": String(body.byteLength) }, body };
}

/** No JSON and no XML, as nothing follows the "<"; no text in UTF-8, as it has no byte 0xFF. */
function toMalformed(body: Uint8Array): Uint8Array {
  const half = toFirstHalf(body);
  const malformed = new Uint8Array(half.byteLength + 2);
  malformed.set(half);
  malformed.set([0x3c, 0xff], half.byteLength);
  return malformed;
}

function toFirstHalf(body: Uint8Array): Uint8Array {
  return body.subarray(0, Math.floor(body.byteLength / 2));
}

/**
 * The body of an answer in the pieces that a fault lets through; at its pace, with `pause` (milliseconds) before each piece but
 * the first.
 */
export async function* toPieces(
  body: Uint8Array,
  { truncate, dripBytesPerSecond }: TransportFault,
  pause: (milliseconds: number) => Promise<void>,
): AsyncGenerator<Uint8Array, void, void> {
  const sent = truncate ? toFirstHalf(body) : body;
  // Ten pieces a second; fewer where that would be less than a byte.
  const pieceBytes =
    dripBytesPerSecond === undefined ? sent.byteLength : Math.max(1, Math.floor(dripBytesPerSecond / 10));
  for (let start = 0; start < sent.byteLength; start += pieceBytes) {
    if (start > 0 && dripBytesPerSecond !== undefined) await pause((pieceBytes * 1000) / dripBytesPerSecond);
    yield sent.subarray(start, start + pieceBytes);
  }
}
