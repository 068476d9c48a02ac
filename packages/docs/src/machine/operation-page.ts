/** An operation in Markdown: everything that its document says of it, on one page that a program can take in whole. */
import {
  type DocumentedResponse,
  isObject,
  type JsonObject,
  type MediaType,
  type Operation,
  resolve,
} from "@artifetch/document";
import { type Api, type Generation, toPermalink } from "../api.ts";
import { toRelative } from "../portal/page.ts";
import { createSamples } from "../samples/samples.ts";
import type { SiteFile } from "./documents.ts";

/** Nested fields below this depth are left to the document. */
const deepest = 6;

/** Path in the site of an operation's Markdown file. */
export function toOperationPath(api: Pick<Api, "name">, { id }: Operation): string {
  return `reference/${api.name}/operations/${id.replaceAll(/[^\w.-]+/g, "-")}.md`;
}

export function renderOperation(api: Api, operation: Operation): SiteFile {
  const path = toOperationPath(api, operation);
  const { summary, id, method, description, source } = operation;
  const stability = findGeneration(api, operation);
  const parts = [
    `# ${summary ?? id}`,
    `\`${method} ${operation.path}\``,
    [
      `- API: ${api.title} (\`${api.name}\`), version ${api.version}`,
      `- Operation: \`${id}\``,
      ...(stability ? [`- Stability: ${stability.stability} (${stability.name})`] : []),
      `- Credentials: ${describeSecurity(operation)}`,
      `- Reference: [${summary ?? id}](${toRelative(path, toPermalink(api, operation))})`,
      `- Document: [openapi.json](../openapi.json), at \`${operation.pointer}\``,
    ].join("\n"),
    description,
    ...describeMark(source),
    ...describeParameters(api, operation),
    ...describeBody(api, operation),
    ...describeCall(api, operation),
    "## Responses",
    ...Object.entries(operation.responses).flatMap(([status, response]) => describeResponse(api, status, response)),
    ...describeSources(source),
  ];
  return { path, content: `${parts.filter(Boolean).join("\n\n")}\n` };
}

/** The generation that an operation belongs to. */
export function findGeneration(
  api: Pick<Api, "generations">,
  { path }: Pick<Operation, "path">,
): Generation | undefined {
  return api.generations.find((generation) => path.startsWith(generation.path));
}

function describeCall(api: Api, operation: Operation): string[] {
  const samples = createSamples({ ...api, operations: [operation] });
  return samples.flatMap(({ typescript, curl }) => [
    "## Call",
    `\`\`\`ts\n${typescript}\n\`\`\``,
    `\`\`\`sh\n${curl}\n\`\`\``,
  ]);
}

function describeSecurity({ security }: Operation): string {
  if (security.length === 0) return "none";
  return security
    .map(
      (schemes) =>
        Object.keys(schemes)
          .map((name) => `\`${name}\``)
          .join(" and ") || "none",
    )
    .join(", or ");
}

function describeParameters({ document }: Api, { parameters }: Operation): string[] {
  if (parameters.length === 0) return [];
  const items = parameters.map((parameter) => {
    const schema = parameter.schema ?? Object.values(parameter.content ?? {})[0]?.schema;
    const facts = [parameter.in, describeType(document, schema), parameter.required ? "required" : "optional"];
    return `- \`${parameter.name}\` (${facts.filter(Boolean).join(", ")})${toText(parameter.description)}${toMark(parameter)}`;
  });
  return ["## Parameters", items.join("\n")];
}

function describeBody(api: Api, { requestBody }: Operation): string[] {
  if (!requestBody) return [];
  const need = requestBody.required ? "required" : "optional";
  return Object.entries(requestBody.content).flatMap(([type, media]) => [
    `## Request body\n\n\`${type}\`, ${need}`,
    ...describeMedia(api, media),
  ]);
}

function describeResponse(api: Api, status: string, response: DocumentedResponse): string[] {
  const headers = Object.entries(response.headers ?? {}).map(
    ([name, header]) => `- header \`${name}\`${toText(header.description)}`,
  );
  return [
    `### ${status}`,
    `${response.description.trim()}${toMark(response)}`,
    headers.join("\n"),
    ...Object.entries(response.content ?? {}).flatMap(([type, media]) => [`\`${type}\``, ...describeMedia(api, media)]),
  ];
}

function describeMedia({ document }: Api, { schema, example, examples = {} }: MediaType): string[] {
  const shown = example === undefined ? Object.entries(examples) : [["Example", { value: example }] as const];
  return [
    listFields(document, schema, 0, []).join("\n"),
    ...shown.flatMap(([name, { value }]) => (value === undefined ? [] : [`Example \`${name}\`:`, toBlock(value)])),
  ];
}

function toBlock(value: unknown): string {
  return typeof value === "string"
    ? `\`\`\`\n${value}\n\`\`\``
    : `\`\`\`json\n${JSON.stringify(value, undefined, 2)}\n\`\`\``;
}

/** The fields of a schema as a nested list; what leads in a circle is named only. */
function listFields(document: Api["document"], schema: unknown, depth: number, above: readonly unknown[]): string[] {
  const resolved = resolve(document, schema);
  if (!isObject(resolved) || depth > deepest || above.includes(resolved)) return [];
  const inside = [...above, resolved];
  const below = (child: unknown, more = 0) => listFields(document, child, depth + more, inside);
  const parts = [resolved.allOf, resolved.oneOf, resolved.anyOf].flatMap((list) => (Array.isArray(list) ? list : []));
  return [
    ...Object.entries(isObject(resolved.properties) ? resolved.properties : {}).flatMap(([name, property]) => [
      describeField(document, name, property, resolved, depth),
      ...below(property, 1),
    ]),
    ...parts.flatMap((part) => below(part)),
    ...(resolved.items === undefined ? [] : below(resolved.items)),
    ...(isObject(resolved.additionalProperties) ? below(resolved.additionalProperties) : []),
  ];
}

function describeField(
  document: Api["document"],
  name: string,
  property: unknown,
  owner: JsonObject,
  depth: number,
): string {
  const required = Array.isArray(owner.required) && owner.required.includes(name) ? "required" : "optional";
  const schema = resolve(document, property);
  // A description beside a reference is about this use, and wins.
  const own = isObject(property) && isObject(schema) ? { ...schema, ...property } : {};
  const facts = [describeType(document, property), required].filter(Boolean).join(", ");
  return `${"  ".repeat(depth)}- \`${name}\` (${facts})${toText(own.description)}${toMark(own)}`;
}

function describeType(document: Api["document"], schema: unknown): string {
  const resolved = resolve(document, schema);
  if (!isObject(resolved)) return "any";
  const alternatives = [resolved.oneOf, resolved.anyOf].find(Array.isArray) ?? [];
  if (alternatives.length > 0)
    return [...new Set(alternatives.map((part) => describeType(document, part)))].join(" or ");
  const types = [resolved.type].flat().filter((type) => typeof type === "string");
  const named = types.map((type) => (type === "array" ? `array of ${describeType(document, resolved.items)}` : type));
  const values = Array.isArray(resolved.enum) ? `: ${resolved.enum.map((value) => `\`${value}\``).join(", ")}` : "";
  const format = typeof resolved.format === "string" ? ` (${resolved.format})` : "";
  return `${named.join(" or ") || (resolved.properties ? "object" : "any")}${format}${values}`;
}

function toText(description: unknown): string {
  return typeof description === "string" ? `: ${description.trim().replaceAll(/\s*\n\s*/g, " ")}` : "";
}

function toMark(owner: object): string {
  const reason = (owner as JsonObject)["x-inferred"];
  return typeof reason === "string" ? ` *Inferred: ${reason.trim().replaceAll(/\s+/g, " ")}*` : "";
}

function describeMark(source: JsonObject): string[] {
  const mark = toMark(source).trim();
  return mark === "" ? [] : [mark];
}

function describeSources(source: JsonObject): string[] {
  const sources = source["x-sources"];
  return Array.isArray(sources) ? ["## Sources", sources.map((text) => `- ${text}`).join("\n")] : [];
}
