/** JSON values: places in them, merging, comparing, and new ids in the form of known ones. Nothing is changed in place. */

import { getByPointer, isObject, type JsonObject } from "@artifetch/document";

/** Tokens of a JSON Pointer, unescaped. */
export function toTokens(pointer: string): string[] {
  const tokens = pointer === "" ? [] : pointer.slice(1).split("/");
  return tokens.map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** The value with another one at a pointer; where the way there does not exist, the value as it is. */
export function withValueAt(root: unknown, pointer: string, value: unknown): unknown {
  const place = (current: unknown, [token, ...rest]: string[]): unknown => {
    if (token === undefined) return value;
    if (Array.isArray(current)) {
      const index = Number(token);
      return index in current ? current.with(index, place(current[index], rest)) : current;
    }
    if (!isObject(current)) return current;
    return { ...current, [token]: place(current[token], rest) };
  };
  return place(root, toTokens(pointer));
}

/** The value without the property at a pointer. */
export function withoutValueAt(root: unknown, pointer: string): unknown {
  const tokens = toTokens(pointer);
  const last = tokens.pop();
  const parentPointer = pointer.slice(0, pointer.lastIndexOf("/"));
  const parent = getByPointer(root, parentPointer);
  if (last === undefined || !isObject(parent)) return root;
  const { [last]: _, ...rest } = parent;
  return withValueAt(root, parentPointer, rest);
}

/** Objects are merged property by property; of anything else the second value counts. */
export function merge(base: unknown, over: unknown): unknown {
  if (!isObject(base) || !isObject(over)) return over;
  const merged: JsonObject = { ...base };
  for (const [name, value] of Object.entries(over)) setOwn(merged, name, merge(ownValue(base, name), value));
  return merged;
}

/** A property of the object itself: `__proto__` of a request is a name like any other. */
export function ownValue(object: JsonObject, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

export function setOwn(object: JsonObject, name: string, value: unknown): void {
  Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
}

/** How many values of `wanted` stand at the same place in `value`. */
export function countAgreements(value: unknown, wanted: unknown): number {
  if (isObject(wanted)) {
    if (!isObject(value)) return 0;
    const counts = Object.entries(wanted).map(([name, part]) => countAgreements(ownValue(value, name), part));
    return counts.reduce((sum, count) => sum + count, 0);
  }
  return JSON.stringify(value) === JSON.stringify(wanted) ? 1 : 0;
}

/** A number, text or boolean as the text that it is in a URL; undefined for anything else. */
export function toText(value: unknown): string | undefined {
  return ["string", "number", "boolean"].includes(typeof value) ? String(value) : undefined;
}

/** Shorter texts are found in places that have nothing to do with them. */
const shortestReplaced = 4;

/** The value with one text replaced by another wherever it stands by itself or between separators: in URLs, in sentences. */
export function replaceText(value: unknown, from: string, to: string): unknown {
  if (from === to || from.length < shortestReplaced) return value;
  const escaped = from.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const pattern = new RegExp(`(?<![A-Za-z0-9])${escaped}(?![A-Za-z0-9])`, "g");
  const replace = (current: unknown): unknown => {
    if (typeof current === "string") return current.replaceAll(pattern, () => to);
    if (Array.isArray(current)) return current.map(replace);
    if (!isObject(current)) return current;
    return Object.fromEntries(Object.entries(current).map(([name, part]) => [name, replace(part)]));
  };
  return replace(value);
}

/**
 * Another id in the form of a known one: an integer near it, or a text of the same length in which digits stay digits, letters
 * letters of their case, and hexadecimal digits hexadecimal; what stands before the last run of them stays as it is.
 *
 * @param number from 1; the same number gives the same id.
 */
export function makeId(known: unknown, number: number): unknown {
  if (typeof known === "number") return known + number;
  const text = String(known);
  if (/^\d+$/.test(text)) return String(BigInt(text) + BigInt(number)).padStart(text.length, "0");
  const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/i.exec(text);
  // Version and variant of a UUID (RFC 9562, section 4) stand in its third and fourth group.
  if (uuid) return replaceAt(text, uuid.index + 24, scramble(text.slice(uuid.index + 24, uuid.index + 36), number));
  const [run] = [...text.matchAll(/[A-Za-z0-9]+/g)].slice(-1);
  if (!run) return `${text}${number}`;
  return replaceAt(text, run.index, scramble(run[0], number));
}

function replaceAt(text: string, index: number, part: string): string {
  return text.slice(0, index) + part + text.slice(index + part.length);
}

const alphabets = { digits: "0123456789", lower: "abcdefghijklmnopqrstuvwxyz", upper: "ABCDEFGHIJKLMNOPQRSTUVWXYZ" };

function scramble(text: string, number: number): string {
  const isHex = text.length >= 8 && /^[0-9a-f]+$/i.test(text);
  let seed = hashText(`${text} ${number}`);
  return [...text]
    .map((character) => {
      // Numerical Recipes' linear congruential generator: any spread will do, a repeatable one is wanted.
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      const alphabet = findAlphabet(character, isHex);
      return alphabet[(seed >>> 8) % alphabet.length];
    })
    .join("");
}

function findAlphabet(character: string, isHex: boolean): string {
  if (isHex) return /[A-F]/.test(character) ? "0123456789ABCDEF" : "0123456789abcdef";
  if (/\d/.test(character)) return alphabets.digits;
  return /[a-z]/.test(character) ? alphabets.lower : alphabets.upper;
}

/** FNV-1a, 32 bits (draft-eastlake-fnv). */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}
