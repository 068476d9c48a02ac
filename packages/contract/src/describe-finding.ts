/** Findings in words, for the messages of test runners. */
import { getByPointer, type OpenApiDocument } from "@artifetch/document";
import type { Finding, Place } from "./model.ts";

/** What is wrong, where, and the rule with its place in the document. */
export function describeFinding(document: OpenApiDocument, finding: Finding): string {
  const { check, message, place, documentPointer, blame, curl, seed } = finding;
  return [
    message,
    `  place:    ${describePlace(place)}`,
    `  rule:     ${describeRule(document, documentPointer)}`,
    `  document: ${documentPointer}`,
    `  check:    ${check}; probably wrong: ${blame.party}. ${blame.reason}`,
    ...(curl === undefined ? [] : [`  again:    ${curl}`]),
    ...(seed?.path === undefined ? [] : [`  seed:     ${seed.seed}, path ${seed.path}`]),
  ].join("\n");
}

export function describePlace(place: Place): string {
  if (place.in === "status") return "status";
  return place.in === "body" ? `body ${place.pointer || "(as a whole)"}` : `${place.in} ${place.name}`;
}

const longestRule = 120;

/** The keyword and its value; of an object only that there is one. */
export function describeRule(document: OpenApiDocument, documentPointer: string): string {
  const value = getByPointer(document, documentPointer);
  const keyword = (documentPointer.split("/").at(-1) ?? "").replaceAll("~1", "/").replaceAll("~0", "~");
  const isPlain = typeof value !== "object" || value === null || Array.isArray(value);
  const text = isPlain ? JSON.stringify(value) : undefined;
  return text !== undefined && text.length <= longestRule ? `${keyword}: ${text}` : keyword;
}
