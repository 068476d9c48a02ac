/** The pages of the built site: those in its folder, so that a new one is looked at, too. */
import { readdirSync } from "node:fs";
import { sep } from "node:path";
import { fileURLToPath } from "node:url";

export const dist = fileURLToPath(new URL("../dist/", import.meta.url));

/** Paths within the site, sorted. */
export const pages = readdirSync(dist, { recursive: true, encoding: "utf8" })
  .map((file) => file.split(sep).join("/"))
  .filter((file) => file.endsWith(".html"))
  .sort();

/** A page of Redoc's, whose structure is not ours. */
export const isReference = (path: string) => /^reference\/[^/]+\/index\.html$/.test(path);
