/** Compiled, never run. */
import { expectTypeOf } from "vitest";
import { type DownloadCall, type SavedFile, saveTo } from "./node.ts";
import type { RequestOf, Result } from "./result.ts";

interface Operations {
  getFile: {
    parameters: { query: { path: string }; header?: never; path?: never; cookie?: never };
    responses: {
      200: { content: { "application/octet-stream": unknown; "application/json": { a: 1 } } };
      404: { content: { "application/json": { detail: string } } };
    };
  };
}
declare function getFile(request: RequestOf<Operations["getFile"]>): Promise<Result<Operations["getFile"]>>;

const query = { path: "model" };

expectTypeOf(
  await saveTo("a", ({ headers, signal }) => getFile({ query, headers, signal })),
).toEqualTypeOf<SavedFile>();
await saveTo("a", (request) => getFile({ query, ...request }));
await saveTo("a", ({ headers, signal }) => fetch("https://x.example", { headers, signal }));
await saveTo(new URL("file:///a"), getFile({ query }), {
  onProgress: ({ total }) => total?.toFixed(),
  signal: undefined,
});
await saveTo("a", await getFile({ query }));
await saveTo("a", await fetch("https://x.example"));

// @ts-expect-error a URL is no answer
await saveTo("a", "https://x.example");
// @ts-expect-error the call answers with nothing
const call: DownloadCall = async () => {};
// @ts-expect-error the option is unknown
await saveTo("a", call, { overwrit: true });
// @ts-expect-error the checksum has no algorithm
await saveTo("a", call, { checksum: { digest: "" } });
