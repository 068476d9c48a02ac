import { expect, test } from "vitest";
import { continuesFile, endsFile, readDigest, readPart, readValidators, toRangeHeaders } from "./content.ts";

const answer = (headers: Record<string, string>, status = 200) => new Response(null, { status, headers });
const dated = { "last-modified": "Fri, 20 Nov 2026 10:00:00 GMT", date: "Fri, 20 Nov 2026 10:00:01 GMT" };

test.each([
  [{ "content-length": "10" }, 200, { start: 0, end: 10, total: 10 }],
  [{ "content-length": "10", "content-encoding": "identity" }, 200, { start: 0, end: 10, total: 10 }],
  [{ "content-length": "10", "content-encoding": "gzip" }, 200, { start: 0 }],
  [{ "content-length": "10, 10" }, 200, { start: 0 }],
  [{}, 200, { start: 0 }],
  [{ "content-range": "bytes 5-9/10", "content-length": "5" }, 206, { start: 5, end: 10, total: 10 }],
  [{ "content-range": "bytes 5-9/20" }, 206, { start: 5, end: 10, total: 20 }],
  [{ "content-range": "bytes 5-9/*" }, 206, undefined],
  [{ "content-range": "bytes 5-9/9" }, 206, undefined],
  [{ "content-range": "bytes 9-5/20" }, 206, undefined],
  [{ "content-range": "lines 5-9/20" }, 206, undefined],
  [{ "content-range": "bytes 5-9/20", "content-encoding": "gzip" }, 206, undefined],
  [{ "content-type": "multipart/byteranges; boundary=x" }, 206, undefined],
])("reads the part in %j with status %i as %j", (headers, status, part) => {
  expect(readPart(answer({ ...headers }, status))).toEqual(part);
});

test("asks for a range only of a file that it can recognise", () => {
  const etag = { etag: '"a"' };
  expect(toRangeHeaders(answer(etag), 7)).toEqual({ range: "bytes=7-", "if-range": '"a"' });
  expect(toRangeHeaders(answer({ ...etag, ...dated }), 7)).toMatchObject({ "if-range": '"a"' });
  expect(toRangeHeaders(answer(dated), 7)).toEqual({ range: "bytes=7-", "if-range": dated["last-modified"] });
  expect(toRangeHeaders(answer({ ...dated, etag: 'W/"a"' }), 7)).toMatchObject({ "if-range": dated["last-modified"] });
  expect(toRangeHeaders(answer({ etag: 'W/"a"' }), 7)).toBeUndefined();
  expect(toRangeHeaders(answer({ ...dated, date: dated["last-modified"] }), 7)).toBeUndefined();
  expect(toRangeHeaders(answer({ "last-modified": dated["last-modified"] }), 7)).toBeUndefined();
  expect(toRangeHeaders(answer({ ...etag, "accept-ranges": "none" }), 7)).toBeUndefined();
  expect(toRangeHeaders(answer({ ...etag, "content-encoding": "gzip" }), 7)).toBeUndefined();
  expect(toRangeHeaders(answer(etag), 0)).toBeUndefined();
  expect(toRangeHeaders(answer({}), 7)).toBeUndefined();
});

test.each([
  ["the same ETag", { etag: '"a"' }, { etag: '"a"', "content-range": "bytes 5-9/10" }, true],
  ["another ETag", { etag: '"a"' }, { etag: '"b"', "content-range": "bytes 5-9/10" }, false],
  ["no ETag", { etag: '"a"' }, { "content-range": "bytes 5-9/10" }, false],
  ["a weak ETag", { etag: '"a"' }, { etag: 'W/"a"', "content-range": "bytes 5-9/10" }, false],
  ["the same date", dated, { ...dated, "content-range": "bytes 5-9/10" }, true],
  ["no date, which is allowed", dated, { "content-range": "bytes 5-9/10" }, true],
  ["another date", dated, { "last-modified": dated.date, "content-range": "bytes 5-9/10" }, false],
  ["another start", { etag: '"a"' }, { etag: '"a"', "content-range": "bytes 4-9/10" }, false],
  ["another size", { etag: '"a"' }, { etag: '"a"', "content-range": "bytes 5-9/11" }, false],
  ["an unknown size", { etag: '"a"' }, { etag: '"a"', "content-range": "bytes 5-9/*" }, false],
  ["no range", { etag: '"a"' }, { etag: '"a"' }, false],
])("compares a part with the beginning: %s", (_, beginning, rest, continues) => {
  expect(continuesFile(answer({ ...beginning }), 5, 10, answer({ ...rest }, 206))).toBe(continues);
});

test("takes a part of any size where the size was not known, but no answer with another status", () => {
  const beginning = answer({ etag: '"a"' });
  const rest = { etag: '"a"', "content-range": "bytes 5-9/10" };
  expect(continuesFile(beginning, 5, undefined, answer(rest, 206))).toBe(true);
  expect(continuesFile(beginning, 5, undefined, answer(rest))).toBe(false);
});

test("takes a 416 for the end only of the same file with the same size", () => {
  const beginning = answer({ etag: '"a"' });
  const ends = (headers: Record<string, string>) => endsFile(beginning, 5, answer(headers, 416));
  expect(ends({ etag: '"a"', "content-range": "bytes */5" })).toBe(true);
  expect(ends({ etag: '"a"', "content-range": "bytes */6" })).toBe(false);
  expect(ends({ etag: '"b"', "content-range": "bytes */5" })).toBe(false);
  expect(ends({ "content-range": "bytes */5" })).toBe(false);
});

test("compares no weak ETag", () => {
  expect(readValidators(answer({ etag: 'W/"a"' }))).toEqual({ etag: undefined, lastModified: undefined });
});

const sha256 = Buffer.alloc(32, 1).toString("base64");
const sha512 = Buffer.alloc(64, 2).toString("base64");
const md5 = Buffer.alloc(16, 3).toString("base64");
test.each<[string, Record<string, string>, number, string | undefined]>([
  ["Repr-Digest", { "repr-digest": `sha-256=:${sha256}:` }, 200, "repr-digest sha256"],
  ["Content-Digest", { "content-digest": `sha-256=:${sha256}:` }, 200, "content-digest sha256"],
  ["the stronger of two", { "repr-digest": `sha-256=:${sha256}:, sha-512=:${sha512}:` }, 200, "repr-digest sha512"],
  ["one among deprecated ones", { "repr-digest": `md5=:${md5}:,sha-256=:${sha256}:` }, 200, "repr-digest sha256"],
  ["Content-MD5", { "content-md5": md5 }, 200, "content-md5 md5"],
  ["Repr-Digest of a part", { "repr-digest": `sha-256=:${sha256}:` }, 206, "repr-digest sha256"],
  [
    "nothing in Content-Digest of a part",
    { "content-digest": `sha-256=:${sha256}:`, "content-md5": md5 },
    206,
    undefined,
  ],
  ["nothing in an encoded body", { "repr-digest": `sha-256=:${sha256}:`, "content-encoding": "br" }, 200, undefined],
  ["nothing of a wrong length", { "repr-digest": `sha-256=:${md5}:`, "content-md5": sha256 }, 200, undefined],
  ["nothing that is malformed", { "repr-digest": `sha-256=${sha256}`, "content-md5": "?" }, 200, undefined],
])("reads the digest: %s", (_, headers, status, digest) => {
  const found = readDigest(answer(headers, status));
  expect(found && `${found.source} ${found.algorithm}`).toBe(digest);
});
