/** Prints a Markdown table of what each document holds: `node --conditions=@artifetch/source scripts/spec-table.ts`. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isObject, listOperations } from "@artifetch/document";
import { listApis, loadDocument } from "@artifetch/document/load";
import { root } from "./root.ts";

/** What the last run of the contract tests found, by API. */
const mutations = new Map(
  globSync("packages/contract/.artifacts/mutations-*.txt", { cwd: root }).map((path) => {
    const [api = "", line = ""] = readFileSync(join(root, path), "utf8").split(": ");
    return [api, line.trim()];
  }),
);

interface Properties {
  total: number;
  /** Those that neither carry `x-inferred` nor stand in something that does. */
  sourced: number;
}

/** Counts the properties of schemas. */
function countProperties(value: unknown, isInferred = false): Properties {
  if (Array.isArray(value)) return add(value.map((item) => countProperties(item, isInferred)));
  if (!isObject(value)) return { total: 0, sourced: 0 };
  const marked = isInferred || "x-inferred" in value;
  const own = Object.values(isObject(value.properties) ? value.properties : {});
  return add([
    ...own.map((property) => ({
      total: 1,
      sourced: marked || (isObject(property) && "x-inferred" in property) ? 0 : 1,
    })),
    ...Object.values(value).map((child) => countProperties(child, marked)),
  ]);
}

function add(counts: Properties[]): Properties {
  return counts.reduce((sum, { total, sourced }) => ({ total: sum.total + total, sourced: sum.sourced + sourced }), {
    total: 0,
    sourced: 0,
  });
}

console.log("| API | operations | schemas | examples | fields with a source | x-inferred | mutations |");
console.log("| --- | --- | --- | --- | --- | --- | --- |");
for (const api of listApis()) {
  const { document } = await loadDocument(api);
  const { schemas = {}, examples = {} } = document.components ?? {};
  const { total, sourced } = countProperties(Object.values(schemas));
  const inferred = JSON.stringify(document).split('"x-inferred":').length - 1;
  const cells = [
    api,
    listOperations(document).length,
    Object.keys(schemas).length,
    Object.keys(examples).length,
    `${((100 * sourced) / total).toFixed(0)} % of ${total}`,
    inferred,
    mutations.get(api) ?? "run pnpm test:contract",
  ];
  console.log(`| ${cells.join(" | ")} |`);
}
