import { type Paged, type RequestAndOptions, readExtra } from "./call.ts";
import type { PagesDefinition } from "./definition.ts";
import { DecodeError } from "./errors/decode-error.ts";
import { OptionError } from "./errors/option-error.ts";
import { type AtPointer, getByPointer } from "./pointer.ts";
import { type DataOf, unwrap } from "./unwrap.ts";

/** Options of {@link paginate}. Each may be left out. */
export interface PaginateOptions {
  /** `token` of a page: the list goes on after that page. It wins over a page, offset or cursor in the query. */
  from?: string | undefined;
  /** How many pages are asked for at most, from 1. Default: as many as there are. */
  maxPages?: number | undefined;
  /** Ends the list: the next page rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** One answer of a list. */
export interface Page<Item, Data = unknown> {
  /** Empty where the service sends null or nothing in their place. */
  items: readonly Item[];
  /** The whole body. */
  data: Data;
  response: Response;
  /** What `from` takes to go on after this page; undefined on the last one. Text that can be stored. */
  token: string | undefined;
}

/** A list over all its pages. Nothing is sent before it is iterated; each iteration starts anew. */
export interface PagedList<Item, Data = unknown> extends AsyncIterable<Item> {
  pages(): AsyncGenerator<Page<Item, Data>, void, undefined>;
}

/** The type of an item of a list: of the array at a JSON Pointer. */
export type ItemOf<Data, Items extends string> =
  AtPointer<Data, Items> extends readonly (infer Item)[] ? Item : unknown;

interface PagedAnswer {
  data?: unknown;
  error?: unknown;
  response: Response;
  operationId: string;
}

interface PagedRequest {
  query?: Readonly<Record<string, unknown>>;
  signal?: AbortSignal | undefined;
}

/** Where a page stands in its list. */
interface Position {
  /** Page number, offset or cursor; undefined where the service knows best where a list starts. */
  value: unknown;
  /** Number of items before the page; too low where that is not known, and then an empty page ends the list. */
  skipped: number;
}

/**
 * Goes through a list, page by page as its document says (`x-pagination`): its items by `for await`, its pages by `pages()`.
 *
 * Takes a method of a client and its request, which is not changed. Starts at the page, offset or cursor of the query, else at
 * the first page, and goes on by what the service says comes next; where it says nothing, by the numbers of items and pages
 * that it tells; else until a page is not full. A page, offset or cursor that was seen before ends the list, and so does a
 * page with the very items of the one before where pages are counted here.
 *
 * @throws {OptionError} at once, for a method whose operation is not a list, and for options that it does not take.
 * @throws {ApiError} while iterating, for an answer whose status is not 200 to 299; and what the method itself throws.
 *
 * @example
 * for await (const run of paginate(client.listRuns, { query: { status: "failed" } })) console.log(run.id);
 *
 * @example
 * for await (const { items, token } of paginate(client.listRuns, {}, { from: stored }).pages()) {
 *   await save(items, token);
 * }
 */
export function paginate<Request, Answer extends PagedAnswer, Items extends string>(
  call: ((request: Request) => Promise<Answer>) & Paged<Items>,
  ...[request, options = {}]: RequestAndOptions<Request, Request, PaginateOptions>
): PagedList<ItemOf<DataOf<Answer>, Items>, DataOf<Answer>> {
  const { id, extra } = readExtra(call, "pages", "paginate", "returns a list");
  const { from, maxPages = Number.POSITIVE_INFINITY } = options;
  if (!(maxPages >= 1)) throw new OptionError(`Option "maxPages" is ${maxPages}; it takes a number from 1.`);
  const start = from === undefined ? undefined : parseToken(id, from);
  // What a method takes is known to its caller; here it is only passed on.
  const send = call as unknown as (request: PagedRequest) => Promise<Answer>;
  const pages = () =>
    readPages(id, extra, send, withSignal(request ?? {}, options.signal), start, maxPages) as AsyncGenerator<
      Page<ItemOf<DataOf<Answer>, Items>, DataOf<Answer>>,
      void,
      undefined
    >;
  return {
    pages,
    async *[Symbol.asyncIterator]() {
      for await (const { items } of pages()) yield* items;
    },
  };
}

/** A request whose signal aborts with either of two. */
export function withSignal(request: PagedRequest, signal: AbortSignal | undefined): PagedRequest {
  if (!signal) return request;
  return { ...request, signal: request.signal ? AbortSignal.any([request.signal, signal]) : signal };
}

async function* readPages(
  id: string,
  definition: PagesDefinition,
  send: (request: PagedRequest) => Promise<PagedAnswer>,
  request: PagedRequest,
  from: Position | undefined,
  maxPages: number,
): AsyncGenerator<Page<unknown>, void, undefined> {
  const [style, pointer, parameter = "", first = 0, next, , , sizeParameter = ""] = definition;
  const { query = {} } = request;
  const asked = query[sizeParameter] === undefined ? undefined : Number(query[sizeParameter]);
  const start = from ?? toStart(definition, query[parameter], asked);
  const seen = new Set([String(start.value ?? (style === "page" ? first : undefined))]);
  let position: Position | undefined = start;
  let before: string | undefined;
  for (let count = 0; position && count < maxPages; count += 1) {
    const { value } = position;
    request.signal?.throwIfAborted();
    const answer = await send(value === undefined ? request : { ...request, query: { ...query, [parameter]: value } });
    const data = await unwrap(answer);
    const items = readItems(answer, data, pointer);
    // A service that does not know the parameter answers each page with the first one.
    const same = next ? undefined : JSON.stringify(items);
    if (count > 0 && same !== undefined && same === before) return;
    before = same;
    position = toNext(definition, position, asked, data, items.length);
    if (position && seen.has(String(position.value))) position = undefined;
    if (position) seen.add(String(position.value));
    const token = position && JSON.stringify([id, position.value, position.skipped]);
    yield { items, data, response: answer.response, token };
  }
}

/**
 * Where a list starts. Where the service says what comes next, it may count as it likes, and its first page is the one that
 * it gives without being asked for a number; where pages are counted here, the number is sent, so that the count holds.
 */
function toStart(
  [style, , , first = 0, next, , , , size = 0]: PagesDefinition,
  given: unknown,
  asked: number | undefined,
): Position {
  const value = given ?? (next || style === "none" || style === "cursor" ? undefined : first);
  const count = Number(value ?? first) - first;
  return { value, skipped: style === "page" && count > 0 ? count * (asked || size) : count };
}

/** The page after one with so many items, or undefined where that was the last. */
function toNext(
  [style, , , first = 0, next, totalPages, total, , size]: PagesDefinition,
  { value, skipped }: Position,
  asked: number | undefined,
  data: unknown,
  length: number,
): Position | undefined {
  const seen = skipped + length;
  if (next) {
    const following = getByPointer(data, next) ?? "";
    return following === "" ? undefined : { value: following, skipped: seen };
  }
  if (style === "none" || style === "cursor" || length === 0) return undefined;
  const current = Number(value);
  const pageCount = totalPages ? getByPointer(data, totalPages) : undefined;
  const itemCount = total ? getByPointer(data, total) : undefined;
  // A service may give fewer than it is asked for, but its most is not below what it gives unasked.
  let hasMore = length >= Math.min(asked || Number.POSITIVE_INFINITY, size || 1);
  if (style === "page" && typeof pageCount === "number") hasMore = current - first + 1 < pageCount;
  else if (typeof itemCount === "number") hasMore = seen < itemCount;
  return hasMore ? { value: style === "page" ? current + 1 : current + length, skipped: seen } : undefined;
}

function readItems({ operationId, response }: PagedAnswer, data: unknown, pointer: string): readonly unknown[] {
  const items = getByPointer(data, pointer) ?? [];
  if (Array.isArray(items)) return items;
  throw new DecodeError(operationId, response, "", `No array of items at "${pointer}"`);
}

function parseToken(id: string, token: string): Position {
  try {
    const [operationId, value, skipped] = JSON.parse(token);
    if (operationId === id && value !== undefined && typeof skipped === "number") return { value, skipped };
  } catch {
    // Told below.
  }
  throw new OptionError(`Option "from" is ${JSON.stringify(token)}; it takes the \`token\` of a page of "${id}".`);
}
