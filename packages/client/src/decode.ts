import { kindOf } from "./definition.ts";
import { DecodeError } from "./errors/decode-error.ts";

/** Kinds of body documented for a status (letters of `OperationDefinition`), or undefined for an undocumented status. */
export function findKinds(answers: string, status: number): string | undefined {
  const range = `${Math.trunc(status / 100)}XX`;
  const words = answers.split(" ");
  for (const key of [String(status), range, "default"]) {
    const word = words.find((candidate) => candidate.startsWith(key) && /^[bjt]*$/.test(candidate.slice(key.length)));
    if (word) return word.slice(key.length);
  }
  return undefined;
}

/**
 * The body of an answer as the document says: parsed JSON, text, or a stream of bytes; undefined where there is none.
 *
 * Where the document says JSON, the content type does not matter, only whether the body parses. The body of an
 * undocumented status is parsed where it says that it is JSON and does parse, else it is text.
 *
 * @throws {DecodeError} when the document says JSON and the body is empty, cut off, or something else.
 */
export async function decodeBody(response: Response, kinds: string | undefined, operationId: string): Promise<unknown> {
  const contentType = response.headers.get("content-type") ?? "";
  const kind = kinds === undefined ? undefined : kinds.length > 1 ? pickKind(kinds, contentType) : kinds;
  if (kind === "b") return response.body ?? new Response("").body;
  if (kind === "") {
    await response.body?.cancel();
    return undefined;
  }
  const text = await readText(response, operationId);
  if (kind === "t") return text;
  if (kind === undefined && (text === "" || kindOf(contentType) !== "j")) return text || undefined;
  try {
    return JSON.parse(text);
  } catch (cause) {
    if (kind === undefined) return text;
    throw new DecodeError(
      operationId,
      response,
      text,
      text === "" ? "Empty body where JSON was expected" : "Body is not JSON",
      { cause },
    );
  }
}

function pickKind(kinds: string, contentType: string): string {
  const found = kindOf(contentType);
  return kinds.includes(found) ? found : kinds.charAt(0);
}

async function readText(response: Response, operationId: string): Promise<string> {
  try {
    // `text()` also takes a byte-order mark away.
    return await response.text();
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
    throw new DecodeError(operationId, response, "", "Body was cut off", { cause });
  }
}
