/** Which operation of a document a path and method mean. */
import type { Operation } from "@artifetch/document";

export interface Routes {
  /** The operation for a method and a path without base path and query; that of GET for HEAD where HEAD has none. */
  find(method: string, path: string): Operation | undefined;
  /** All operations whose template fits the path, whatever their methods. */
  findAll(path: string): Operation[];
}

/** A template of more fixed text goes before one of less (OpenAPI 3.1.1, section 4.8.8.1). */
export function createRoutes(operations: readonly Operation[]): Routes {
  const routes = operations
    .map((operation) => {
      const fixed = operation.path.split(/\{[^{}]+\}/);
      return { operation, pattern: toPattern(fixed), parameters: fixed.length - 1, length: fixed.join("").length };
    })
    .sort((a, b) => a.parameters - b.parameters || b.length - a.length);
  const findAll = (path: string): Operation[] =>
    routes.filter(({ pattern }) => pattern.test(path)).map(({ operation }) => operation);
  return {
    findAll,
    find: (method, path) => {
      const wanted = method.toUpperCase();
      const found = findAll(path);
      const find = (name: string) => found.find((operation) => operation.method === name);
      return find(wanted) ?? (wanted === "HEAD" ? find("GET") : undefined);
    },
  };
}

function toPattern(fixed: readonly string[]): RegExp {
  const texts = fixed.map((text) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${texts.join("[^/]+")}/?$`);
}
