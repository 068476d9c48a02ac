/** The bytes of downloads. */

import { getByPointer, isObject } from "@artifetch/document";
import { answerBytes, fitBytes, readDataUrl, readSize, toBytes, toChecksum } from "./bytes.ts";
import { type Example, listOwnKey } from "./plan.ts";
import { identityOf, type Resource } from "./resource.ts";
import { sampleScope } from "./seeds.ts";
import { replaceText, withValueAt } from "./values.ts";
import {
  type Call,
  checkReady,
  findAddressed,
  findKindBytes,
  listParts,
  listStored,
  type MemoryAnswer,
  type Part,
} from "./world.ts";

export function download(call: Call): MemoryAnswer | undefined {
  const { request } = call;
  const resource = findAddressed(call);
  if (!resource) return undefined;
  checkReady(call, resource);
  const { bytes, mediaType } = findContent(call, resource);
  const { status, headers, body } = answerBytes(bytes, request.headers);
  const own = Object.fromEntries(
    Object.entries(request.answer.headers).filter(
      ([name]) => !["content-type", "content-length"].includes(name.toLowerCase()),
    ),
  );
  const type = body ? { "content-type": mediaType } : {};
  return {
    status,
    headers: { ...adoptTexts(call, own, resource), ...headers, ...type },
    body: body ?? new Uint8Array(),
  };
}

interface Content {
  bytes: Uint8Array;
  mediaType: string;
}

function findContent(call: Call, resource: Part): Content {
  const { plan, request, world } = call;
  const places = findKindBytes(world, resource.kind);
  const described = places.mediaType === undefined ? undefined : getByPointer(resource.fields, places.mediaType);
  const answered = Object.entries(request.answer.headers).find(([name]) => name.toLowerCase() === "content-type")?.[1];
  const said = resource.upload ?? findDataUrl(resource);
  const find = (wanted: unknown) =>
    plan.downloads.find(({ mediaType }) => mediaType === wanted && accepts(request.headers.accept, mediaType));
  const content = find(said?.mediaType) ?? find(described) ?? find(answered) ?? plan.downloads[0];
  const mediaType = content?.mediaType ?? String(answered);
  if (said) return { bytes: said.bytes, mediaType };
  return {
    bytes: chooseBytes(content?.examples ?? [], readSize(resource.fields, places), request.answer.body),
    mediaType,
  };
}

/** Bytes that were sent as the text of a property. */
function findDataUrl({ fields, written }: Resource): Content | undefined {
  const texts = Object.values({ ...fields, ...written }).filter((value) => typeof value === "string");
  return texts.map(readDataUrl).find((found) => found !== undefined);
}

function accepts(accept: string | undefined, mediaType: string): boolean {
  const [type] = mediaType.split("/");
  return accept === undefined || [mediaType, `${type}/*`, "*/*"].some((range) => accept.includes(range));
}

function chooseBytes(examples: readonly Example[], size: number | undefined, answered: unknown): Uint8Array {
  const all = examples.map(({ value }) => toBytes(value));
  const fitting = all.find(({ length }) => length === size) ?? all[0] ?? toBytes(answered);
  return size === undefined ? fitting : fitBytes(fitting, size);
}

/** Headers of a download with the texts of what is downloaded in place of those of the example: its file name. */
function adoptTexts(
  { world, plan, session }: Call,
  headers: Record<string, unknown>,
  resource: Part,
): Record<string, unknown> {
  const sample = sampleScope(world.plan, plan);
  const like = [
    ...(resource.owner ? listParts({ world }, resource.owner, resource.kind) : listStored(session, resource.kind)),
  ].find((other) => listOwnKey(other.kind).every((identity) => identityOf(other, identity) === sample.get(identity)));
  if (!like || like === resource) return headers;
  let result: unknown = headers;
  for (const [name, value] of Object.entries(like.fields)) {
    const own = resource.fields[name];
    if (typeof value === "string" && typeof own === "string") result = replaceText(result, value, own);
  }
  return isObject(result) ? result : headers;
}

/** A description of bytes that says what is true of them. */
export function describeBytes(call: Call, resource: Part, shown: unknown): unknown {
  const { plan, world } = call;
  if (!plan.showsResource || !plan.shape) return shown;
  const { size, mediaType, checksum } = findKindBytes(world, resource.kind);
  const downloading = [...world.plan.operations.values()].find(
    (one) => one.role === "download" && one.addressed === resource.kind,
  );
  if (!downloading || (checksum === undefined && !resource.upload)) return shown;
  const answer = { status: 200, headers: {}, body: undefined };
  const content = findContent({ ...call, plan: downloading, request: { ...call.request, answer } }, resource);
  const root = plan.shape.root;
  const set = (value: unknown, place: string | undefined, text: unknown) =>
    place === undefined || getByPointer(value, root + place) === undefined
      ? value
      : withValueAt(value, root + place, text);
  const typed = resource.upload ? set(set(shown, size, content.bytes.length), mediaType, content.mediaType) : shown;
  return checksum ? set(typed, checksum.pointer, toChecksum(content.bytes, checksum)) : typed;
}
