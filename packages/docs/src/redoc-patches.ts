import type { Patch } from "./patch.ts";

/**
 * Changes to Redoc 3.0.1. They apply to the browser's copy and to the copy inside Redocly's CLI that prerenders the page:
 * both must render the same, or React would throw the prerendered page away. No option of Redoc does any of this.
 *
 * The patterns use what survives minification: strings, property names, and the shape of the code.
 */
export const redocPatches: readonly Patch[] = [
  {
    purpose: "the attribution is text, not a logo from a CDN",
    find: /\(0,[\w$]+\.jsx\)\(([`"])img\1,\{alt:\1redocly logo\1,onError:\(\)=>[\w$]+\(!1\),src:[\w$]+\?\1https:\/\/cdn\.redoc\.ly\/redoc\/logo-mini-full\.svg\1:\1https:\/\/cdn\.redoc\.ly\/redoc\/logo-mini\.svg\1\}\)/,
    replacement: '"Redocly"',
  },
  {
    purpose: "sections are rendered at once, not when they scroll into view",
    find: /useState\)\(\(\)=>[\w$]+\|\|[\w$]+\.has\([\w$]+\)\)/,
    replacement: "useState)(()=>!0)",
  },
  {
    purpose: "fields of nested objects are rendered at once, not when they scroll into view",
    find: /(\.jsx\)\([\w$]+,\{forceMount:)[\w$]+(?=,estimatedHeight:[\w$]+,children:[\w$]+\}\))/,
    replacement: "$1!0",
  },
  {
    purpose: "operations are rendered although their group is not the current page",
    find: /shouldRenderOps:(?=[\w$]+\.sectionId===)/,
    replacement: "shouldRenderOps:!0||",
  },
  {
    purpose: "operations are rendered although their group is not selected",
    find: /(function [\w$]+\(([\w$]+),([\w$]+)\)\{return )\3\?\3===\2\|\|\3\.startsWith\(\2\+([`"])\/\4\):!1\}/,
    replacement: "$1!0}",
  },
  {
    purpose: "levels of nested objects take their colours from site.css, for light and dark",
    find: /\[([`"])#9D00FF\1(?:,\1#[0-9A-F]{6}\1){8}\]/,
    replacement: '["var(--level-1)","var(--level-2)","var(--level-3)"]',
  },
  {
    purpose: "groups look open",
    find: /\.some\(([\w$]+)=>([\w$]+)===\1\|\|\2\.endsWith\(\1\)\|\|\2\.includes\(\1\+([`"])\/\3\)\)/,
    replacement: ".some(()=>!0)",
  },
  {
    purpose: "groups of the menu start open",
    find: /(function [\w$]+\(([\w$]+)\)\{return )\2\.active\|\|\2\.hasActiveSubItem\|\|\2\.expanded===([`"])true\3\|\|\2\.expanded===\3always\3\}/,
    replacement: "$1!0}",
  },
  {
    purpose: "a choice is named by what is chosen, beside what it is about",
    find: /("aria-label":)([\w$]+)(?=,children:\(0,[\w$]+\.jsx\)\([\w$]+,\{children:([\w$]+)\?\.labelNode\?\?\3\?\.label\}\))/,
    replacement: '$1$2+": "+$3?.label',
  },
];
