/**
 * What is used of `node:http`, loaded with `require`: an import asks for every export of the module, and some of them load
 * Node's own undici, a tenth of the start.
 */

import { createRequire } from "node:module";

export const { createServer, STATUS_CODES } = createRequire(import.meta.url)("node:http") as typeof import("node:http");
