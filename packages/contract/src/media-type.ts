/** Media types and bodies (RFC 9110, section 8.3). */

/** `application/json; charset=utf-8` → `application/json`. */
export function toEssence(mediaType: string): string {
  return (mediaType.split(";", 1)[0] ?? "").trim().toLowerCase();
}

/**
 * The key of a `content` map that a media type falls under: itself, then its range, then any.
 */
export function findMediaType(keys: readonly string[], mediaType: string): string | undefined {
  const essence = toEssence(mediaType);
  const range = `${essence.split("/", 1)[0]}/*`;
  for (const wanted of [essence, range, "*/*"]) {
    const found = keys.find((key) => toEssence(key) === wanted);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Whether a media type is text that can be read as such. */
export function isText(mediaType: string): boolean {
  return /^text\//.test(toEssence(mediaType));
}

/** @throws {TypeError} when the bytes are not in the encoding; {RangeError} when the encoding is unknown. */
export function decode(body: Uint8Array, charset = "utf-8"): string {
  return new TextDecoder(charset, { fatal: true }).decode(body);
}

export function readCharset(mediaType: string): string | undefined {
  return /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(mediaType)?.[1];
}
