/** What the headers of an answer say of the file that it carries. Pure. */

/** A digest that the file must have. */
export interface Digest {
  /** Name of the algorithm in `node:crypto`. */
  algorithm: string;
  value: Buffer;
  /** What asked for it: the name of a header, or `checksum`. */
  source: string;
}

/** Part of a file that an answer carries; the end is not part of it, and undefined where it is not known. */
export interface Part {
  start: number;
  end: number | undefined;
  /** Size of the whole file; undefined where it is not known. */
  total: number | undefined;
}

/** Values for `If-Range`, by header; undefined where one cannot be compared. */
export interface Validators {
  etag: string | undefined;
  lastModified: string | undefined;
}

/**
 * The part of the file in an answer, in bytes; undefined for a 206 whose place is not said, or whose file has no known size.
 *
 * The length of an encoded body (gzip) is not the length of the file: `fetch` decodes it.
 */
export function readPart({ status, headers }: Response): Part | undefined {
  if (status !== 206) {
    const length = isEncoded(headers) ? "" : (headers.get("content-length") ?? "");
    const total = /^\d+$/.test(length) ? Number(length) : undefined;
    return { start: 0, end: total, total };
  }
  const [, first, last, total] = /^bytes (\d+)-(\d+)\/(\d+)$/i.exec(headers.get("content-range") ?? "") ?? [];
  if (first === undefined || isEncoded(headers)) return undefined;
  const part = { start: Number(first), end: Number(last) + 1, total: Number(total) };
  return part.start < part.end && part.end <= part.total ? part : undefined;
}

function isEncoded(headers: Headers): boolean {
  return !/^(identity)?$/i.test(headers.get("content-encoding") ?? "");
}

/**
 * A weak `ETag` does not tell whether bytes are the same, and a file can change twice in the second that its date names:
 * neither may be sent in `If-Range` (RFC 9110, sections 13.1.5 and 8.8.2.2).
 */
export function readValidators({ headers }: Response): Validators {
  const etag = headers.get("etag") ?? undefined;
  const lastModified = headers.get("last-modified") ?? undefined;
  const ageMs = Date.parse(headers.get("date") ?? "") - Date.parse(lastModified ?? "");
  return { etag: etag?.startsWith('"') ? etag : undefined, lastModified: ageMs >= 1000 ? lastModified : undefined };
}

/**
 * Headers that ask for the rest of a file, if it is still the same; undefined where the answer that its beginning came in
 * does not allow it: it refuses ranges, was encoded, or has nothing that the file could be recognised by.
 */
export function toRangeHeaders(beginning: Response, bytes: number): Record<string, string> | undefined {
  const { headers } = beginning;
  const { etag, lastModified } = readValidators(beginning);
  const validator = etag ?? lastModified;
  if (bytes === 0 || !validator || isEncoded(headers) || /^\s*none\s*$/i.test(headers.get("accept-ranges") ?? "")) {
    return undefined;
  }
  return { range: `bytes=${bytes}-`, "if-range": validator };
}

/**
 * Whether an answer goes on where the file ends so far: a part that starts there, of the same file by size and validator.
 *
 * A service may leave `Last-Modified` out of it, but not `ETag` (RFC 9110, section 15.3.7).
 */
export function continuesFile(beginning: Response, bytes: number, total: number | undefined, rest: Response): boolean {
  const part = rest.status === 206 ? readPart(rest) : undefined;
  return part?.start === bytes && (total === undefined || part.total === total) && isSameFile(beginning, rest);
}

/** Whether a 416 says that the file has exactly the bytes that are there already. */
export function endsFile(beginning: Response, bytes: number, answer: Response): boolean {
  return answer.headers.get("content-range") === `bytes */${bytes}` && isSameFile(beginning, answer);
}

function isSameFile(beginning: Response, other: Response): boolean {
  const { etag } = readValidators(beginning);
  if (etag) return other.headers.get("etag") === etag;
  const lastModified = other.headers.get("last-modified");
  return lastModified === null || lastModified === beginning.headers.get("last-modified");
}

/** Structured fields of RFC 9530, in the order in which they are taken; other algorithms there are deprecated. */
const digestFields = [
  ["repr-digest", "sha-512", "sha512", 64],
  ["repr-digest", "sha-256", "sha256", 32],
  ["content-digest", "sha-512", "sha512", 64],
  ["content-digest", "sha-256", "sha256", 32],
] as const;
const md5SizeBytes = 16;

/**
 * The digest of the whole file that an answer announces: `Repr-Digest`, else `Content-Digest` (RFC 9530), else `Content-MD5`
 * (RFC 2616, section 14.15); undefined where there is none, or the body is encoded, for they are of the encoded bytes.
 */
export function readDigest({ status, headers }: Response): Digest | undefined {
  if (isEncoded(headers)) return undefined;
  // Of a part, only this one is of the whole file.
  const fields = digestFields.filter(([field]) => status !== 206 || field === "repr-digest");
  for (const [field, key, algorithm, sizeBytes] of fields) {
    const [, text] = new RegExp(`(?:^|,)\\s*${key}=:([\\w+/=]+):`, "i").exec(headers.get(field) ?? "") ?? [];
    const value = Buffer.from(text ?? "", "base64");
    if (value.length === sizeBytes) return { algorithm, value, source: field };
  }
  const md5 = Buffer.from(headers.get("content-md5") ?? "", "base64");
  return status !== 206 && md5.length === md5SizeBytes
    ? { algorithm: "md5", value: md5, source: "content-md5" }
    : undefined;
}
