/**
 * Measures this project and its peers side by side: `node --conditions=@artifetch/source bench/run.ts [part …]`.
 *
 * A part is the path of a module in this folder, without its ending; the beginning of it will do (`client`). Tables go
 * to standard output, and as JSON to `bench/results/`.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { results } from "./folders.ts";
import { renderTable, type Table } from "./table.ts";

const parts: Record<string, () => Promise<{ measure(): Promise<Table[]> }>> = {
  "client/size": () => import("./client/size.ts"),
  "client/speed": () => import("./client/speed.ts"),
  "client/types": () => import("./client/types.ts"),
  "contract/speed": () => import("./contract/speed.ts"),
  "docs/site": () => import("./docs/site.ts"),
  "mock/large": () => import("./mock/large.ts"),
  "mock/speed": () => import("./mock/speed.ts"),
  "mock/start": () => import("./mock/start.ts"),
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((word) => !Object.keys(parts).some((part) => part.startsWith(word)));
if (unknown.length > 0) {
  console.error(`bench: unknown part "${unknown.join('", "')}"; the parts are: ${Object.keys(parts).join(", ")}`);
  process.exit(2);
}

for (const [part, load] of Object.entries(parts)) {
  if (wanted.length > 0 && !wanted.some((word) => part.startsWith(word))) continue;
  const { measure } = await load();
  const tables = await measure();
  const command = `pnpm bench ${part}`;
  for (const table of tables) console.log(`${table.title}: \`${command}\`\n\n${renderTable(table)}\n`);
  const record = { part, command, node: process.version, date: new Date().toISOString(), tables };
  mkdirSync(results, { recursive: true });
  writeFileSync(join(results, `${part.replaceAll("/", "-")}.json`), `${JSON.stringify(record, null, 2)}\n`);
}
