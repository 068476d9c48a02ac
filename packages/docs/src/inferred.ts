/** All that is inferred in a document, with the operations that it matters to. */
import {
  getByPointer,
  isObject,
  type JsonObject,
  type OpenApiDocument,
  type Operation,
  toPointerToken,
} from "@artifetch/document";
import { listDescribedKeys } from "./provenance.ts";

/** One fact that no source states. */
export interface InferredFact {
  /** JSON Pointer of the place that carries the mark, as a URI fragment. */
  pointer: string;
  /** The place in words: `query parameter page`, `Job.status`. */
  place: string;
  reason: string;
  /** Ids of the operations that it is part of, in the document's order; empty where no operation leads to it. */
  operationIds: string[];
}

/** Every mark of a document: first those met on the way from its operations, in their order; then the rest. */
export function listInferredFacts(document: OpenApiDocument, operations: readonly Operation[]): InferredFact[] {
  const facts = new Map<string, InferredFact>();
  const add = (pointer: string, reason: string, ids: string[]) => {
    const fact = facts.get(pointer) ?? { pointer, place: describePlace(document, pointer), reason, operationIds: [] };
    facts.set(pointer, { ...fact, operationIds: [...fact.operationIds, ...ids] });
  };
  for (const operation of operations) {
    for (const [pointer, reason] of findMarks(document, listRoots(document, operation)))
      add(pointer, reason, [operation.id]);
  }
  const all = findMarks(
    document,
    ["#/paths", ...Object.keys(document.components ?? {}).map((kind) => `#/components/${kind}`)],
    true,
  );
  for (const [pointer, reason] of all) if (!facts.has(pointer)) add(pointer, reason, []);
  return [...facts.values()];
}

/** Where an operation's description stands: its own object, what its path says for all methods, its security schemes. */
function listRoots(document: OpenApiDocument, { pointer, security }: Operation): string[] {
  const schemes = security.flatMap((requirement) => Object.keys(requirement));
  const places = schemes.map((name) => `#/components/securitySchemes/${toPointerToken(name)}`);
  const parameters = pointer.replace(/[^/]+$/, "parameters");
  return [pointer, parameters, ...places].filter((root) => find(document, root) !== undefined);
}

/**
 * Map from pointer to reason of all marks that can be reached, references included.
 *
 * @param areMaps whether what stands in the roots are names.
 */
function findMarks(document: OpenApiDocument, roots: readonly string[], areMaps = false): Map<string, string> {
  const marks = new Map<string, string>();
  const seen = new Set<string>();
  const visit = (pointer: string, value: unknown, inMap = false): void => {
    if (typeof value !== "object" || value === null || seen.has(pointer)) return;
    seen.add(pointer);
    const { $ref, "x-inferred": reason } = value as JsonObject;
    if (typeof reason === "string") marks.set(pointer, reason);
    if (typeof $ref === "string") visit($ref, find(document, $ref));
    for (const { key, isMap } of listDescribedKeys(value, inMap)) {
      // A link names another operation, whose own facts are its own.
      if (key !== "links") visit(`${pointer}/${toPointerToken(key)}`, (value as JsonObject)[key], isMap);
    }
  };
  for (const root of roots) visit(root, find(document, root), areMaps);
  return marks;
}

function find(document: OpenApiDocument, pointer: string): unknown {
  return getByPointer(document, pointer.slice(1));
}

/** What a key that is followed by a name or a number says of what it leads to. */
const named: Record<string, (name: string, value: unknown) => string> = {
  content: () => "",
  headers: (name) => `header ${name}`,
  parameters: (name, value) =>
    isObject(value) && value.name ? `${value.in} parameter ${value.name}` : `parameter ${name}`,
  requestBodies: () => "request body",
  responses: (name) => `response ${name}`,
  securitySchemes: (name) => `security scheme ${name}`,
};

/** A place in words, without the operation that it is listed under. */
export function describePlace(document: OpenApiDocument, pointer: string): string {
  const tokens = pointer
    .slice(2)
    .split("/")
    .map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
  const words: string[] = [];
  let path = "";
  for (let index = 0; index < tokens.length; index += 1) {
    const [token = "", name = ""] = tokens.slice(index, index + 2);
    if (token === "requestBody") words.push("request body");
    if (token === "items") path += "[]";
    if (token === "additionalProperties") path += ".*";
    if (token === "properties") path += path ? `.${name}` : name;
    if (token === "schemas") path = name;
    const value = getByPointer(
      document,
      `/${tokens
        .slice(0, index + 2)
        .map(toPointerToken)
        .join("/")}`,
    );
    const word = Object.hasOwn(named, token) ? named[token]?.(name, value) : undefined;
    if (word) words.push(word);
    // The next one is a name, which may look like any key.
    if (word !== undefined || ["paths", "properties", "schemas"].includes(token)) index += 1;
  }
  return [...words, path].filter(Boolean).join(", ") || "the operation";
}
