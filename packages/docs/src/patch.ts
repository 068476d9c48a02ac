/** A change to code that is not ours. It must match exactly once: a new version that no longer fits stops the build. */
export interface Patch {
  /** What the change is for, in the present tense; part of the error message. */
  purpose: string;
  find: RegExp;
  replacement: string;
}

/** @throws {Error} when a patch does not match exactly once. */
export function applyPatches(source: string, patches: readonly Patch[], where: string): string {
  return patches.reduce((text, patch) => applyPatch(text, patch, where), source);
}

function applyPatch(text: string, { purpose, find, replacement }: Patch, where: string): string {
  const matches = text.match(new RegExp(find, "g"))?.length ?? 0;
  if (matches !== 1) throw new Error(`${where}: "${purpose}" finds ${find} ${matches} times instead of once`);
  return text.replace(find, replacement);
}
