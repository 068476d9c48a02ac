/** Collections for Postman and Bruno, made by the converters of their makers. */
import { createHash } from "node:crypto";
import { openApiToBruno } from "@usebruno/converters";
import { convertV2 } from "openapi-to-postmanv2";
import type { Api } from "../api.ts";
import { type DocumentFile, toJson } from "./documents.ts";

const postmanOptions = { folderStrategy: "Tags", parametersResolution: "Example" } as const;

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

async function toPostman({ name, document }: Api): Promise<unknown> {
  const result = await new Promise<Parameters<Parameters<typeof convertV2>[2]>[1]>((resolve, reject) => {
    // It writes into what it is given.
    const data = structuredClone(document);
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
  return openApiToBruno(structuredClone(document), { groupBy: "tags" });
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
