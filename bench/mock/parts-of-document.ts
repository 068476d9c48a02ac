/** The same service with fewer operations. */
import { getByPointer, isObject, listOperations, type OpenApiDocument, toPointerToken } from "@artifetch/document";

/**
 * A document with so many of its operations, spread evenly over it, and the components that they use.
 *
 * @param always operation that is among them.
 */
export function takeOperations(document: OpenApiDocument, count: number, always: string): OpenApiDocument {
  const operations = listOperations(document);
  const kept = operations.find(({ id }) => id === always);
  if (!kept) throw new Error(`The document has no operation ${always}.`);
  const others = operations.filter(({ id }) => id !== always);
  const step = others.length / Math.max(1, count - 1);
  const taken = [kept, ...Array.from({ length: count - 1 }, (_, index) => others[Math.floor(index * step)])];
  const pointers = new Set(taken.map((operation) => operation?.pointer));
  const paths = Object.entries(document.paths ?? {}).flatMap(([path, item]) => {
    const own = Object.entries(item).filter(
      ([key, value]) => !isOperation(value) || pointers.has(`#/paths/${toPointerToken(path)}/${key}`),
    );
    return own.some(([, value]) => isOperation(value)) ? [[path, Object.fromEntries(own)] as const] : [];
  });
  const { openapi, info, servers = [], security = [] } = document;
  return {
    openapi,
    info,
    servers,
    security,
    paths: Object.fromEntries(paths),
    components: takeComponents(document, paths),
  };
}

function isOperation(value: unknown): boolean {
  return isObject(value) && isObject(value.responses);
}

/** The components that are referred to, directly or by way of another. */
function takeComponents(document: OpenApiDocument, roots: unknown[]): NonNullable<OpenApiDocument["components"]> {
  const pointers = new Set<string>();
  const pending = [...roots];
  while (pending.length > 0) {
    const value = pending.pop();
    if (typeof value !== "object" || value === null) continue;
    const reference = "$ref" in value && typeof value.$ref === "string" ? value.$ref : undefined;
    if (reference !== undefined && !pointers.has(reference)) {
      pointers.add(reference);
      pending.push(getByPointer(document, reference));
    }
    pending.push(...Object.values(value));
  }
  const components = Object.entries(document.components ?? {}).map(([kind, entries]) => [
    kind,
    Object.fromEntries(
      Object.entries(entries).filter(
        ([name]) => kind === "securitySchemes" || pointers.has(`#/components/${kind}/${toPointerToken(name)}`),
      ),
    ),
  ]);
  return Object.fromEntries(components);
}
