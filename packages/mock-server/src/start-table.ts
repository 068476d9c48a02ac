/** What is printed once, when every API is served. */

import type { MockServerOptions } from "./options.ts";
import { type Paint, paintNothing } from "./paint.ts";
import type { MockServer } from "./server.ts";

/**
 * The text after a start: first the address, then the APIs, as a table with a command line for each; as one object per line
 * with `log: "json"`.
 */
export function formatStart(
  { url, port, apis }: Pick<MockServer, "url" | "port" | "apis">,
  { log, docs }: Pick<MockServerOptions, "log" | "docs">,
  paint: Paint = paintNothing,
): string {
  const lines =
    log === "json"
      ? apis.map((api) => JSON.stringify({ event: "api", ...api }))
      : [...formatTable(apis, paint), ...(apis.length > 1 ? formatHints(url, port, apis, docs) : [])];
  return [`listening on ${url}`, ...lines].join("\n");
}

function formatTable(apis: MockServer["apis"], paint: Paint): string[] {
  const rows = apis.map(({ name, operations, url }) => [name, String(operations), url] as const);
  const head = ["API", "OPERATIONS", "URL"] as const;
  const nameWidth = Math.max(...[head, ...rows].map(([name]) => name.length));
  const format = ([name, operations, url]: readonly [string, string, string]): string =>
    `${name.padEnd(nameWidth)}  ${operations.padStart(head[1].length)}  ${url}`;
  return [
    paint("bold", format(head)),
    ...rows.flatMap((row, index) => {
      const curl = apis[index]?.curl;
      const notes = apis[index]?.notes ?? [];
      return [
        format(row),
        ...[...(curl === undefined ? [] : [curl]), ...notes].map((line) => `  ${paint("dim", line)}`),
      ];
    }),
  ];
}

function formatHints(url: string, port: number, apis: MockServer["apis"], docs: MockServerOptions["docs"]): string[] {
  const own = `http://${apis[0]?.name}.localhost:${port}`;
  const hosts = `Each API is also at the root of a host of its own, such as ${own}, and of the hosts of its document's servers.`;
  return [...(docs === false ? [] : [`${docs ? "Docs" : "List of the APIs"}: ${url}/`]), hosts];
}
