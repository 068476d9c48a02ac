/** Pages of a list, as `x-pagination` describes them (specs/README.md). */

import { getByPointer, isObject, type Operation } from "@artifetch/document";
import { toTokens, withoutValueAt, withValueAt } from "./values.ts";

export interface Paging {
  style: "page" | "offset" | "cursor" | "none";
  parameter?: string;
  sizeParameter?: string;
  size?: number;
  first: number;
  next?: string;
  total?: string;
  totalPages?: string;
}

export type Query = Readonly<Record<string, string | string[]>>;

export interface Page<Item> {
  items: Item[];
  /** Index of the first item. */
  start: number;
  size: number;
  total: number;
  /** Value of the parameter for the next page; undefined on the last one. */
  next?: string | number;
}

/** A cursor that this list did not give. */
export class UnknownCursor extends Error {}

export function readPaging({ source }: Operation): Paging | undefined {
  const value = source["x-pagination"];
  if (!isObject(value)) return undefined;
  const text = (key: string) => (typeof value[key] === "string" ? { [key]: value[key] as string } : {});
  const styles = ["page", "offset", "cursor", "none"] as const;
  const style = styles.find((one) => one === value.style) ?? "none";
  return {
    style,
    first: typeof value.first === "number" ? value.first : 1,
    ...(typeof value.size === "number" && { size: value.size }),
    ...text("parameter"),
    ...text("sizeParameter"),
    ...text("next"),
    ...text("total"),
    ...text("totalPages"),
  };
}

/** @throws {UnknownCursor} for a cursor that says no place in the list. */
export function cutPage<Item>(all: readonly Item[], paging: Paging | undefined, query: Query): Page<Item> {
  const size = readSize(all.length, paging, query);
  const start = readStart(paging, query, size);
  const items = all.slice(start, start + size);
  const end = start + items.length;
  return {
    items,
    start,
    size,
    total: all.length,
    ...(end < all.length && items.length > 0 && { next: toNext(paging, start, size) }),
  };
}

function readSize(total: number, paging: Paging | undefined, query: Query): number {
  const asked = readInteger(paging?.sizeParameter, query);
  // Zero or less is no page; where the document takes it, it asks for no limit.
  return asked !== undefined && asked > 0 ? asked : (paging?.size ?? Math.max(total, 1));
}

function readStart(paging: Paging | undefined, query: Query, size: number): number {
  if (!paging?.parameter) return 0;
  if (paging.style === "cursor") return readCursor(query[paging.parameter]);
  const asked = readInteger(paging.parameter, query);
  if (asked === undefined) return 0;
  return Math.max(paging.style === "page" ? (asked - paging.first) * size : asked, 0);
}

function readInteger(name: string | undefined, query: Query): number | undefined {
  const value = name === undefined ? undefined : query[name];
  return typeof value === "string" && /^-?\d+$/.test(value) ? Number(value) : undefined;
}

function toNext(paging: Paging | undefined, start: number, size: number): string | number {
  if (paging?.style === "cursor") return btoa(JSON.stringify({ offset: start + size }));
  return paging?.style === "page" ? Math.floor(start / size) + paging.first + 1 : start + size;
}

/** Cursors are opaque to a client; here, and in the examples of most documents, they are Base64 of a place in the list. */
function readCursor(value: string | string[] | undefined): number {
  if (value === undefined || value === "") return 0;
  try {
    const [, offset] = /(\d+)\D*$/.exec(atob(String(value).replaceAll("-", "+").replaceAll("_", "/"))) ?? [];
    if (offset !== undefined) return Number(offset);
  } catch {
    // Not Base64: no cursor of this list.
  }
  throw new UnknownCursor();
}

/**
 * The answer around a page with what `x-pagination` names set to what it is. Beside the total, a field that is called like a
 * parameter of the paging (`page`, or `number` for `page[number]`) says what was asked for.
 *
 * @param countPlaces where the number of items on the page stands.
 */
export function withPage(
  body: unknown,
  paging: Paging | undefined,
  page: Page<unknown>,
  countPlaces: readonly string[],
  isValid: (value: unknown) => boolean,
): unknown {
  let result = body;
  for (const place of countPlaces) result = withValueAt(result, place, page.items.length);
  if (!paging) return result;
  if (paging.total) result = withValueAt(result, paging.total, page.total);
  if (paging.totalPages) result = withValueAt(result, paging.totalPages, Math.ceil(page.total / page.size));
  if (paging.next) result = withNext(result, paging.next, page.next, isValid);
  return withEcho(result, paging, page);
}

function withNext(
  body: unknown,
  place: string,
  next: string | number | undefined,
  isValid: (value: unknown) => boolean,
): unknown {
  if (next !== undefined) return withValueAt(body, place, next);
  const empty = withValueAt(body, place, null);
  return isValid(empty) ? empty : withoutValueAt(body, place);
}

function withEcho(body: unknown, paging: Paging, page: Page<unknown>): unknown {
  const counter = paging.total ?? paging.totalPages ?? paging.next;
  if (!counter) return body;
  const holder = counter.slice(0, counter.lastIndexOf("/"));
  const fields = getByPointer(body, holder);
  if (!isObject(fields)) return body;
  const number = paging.style === "page" ? Math.floor(page.start / page.size) + paging.first : page.start;
  const echoes: [string | undefined, number][] = [
    [paging.style === "cursor" ? undefined : paging.parameter, number],
    [paging.sizeParameter, page.size],
  ];
  let result = body;
  for (const [parameter, value] of echoes) {
    const name = parameter && [parameter, lastWord(parameter)].find((one) => typeof fields[one] === "number");
    if (name) result = withValueAt(result, `${holder}/${name}`, value);
  }
  return result;
}

/** `number` of `page[number]`. */
function lastWord(name: string): string {
  return /\[([^[\]]+)\]$/.exec(name)?.[1] ?? name;
}

/** Where in all these answers the number of their items stands: a place that says it in each, with lengths that differ. */
export function findCountPlaces(bodies: readonly unknown[], items: string): string[] {
  const lengths = bodies.map((body) => {
    const list = getByPointer(body, items);
    return Array.isArray(list) ? list.length : -1;
  });
  if (new Set(lengths).size < 2) return [];
  return listNumbers(bodies[0], "", toTokens(items)).filter((place) =>
    bodies.every((body, index) => getByPointer(body, place) === lengths[index]),
  );
}

function listNumbers(value: unknown, place: string, skipped: readonly string[]): string[] {
  if (typeof value === "number") return [place];
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, part]) =>
    skipped.length === 1 && name === skipped[0]
      ? []
      : listNumbers(part, `${place}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`, []),
  );
}

/** `Link` with the neighbours of a page (RFC 8288), relative to the request; undefined where there are none. */
export function toLinkHeader(paging: Paging, page: Page<unknown>, query: Query): string | undefined {
  const { parameter } = paging;
  if (page.next === undefined || parameter === undefined) return undefined;
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of name === parameter ? [] : [value].flat()) search.append(name, one);
  }
  search.append(parameter, String(page.next));
  return `<?${search}>; rel="next"`;
}
