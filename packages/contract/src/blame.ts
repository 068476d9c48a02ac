/** Who is probably wrong: told from the marks that the document itself carries. */
import { getByPointer, isObject, type OpenApiDocument, type Operation } from "@artifetch/document";
import type { Blame, CheckName } from "./model.ts";

/** Statuses that what stands in front of a service gives for any operation; documents often leave them out. */
const commonStatuses = new Set([401, 403, 407, 408, 413, 414, 421, 425, 426, 429, 431, 451]);

/** Blames the service whatever the document says of its sources: HTTP or plain sense is the authority. */
const servicesFault: Partial<Record<CheckName, string>> = {
  not_a_server_error: "No request is meant to end in an error of the server.",
  use_after_free: "What the service itself said it has deleted, it still shows.",
  ensure_resource_availability: "What the service itself said it has created, it does not show.",
};

/**
 * Judges who is wrong: the document where the broken rule is marked as inferred (`x-inferred`), the service where the
 * document cites a source for it (`x-sources`), nobody in particular where it says neither. The mark nearest to the rule counts.
 *
 * @param status of the answer.
 */
export function findBlame(
  document: OpenApiDocument,
  operation: Operation,
  check: CheckName,
  documentPointer: string,
  status?: number,
): Blame {
  const always = servicesFault[check];
  if (always) return { party: "service", reason: always };
  if (check === "undocumented_field")
    return {
      party: "document",
      reason: "Answers are open: the service may have grown since the document was written.",
    };
  if (check === "example_conformance" && status === undefined)
    return { party: "document", reason: "Its example and its schema contradict each other." };
  if (check === "status_code_conformance" && status !== undefined && commonStatuses.has(status))
    return { party: "document", reason: `Any operation can be answered with ${status}; documents often leave it out.` };
  const mark = findMark(document, documentPointer) ?? readMark(operation.source);
  if (mark?.inferred !== undefined)
    return { party: "document", reason: `The document marks this as inferred: ${mark.inferred}` };
  if (check === "positive_data_acceptance")
    return { party: "unknown", reason: "A service may refuse for reasons that no schema can say." };
  if (mark?.source !== undefined) return { party: "service", reason: `The document cites a source: ${mark.source}` };
  return { party: "unknown", reason: "The document does not say where it has this rule from." };
}

interface Mark {
  inferred?: string;
  source?: string;
}

function findMark(document: OpenApiDocument, documentPointer: string): Mark | undefined {
  for (let pointer = documentPointer; pointer.includes("/"); pointer = pointer.slice(0, pointer.lastIndexOf("/"))) {
    const mark = readMark(getByPointer(document, pointer));
    if (mark) return mark;
  }
  return undefined;
}

function readMark(value: unknown): Mark | undefined {
  if (!isObject(value)) return undefined;
  if (typeof value["x-inferred"] === "string") return { inferred: value["x-inferred"] };
  const source = Array.isArray(value["x-sources"]) ? value["x-sources"][0] : undefined;
  return source === undefined ? undefined : { source: String(source) };
}
