/** Bodies as they crossed the wire, read for the judge (RFC 9110, section 8.4). */
import { promisify } from "node:util";
import * as zlib from "node:zlib";

/** A body without its content encoding. */
export interface DecodedBody {
  body: Uint8Array;
  /** The bytes are not in the encoding that their header names. */
  bodyError?: string;
  /** Not all of it could be decoded here: it is too long, or in an encoding that is not known. */
  bodyIsPartial?: boolean;
}

type Decode = (body: Uint8Array, options: { maxOutputLength: number }) => Promise<Uint8Array>;

const gunzip: Decode = promisify(zlib.gunzip);
const decoders: Readonly<Record<string, Decode>> = {
  gzip: gunzip,
  "x-gzip": gunzip,
  // Some services send the bare stream, without the frame of zlib that RFC 9110 means.
  deflate: (body, options) =>
    promisify<Uint8Array, object, Uint8Array>(zlib.inflate)(body, options).catch(() =>
      promisify<Uint8Array, object, Uint8Array>(zlib.inflateRaw)(body, options),
    ),
  br: promisify(zlib.brotliDecompress),
  // Node 22.15 and newer.
  ...("zstdDecompress" in zlib && { zstd: promisify(zlib.zstdDecompress) as Decode }),
};

/**
 * Takes the encodings of a body off.
 *
 * @param encoding value of `Content-Encoding`.
 * @param limitBytes of the result: a small body can unfold to more than there is memory.
 */
export async function decodeBody(
  body: Uint8Array,
  encoding: string | undefined,
  limitBytes: number,
): Promise<DecodedBody> {
  const names = (encoding ?? "")
    .toLowerCase()
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "" && name !== "identity");
  if (body.byteLength === 0) return { body };
  let decoded = body;
  for (const name of names.toReversed()) {
    const decode = decoders[name];
    if (!decode) return { body, bodyIsPartial: true };
    try {
      decoded = await decode(decoded, { maxOutputLength: limitBytes });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") return { body, bodyIsPartial: true };
      return { body, bodyError: `it is not in its Content-Encoding, ${name}` };
    }
  }
  return { body: decoded };
}
