import { type Api, toPermalink } from "../api.ts";
import { toText } from "../html.ts";
import type { Article } from "./articles.ts";
import { type Journeys, toJourneysPath } from "./journeys.ts";
import { createSearch, type Entry } from "./search.ts";

/** Text of a section that is searched, in characters: whole for guides, the beginning elsewhere, so that the index stays small. */
const searched = { guide: 2000, other: 300 };

/** What the search finds: operations, sections of articles, journeys. */
export function listEntries(
  apis: readonly Api[],
  articles: readonly Article[],
  journeys: readonly Journeys[],
): Entry[] {
  return [
    ...apis.flatMap(listOperationEntries),
    ...journeys.flatMap(listJourneyEntries),
    ...articles.flatMap(listArticleEntries),
  ];
}

/**
 * The entries as a script, because pages that are opened from a disk cannot fetch.
 *
 * @throws {Error} when the search cannot take them: two that lead to the same place, say.
 */
export function renderEntries(entries: readonly Entry[]): string {
  createSearch(entries);
  return `globalThis.searchEntries=${JSON.stringify(entries)};\n`;
}

function listOperationEntries(api: Api): Entry[] {
  return api.operations.map((operation) => ({
    url: toPermalink(api, operation),
    title: operation.summary ?? operation.id,
    where: api.title,
    call: `${operation.method} ${operation.path}`,
    name: operation.id,
    text: toText(operation.description ?? "").slice(0, searched.other),
  }));
}

function listJourneyEntries({ api, workflows }: Journeys): Entry[] {
  return workflows.map(({ id, summary, description }) => ({
    url: `${toJourneysPath(api)}#${id}`,
    title: summary,
    where: `${api.title}, journeys`,
    name: id,
    text: toText(description).slice(0, searched.other),
  }));
}

function listArticleEntries({ page, title, sections }: Article): Entry[] {
  const length = page.startsWith("guides/") ? searched.guide : searched.other;
  return sections.map(({ id, title: heading, text }, index) => ({
    url: index === 0 ? page : `${page}#${id}`,
    title: heading,
    where: title,
    text: text.slice(0, length),
  }));
}
