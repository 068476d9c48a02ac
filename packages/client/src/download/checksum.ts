import { createHash, getHashes } from "node:crypto";
import type { Digest } from "./content.ts";

/** Undefined for an unknown algorithm, and a digest that it cannot give. */
export function parseChecksum(checksum: { algorithm: string; digest: string } | undefined): Digest | undefined {
  const { algorithm, digest } = checksum ?? {};
  if (typeof digest !== "string" || !getHashes().includes(String(algorithm))) return undefined;
  const { length } = createHash(String(algorithm)).digest();
  const value = Buffer.from(digest, digest.length === 2 * length ? "hex" : "base64");
  return value.length === length ? { algorithm: String(algorithm), value, source: "checksum" } : undefined;
}
