import { fileURLToPath } from "node:url";

/** Where a part puts what it makes on the way; deleted at will. */
export const artifacts = fileURLToPath(new URL(".artifacts/", import.meta.url));

/** Where the machine-readable copies go. */
export const results = fileURLToPath(new URL("results/", import.meta.url));

/** Commands of this package's dependencies. */
export const commands = fileURLToPath(new URL("node_modules/.bin/", import.meta.url));
