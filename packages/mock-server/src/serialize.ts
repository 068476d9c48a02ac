/** A mocked value as the bytes of its media type. */

import { RefusedRequest } from "./problem.ts";

/**
 * The body of an answer, as text; undefined means no body.
 *
 * JSON and XML types take any value; every other type takes a string, sent as it is, or nothing.
 *
 * @param mediaType with or without parameters; undefined where the answer declares no content.
 * @throws {Error} for an object or number under a type that has no form for it: answered with 500, as Prism does.
 */
export function serialize(value: unknown, mediaType: string | undefined): string | undefined {
  const essence = mediaType?.split(";")[0]?.trim().toLowerCase() ?? "";
  if (isJson(essence)) return JSON.stringify(value);
  if (isXml(essence)) return typeof value === "string" ? value : toXml("xml", value);
  if (typeof value === "string") return value;
  if (value === undefined || (value === null && !essence.startsWith("text/"))) return undefined;
  if (!essence.startsWith("text/")) throw new Error(`Cannot find serializer for ${mediaType}`);
  const reason = "Cannot serialise complex objects as text";
  throw new RefusedRequest("NO_COMPLEX_OBJECT_TEXT", 500, reason, reason);
}

/** Whether Prism reads and writes a media type (without parameters) as JSON. */
export function isJson(essence: string): boolean {
  return /^application\/([^/]+\+)?json$/.test(essence);
}

function isXml(essence: string): boolean {
  return /^application\/([^/]+\+)?xml$/.test(essence);
}

/** The form that Prism's XML builder (fast-xml-parser, default options) gives: an array repeats its tag, null is an empty tag. */
function toXml(name: string, value: unknown): string {
  if (value === undefined) return "";
  if (name === "#text") return escapeXml(String(value));
  if (value === null) return `<${name}/>`;
  // An array inside an array has no tag of its own to repeat: its items are named by their index.
  if (Array.isArray(value)) return value.map((item) => toXml(name, Array.isArray(item) ? { ...item } : item)).join("");
  const content =
    typeof value === "object"
      ? Object.entries(value)
          .map(([key, child]) => toXml(key, child))
          .join("")
      : escapeXml(String(value));
  return `<${name}>${content}</${name}>`;
}

const entities: Record<string, string> = { "&": "&amp;", ">": "&gt;", "<": "&lt;", "'": "&apos;", '"': "&quot;" };

/** Text for XML or HTML. */
export function escapeXml(text: string): string {
  return text.replaceAll(/[&><'"]/g, (character) => entities[character] ?? character);
}
