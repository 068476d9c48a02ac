/** One place of a good value changed: to a limit of its schema, or one step beyond it. */
import { isObject, type JsonObject, toPointerToken } from "@artifetch/document";
import { listBoundaries } from "./boundaries.ts";
import { listReadings } from "./parameters.ts";
import { flatten } from "./properties.ts";
import { getAt, resolvePointer, setAt } from "./samples.ts";
import type { Schemas, Violation } from "./schemas.ts";

export interface Change {
  /** Of the changed place. */
  pointer: string;
  keyword: string;
  /** `at its maximum`, `without id`. */
  label: string;
  /** The whole value with that one change. */
  value: unknown;
  /** The one rule that is broken now; absent: the value is still good. */
  violation?: Violation;
}

type Path = readonly (string | number)[];

interface Place {
  path: Path;
  /** The schemas that apply there. */
  schemas: readonly JsonObject[];
}

/** Compositions speak for the branches that they are made of. */
const compositions = new Set(["anyOf", "oneOf"]);

/**
 * Every change of a value that leaves it good, or breaks exactly one rule: that of the keyword whose limit was crossed, or
 * the composition that it stands in. What would break two rules at once is left out, as nobody could tell which one was
 * checked. Each schema's limits are tried at the first place where it applies.
 *
 * @param pointer the schema of the value, as a URI fragment.
 * @param value a good one.
 * @param isText whether the value is sent as text (in a path, query or header): then a change is wrong only where nothing that
 * its text can be read as is right, and null and empty texts, which many servers take for absence, are left out.
 * @param pick chooses one place by its number, for whoever needs only one change of many. Default: all places.
 */
export function listChanges(
  schemas: Schemas,
  pointer: string,
  value: unknown,
  isText = false,
  pick?: (count: number) => number,
): Change[] {
  const seen = new Set<string>();
  const all = listPlaces(schemas, resolvePointer(schemas, pointer), value);
  const places = pick ? all.slice(pick(all.length)).slice(0, 1) : all;
  return places.flatMap(({ path, schemas: here }) =>
    here.flatMap((schema) =>
      listBoundaries(schema, getAt(value, path)).flatMap((boundary): Change[] => {
        const at = path.map((key) => `/${toPointerToken(String(key))}`).join("");
        const key = `${schemas.locate(schema) ?? at} ${boundary.keyword} ${boundary.label}`;
        if (seen.has(key) || (isText && isAmbiguous(value, path, boundary.value))) return [];
        const changed = setAt(value, path, boundary.value);
        const violations = schemas.check(pointer, changed);
        const [violation] = violations;
        const { keyword, label } = boundary;
        const change = { pointer: at, keyword, label, value: changed };
        if (violation === undefined) {
          seen.add(key);
          return [change];
        }
        const isNamed = violation.keyword === keyword || compositions.has(violation.keyword);
        if (violations.length > 1 || !isNamed) return [];
        if (isText && !isWrongAsText(schemas, pointer, changed, path)) return [];
        seen.add(key);
        return [{ ...change, violation }];
      }),
    ),
  );
}

/**
 * Null and an empty text stand for absence with many servers; one text in place of a list is a list of one, and in place of
 * an object a parameter of another name, which no document forbids.
 */
function isAmbiguous(value: unknown, path: Path, changed: unknown): boolean {
  if (changed === null || changed === "") return true;
  return path.length === 0 && typeof value === "object" && typeof changed !== "object";
}

function isWrongAsText(schemas: Schemas, pointer: string, value: unknown, path: Path): boolean {
  const changed = getAt(value, path);
  if (typeof changed === "object") return true;
  return listReadings(String(changed)).every(
    (reading) => schemas.check(pointer, setAt(value, path, reading)).length > 0,
  );
}

/** The places of a value, outermost first, with the schemas that apply to each. */
function listPlaces(schemas: Schemas, schema: unknown, value: unknown): Place[] {
  const places: Place[] = [];
  const visit = (path: Path, given: readonly unknown[]): void => {
    const current = getAt(value, path);
    const here = given.flatMap((each) => flatten(schemas, each, current));
    if (here.length === 0) return;
    places.push({ path, schemas: here });
    if (Array.isArray(current)) {
      for (const index of current.keys())
        visit(
          [...path, index],
          here.map(({ items, prefixItems }) =>
            Array.isArray(prefixItems) && index < prefixItems.length ? prefixItems[index] : items,
          ),
        );
    } else if (isObject(current)) {
      for (const name of Object.keys(current)) {
        const named = here.flatMap(({ properties }) =>
          isObject(properties) && Object.hasOwn(properties, name) ? [properties[name]] : [],
        );
        visit([...path, name], named.length > 0 ? named : here.map((each) => each.additionalProperties));
      }
    }
  };
  visit([], [schema]);
  return places;
}
