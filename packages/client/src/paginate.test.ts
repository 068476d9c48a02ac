import { listOperations, type OpenApiDocument, type Operation, sampleParameter } from "@artifetch/document";
import { listApis, loadDocument } from "@artifetch/document/load";
import { createMockFetch } from "@artifetch/mock-server";
import { expect, test } from "vitest";
import { createApi, type UntypedApi } from "./api.ts";
import { defineApi, type PagesDefinition } from "./definition.ts";
import { ApiError } from "./errors/api-error.ts";
import { DecodeError } from "./errors/decode-error.ts";
import { OptionError } from "./errors/option-error.ts";
import { type PaginateOptions, paginate } from "./paginate.ts";

/** A client with one list, and the searches of the requests that it got. */
function serve(pages: PagesDefinition, answer: (query: URLSearchParams) => unknown) {
  const searches: string[] = [];
  const client = createApi(
    {
      servers: [["http://127.0.0.1"]],
      schemes: {},
      security: [],
      operations: { list: ["GET", "/", "200j", { pages }] },
    },
    {
      fetch: async (request) => {
        const { search, searchParams } = new URL(request.url);
        searches.push(search);
        const body = answer(searchParams);
        return body instanceof Response ? body : Response.json(body);
      },
    },
  );
  return { list: method(client, "list"), searches };
}

function method(client: UntypedApi, id: string) {
  const call = client[id];
  if (!call) throw new Error(`no operation ${id}`);
  return call;
}

async function collect<T>(iterable: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of iterable) found.push(item);
  return found;
}

const range = (from: number, to: number) => Array.from({ length: Math.max(to - from, 0) }, (_, index) => from + index);

/** `count` items in numbered pages, at most `cap` in each. */
const numbered =
  (count: number, { first = 1, size = 2, cap = 1000 } = {}) =>
  (query: URLSearchParams) => {
    const asked = Math.min(Number(query.get("size") ?? size), cap);
    const skipped = (Number(query.get("page") ?? first) - first) * asked;
    return range(skipped, Math.min(skipped + asked, count));
  };

test("ends with the first page that is not full where the service tells nothing", async () => {
  const { list, searches } = serve(["page", "", "page", 1, "", "", "", "size", 2], numbered(5));
  expect(await collect(paginate(list))).toEqual([0, 1, 2, 3, 4]);
  expect(searches).toEqual(["?page=1", "?page=2", "?page=3"]);
});

test("ends with an empty page where the last page was full", async () => {
  const { list, searches } = serve(["page", "", "page", 1, "", "", "", "size", 2], numbered(4));
  expect(await collect(paginate(list))).toEqual([0, 1, 2, 3]);
  expect(searches).toHaveLength(3);
});

test("ends with an empty page where the size is not known", async () => {
  const { list, searches } = serve(["page", "", "page", 1], numbered(3));
  expect(await collect(paginate(list))).toEqual([0, 1, 2]);
  expect(searches).toHaveLength(3);
});

test("goes on where the service gives fewer than asked for, down to its own size", async () => {
  const { list } = serve(["page", "", "page", 1, "", "", "", "size", 2], numbered(7, { cap: 3 }));
  expect(await collect(paginate(list, { query: { size: 100 } }))).toEqual(range(0, 7));
});

test("starts at the page of the query and keeps the rest of it", async () => {
  const { list, searches } = serve(["page", "", "page", 1, "", "", "", "size", 2], numbered(5));
  expect(await collect(paginate(list, { query: { page: 2, filter: "x" } }))).toEqual([2, 3, 4]);
  expect(searches).toEqual(["?page=2&filter=x", "?page=3&filter=x"]);
});

test("does not change the request", async () => {
  const { list } = serve(["page", "", "page", 1, "", "", "", "size", 2], numbered(5));
  const request = Object.freeze({ query: Object.freeze({ size: 3 }) });
  expect(await collect(paginate(list, request))).toHaveLength(5);
  expect(request).toEqual({ query: { size: 3 } });
});

test("counts pages from 0 where the document does", async () => {
  const { list, searches } = serve(["page", "", "page", 0, "", "", "", "size", 2], numbered(3, { first: 0 }));
  expect(await collect(paginate(list))).toEqual([0, 1, 2]);
  expect(searches).toEqual(["?page=0", "?page=1"]);
});

test("asks for no page beyond the number of pages", async () => {
  const pages: PagesDefinition = ["page", "/items", "page", 0, "", "/pages"];
  const answer = numbered(4, { first: 0 });
  const { list, searches } = serve(pages, (query) => ({ items: answer(query), pages: 2 }));
  expect(await collect(paginate(list))).toEqual([0, 1, 2, 3]);
  expect(searches).toHaveLength(2);
});

test("goes on to an empty page where the number of pages is missing", async () => {
  const answer = numbered(4);
  const { list, searches } = serve(["page", "/items", "page", 1, "", "/pages"], (query) => ({ items: answer(query) }));
  expect(await collect(paginate(list))).toEqual([0, 1, 2, 3]);
  expect(searches).toHaveLength(3);
});

test("asks for no item beyond the number of items, also from a later page", async () => {
  const pages: PagesDefinition = ["page", "/items", "page", 1, "", "", "/total", "size", 2];
  const answer = numbered(4);
  const { list, searches } = serve(pages, (query) => ({ items: answer(query), total: 4 }));
  expect(await collect(paginate(list))).toEqual([0, 1, 2, 3]);
  expect(searches).toHaveLength(2);
  expect(await collect(paginate(list, { query: { page: 2 } }))).toEqual([2, 3]);
  expect(searches).toHaveLength(3);
  expect(await collect(paginate(list, { query: { page: 2, size: 3 } }))).toEqual([3]);
  expect(searches).toHaveLength(4);
});

test("ends with an empty page where there are fewer items than the service told, or than it was known to skip", async () => {
  const pages: PagesDefinition = ["page", "/items", "page", 1, "", "", "/total"];
  const answer = numbered(5);
  const { list, searches } = serve(pages, (query) => ({ items: answer(query), total: 9 }));
  expect(await collect(paginate(list))).toEqual([0, 1, 2, 3, 4]);
  expect(searches).toHaveLength(4);
  const [page] = await collect(paginate(list, { query: { page: 2 } }, { maxPages: 1 }).pages());
  expect(await collect(paginate(list, {}, { from: page?.token }))).toEqual([4]);
});

test("skips by what it got where items are skipped", async () => {
  const { list, searches } = serve(["offset", "", "skip", 0, "", "", "", "take", 2], (query) => {
    const skip = Number(query.get("skip"));
    return range(skip, Math.min(skip + Number(query.get("take") ?? 2), 5));
  });
  expect(await collect(paginate(list))).toEqual([0, 1, 2, 3, 4]);
  expect(await collect(paginate(list, { query: { skip: 3, take: 1 } }))).toEqual([3, 4]);
  expect(searches).toEqual(["?skip=0", "?skip=2", "?skip=4", "?skip=3&take=1", "?skip=4&take=1", "?skip=5&take=1"]);
});

test("follows the number that the service says, and lets it choose the first", async () => {
  const { list, searches } = serve(["page", "/items", "page", 0, "/next"], (query) => {
    const page = Number(query.get("page") ?? 1);
    return { items: [page], next: page < 3 ? page + 1 : null };
  });
  expect(await collect(paginate(list))).toEqual([1, 2, 3]);
  expect(searches).toEqual(["", "?page=2", "?page=3"]);
});

const cursors: PagesDefinition = ["cursor", "/items", "after", 0, "/meta/next"];
const chain: Record<string, unknown> = {
  "": { items: [1], meta: { next: "a=/b" } },
  "a=/b": { items: [], meta: { next: "c" } },
  c: { items: [1], meta: { next: "d" } },
  d: { items: [1], meta: {} },
};

test("follows a cursor over empty and equal pages until there is none", async () => {
  const { list, searches } = serve(cursors, (query) => chain[query.get("after") ?? ""]);
  expect(await collect(paginate(list, { query: { limit: 1 } }))).toEqual([1, 1, 1]);
  expect(searches).toEqual(["?limit=1", "?limit=1&after=a%3D%2Fb", "?limit=1&after=c", "?limit=1&after=d"]);
});

test.each([null, "", undefined])("takes %j for the end of a list with cursors", async (next) => {
  const { list, searches } = serve(cursors, () => ({ items: [1], meta: { next } }));
  expect(await collect(paginate(list))).toEqual([1]);
  expect(searches).toHaveLength(1);
});

test("stops on a cursor that was seen before", async () => {
  const { list, searches } = serve(cursors, (query) => ({
    items: [query.get("after")],
    meta: { next: query.get("after") === "a" ? "b" : "a" },
  }));
  expect(await collect(paginate(list))).toEqual([null, "a", "b"]);
  expect(searches).toHaveLength(3);
  expect(await collect(paginate(list, { query: { after: "b" } }))).toEqual(["b", "a"]);
});

test("stops on a number that was seen before, the first one included", async () => {
  const { list, searches } = serve(["page", "/items", "page", 0, "/next"], (query) => ({
    items: [query.get("page")],
    next: query.get("page") === "1" ? 0 : 1,
  }));
  expect(await collect(paginate(list))).toEqual([null, "1"]);
  expect(searches).toHaveLength(2);
});

test("stops on a page with the items of the one before where the service does not know the parameter", async () => {
  const { list, searches } = serve(["page", "", "page", 1, "", "", "", "size", 2], () => [{ id: 1 }, { id: 2 }]);
  expect(await collect(paginate(list))).toEqual([{ id: 1 }, { id: 2 }]);
  expect(searches).toHaveLength(2);
});

test("sends one request for a list that has no pages", async () => {
  const { list, searches } = serve(["none", "/items"], () => ({ items: [1, 2] }));
  const pages = await collect(paginate(list, { query: { page: 1 } }).pages());
  expect(pages).toMatchObject([{ items: [1, 2], data: { items: [1, 2] }, token: undefined }]);
  expect(pages[0]?.response.status).toBe(200);
  expect(searches).toEqual(["?page=1"]);
});

test.each([{ items: null }, {}, null])("takes %j for an empty list", async (body) => {
  expect(await collect(paginate(serve(["none", "/items"], () => body).list))).toEqual([]);
});

test("throws a DecodeError where something else stands in the place of the items", async () => {
  const { list } = serve(["none", "/items"], () => ({ items: "none" }));
  const error = await collect(paginate(list)).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(DecodeError);
  expect(error).toMatchObject({
    operationId: "list",
    message: expect.stringContaining('No array of items at "/items"'),
  });
});

test("throws an ApiError for an answer that is none, after the items before it", async () => {
  const { list } = serve(["page", "", "page", 1, "", "", "", "size", 2], (query) =>
    query.get("page") === "2" ? Response.json({ detail: "no" }, { status: 403 }) : [1, 2],
  );
  const found: unknown[] = [];
  const iterate = async () => {
    for await (const item of paginate(list)) found.push(item);
  };
  await expect(iterate()).rejects.toBeInstanceOf(ApiError);
  await expect(iterate()).rejects.toMatchObject({ status: 403, body: { detail: "no" }, operationId: "list" });
  expect(found).toEqual([1, 2, 1, 2]);
});

test("starts anew with each iteration, and sends nothing before or after it", async () => {
  const { list, searches } = serve(["page", "", "page", 1, "", "", "", "size", 2], numbered(5));
  const runs = paginate(list);
  expect(searches).toEqual([]);
  for await (const item of runs) if (item === 1) break;
  expect(searches).toEqual(["?page=1"]);
  expect(await collect(runs)).toHaveLength(5);
});

const kinds: [string, PagesDefinition, (query: URLSearchParams) => unknown][] = [
  ["page", ["page", "", "page", 1, "", "", "", "size", 2], numbered(7)],
  [
    "page with a total, no size",
    ["page", "/items", "page", 1, "", "", "/total"],
    (query) => ({ items: numbered(7)(query), total: 7 }),
  ],
  [
    "offset",
    ["offset", "", "skip", 0, "", "", "", "take", 3],
    (query) => range(Number(query.get("skip")), 7).slice(0, 3),
  ],
  ["cursor", cursors, (query) => chain[query.get("after") ?? ""]],
];

test.each(kinds)("goes on after any page from its token: %s", async (_, definition, answer) => {
  const { list } = serve(definition, answer);
  const all = await collect(paginate(list).pages());
  expect(all.length).toBeGreaterThan(2);
  for (const [index, { token }] of all.entries()) {
    if (token === undefined) {
      expect(index).toBe(all.length - 1);
      continue;
    }
    const stored = JSON.parse(JSON.stringify(token));
    const rest = await collect(paginate(list, {}, { from: stored }));
    expect(rest).toEqual(all.slice(index + 1).flatMap(({ items }) => items));
  }
});

test("asks for at most so many pages, and leaves a token to go on from", async () => {
  const { list, searches } = serve(["page", "", "page", 1, "", "", "", "size", 2], numbered(7));
  const pages = await collect(paginate(list, {}, { maxPages: 2 }).pages());
  expect(pages.map(({ items }) => items)).toEqual([
    [0, 1],
    [2, 3],
  ]);
  expect(searches).toHaveLength(2);
  expect(await collect(paginate(list, {}, { from: pages[1]?.token }))).toEqual([4, 5, 6]);
});

test.each(["the request", "the options"])("ends with the reason of a signal of %s", async (place) => {
  const { list, searches } = serve(["page", "", "page", 1, "", "", "", "size", 2], numbered(7));
  const controller = new AbortController();
  const reason = new Error("enough");
  const { signal } = controller;
  const other = { signal: new AbortController().signal };
  const [request, options] = place === "the request" ? [{ signal }, other] : [other, { signal }];
  const iterate = async () => {
    for await (const item of paginate(list, request, options)) if (item === 1) controller.abort(reason);
  };
  await expect(iterate()).rejects.toBe(reason);
  expect(searches).toHaveLength(1);
});

test("refuses at once what is not a list, and options that cannot be right", () => {
  const { list } = serve(["page", "", "page", 1, "", "", "", "size", 2], numbered(7));
  const refuse = (call: unknown, options?: PaginateOptions) => {
    const run = () => paginate(call as typeof list, {}, options);
    expect(run).toThrow(OptionError);
    return expect(run);
  };
  const plain = Object.assign(async () => ({}), { operation: { id: "getRun", definition: ["GET", "/", "200j"] } });
  refuse(plain).toThrow('paginate was given "getRun"; it takes an operation that returns a list.');
  refuse(async () => ({})).toThrow("paginate was given a function; it takes a method of a client.");
  refuse(undefined).toThrow("paginate was given a undefined");
  refuse(list, { maxPages: 0 }).toThrow('Option "maxPages" is 0; it takes a number from 1.');
  for (const from of ["", "x", "null", '["other",2,0]', '["list"]', '["list",2,null]']) {
    refuse(list, { from }).toThrow(
      `Option "from" is ${JSON.stringify(from)}; it takes the \`token\` of a page of "list".`,
    );
  }
});

// Every list of every API, from the documents alone.

interface Pagination {
  style: string;
  items: string;
  parameter?: string;
  sizeParameter?: string;
  size?: number;
  first?: number;
  next?: string;
  total?: string;
  totalPages?: string;
}

const lists = (
  await Promise.all(
    listApis().map(async (api) => {
      const { document } = await loadDocument(api);
      const operations = listOperations(document);
      const definition = defineApi(document, operations);
      const mock = createMockFetch(document);
      const connect = (fetch: typeof globalThis.fetch) =>
        createApi(definition, {
          fetch: (request) => fetch(request),
          auth: Object.fromEntries(Object.keys(definition.schemes).map((name) => [name, "x"])),
        });
      return operations
        .filter(({ source }) => source["x-pagination"])
        .map((operation) => ({
          title: `${api} ${operation.method} ${operation.path} ${operation.id}`,
          mock,
          connect,
          operation,
          pagination: operation.source["x-pagination"] as Pagination,
          request: toRequest(document, operation),
        }));
    }),
  )
).flat();

/** The required parameters, with the document's own examples. */
function toRequest(document: OpenApiDocument, operation: Operation) {
  const required = operation.parameters.filter((parameter) => parameter.in === "path" || parameter.required);
  const pick = (place: string) =>
    Object.fromEntries(
      required
        .filter((parameter) => parameter.in === place)
        .map((parameter) => [parameter.name, sampleParameter(document, parameter)]),
    );
  return { path: pick("path"), query: pick("query"), header: pick("header") };
}

/** A body with values at pointers; the value at `""` is the body. */
function build(places: [pointer: string | undefined, value: unknown][]): unknown {
  const root: Record<string, unknown> = {};
  for (const [pointer, value] of places) {
    if (pointer === "") return value;
    const keys = pointer?.slice(1).split("/") ?? [];
    const last = keys.pop();
    if (last === undefined) continue;
    let target = root;
    for (const key of keys) {
      target[key] ??= {};
      target = target[key] as Record<string, unknown>;
    }
    target[last] = value;
  }
  return root;
}

/** A service that lists so many items as the document says that it does. */
function listItems(pagination: Pagination, count: number): typeof fetch {
  const {
    style,
    items,
    parameter = "",
    sizeParameter = "",
    size = 10,
    first = 1,
    next,
    total,
    totalPages,
  } = pagination;
  return async (input) => {
    const query = new URL((input as Request).url).searchParams;
    const asked = query.get(parameter);
    const length = style === "none" ? count : Number(query.get(sizeParameter) ?? size);
    const skipped =
      style === "page"
        ? (Number(asked ?? first) - first) * length
        : style === "cursor"
          ? Number(asked?.replace("cursor-", "") ?? 0)
          : Number(asked ?? 0);
    const end = Math.min(skipped + length, count);
    const following = style === "page" ? Number(asked ?? first) + 1 : style === "cursor" ? `cursor-${end}` : end;
    const found = range(skipped, end).map((id) => ({ id }));
    return Response.json(
      build([
        [items, found],
        [next, end < count ? following : null],
        [total, count],
        [totalPages, Math.ceil(count / length)],
      ]),
    );
  };
}

test("the documents have lists of more than one style", () => {
  expect(new Set(lists.map(({ pagination }) => pagination.style)).size).toBeGreaterThan(1);
});

test.each(lists)("goes through a whole list: $title", async ({ connect, operation, pagination, request }) => {
  const sizes = pagination.sizeParameter && pagination.style !== "none" ? [undefined, 3] : [undefined];
  for (const size of sizes) {
    for (const count of [0, 1, 3, 6, 10, 25, 31]) {
      const list = method(connect(listItems(pagination, count)), operation.id);
      const query = { ...request.query, ...(size && { [pagination.sizeParameter ?? ""]: size }) };
      const found = await collect(paginate(list, { ...request, query }));
      expect(found, `${count} items by ${size}`).toEqual(range(0, count).map((id) => ({ id })));
    }
  }
});

test.each(lists)(
  "ends on the mock, which answers alike forever: $title",
  async ({ mock, connect, operation, request }) => {
    let count = 0;
    const list = method(
      connect((input) => {
        count += 1;
        return mock(input);
      }),
      operation.id,
    );
    const pages = await collect(paginate(list, request).pages());
    expect(pages.length).toBeGreaterThan(0);
    // A total that the example has not got may be followed for one more page.
    expect(count).toBeLessThanOrEqual(2);
  },
);
