/** Names in samples, derived from those of the document. */
import { isObject, type JsonObject, type OpenApiDocument, type Operation, sampleParameter } from "@artifetch/document";

/** `nemo-evaluator` → `NemoEvaluator`. */
export function toPascalCase(name: string): string {
  return name
    .split(/[^A-Za-z0-9]+/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");
}

/** What an operation returns, as the name of a variable: `getModelRunByNameV2` → `modelRun`; `result` where its id does not tell. */
export function toNoun(operationId: string): string {
  const noun =
    /^(?:get|list|create|update|search|find|read)([A-Z]\w*?)(?:(?:By|For|From|In|Of)[A-Z]\w*)?(?:V\d+)?$/.exec(
      operationId,
    )?.[1];
  // A name that the sample uses already, or that the language keeps for itself.
  const name = noun && noun.charAt(0).toLowerCase() + noun.slice(1);
  return name && !/^(?:client|data|state|default|class|function|import|export|package|interface|new)$/.test(name)
    ? name
    : "result";
}

/** One of a list: `runs` → `run`; `item` where the name is no plural. */
export function toSingular(noun: string): string {
  if (/[^aeiou]ies$/.test(noun)) return noun.replace(/ies$/, "y");
  return /[^su]s$/.test(noun) ? noun.slice(0, -1) : "item";
}

const extensions: Record<string, string> = {
  "application/zip": ".zip",
  "application/gzip": ".gz",
  "image/png": ".png",
};

/**
 * A name for the file that an operation answers with: what the example of its `Content-Disposition` proposes; else the last value
 * in the request that looks like the name of a file; else the last word of the path that says more than that it is downloaded.
 */
export function toFileName(document: OpenApiDocument, { path, parameters, responses }: Operation): string {
  const [, success] = Object.entries(responses).find(([status]) => status.startsWith("2")) ?? [];
  const headers = Object.entries(success?.headers ?? {}) as [string, JsonObject][];
  const [, disposition] = headers.find(([name]) => name.toLowerCase() === "content-disposition") ?? [];
  const proposed = /filename="?([^";]+)/.exec(String(disposition?.example ?? ""))?.[1];
  const values = parameters.filter(({ required }) => required).map((parameter) => sampleParameter(document, parameter));
  const named = values.findLast((value) => /^[\w./-]*\w\.[a-z]\w{0,4}$/i.test(String(value)));
  if (proposed ?? named) return String(proposed ?? named).replace(/^.*\//, "");
  const words = path.split("/").filter((word) => !/^(?:|\{.*\}|download|content)$/.test(word));
  const type = Object.keys(isObject(success?.content) ? success.content : {})[0] ?? "";
  const word = (words.at(-1) ?? "download").replace(/^(?:download|get)[-_]/, "");
  return word + (extensions[type] ?? ".bin");
}
