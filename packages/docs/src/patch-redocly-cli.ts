/**
 * Preloaded into the process of Redocly's CLI (`node --import`): patches the copy of Redoc that `build-docs` prerenders
 * with, in memory, as the CLI loads it. Node's hooks: https://nodejs.org/docs/latest-v24.x/api/module.html#customization-hooks
 */
import { registerHooks } from "node:module";
import { applyPatches } from "./patch.ts";
import { redocPatches } from "./redoc-patches.ts";

/** Occurs in Redoc's renderer, and in none of the CLI's other chunks. */
const marker = "shouldRenderOps:";

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (!url.includes("/@redocly/cli/lib/chunks/") || !loaded.source) return loaded;
    const source = typeof loaded.source === "string" ? loaded.source : new TextDecoder().decode(loaded.source);
    return source.includes(marker) ? { ...loaded, source: applyPatches(source, redocPatches, url) } : loaded;
  },
});
