/** What the size of a document costs: a heavy and a light operation of a large one, and the light one in smaller ones. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { listOperations } from "@artifetch/document";
import { build } from "../build.ts";
import { results } from "../folders.ts";
import type { Table } from "../table.ts";
import { drawChart } from "./chart.ts";
import operations from "./operations.json" with { type: "json" };
import { takeOperations } from "./parts-of-document.ts";
import { loadWork, type Work } from "./requests.ts";
import { loadInTurns, type Plan, toMedianLoad, toMedianRatio } from "./rounds.ts";
import { type Server, type ServerName, start, writeDocument } from "./servers.ts";

/** Source: issue 5. */
const budgets = { ofPrism: 300, ofOneOperation: 0.7 };

const peers = ["artifetch", "prism", "steady", "scalar", "mockoon"] as const;
const light = "a light endpoint";

export async function measure(): Promise<Table[]> {
  await build("@artifetch/mock-server");
  const whole = await loadWork(light);
  const count = listOperations(whole.document).length;
  const sizes = [1, 10, 100, count].map((size) => {
    const document =
      size === count ? whole.document : takeOperations(whole.document, size, operations[light].operation);
    return { size, file: writeDocument(`large-${size}`, document) };
  });
  const files = { one: sizes[0]?.file ?? "", whole: sizes.at(-1)?.file ?? "" };
  const heavy = await measureHeavy(files.whole, await loadWork("get an issue"));
  const lighter = await measureLight(files, whole);
  return [heavy, lighter, await measureSizes(sizes, whole)];
}

async function measureHeavy(file: string, work: Work): Promise<Table> {
  const plan = { rounds: 3, roundMs: 3000, warmUpMs: 1500 };
  const loads = await loadAll({ artifetch: ["artifetch", file], prism: ["prism", file] }, work, plan);
  const rows = [...loads].map(([server, rounds]) => ({
    server,
    ...describe(rounds),
    "of prism": round(toMedianRatio(rounds, loads.get("prism"))),
    ...(server === "artifetch" && { "at least": budgets.ofPrism }),
  }));
  return { title: `"${work.name}" of ${listOperations(work.document).length} operations`, rows };
}

async function measureLight(files: { one: string; whole: string }, work: Work): Promise<Table> {
  const plan = { rounds: 5, roundMs: 2000, warmUpMs: 1500 };
  const loads = await loadAll({ one: ["artifetch", files.one], whole: ["artifetch", files.whole] }, work, plan);
  const rows = [...loads].map(([document, rounds]) => ({
    document: document === "one" ? "with this operation alone" : "whole",
    ...describe(rounds),
    ratio: round(toMedianRatio(rounds, loads.get("one"))),
    ...(document === "whole" && { "at least": budgets.ofOneOperation }),
  }));
  return { title: `"${work.name}", artifetch`, rows };
}

/** Every server with every size at once, all in the same turns: the lines can be compared point by point. */
async function measureSizes(sizes: readonly { size: number; file: string }[], work: Work): Promise<Table> {
  const pairs = sizes.flatMap(({ size, file }) => peers.map((name) => ({ key: `${name} ${size}`, name, size, file })));
  const commands = Object.fromEntries(pairs.map(({ key, name, file }) => [key, [name, file] as Command]));
  const loads = await loadAll(commands, work, { rounds: 5, roundMs: 700, warmUpMs: 700 });
  const points = pairs.flatMap(({ key, name, size }) => {
    const rounds = loads.get(key);
    return rounds ? [{ name, x: size, y: Math.round(1e6 / toMedianLoad(rounds).requestsPerSecond) }] : [];
  });
  const rows = sizes.map(({ size }) => ({
    operations: size,
    ...Object.fromEntries(points.filter(({ x }) => x === size).map(({ name, y }) => [name, y])),
  }));
  const title = `"${work.name}" by the number of operations in its document`;
  const lines = peers.map((name) => ({ name, points: points.filter((point) => point.name === name) }));
  mkdirSync(results, { recursive: true });
  writeFileSync(
    join(results, "mock-large.svg"),
    drawChart(title, { x: "operations in the document", y: "microseconds per request" }, lines),
  );
  return { title: `${title} (microseconds per request; as a chart in bench/results/mock-large.svg)`, rows };
}

type Command = [ServerName, string];

/** Loads servers in turns; one that does not serve its document is left out, and named on standard error. */
async function loadAll<Name extends string>(commands: Record<Name, Command>, work: Work, plan: Plan) {
  const servers = new Map<Name, { server: Server; work: Work }>();
  try {
    for (const [name, [command, file]] of Object.entries(commands) as [Name, Command][]) {
      const server = await start(command, file, work).catch((error: Error) => console.error(`bench: ${error.message}`));
      if (server) servers.set(name, { server, work });
    }
    return await loadInTurns(servers, plan);
  } finally {
    for (const { server } of servers.values()) await server.close();
  }
}

function describe(rounds: Parameters<typeof toMedianLoad>[0]) {
  const { requestsPerSecond, p50Ms, p99Ms } = toMedianLoad(rounds);
  return { "requests/s": Math.round(requestsPerSecond), "p50 ms": round(p50Ms), "p99 ms": round(p99Ms) };
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
