/** What the compiler does for a file with one call per API: instantiations and check time. */
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../scripts/root.ts";
import { build } from "../build.ts";
import { type Call, listCalls } from "../calls.ts";
import { artifacts, commands } from "../folders.ts";
import { toMedian } from "../rounds.ts";
import type { Table } from "../table.ts";
import { type ClientName, generatePeers, toFactoryName } from "./peers.ts";

/** Times openapi-fetch's, instantiations and check time alike. Source: issue 4. */
const budget = 1.5;

const compilers = [
  ["5.9", join(commands, "tsc")],
  ["7", join(root, "node_modules/.bin/tsc")],
] as const;
const clients = ["openapi-fetch", "artifetch", "hey-api"] as const satisfies ClientName[];
const rounds = 7;

/** What a new project has. Stricter ones (`exactOptionalPropertyTypes`) refuse hey-api's generated sources. */
const options = {
  lib: ["es2023", "dom", "dom.iterable"],
  module: "esnext",
  moduleResolution: "bundler",
  noEmit: true,
  skipLibCheck: true,
  strict: true,
  target: "es2023",
  types: [],
};

export async function measure(): Promise<Table[]> {
  await build("@artifetch/client");
  const calls = await listCalls();
  for (const call of calls) await generatePeers(call);
  const projects = Object.fromEntries(clients.map((client) => [client, writeProject(client, calls)]));
  const tables: Table[] = [];
  for (const [version, tsc] of compilers) {
    const runs: Record<string, Diagnostics[]> = Object.fromEntries(clients.map((client) => [client, []]));
    for (let round = 0; round < rounds; round++) {
      for (const client of clients) runs[client]?.push(check(tsc, projects[client] ?? ""));
    }
    tables.push({
      title: `Type check of one call per API, TypeScript ${version}`,
      rows: clients.map((client) => describe(client, runs)),
    });
  }
  return tables;
}

interface Diagnostics {
  instantiations: number;
  types: number;
  checkSeconds: number;
  totalSeconds: number;
  memoryKb: number;
}

/** A project whose one file makes each call and reads its answer by status; returns its folder. */
function writeProject(client: (typeof clients)[number], calls: Call[]): string {
  const folder = join(artifacts, "client", `types-${client}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const imports = calls.map((call, index) => writeImports[client](call, `Api${index}`));
  const uses = calls.map((call, index) => writeUse[client](call, `Api${index}`));
  writeFileSync(
    join(folder, "main.ts"),
    [...imports.flat(), "declare const key: string;", ...uses.flat(), ""].join("\n"),
  );
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions: options, files: ["main.ts"] }));
  return folder;
}

const writeImports: Record<(typeof clients)[number], (call: Call, name: string) => string[]> = {
  artifetch: ({ api }, name) => [`import { ${toFactoryName(api)} as create${name} } from "@artifetch/client/${api}";`],
  "hey-api": ({ api, operation }, name) => [
    `import { ${operation.id} as call${name} } from "../${api}/hey-api/sdk.gen.js";`,
  ],
  "openapi-fetch": ({ api }, name) => [
    ...(name.endsWith("0") ? ['import createClient from "openapi-fetch";'] : []),
    `import type { paths as ${name} } from "@artifetch/types/${api}";`,
  ],
};

const writeUse: Record<(typeof clients)[number], (call: Call, name: string) => string[]> = {
  artifetch: ({ operation, schemes, values }, name) => [
    `const answer${name} = await create${name}({ auth: { ${schemes.map((scheme) => `${JSON.stringify(scheme.name)}: key`).join(", ")} } }).${operation.id}(${JSON.stringify(values)});`,
    ...writeReading(name),
  ],
  "hey-api": ({ values, schemes }, name) => [
    `const answer${name} = await call${name}({ ...${JSON.stringify(values)}, headers: ${writeHeaders(schemes)} });`,
    ...writeReading(name),
  ],
  "openapi-fetch": ({ baseUrl, operation, values, schemes }, name) => [
    `const answer${name} = await createClient<${name}>({ baseUrl: ${JSON.stringify(baseUrl)}, headers: ${writeHeaders(schemes)} }).GET(${JSON.stringify(operation.path)}, { params: ${JSON.stringify(values)} });`,
    ...writeReading(name),
  ],
};

function writeReading(name: string): string[] {
  return [
    `export const error${name} = answer${name}.error;`,
    `export const data${name} = answer${name}.data;`,
    // A type that did not resolve would be cheap.
    `export const typed${name}: 0 extends 1 & typeof data${name} ? never : true = true;`,
  ];
}

function writeHeaders(schemes: Call["schemes"]): string {
  return `{ ${schemes.map(({ header }) => `${JSON.stringify(header)}: key`).join(", ")} }`;
}

/** @throws {Error} when the file has an error: then something else was measured. */
function check(tsc: string, folder: string): Diagnostics {
  const { status, stderr, stdout } = spawnSync(tsc, ["-p", folder, "--extendedDiagnostics"], { encoding: "utf8" });
  if (status !== 0) throw new Error(`${tsc} -p ${folder}: ${(stdout + stderr).slice(0, 1000)}`);
  const read = (name: string) => Number(new RegExp(`^${name}:\\s+([\\d.]+)`, "m").exec(stdout)?.[1]);
  return {
    instantiations: read("Instantiations"),
    types: read("Types"),
    checkSeconds: read("Check time"),
    totalSeconds: read("Total time"),
    memoryKb: read("Memory used"),
  };
}

function describe(client: string, runs: Record<string, Diagnostics[]>): Table["rows"][number] {
  const median = (of: string, key: keyof Diagnostics) => toMedian((runs[of] ?? []).map((run) => run[key]));
  const ratio = (key: keyof Diagnostics) => Number((median(client, key) / median("openapi-fetch", key)).toFixed(3));
  return {
    client,
    instantiations: median(client, "instantiations"),
    "ratio of these": ratio("instantiations"),
    types: median(client, "types"),
    "check ms": Math.round(median(client, "checkSeconds") * 1000),
    "ratio of check": ratio("checkSeconds"),
    "total ms": Math.round(median(client, "totalSeconds") * 1000),
    "memory MB": Math.round(median(client, "memoryKb") / 1024),
    budget: client === "artifetch" ? budget : undefined,
  };
}
