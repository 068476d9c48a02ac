/** What the search knows and how it finds: shared by the build, the browser and the tests. */
import MiniSearch from "minisearch";

/** One thing that can be found. */
export interface Entry {
  /** Path in the site, with a fragment. */
  url: string;
  /** The summary of an operation, or the heading of a section. */
  title: string;
  /** The API, or the page. */
  where: string;
  /** Method and path of an operation. */
  call?: string;
  /** Id of an operation. */
  name?: string;
  /** Plain text; may be cut. */
  text: string;
}

const fields = ["title", "name", "call", "where", "text"] as const satisfies (keyof Entry)[];

/** An index over entries. Names in camelCase are found whole and by their words. */
export function createSearch(entries: readonly Entry[]): MiniSearch<Entry> {
  const index = new MiniSearch<Entry>({
    idField: "url",
    fields: [...fields],
    storeFields: ["url", "title", "where", "call"],
    tokenize,
    searchOptions: {
      boost: { title: 4, name: 4, call: 2, where: 2 },
      prefix: true,
      // Short words would match too much.
      fuzzy: (term) => (term.length > 4 ? 0.2 : false),
      combineWith: "AND",
      tokenize: (query) => query.toLowerCase().split(separators).filter(Boolean),
    },
  });
  index.addAll(entries);
  return index;
}

/** What fits a query, best first; nothing for a blank one. */
export function search(index: MiniSearch<Entry>, query: string): Entry[] {
  // The stored fields, which MiniSearch types as `any`.
  return query.trim() === "" ? [] : (index.search(query) as unknown as Entry[]);
}

const separators = /[^\p{L}\p{N}]+/u;

function tokenize(text: string): string[] {
  return text.split(separators).flatMap((word) => {
    const parts = word.split(/(?<=[a-z0-9])(?=[A-Z])/);
    return parts.length > 1 ? [word, ...parts] : parts;
  });
}
