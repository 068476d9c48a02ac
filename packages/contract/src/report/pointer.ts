/** JSON Pointers (RFC 6901) step by step. */

/** The keys on the way; of a URI fragment (`#/a%20b`), too. */
export function toTokens(pointer: string): string[] {
  const plain = pointer.startsWith("#") ? decodeURIComponent(pointer.slice(1)) : pointer;
  if (plain === "") return [];
  return plain
    .slice(1)
    .split("/")
    .map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
}
