/** Finds the few operations that a path can mean, so that Prism's router need not look at all of them. */

interface Node<T> {
  /** By segment as Prism compares it: percent-decoded. */
  fixed: Map<string, Node<T>>;
  /** Below any segment with a parameter in it. */
  templated?: Node<T>;
  /** Position in the document, and the operation. */
  here: [number, T][];
}

/**
 * Makes a function from a request path to the operations that can match it, in the document's order: all that do, and
 * hardly any other. Where none can, it gives one that does not match, for Prism's router to say so.
 */
export function createIndex<T extends { path: string }>(operations: readonly T[]): (path: string) => T[] {
  const root = createNode<T>();
  for (const [position, operation] of operations.entries()) {
    let node = root;
    for (const segment of toSegments(operation.path)) node = addChild(node, segment);
    node.here.push([position, operation]);
  }
  const anyOther = operations.slice(0, 1);

  return (path) => {
    if (!path.startsWith("/")) return [...operations];
    let nodes = [root];
    for (const segment of toSegments(path)) {
      nodes = nodes.flatMap(({ fixed, templated }) =>
        [fixed.get(segment), templated].filter((node) => node !== undefined),
      );
    }
    const found = nodes.flatMap(({ here }) => here).sort(([a], [b]) => a - b);
    return found.length > 0 ? found.map(([, operation]) => operation) : anyOther;
  };
}

function createNode<T>(): Node<T> {
  return { fixed: new Map(), here: [] };
}

function addChild<T>(parent: Node<T>, segment: string): Node<T> {
  if (/\{(.+)\}/.test(segment)) {
    parent.templated ??= createNode<T>();
    return parent.templated;
  }
  const child = parent.fixed.get(segment) ?? createNode<T>();
  parent.fixed.set(segment, child);
  return child;
}

function toSegments(path: string): string[] {
  return path.split("/").slice(1).map(decode);
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
