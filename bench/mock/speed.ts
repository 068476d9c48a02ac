/** Requests per second of one operation under load: ours, the peers, and a bare server that sends the same bytes. */
import { build } from "../build.ts";
import type { Table } from "../table.ts";
import { loadWork } from "./requests.ts";
import { loadInTurns, toMedianLoad, toMedianRatio } from "./rounds.ts";
import { readAnswer, type Server, type ServerName, start, writeDocument } from "./servers.ts";

/** Source: issue 5. */
const budgets = { ofPrism: 10, ofBare: 0.7, p99Ms: 2 };

const peers = ["artifetch", "prism", "steady", "scalar", "mockoon"] as const;

export async function measure(): Promise<Table[]> {
  await build("@artifetch/mock-server");
  const work = await loadWork("run artifacts");
  const file = writeDocument("speed", work.document);
  const servers = new Map<ServerName, { server: Server; work: typeof work }>();
  try {
    for (const name of peers) servers.set(name, { server: await start(name, file, work), work });
    const own = servers.get("artifetch")?.server as Server;
    const answer = writeDocument("bare", await readAnswer(own, work));
    servers.set("bare", { server: await start("bare", answer, work), work });
    const loads = await loadInTurns(servers, { rounds: 31, roundMs: 500, warmUpMs: 4000 });
    const rows = [...loads].map(([name, rounds]) => {
      const { requestsPerSecond, p50Ms, p99Ms } = toMedianLoad(rounds);
      return {
        server: name === "bare" ? "bare node:http" : name,
        "requests/s": Math.round(requestsPerSecond),
        "p50 ms": round(p50Ms),
        "p99 ms": round(p99Ms),
        "of prism": round(toMedianRatio(rounds, loads.get("prism"))),
        "of bare": round(toMedianRatio(rounds, loads.get("bare"))),
        ...(name === "artifetch" && {
          "at least": `${budgets.ofPrism} × prism, ${budgets.ofBare} × bare`,
          "p99 at most": budgets.p99Ms,
        }),
      };
    });
    return [{ title: `"${work.name}", 10 connections, ${work.paths.length} different requests`, rows }];
  } finally {
    for (const { server } of servers.values()) await server.close();
  }
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
