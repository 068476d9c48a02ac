/** Time of one call: in process against openapi-fetch, and over loopback against plain `fetch`. */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { Worker } from "node:worker_threads";
import createClient from "openapi-fetch";
import { build } from "../build.ts";
import { type Call, listCalls } from "../calls.ts";
import { time } from "../rounds.ts";
import type { Table } from "../table.ts";
import { toFactoryName } from "./peers.ts";

/** Times openapi-fetch in process, times plain `fetch` over loopback. Source: issue 4. */
const budgets = { inProcess: 1.25, loopback: 1.1 };

type Fetch = (request: Request) => Promise<Response>;
type AnyCall = () => Promise<{ data?: unknown }>;

export async function measure(): Promise<Table[]> {
  await build("@artifetch/client");
  const calls = await listCalls();
  const inProcess = [];
  const loopback = [];
  for (const call of calls) inProcess.push(await measureInProcess(call));
  for (const call of calls) loopback.push(await measureLoopback(call));
  return [
    { title: "One call in process, a stub as fetch (microseconds, median)", rows: inProcess },
    { title: "One call over loopback, one connection kept open (microseconds, median)", rows: loopback },
  ];
}

async function measureInProcess(call: Call): Promise<Table["rows"][number]> {
  const body = JSON.stringify(call.answer);
  const init = { headers: { "content-type": "application/json" } };
  const fetch: Fetch = async () => new Response(body, init);
  const tasks = {
    "openapi-fetch": makeOpenapiFetch(call, call.baseUrl, fetch),
    artifetch: await makeArtifetch(call, call.baseUrl, fetch),
  };
  for (const task of Object.values(tasks)) await checkAnswer(call, task);
  const timings = await time(tasks);
  return {
    api: call.api,
    "body bytes": body.length,
    "openapi-fetch": round(timings["openapi-fetch"].medianUs, 1),
    artifetch: round(timings.artifetch.medianUs, 1),
    ratio: round(timings.artifetch.ratio, 3),
    budget: budgets.inProcess,
  };
}

async function measureLoopback(call: Call): Promise<Table["rows"][number]> {
  const body = JSON.stringify(call.answer);
  const server = await startServer(body);
  try {
    const tasks = {
      fetch: makePlainFetch(call, server.url),
      "openapi-fetch": makeOpenapiFetch(call, server.url),
      artifetch: await makeArtifetch(call, server.url),
    };
    for (const task of Object.values(tasks)) await checkAnswer(call, task);
    const timings = await time(tasks);
    return {
      api: call.api,
      "body bytes": body.length,
      "plain fetch": round(timings.fetch.medianUs, 1),
      "openapi-fetch": round(timings["openapi-fetch"].medianUs, 1),
      artifetch: round(timings.artifetch.medianUs, 1),
      "ratio of openapi-fetch": round(timings["openapi-fetch"].ratio, 3),
      "of artifetch": round(timings.artifetch.ratio, 3),
      budget: budgets.loopback,
    };
  } finally {
    await server.close();
  }
}

async function makeArtifetch(
  { api, operation, schemes, values }: Call,
  baseUrl: string,
  fetch?: Fetch,
): Promise<AnyCall> {
  // The build, not the sources: what a user runs.
  const module = await import(new URL(`../../packages/client/dist/generated/${api}.js`, import.meta.url).href);
  const auth = Object.fromEntries(schemes.map(({ name }) => [name, "key"]));
  const client = module[toFactoryName(api)]({ auth, baseUrl, ...(fetch && { fetch }) });
  return () => client[operation.id](values);
}

function makeOpenapiFetch(call: Call, baseUrl: string, fetch?: Fetch): AnyCall {
  const client = createClient<Record<string, Record<"get", { responses: { 200: unknown } }>>>({
    baseUrl,
    headers: toHeaders(call),
    ...(fetch && { fetch }),
  });
  // The documents' paths are known at run time only.
  return () => client.GET(call.operation.path, { params: call.values } as never) as Promise<{ data?: unknown }>;
}

/** Headers that carry the credentials. */
function toHeaders({ schemes }: Call): Record<string, string> {
  return Object.fromEntries(schemes.map(({ header, prefix }) => [header, `${prefix}key`]));
}

/** What one writes without a client: the URL is put together for each call, as the others do. */
function makePlainFetch(call: Call, baseUrl: string): AnyCall {
  const { path = {}, query } = call.values;
  const headers = toHeaders(call);
  return async () => {
    const pathname = call.operation.path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(String(path[name])));
    const search = query ? `?${new URLSearchParams(query as Record<string, string>)}` : "";
    const response = await fetch(`${baseUrl}${pathname}${search}`, { headers });
    return { data: await response.json() };
  };
}

/** @throws {Error} when a call did not do what it is timed for. */
async function checkAnswer(call: Call, task: AnyCall): Promise<void> {
  const { data } = await task();
  if (JSON.stringify(data) !== JSON.stringify(call.answer))
    throw new Error(`A call of ${call.api} has another answer.`);
}

/** A server in a thread of its own: its work does not delay the loop that is timed. */
async function startServer(body: string): Promise<{ url: string; close(): Promise<unknown> }> {
  const worker = new Worker(new URL("../server.ts", import.meta.url), { workerData: body });
  const [{ port }] = (await once(worker, "message")) as [AddressInfo];
  return { url: `http://127.0.0.1:${port}`, close: () => worker.terminate() };
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
