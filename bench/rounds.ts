/** Timing functions against each other: in turns, so that what slows a machine for a while slows all of them. */
import { Bench } from "tinybench";

/** Many short rounds: two functions that are compared run within the same moment. */
const rounds = 41;
const roundMs = 30;

export interface Timing {
  /** Median of the rounds' medians, in microseconds. */
  medianUs: number;
  /** Median of the rounds' ratios to the first function's median of the same round. */
  ratio: number;
}

/** Times functions in turns; each round begins with another one. The ratios are to the first function. */
export async function time<Name extends string>(
  tasks: Readonly<Record<Name, () => Promise<unknown>>>,
): Promise<Record<Name, Timing>> {
  const names = Object.keys(tasks) as Name[];
  const first = names[0] as Name;
  const medians = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = 0; round < rounds; round++) {
    for (const index of names.keys()) {
      const name = names[(index + round) % names.length] as Name;
      medians[name].push(await timeOnce(tasks[name]));
    }
  }
  const timings = names.map((name) => {
    const ratios = medians[name].map((value, round) => value / (medians[first][round] ?? Number.NaN));
    return [name, { medianUs: toMedian(medians[name]), ratio: toMedian(ratios) }] as const;
  });
  return Object.fromEntries(timings) as Record<Name, Timing>;
}

async function timeOnce(task: () => Promise<unknown>): Promise<number> {
  const bench = new Bench({ time: roundMs, throws: true, warmupTime: roundMs / 4 });
  bench.add("task", task, { async: true });
  const [{ result } = { result: undefined }] = await bench.run();
  if (result?.state !== "completed") throw new Error(`The measurement ended as ${result?.state}.`);
  return result.latency.p50 * 1000;
}

export function toMedian(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle) - 1] ?? Number.NaN)) / 2;
}
