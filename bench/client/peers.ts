/** The clients that are measured side by side: how each is made from a document, and what one call of it looks like. */
import { execFile } from "node:child_process";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Call } from "../calls.ts";
import { artifacts, commands } from "../folders.ts";
import others from "./peers.json" with { type: "json" };

const run = promisify(execFile);

/** What the other clients do: one argument, and an answer that is a value whatever its status. */
const redoclyFlags = ["--args-style", "grouped", "--error-mode", "result"];

/** What is measured, in the order of the tables; the last is the service's own client, where peers.json has one. */
export const clients = ["artifetch", "openapi-fetch", "hey-api", "redocly", "own"] as const;

export type ClientName = (typeof clients)[number];

/** A module that makes one call and exports the promise of its answer, as TypeScript source; undefined where there is none. */
export function writeCall(client: ClientName, call: Call): string | undefined {
  const { api, operation, values, schemes, baseUrl } = call;
  const argument = Object.keys(values).length > 0 ? JSON.stringify(values) : "";
  const headers = schemes.map(
    ({ header, prefix }) => `${JSON.stringify(header)}: ${prefix ? `\`${prefix}\${key}\`` : "key"}`,
  );
  const key = "declare const key: string;";
  switch (client) {
    case "artifetch": {
      const create = toFactoryName(api);
      const auth = schemes.map(({ name }) => `${JSON.stringify(name)}: key`);
      return `import { ${create} } from "@artifetch/client/${api}";
${key}
const client = ${create}(${auth.length > 0 ? `{ auth: { ${auth.join(", ")} } }` : ""});
export const answer = client.${operation.id}(${argument});
`;
    }
    case "openapi-fetch":
      return `import type { paths } from "@artifetch/types/${api}";
import createClient from "openapi-fetch";
${key}
const client = createClient<paths>({ baseUrl: ${JSON.stringify(baseUrl)}, headers: { ${headers.join(", ")} } });
export const answer = client.${operation.method}(${JSON.stringify(operation.path)}${argument && `, { params: ${argument} }`});
`;
    case "hey-api":
      return `import { client } from "./hey-api/client.gen.js";
import { ${operation.id} } from "./hey-api/sdk.gen.js";
${key}
client.setConfig({ headers: { ${headers.join(", ")} } });
export const answer = ${operation.id}(${argument});
`;
    case "redocly":
      return `import { configure, ${operation.id} } from "./redocly.js";
${key}
configure({ headers: { ${headers.join(", ")} } });
export const answer = ${operation.id}(${argument});
`;
    case "own": {
      const own = findOwn(api);
      return own && [`// ${own.package}`, key, ...own.source, ""].join("\n").replaceAll("$operation", operation.id);
    }
  }
}

/**
 * A folder with everything that the calls of one API import, made anew.
 *
 * @throws {Error} when a generator fails.
 */
export async function generatePeers(call: Call): Promise<string> {
  const folder = join(artifacts, "client", call.api);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const document = join(folder, "openapi.json");
  await writeFile(document, JSON.stringify(call.document));
  await Promise.all([
    runTool("openapi-ts", folder, ["-i", document, "-o", join(folder, "hey-api"), "-c", "@hey-api/client-fetch"]),
    runTool("redocly", folder, ["generate-client", document, "-o", join(folder, "redocly.ts"), ...redoclyFlags]),
  ]);
  for (const client of clients) {
    const source = writeCall(client, call);
    if (source) await writeFile(join(folder, `${client}.call.ts`), source);
  }
  return folder;
}

/** Name of the function that makes the client of an API. */
export function toFactoryName(api: string): string {
  return `create${api
    .split("-")
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("")}`;
}

/** The client that the service's owner publishes: peers.json has its package, and the lines of one call of `$operation`. */
export function findOwn(api: string): { package: string; source: string[] } | undefined {
  return (others as Record<string, { package: string; source: string[] }>)[api];
}

/** Runs a command of this package's dependencies; what it prints is shown only when it fails. */
function runTool(name: string, cwd: string, args: string[]): Promise<unknown> {
  const quiet = { REDOCLY_SUPPRESS_UPDATE_NOTICE: "true", REDOCLY_TELEMETRY: "off" };
  return run(join(commands, name), args, { cwd, env: { ...process.env, ...quiet }, maxBuffer: 2 ** 26 });
}
