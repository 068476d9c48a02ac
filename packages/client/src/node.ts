/** What needs a file system: Node, Bun and Deno only. `@artifetch/client` itself imports none of it. */
export type { DownloadAnswer } from "./download/answer.ts";
export type { DownloadProgress } from "./download/receive.ts";
export {
  type Checksum,
  type DownloadCall,
  type DownloadRequest,
  type SavedFile,
  type SaveOptions,
  saveTo,
} from "./download/save-to.ts";
export { DownloadError, isDownloadError } from "./errors/download-error.ts";
