import type MiniSearch from "minisearch";
import { createSearch, type Entry, search } from "../search.ts";

declare global {
  /** Set by assets/search-index.js: a script, because pages that are opened from a disk cannot fetch. */
  var searchEntries: Entry[] | undefined;
}

const rootUrl = document.body.dataset.root ?? "";
const shown = 12;

/** `/` leads to the field, arrows move over the results, Enter opens one, Escape leads back. */
export function startSearch(): void {
  const box = document.querySelector<HTMLElement>(".search");
  const input = box?.querySelector("input");
  const results = box?.querySelector<HTMLElement>(".results");
  if (!box || !input || !results) return;
  const update = () =>
    load().then(
      (index) => render(input.value, index, results),
      () => showStatus(results, "The search could not be loaded"),
    );
  input.addEventListener("focus", () => void load().catch(() => {}));
  input.addEventListener("input", () => void update());
  box.addEventListener("keydown", (event) => handleKey(event, input, results));
  box.addEventListener("focusout", (event) => {
    if (!box.contains(event.relatedTarget as Node | null)) results.hidden = true;
  });
  input.addEventListener("click", () => {
    if (input.value.trim() !== "") results.hidden = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || isEditable(event.target)) return;
    event.preventDefault();
    input.focus();
    input.select();
  });
}

let loading: Promise<MiniSearch<Entry>> | undefined;

/** Loads the entries once, when they are first wanted. A failure is forgotten, so that the next key tries again. */
function load(): Promise<MiniSearch<Entry>> {
  loading ??= new Promise<void>((resolve, reject) => {
    const script = document.createElement("script");
    script.src = `${rootUrl}assets/search-index.js`;
    script.onload = () => resolve();
    script.onerror = () => reject(new Error(`The search index did not load: ${script.src}`));
    document.head.append(script);
  }).then(() => createSearch(globalThis.searchEntries ?? []));
  loading.catch(() => {
    loading = undefined;
  });
  return loading;
}

function render(query: string, index: MiniSearch<Entry>, results: HTMLElement): void {
  const found = search(index, query);
  results.querySelector("ul")?.replaceChildren(...found.slice(0, shown).map(toItem));
  showStatus(results, describe(found.length));
  results.hidden = query.trim() === "";
}

function showStatus(results: HTMLElement, text: string): void {
  results.querySelector("p")?.replaceChildren(text);
  results.hidden = false;
}

function describe(count: number): string {
  if (count === 0) return "Nothing found";
  const counted = count === 1 ? "1 result" : `${count} results`;
  return count > shown ? `${counted}, the best ${shown} of them here` : counted;
}

function toItem(entry: Entry): HTMLLIElement {
  const item = document.createElement("li");
  const link = document.createElement("a");
  link.href = rootUrl + entry.url;
  link.append(toSpan("title", entry.title), toSpan("where", entry.where));
  if (entry.call) link.append(toSpan("call", entry.call));
  item.append(link);
  return item;
}

function toSpan(name: string, text: string): HTMLSpanElement {
  const span = document.createElement("span");
  span.className = name;
  span.textContent = text;
  return span;
}

function handleKey(event: KeyboardEvent, input: HTMLInputElement, results: HTMLElement): void {
  const stops: HTMLElement[] = [input, ...results.querySelectorAll<HTMLElement>("a")];
  const current = stops.indexOf(document.activeElement as HTMLElement);
  if (event.key === "Escape") {
    results.hidden = true;
    input.focus();
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    if (results.hidden) return;
    stops[Math.min(Math.max(current + (event.key === "ArrowDown" ? 1 : -1), 0), stops.length - 1)]?.focus();
  } else if (event.key === "Enter" && current === 0) {
    stops[1]?.click();
  } else return;
  event.preventDefault();
}

function isEditable(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}
