/** Collections for Postman and Bruno, made by the converters of their makers. */
import { createHash } from "node:crypto";
import {
  isObject,
  type MediaType,
  type OpenApiDocument,
  type Parameter,
  type RequestBody,
  sampleMediaType,
  sampleParameter,
} from "@artifetch/document";
import { openApiToBruno } from "@usebruno/converters";
import { convertV2 } from "openapi-to-postmanv2";
import type { Api } from "../api.ts";
import { type DocumentFile, toJson } from "./documents.ts";

const postmanOptions = {
  folderStrategy: "Tags",
  parametersResolution: "Example",
  // They are there, but not ticked: together they narrow a list down to nothing.
  disableOptionalParameters: true,
} as const;

/** Both collections of an API: the same bytes for the same document. */
export async function renderCollections(api: Api): Promise<DocumentFile[]> {
  const collections = [
    { kind: "postman", content: await toPostman(api) },
    { kind: "bruno", content: await toBruno(api) },
  ] as const;
  return collections.map(({ kind, content }) => ({
    kind,
    path: `reference/${api.name}/${kind}.json`,
    mediaType: "application/json",
    content: toJson(replaceIds(content, api.name)),
  }));
}

/**
 * A copy, which the converters may write into, in which every parameter and body has an example: what has none, the one
 * converter makes up at random.
 */
function withExamples(document: OpenApiDocument): OpenApiDocument {
  const copy = structuredClone(document);
  const components = copy.components ?? {};
  const operations = Object.values(copy.paths ?? {}).flatMap((item) => [item, ...Object.values(item).filter(isObject)]);
  const parameters = [...operations, components].flatMap(({ parameters }) => Object.values(parameters ?? {}));
  for (const parameter of parameters.filter(isParameter)) {
    if (!hasExample(parameter)) parameter.example = sampleParameter(document, parameter);
  }
  const bodies = [
    ...operations.map(({ requestBody }) => requestBody),
    ...Object.values(components.requestBodies ?? {}),
  ];
  for (const media of bodies.filter(isBody).flatMap(({ content }) => Object.values(content))) {
    if (!hasExample(media)) media.example = sampleMediaType(document, media);
  }
  return copy;
}

function isParameter(value: unknown): value is Parameter {
  return isObject(value) && typeof value.name === "string";
}

function isBody(value: unknown): value is RequestBody {
  return isObject(value) && isObject(value.content);
}

function hasExample({ example, examples }: Pick<MediaType, "example" | "examples">): boolean {
  return example !== undefined || examples !== undefined;
}

async function toPostman({ name, document }: Api): Promise<unknown> {
  const result = await new Promise<Parameters<Parameters<typeof convertV2>[2]>[1]>((resolve, reject) => {
    const data = withExamples(document);
    convertV2({ type: "json", data }, postmanOptions, (error, converted) =>
      error ? reject(error) : resolve(converted),
    );
  });
  const collection = result?.output?.find(({ type }) => type === "collection");
  if (!collection)
    throw new Error(`${name}: no Postman collection: ${result?.reason ?? "the converter gives no reason"}`);
  return collection.data;
}

async function toBruno({ document }: Api): Promise<unknown> {
  return openApiToBruno(withExamples(document), { groupBy: "tags" });
}

const idKeys = new Set(["id", "uid", "itemUid", "_postman_id"]);
const randomId = /^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[\w-]{21})$/;

/** Random ids replaced by ones that follow from their order, of the same form. */
function replaceIds(collection: unknown, seed: string): unknown {
  const replaced = new Map<string, string>();
  const replace = (id: string) => {
    const known = replaced.get(id) ?? toId(`${seed} ${replaced.size}`, id);
    replaced.set(id, known);
    return known;
  };
  return JSON.parse(JSON.stringify(collection), (key, value) =>
    idKeys.has(key) && typeof value === "string" && randomId.test(value) ? replace(value) : value,
  );
}

function toId(seed: string, example: string): string {
  const hash = createHash("sha256").update(seed).digest("hex");
  if (!example.includes("-") || example.length === 21) return hash.slice(0, 21);
  return [8, 12, 16, 20, 32].map((end, index, ends) => hash.slice(ends[index - 1] ?? 0, end)).join("-");
}
