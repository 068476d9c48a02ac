/** Downloads: the bytes of an example, of a wanted size, with their checksums, in ranges and conditionally. */

import { createHash } from "node:crypto";
import { getByPointer, isObject } from "@artifetch/document";
import type { BytesPlaces, ChecksumAlgorithm } from "./plan.ts";

const algorithms: readonly ChecksumAlgorithm[] = ["md5", "sha1", "sha256", "sha512"];

/** A document may describe files of any size; they are not made larger than this. */
export const largestBytes = 16 * 1024 * 1024;

const encoder = new TextEncoder();

/**
 * The bytes that an example of a download stands for: its text in UTF-8, or, where it has control characters that no text has and
 * fits into bytes, one byte per character. Anything but a text is its JSON.
 */
export function toBytes(example: unknown): Uint8Array {
  if (typeof example !== "string") return encoder.encode(example === undefined ? "" : JSON.stringify(example));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  const isBinary = /[\x00-\x08\x0E-\x1F\x7F-\x9F]/.test(example) && !/[^\x00-\xFF]/.test(example);
  return isBinary ? Uint8Array.from(example, (character) => character.charCodeAt(0)) : encoder.encode(example);
}

/** Bytes of a wanted length: the beginning of these, or these over and over. */
export function fitBytes(bytes: Uint8Array, size: number): Uint8Array {
  if (size === bytes.length || size > largestBytes) return bytes;
  const fitted = new Uint8Array(size);
  const unit = bytes.length > 0 ? bytes : encoder.encode("\n");
  for (let start = 0; start < size; start += unit.length) fitted.set(unit.subarray(0, size - start), start);
  return fitted;
}

/** The bytes and type of a `data:` URL (RFC 2397); undefined for any other text. */
export function readDataUrl(text: string): { bytes: Uint8Array; mediaType: string } | undefined {
  const [, mediaType, base64, data] = /^data:([^,;]*(?:;[^,;=]+=[^,;]*)*)(;base64)?,(.*)$/s.exec(text) ?? [];
  if (data === undefined) return undefined;
  try {
    const decoded = decodeURIComponent(data);
    const bytes = base64
      ? Uint8Array.from(atob(decoded), (character) => character.charCodeAt(0))
      : encoder.encode(decoded);
    return { bytes, mediaType: mediaType || "text/plain" };
  } catch {
    return undefined;
  }
}

/** Where descriptions say size, type and checksum of bytes: the places that say what is true of these. */
export function findBytesPlaces(description: unknown, bytes: Uint8Array, mediaTypes: readonly string[]): BytesPlaces {
  const places: BytesPlaces = {};
  const digests = algorithms.flatMap((algorithm) =>
    (["hex", "base64"] as const).map((encoding) => ({ algorithm, encoding, text: digest(bytes, algorithm, encoding) })),
  );
  for (const [pointer, value] of listLeaves(description, "")) {
    // Small numbers are equal by chance.
    if (value === bytes.length && bytes.length > 8) places.size ??= pointer;
    if (typeof value !== "string") continue;
    if (mediaTypes.includes(value)) places.mediaType ??= pointer;
    const found = digests.find(({ text }) => value === text || value.endsWith(`:${text}`));
    if (found) places.checksum ??= { pointer, prefix: value.slice(0, value.length - found.text.length), ...found };
  }
  return places;
}

export function toChecksum(
  bytes: Uint8Array,
  { algorithm, encoding, prefix }: NonNullable<BytesPlaces["checksum"]>,
): string {
  return prefix + digest(bytes, algorithm, encoding);
}

function digest(bytes: Uint8Array, algorithm: ChecksumAlgorithm, encoding: "hex" | "base64"): string {
  return createHash(algorithm).update(bytes).digest(encoding);
}

function listLeaves(value: unknown, pointer: string): [string, unknown][] {
  if (!isObject(value)) return [[pointer, value]];
  return Object.entries(value).flatMap(([name, part]) =>
    listLeaves(part, `${pointer}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`),
  );
}

/** The size that a description gives; undefined where it gives none. */
export function readSize(description: unknown, { size }: BytesPlaces): number | undefined {
  const value = size === undefined ? undefined : getByPointer(description, size);
  return typeof value === "number" && Number.isInteger(value) && value >= 0 ? value : undefined;
}

export interface BytesAnswer {
  status: 200 | 206 | 304 | 416;
  headers: Record<string, string>;
  body?: Uint8Array;
}

/** Answers a request for bytes: conditionally (RFC 9110, section 13), in one range (section 14) or whole. */
export function answerBytes(bytes: Uint8Array, headers: Readonly<Record<string, string>>): BytesAnswer {
  const etag = `"${digest(bytes, "sha256", "hex").slice(0, 32)}"`;
  const own = { etag, "accept-ranges": "bytes" };
  const known = headers["if-none-match"];
  if (
    known !== undefined &&
    (known.trim() === "*" || known.split(",").some((one) => one.trim().replace(/^W\//, "") === etag))
  ) {
    return { status: 304, headers: own };
  }
  const isSame = headers["if-range"] === undefined || headers["if-range"].trim() === etag;
  const range = headers.range === undefined || !isSame ? undefined : readRange(headers.range, bytes.length);
  if (range === undefined) return { status: 200, headers: own, body: bytes };
  if (range === "unsatisfiable")
    return { status: 416, headers: { ...own, "content-range": `bytes */${bytes.length}` } };
  const [first, last] = range;
  return {
    status: 206,
    headers: { ...own, "content-range": `bytes ${first}-${last}/${bytes.length}` },
    body: bytes.subarray(first, last + 1),
  };
}

/** First and last index. Undefined for several ranges, another unit or a range that cannot be read: these are ignored. */
function readRange(header: string, length: number): [number, number] | "unsatisfiable" | undefined {
  const [, from, to] = /^\s*bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*$/i.exec(header) ?? [];
  if (from === undefined || to === undefined || (from === "" && to === "")) return undefined;
  if (from === "")
    return Number(to) === 0 || length === 0 ? "unsatisfiable" : [Math.max(length - Number(to), 0), length - 1];
  if (to !== "" && Number(to) < Number(from)) return undefined;
  if (Number(from) >= length) return "unsatisfiable";
  return [Number(from), to === "" ? length - 1 : Math.min(Number(to), length - 1)];
}
