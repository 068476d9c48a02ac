/** Names that are spelled alike: for messages about one that does not exist. */

/** Up to three of `names`, the nearest first; empty where none is near. */
export function listNearNames(given: string, names: readonly string[]): string[] {
  const wanted = given.toLowerCase();
  return names
    .map((name) => ({ name, distance: toDistance(wanted, name.toLowerCase()) }))
    .filter(({ name, distance }) => distance <= Math.max(2, name.length / 3) || isPart(wanted, name.toLowerCase()))
    .toSorted((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ name }) => name);
}

function isPart(a: string, b: string): boolean {
  return a.length > 2 && (a.includes(b) || b.includes(a));
}

/** Levenshtein's: how many letters are added, left out or replaced. */
function toDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b].entries())
      next.push(Math.min((row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1, (row[j] ?? 0) + (letter === other ? 0 : 1)));
    row = next;
  }
  return row.at(-1) ?? 0;
}
