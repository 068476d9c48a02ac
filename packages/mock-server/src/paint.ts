/** Colours for a terminal. */

import { styleText } from "node:util";

const styles = ["bold", "cyan", "dim", "green", "red", "yellow"] as const;
export type Style = (typeof styles)[number];

/** Text in a style, or the text as it is. */
export type Paint = (style: Style, text: string) => string;

export const paintNothing: Paint = (_, text) => text;

/** Paints for a stream: only where that is a terminal, unless `NO_COLOR` or `FORCE_COLOR` says otherwise. */
export function createPaint(stream: NodeJS.WritableStream): Paint {
  // Asked once: the environment is read each time, which is too slow for every line.
  const codes = Object.fromEntries(styles.map((style) => [style, styleText(style, "\0", { stream }).split("\0")]));
  return (style, text) => `${codes[style]?.[0]}${text}${codes[style]?.[1]}`;
}
