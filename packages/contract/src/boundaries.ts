/** Values at and beyond the limits of a schema, for a place that holds a value already. */
import { isObject, type JsonObject } from "@artifetch/document";

export interface Boundary {
  /** The keyword whose limit it is. */
  keyword: string;
  /** What is special: `at its maximum`, `above its maximum`. */
  label: string;
  value: unknown;
}

/**
 * Values at the limits of each keyword of a schema and one step beyond. Which of them are good, and which break only one
 * rule, is not known here: whoever uses them asks a validator.
 *
 * @param value what stands there, and is good.
 */
export function listBoundaries(schema: JsonObject, value: unknown): Boundary[] {
  return [
    ...listTypes(schema, value),
    ...listChoices(schema),
    ...listNumbers(schema),
    ...(typeof value === "string" ? listTexts(schema, value) : []),
    ...(Array.isArray(value) ? listLists(schema, value) : []),
    ...(isObject(value) ? listObjects(schema, value) : []),
  ];
}

function listTypes(schema: JsonObject, value: unknown): Boundary[] {
  const types = [schema.type].flat();
  if (schema.type === undefined) return [];
  const keyword = "type";
  // An empty object is never read as a text, nor a text as anything else; some frameworks do read 7 as "7".
  const other = typeof value === "string" || types.includes("string") ? {} : "not-of-this-type";
  return [
    { keyword, label: "of another type", value: other },
    { keyword, label: "null", value: null },
    ...(types.includes("integer") ? [{ keyword, label: "with a fraction", value: Number(value) + 0.5 || 1.5 }] : []),
    ...(types.includes("boolean") ? [true, false].map((each) => ({ keyword, label: String(each), value: each })) : []),
  ];
}

function listChoices({ enum: list, const: only, default: preset }: JsonObject): Boundary[] {
  const listed = Array.isArray(list) ? list : [];
  const choices = listed.map((value, index) => ({ keyword: "enum", label: `number ${index + 1} of its list`, value }));
  const other = (keyword: string, example: unknown) => ({
    keyword,
    label: "off its list",
    value: typeof example === "number" ? example + 1_000_003 : "not-in-the-list",
  });
  return [
    ...choices,
    ...(listed.length > 0 ? [other("enum", listed[0])] : []),
    ...(only === undefined ? [] : [other("const", only)]),
    ...(preset === undefined ? [] : [{ keyword: "default", label: "at its default", value: preset }]),
  ];
}

function listNumbers(schema: JsonObject): Boundary[] {
  const boundaries: Boundary[] = [];
  const add = (keyword: string, words: readonly string[], limit: unknown, steps: readonly number[]) => {
    if (typeof limit !== "number") return;
    for (const [index, step] of steps.entries())
      boundaries.push({ keyword, label: `${words[index]} its ${keyword}`, value: limit + step });
  };
  add("minimum", ["at", "above", "below"], schema.minimum, [0, 1, -1]);
  add("maximum", ["at", "below", "above"], schema.maximum, [0, -1, 1]);
  // Half a step where only fractions fit between two limits.
  add("exclusiveMinimum", ["at", "above", "just above"], schema.exclusiveMinimum, [0, 1, 2 ** -10]);
  add("exclusiveMaximum", ["at", "below", "just below"], schema.exclusiveMaximum, [0, -1, -(2 ** -10)]);
  const { multipleOf } = schema;
  if (typeof multipleOf === "number")
    add("multipleOf", ["at", "between", "at twice"], multipleOf, [0, multipleOf / 2, multipleOf]);
  return boundaries;
}

/** A longer text is not worth its bytes: servers have limits of their own. */
const longestText = 8192;

function listTexts({ minLength, maxLength, pattern, format }: JsonObject, value: string): Boundary[] {
  const ofLength = (length: number) => [...value.padEnd(length, value || "a")].slice(0, length).join("");
  const boundaries: Boundary[] = [];
  if (typeof minLength === "number" && minLength > 0) {
    boundaries.push({ keyword: "minLength", label: "of its minLength", value: ofLength(minLength) });
    boundaries.push({ keyword: "minLength", label: "shorter than its minLength", value: ofLength(minLength - 1) });
  }
  if (typeof maxLength === "number" && maxLength < longestText) {
    boundaries.push({ keyword: "maxLength", label: "of its maxLength", value: ofLength(maxLength) });
    boundaries.push({ keyword: "maxLength", label: "longer than its maxLength", value: ofLength(maxLength + 1) });
  }
  if (pattern !== undefined)
    for (const text of [`${value}!`, `!${value}`, "!", " ", "é", ""])
      boundaries.push({ keyword: "pattern", label: "that does not match its pattern", value: text });
  if (format !== undefined)
    boundaries.push({ keyword: "format", label: "not in its format", value: "not in this format" });
  return boundaries;
}

const longestList = 1000;

/** Another item of the same kind, where items may not repeat. */
function toOther(item: unknown, index: number): unknown {
  if (typeof item === "number") return item + index;
  return typeof item === "string" ? `${item}${index}` : item;
}

function listLists({ minItems, maxItems, uniqueItems }: JsonObject, value: readonly unknown[]): Boundary[] {
  const ofLength = (length: number) =>
    Array.from({ length }, (_, index) =>
      index < value.length || uniqueItems !== true
        ? value[index % Math.max(1, value.length)]
        : toOther(value[index % Math.max(1, value.length)], index),
    );
  const boundaries: Boundary[] = [];
  if (typeof minItems === "number" && minItems > 0) {
    boundaries.push({ keyword: "minItems", label: "with its minItems", value: ofLength(minItems) });
    boundaries.push({ keyword: "minItems", label: "with fewer than its minItems", value: ofLength(minItems - 1) });
  }
  if (typeof maxItems === "number" && maxItems < longestList && value.length > 0) {
    boundaries.push({ keyword: "maxItems", label: "with its maxItems", value: ofLength(maxItems) });
    boundaries.push({ keyword: "maxItems", label: "with more than its maxItems", value: ofLength(maxItems + 1) });
  }
  if (uniqueItems === true && value.length > 0)
    boundaries.push({ keyword: "uniqueItems", label: "with an item twice", value: [...value, value[0]] });
  return boundaries;
}

function listObjects(schema: JsonObject, value: JsonObject): Boundary[] {
  const required = Array.isArray(schema.required) ? schema.required.map(String) : [];
  const { additionalProperties, unevaluatedProperties, minProperties } = schema;
  const boundaries: Boundary[] = required
    .filter((name) => Object.hasOwn(value, name))
    .map((name) => {
      const { [name]: _, ...rest } = value;
      return { keyword: "required", label: `without ${name}`, value: rest };
    });
  for (const [keyword, limit] of Object.entries({ additionalProperties, unevaluatedProperties }))
    if (limit === false)
      boundaries.push({ keyword, label: "with an unknown property", value: { ...value, artifetch_unknown: "x" } });
  if (typeof minProperties === "number" && minProperties > 0)
    boundaries.push({
      keyword: "minProperties",
      label: "with fewer than its minProperties",
      value: Object.fromEntries(Object.entries(value).slice(0, minProperties - 1)),
    });
  return boundaries;
}
