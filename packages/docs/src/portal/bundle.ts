import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

/** The portal's script with what it imports, minified: one classic script, because a module does not load from a disk. */
export async function bundlePortalScript(): Promise<string> {
  const input = fileURLToPath(new URL("browser/portal.ts", import.meta.url));
  const bundle = await rolldown({ input, platform: "browser" });
  const { output } = await bundle.generate({ format: "iife", minify: true });
  await bundle.close();
  return output[0].code;
}
