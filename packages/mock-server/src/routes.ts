/** Finds the operation for a path and method, as Prism's router does, without looking at all of them. */

interface Routable {
  /** Lower case. */
  method: string;
  /** Path template. */
  path: string;
}

interface Route<T> {
  operation: T;
  /** Position in the document. */
  position: number;
  /** What the segments with a parameter and text around it must match: by their place. Others take anything. */
  patterns: [place: number, pattern: RegExp][];
  /** Whether the path has a parameter. */
  isTemplated: boolean;
}

interface Node<T> {
  /** By segment as Prism compares it: percent-decoded. */
  fixed: Map<string, Node<T>>;
  /** Below any segment with a parameter in it. */
  templated?: Node<T>;
  here: Route<T>[];
}

export interface Routes<T> {
  /** The operations whose path matches, with any method, in the document's order. */
  findAll(path: string): T[];
  /** The operation that Prism would choose; undefined where no path matches, or none with this method. */
  find(method: string, path: string): T | undefined;
}

/** Makes the index of a document's operations. Paths are percent-encoded and start with `/`. */
export function createRoutes<T extends Routable>(operations: readonly T[]): Routes<T> {
  const root = createNode<T>();
  for (const [position, operation] of operations.entries()) {
    const segments = toSegments(operation.path);
    let node = root;
    for (const segment of segments) node = addChild(node, segment);
    const isTemplated = segments.some(isTemplate);
    node.here.push({ operation, position, patterns: toPatterns(segments), isTemplated });
  }

  const findRoutes = (path: string): Route<T>[] => {
    const segments = toSegments(path);
    const routes: Route<T>[] = [];
    collect(root, segments, 0, routes);
    return routes.every(({ patterns }) => patterns.length === 0)
      ? routes
      : routes.filter(({ patterns }) => patterns.every(([place, pattern]) => pattern.test(segments[place] ?? "")));
  };

  return {
    findAll: (path) =>
      findRoutes(path)
        .toSorted((a, b) => a.position - b.position)
        .map(({ operation }) => operation),
    find: (method, path) => {
      const routes = findRoutes(path).filter(({ operation }) => operation.method === method);
      return routes.length > 1 ? choose(routes, path)?.operation : routes[0]?.operation;
    },
  };
}

/** Prism takes a path without parameters before one with them, then the one with the most in common, then the last one. */
function choose<T extends Routable>(routes: readonly Route<T>[], path: string): Route<T> | undefined {
  const rank = ({ isTemplated, operation, position }: Route<T>) => [
    isTemplated ? 0 : 1,
    toScore(operation.path, path),
    position,
  ];
  return routes.toSorted((a, b) => compare(rank(b), rank(a)))[0];
}

function compare(a: number[], b: number[]): number {
  return a.map((value, index) => value - (b[index] ?? 0)).find((difference) => difference !== 0) ?? 0;
}

/** Prism's measure: a segment that is equal counts 1, a parameter 0.5, and the first that is neither ends the count. */
function toScore(template: string, path: string): number {
  const segments = path.split("/");
  let score = 0;
  for (const [index, part] of template.split("/").entries()) {
    if (part === segments[index]) score += 1;
    else if (isTemplate(part)) score += 0.5;
    else break;
  }
  return score;
}

function createNode<T>(): Node<T> {
  return { fixed: new Map(), here: [] };
}

function addChild<T>(parent: Node<T>, segment: string): Node<T> {
  if (isTemplate(segment)) {
    parent.templated ??= createNode<T>();
    return parent.templated;
  }
  const child = parent.fixed.get(segment) ?? createNode<T>();
  parent.fixed.set(segment, child);
  return child;
}

/** Adds the routes below a node that segments from a place on lead to. */
function collect<T>(node: Node<T>, segments: readonly string[], place: number, found: Route<T>[]): void {
  const segment = segments[place];
  if (segment === undefined) {
    for (const route of node.here) found.push(route);
    return;
  }
  const child = node.fixed.get(segment);
  if (child) collect(child, segments, place + 1, found);
  if (node.templated) collect(node.templated, segments, place + 1, found);
}

function isTemplate(segment: string): boolean {
  return /\{.+\}/.test(segment);
}

/** Prism's pattern for a segment, which is not anchored. */
function toPatterns(segments: readonly string[]): [number, RegExp][] {
  return segments.flatMap((segment, place): [number, RegExp][] => {
    if (!isTemplate(segment)) return [];
    const escaped = segment.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
    const pattern = escaped.replaceAll(/\\\{[^\\]+\\\}/g, "(.*)");
    return pattern === "(.*)" ? [] : [[place, new RegExp(pattern)]];
  });
}

/** The first one is always empty: it stands before the first slash. */
function toSegments(path: string): string[] {
  const segments = path.split("/");
  return path.includes("%") ? segments.map(decode) : segments;
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
