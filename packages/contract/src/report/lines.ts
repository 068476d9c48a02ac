/** Where in the text of a document a rule stands. */
import { isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from "yaml";
import { toTokens } from "./pointer.ts";

/**
 * Reads a document in YAML or JSON.
 *
 * @returns the line, from 1, of the place that a pointer leads to; where it leaves the text (through a `$ref` to another
 * file), or leads nowhere, that of the last place on its way.
 */
export function createLineFinder(text: string): (pointer: string) => number {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter });
  return (pointer) => {
    let node: unknown = document.contents;
    let offset = 0;
    for (const token of toTokens(pointer)) {
      const [at, next] = step(node, token);
      if (at === undefined) break;
      offset = at;
      node = next;
    }
    return counter.linePos(offset).line;
  };
}

/** Where the member begins (its key, in a map), and the member. */
function step(node: unknown, token: string): [offset: number | undefined, next: unknown] {
  if (isMap(node)) {
    const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === token);
    return [isNode(pair?.key) ? pair.key.range?.[0] : undefined, pair?.value];
  }
  const item = isSeq(node) ? node.items[Number(token)] : undefined;
  return [isNode(item) ? item.range?.[0] : undefined, item];
}
