/** Size of one call of each API, as it reaches a browser: bundled, minified, compressed; ours by module too. */
import { SourceMap } from "node:module";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { listOperations } from "@artifetch/document";
import { type OutputChunk, rolldown } from "rolldown";
import { build } from "../build.ts";
import { type Call, listCalls } from "../calls.ts";
import type { Table } from "../table.ts";
import { type ClientName, clients, generatePeers, writeCall } from "./peers.ts";

/** Bytes for the API with the fewest operations, and for any other. Source: issue 4. */
const budgets = { smallest: 5000, others: 6000 };

export async function measure(): Promise<Table[]> {
  await build("@artifetch/client");
  const calls = await listCalls();
  const fewest = Math.min(...calls.map(countOperations));
  const rows: Table["rows"] = [];
  const modules = new Map<string, Record<string, number>>();
  for (const call of calls) {
    const chunks = await bundleCalls(call);
    const operations = countOperations(call);
    rows.push({
      api: call.api,
      operation: call.operation.id,
      "of operations": operations,
      ...Object.fromEntries([...chunks].map(([client, { code }]) => [client, compress(code)])),
      "artifetch, with the first call by path": chunks.get("artifetch")?.laterBytes ?? 0,
      budget: operations === fewest ? budgets.smallest : budgets.others,
    });
    const ours = chunks.get("artifetch");
    for (const [module, bytes] of ours ? breakDown(ours) : []) {
      modules.set(module, { ...modules.get(module), [call.api]: bytes });
    }
  }
  return [
    { title: "One call, bundled, minified, gzip -9 (bytes)", rows },
    {
      title: "The same by module of ours: what the bundle would lose without it (bytes)",
      rows: [...modules].map(([module, bytes]) => ({ module, ...bytes })),
    },
  ];
}

/** What a page loads with the call, and how much more with the first use of something that is loaded on demand. */
interface Bundle extends OutputChunk {
  laterBytes: number;
}

function countOperations({ document }: Call): number {
  return listOperations(document).length;
}

async function bundleCalls(call: Call): Promise<Map<ClientName, Bundle>> {
  const folder = await generatePeers(call);
  const chunks = new Map<ClientName, Bundle>();
  for (const client of clients) {
    if (!writeCall(client, call)) continue;
    const chunk = await bundle(join(folder, `${client}.call.ts`));
    // Minifiers keep the names of methods, but not those of functions, as which the generated clients have operations.
    const trace = client === "own" ? call.operation.id : call.operation.path;
    if (!chunk.code.includes(trace)) {
      throw new Error(`The bundle of ${client} for ${call.api} has no ${trace}: is it in its package?`);
    }
    chunks.set(client, chunk);
  }
  return chunks;
}

/** Bundles as a user's bundler would, from what is published: the condition that leads to our sources is not set here. */
async function bundle(input: string): Promise<Bundle> {
  const build = await rolldown({
    input,
    logLevel: "silent",
    platform: "browser",
    resolve: { extensionAlias: { ".js": [".ts", ".js"] } },
    tsconfig: false,
  });
  const { output } = await build.generate({ format: "esm", minify: true, sourcemap: "hidden" });
  await build.close();
  const [entry, ...others] = output;
  if (entry.imports.length > 0) throw new Error(`The bundle of ${input} starts with more files than one.`);
  const later = others.filter((file) => file.type === "chunk").map(({ code }) => compress(code));
  return { ...entry, laterBytes: later.reduce((sum, bytes) => sum + bytes, 0) };
}

function compress(code: string): number {
  return gzipSync(code, { level: 9 }).length;
}

/** By module, from large to small. The sum is less than the whole: what two modules share is lost with neither. */
function breakDown({ code, map }: OutputChunk): [module: string, bytes: number][] {
  if (!map) throw new Error("The bundler gave no source map.");
  const sources = new SourceMap(JSON.parse(map.toString()));
  const lines = code.split("\n");
  const owners = lines.flatMap((line, row) =>
    [...`${line}\n`].map((_, column) => {
      const entry = sources.findEntry(row, column);
      return "originalSource" in entry && entry.originalSource ? toModuleName(entry.originalSource) : "(bundler)";
    }),
  );
  const whole = compress(code);
  const without = (module: string) => [...code].filter((_, index) => owners[index] !== module).join("");
  return [...new Set(owners)]
    .map((module) => [module, whole - compress(without(module))] as [string, number])
    .sort(([, a], [, b]) => b - a);
}

/** One name for what each API has of its own. */
function toModuleName(source: string): string {
  if (source.endsWith(".call.ts")) return "(the call itself)";
  return source
    .replace(/^.*node_modules\//, "")
    .replace(/^.*client\/dist\//, "")
    .replace(/^generated\/.*$/, "generated/*.js");
}
