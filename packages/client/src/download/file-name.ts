/** File names that a service proposes, read and made safe. Pure. */

/** Shorter than the 255 bytes (ext4) or units of UTF-16 (NTFS, APFS) that file systems allow, so that something can be appended. */
const nameLimitBytes = 200;
/** What follows the last dot counts as an extension, to be kept where a name is cut, up to this length. */
const extensionLimit = 16;

/** Device names: https://learn.microsoft.com/windows/win32/fileio/naming-a-file */
const reservedName = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$|clock\$) *(\.|$)/i;

/**
 * The file name in a `Content-Disposition` header, as it was sent: `filename*` (RFC 8187) before `filename` (RFC 6266).
 *
 * @param header as `Headers` gives it: one character for each byte.
 * @returns undefined where there is none, or none that can be decoded. It is not safe yet: see {@link toSafeFileName}.
 */
export function parseFileName(header: string): string | undefined {
  const parameters = parseParameters(header);
  const extended = parameters.get("filename*");
  const plain = parameters.get("filename");
  return (extended === undefined ? undefined : decodeExtended(extended)) ?? (plain && decodeUtf8(plain));
}

/** Parameters behind the disposition type; of two with one name the first counts. */
function parseParameters(header: string): Map<string, string> {
  const parameters = new Map<string, string>();
  // A name, then a token or a quoted string with `\` before any character (RFC 9110, section 5.6.4).
  for (const [, name = "", quoted, token] of header.matchAll(
    /;\s*([^\s=;"]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))/gs,
  )) {
    const key = name.toLowerCase();
    if (!parameters.has(key)) parameters.set(key, quoted?.replaceAll(/\\(.)/gs, "$1") ?? token ?? "");
  }
  return parameters;
}

/** `UTF-8''na%C3%AFve.txt` (RFC 8187, section 3.2); undefined for another charset or bytes that are not in it. */
function decodeExtended(value: string): string | undefined {
  const [, charset = "", encoded = ""] = /^([\w-]+)'[^']*'([^']*)$/.exec(value) ?? [];
  const bytes = encoded.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  if (/^iso-8859-1$/i.test(charset)) return bytes;
  return /^utf-8$/i.test(charset) ? tryDecodeUtf8(bytes) : undefined;
}

/** Services send UTF-8 in `filename` although only ASCII is sure there; what is not UTF-8 stays ISO 8859-1. */
function decodeUtf8(value: string): string {
  return tryDecodeUtf8(value) ?? value;
}

function tryDecodeUtf8(bytes: string): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(bytes, (char) => char.charCodeAt(0)));
  } catch {
    return undefined;
  }
}

/** The last segment of a URL's path, decoded; undefined where it is empty or cannot be decoded. */
export function lastSegment(url: string): string | undefined {
  try {
    return decodeURIComponent(new URL(url).pathname.split("/").at(-1) ?? "") || undefined;
  } catch {
    return undefined;
  }
}

/**
 * A name that is one visible file in a folder on every system, or undefined where nothing of it is left.
 *
 * Only what follows the last `/` or `\` counts. Control characters, invisible ones that change the order of writing, halves
 * of surrogate pairs and what Windows forbids become `_`, as does a dot at the beginning; dots and spaces at the end go.
 * Names of Windows devices get a `_` in front. Longer names are cut, before the extension.
 */
export function toSafeFileName(name: string): string | undefined {
  const last = name.normalize("NFC").split(/[/\\]/).at(-1) ?? "";
  const safe = last
    // Formatting characters, but for the two that writing systems and emoji need (zero width joiner and non-joiner).
    .replaceAll(/(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}<>:"|?*]/gu, "_")
    .trim()
    .replace(/[. ]+$/, "")
    .replace(/^\./, "_");
  if (safe === "") return undefined;
  return cut(reservedName.test(safe) ? `_${safe}` : safe);
}

function cut(name: string): string {
  if (Buffer.byteLength(name) <= nameLimitBytes) return name;
  const dot = name.lastIndexOf(".");
  const extension = dot > 0 && name.length - dot <= extensionLimit ? name.slice(dot) : "";
  let stem = "";
  let sizeBytes = Buffer.byteLength(extension);
  for (const character of name.slice(0, name.length - extension.length)) {
    sizeBytes += Buffer.byteLength(character);
    if (sizeBytes > nameLimitBytes) break;
    stem += character;
  }
  return (stem.trim() + extension).replace(/[. ]+$/, "");
}
