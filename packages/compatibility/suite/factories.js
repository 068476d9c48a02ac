/** Replaced in the packed project by the factories of every API (`src/project.ts`). */

/** @type {Record<string, (options?: import("@artifetch/client").ClientOptions) => import("@artifetch/client").UntypedApi>} */
export const factories = {};
