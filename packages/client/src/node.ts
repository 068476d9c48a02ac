/** What needs a file system: Node, Bun and Deno only. `@artifetch/client` itself imports none of it. */
export type { DownloadAnswer } from "./download/answer.ts";
export type {
  Checksum,
  DownloadCall,
  DownloadProgress,
  DownloadRequest,
  SavedFile,
  SaveOptions,
} from "./download/options.ts";
export { saveTo } from "./download/save-to.ts";
export { DownloadError, isDownloadError } from "./errors/download-error.ts";
