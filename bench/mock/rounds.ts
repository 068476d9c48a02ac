/** Loading servers in turns, so that what slows a machine for a while slows all of them. */
import { toMedian } from "../rounds.ts";
import { type Load, load } from "./load.ts";
import type { Work } from "./requests.ts";
import type { Server } from "./servers.ts";

export interface Plan {
  rounds: number;
  roundMs: number;
  /** Before the first round, for each server. */
  warmUpMs: number;
}

/** Medians over the rounds; each round begins with another server. */
export async function loadInTurns<Name extends string>(
  servers: ReadonlyMap<Name, { server: Server; work: Work }>,
  { rounds, roundMs, warmUpMs }: Plan,
): Promise<Map<Name, Load[]>> {
  const names = [...servers.keys()];
  const loads = new Map(names.map((name) => [name, [] as Load[]]));
  const loadOnce = (name: Name, durationMs: number): Promise<Load> => {
    const { server, work } = servers.get(name) as { server: Server; work: Work };
    return load(server.port, work, durationMs);
  };
  for (const name of names) await loadOnce(name, warmUpMs);
  for (let round = 0; round < rounds; round++) {
    for (const index of names.keys()) {
      const name = names[(index + round) % names.length] as Name;
      loads.get(name)?.push(await loadOnce(name, roundMs));
    }
  }
  return loads;
}

export function toMedianLoad(loads: readonly Load[]): Load {
  return {
    requestsPerSecond: toMedian(loads.map(({ requestsPerSecond }) => requestsPerSecond)),
    p50Ms: toMedian(loads.map(({ p50Ms }) => p50Ms)),
    p99Ms: toMedian(loads.map(({ p99Ms }) => p99Ms)),
  };
}

/** Median of the rounds' ratios of requests per second. */
export function toMedianRatio(loads: readonly Load[] = [], others: readonly Load[] = []): number {
  return toMedian(
    loads.map(({ requestsPerSecond }, round) => requestsPerSecond / (others[round]?.requestsPerSecond ?? Number.NaN)),
  );
}
