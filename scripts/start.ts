/** Serves every API and the docs site on one port until stopped: `pnpm start`; `PORT` overrides 4010. */
import { join } from "node:path";
import { listOperations, toCurl } from "@artifetch/document";
import { listApis, loadDocument } from "@artifetch/document/load";
import { startMockServer } from "@artifetch/mock-server";
import { root } from "./root.ts";
import { runTurbo } from "./turbo.ts";

const code = await runTurbo(["--output-logs=errors-only", "generate:bundle", "docs"]);
if (code !== 0) process.exit(code);

const port = readPort(process.env.PORT);
const server = await startMockServer({ port, docs: join(root, "packages/docs/dist"), log: "pretty" }).catch(
  (error: Error) => {
    console.error(`start: ${error.message}`);
    process.exit(2);
  },
);
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void server.close());

console.log(`listening on ${server.url}`);
for (const api of listApis()) {
  const { document } = await loadDocument(api);
  const operations = listOperations(document);
  const operation = operations.find(({ method, path }) => method === "GET" && path.includes("{")) ?? operations[0];
  console.log(`${api}: ${operations.length} operations at ${server.url}/${api}`);
  if (operation) console.log(`  ${toCurl(document, operation, `${server.url}/${api}`, () => "any")}`);
}
console.log(`docs: ${server.url}/`);

function readPort(value: string | undefined): number {
  if (value === undefined || value === "") return 4010;
  const port = Number(value);
  if (/^\d+$/.test(value) && port <= 65535) return port;
  console.error(`start: PORT is "${value}"; it takes a number from 0 (any free port) to 65535.`);
  process.exit(2);
}
