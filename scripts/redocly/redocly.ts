/**
 * The part of Redocly's plugin interface that these rules use. Written out because the command line tool ships as one file
 * without declarations. A document is read before it is known to be valid, hence `unknown` wherever Redocly says `any`.
 */

export interface Location {
  readonly source: { readonly absoluteRef: string };
  readonly pointer: string;
  child(path: readonly (string | number)[]): Location;
  /** The same place, shown as its key rather than as its value. */
  key(): Location;
}

/** A value of the document together with the place where it stands. */
export interface Place {
  readonly node: unknown;
  readonly location: Location;
}

export type Resolve = (
  reference: { readonly $ref: string },
  fromFile?: string,
) => { readonly node?: unknown; readonly location?: Location };

export interface Context {
  readonly location: Location;
  readonly key: string | number;
  readonly type: { readonly name: string; readonly extensionsPrefix?: string };
  readonly resolve: Resolve;
  report(problem: { readonly message: string; readonly location: Location }): void;
}

type Visit = (node: unknown, context: Context) => void;

/** What a rule does, by the name of a node type; `any` sees all nodes, `ref` sees references before they are resolved. */
export type Visitor = Readonly<Record<string, Visit | { enter?: Visit; leave?: Visit }>>;

export type Rule = () => Visitor;

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isReference(value: unknown): value is { readonly $ref: string } {
  return isObject(value) && typeof value.$ref === "string";
}

/** A string with something to read in it. */
export function isText(value: unknown): value is string {
  return typeof value === "string" && value.trim() !== "";
}

/** The value under a key of an object or array; its node is undefined when there is none. */
export function child({ node, location }: Place, key: string | number): Place {
  const value = typeof node === "object" && node !== null ? (node as Record<string, unknown>)[key] : undefined;
  return { node: value, location: location.child([key]) };
}

/** All values of an object, by key. */
export function children(place: Place): [key: string, Place][] {
  return isObject(place.node) ? Object.keys(place.node).map((key) => [key, child(place, key)]) : [];
}

/** All items of an array. */
export function items(place: Place): Place[] {
  return Array.isArray(place.node) ? place.node.map((_, index) => child(place, index)) : [];
}

/** The place itself or, for a reference, the place that it leads to. An unresolved one is no-unresolved-refs' business. */
export function follow(place: Place, resolve: Resolve): Place {
  if (!isReference(place.node)) return place;
  const { node, location = place.location } = resolve(place.node, place.location.source.absoluteRef);
  return { node, location };
}
