/** From the start of a process to its first answer, and its memory after it has answered under load. */
import { listOperations } from "@artifetch/document";
import { listApis } from "@artifetch/document/load";
import { build } from "../build.ts";
import { toMedian } from "../rounds.ts";
import type { Table } from "../table.ts";
import { load } from "./load.ts";
import { loadWork, type Work } from "./requests.ts";
import { type ServerName, start, writeDocument } from "./servers.ts";

/** Source: issue 5. */
const budgets = { startMs: 200, memoryMiB: 150, startOfPrism: 0.5 };

const rounds = 3;
const loadMs = 3000;

interface Measured {
  startMs: number;
  memoryMiB: number;
}

export async function measure(): Promise<Table[]> {
  await build("@artifetch/mock-server");
  const work = await loadWork("run artifacts");
  const every: Work = { ...work, paths: work.paths.map((path) => `/${work.source}${path}`) };
  const large = await loadWork("get an issue");
  const file = writeDocument("large", large.document);
  const own = await measureInTurns([["artifetch"]], every);
  const both = await measureInTurns(
    [
      ["artifetch", file],
      ["prism", file],
    ],
    large,
  );
  return [
    {
      title: `All ${listApis().length} APIs in one process: first answer, and memory after ${loadMs / 1000} s of load`,
      rows: own.map((row) => ({ ...row, "at most": `${budgets.startMs} ms, ${budgets.memoryMiB} MiB` })),
    },
    {
      title: `${listOperations(large.document).length} operations: the same`,
      rows: both.map((row) => ({
        ...row,
        ...(row.server === "artifetch" && { "at most": `${budgets.startOfPrism} × the start of prism, its memory` }),
      })),
    },
  ];
}

/** Medians; the servers take turns, and only one runs at a time. */
async function measureInTurns(commands: readonly [ServerName, string?][], work: Work) {
  const measured = commands.map((): Measured[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [index, [name, target]] of commands.entries())
      measured[index]?.push(await measureOnce(name, target, work));
  }
  return commands.map(([server], index) => ({
    server,
    "start ms": Math.round(toMedian((measured[index] ?? []).map(({ startMs }) => startMs))),
    "memory MiB": Math.round(toMedian((measured[index] ?? []).map(({ memoryMiB }) => memoryMiB))),
  }));
}

async function measureOnce(name: ServerName, target: string | undefined, work: Work): Promise<Measured> {
  const server = await start(name, target, work);
  try {
    await load(server.port, work, loadMs);
    return { startMs: server.startMs, memoryMiB: server.readMemoryMiB() };
  } finally {
    await server.close();
  }
}
