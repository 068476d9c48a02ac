import { kindOf } from "./definition.ts";
import { withoutQuery } from "./errors/api-error.ts";
import { DecodeError } from "./errors/decode-error.ts";
import { NetworkError } from "./errors/network-error.ts";

/** Kinds of body documented for a status (letters of `OperationDefinition`), or undefined for an undocumented status. */
export function findKinds(answers: string, status: number): string | undefined {
  // A part (RFC 9110, section 15.3.7) is decoded like the whole: documents know only the whole.
  const keys = status === 206 ? [206, 200] : [status];
  for (const key of [...keys, `${Math.trunc(status / 100)}XX`, "default"]) {
    const match = new RegExp(`(?:^| )${key}([bjt]*)(?: |$)`).exec(answers);
    if (match) return match[1];
  }
  return undefined;
}

/**
 * The body of an answer as the document says: parsed JSON, text, or a stream of bytes; undefined where there is none.
 *
 * Where the document says JSON, the content type does not matter, only whether the body parses. The body of an
 * undocumented status is parsed where it says that it is JSON and does parse, else it is text.
 *
 * @throws {DecodeError} when the document says JSON and the body is empty, or something else.
 * @throws {NetworkError} when the body is cut off.
 */
export async function decodeBody(response: Response, kinds: string | undefined, operationId: string): Promise<unknown> {
  const contentKind = kindOf(response.headers.get("content-type") ?? "");
  const kind = kinds && kinds.length > 1 ? (kinds.includes(contentKind) ? contentKind : kinds[0]) : kinds;
  if (kind === "b") return response.body ?? new Response("").body;
  if (kind === "") {
    await response.body?.cancel();
    return undefined;
  }
  const text = await readText(response, operationId);
  if (kind === "t") return text;
  if (kind === undefined && (text === "" || contentKind !== "j")) return text || undefined;
  try {
    return JSON.parse(text);
  } catch (cause) {
    if (kind === undefined) return text;
    throw new DecodeError(
      operationId,
      response,
      text,
      text ? "Body is not JSON" : "Empty body where JSON was expected",
      {
        cause,
      },
    );
  }
}

async function readText(response: Response, operationId: string): Promise<string> {
  try {
    // `text()` also takes a byte-order mark away.
    return await response.text();
  } catch (cause) {
    throw new NetworkError(
      `Body was cut off (status ${response.status}) from ${operationId} ${withoutQuery(response.url)}`,
      {
        cause,
      },
    );
  }
}
