import { appendFileSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type MockServer, startMockServer } from "@artifetch/mock-server";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { casesFor } from "../suite/suite.js";
import { type Peer, startPeer } from "./peer.ts";
import { type ApiPlan, type Plan, planCalls } from "./plan.ts";
import { here, writeSuite } from "./project.ts";
import { type Outcomes, runLimitMs, runtimes } from "./runtimes.ts";

const calls = await planCalls();
const project = inject("project");
const summary = join(here, ".artifacts", "runtimes.txt");

let mocks: Map<string, MockServer>;
let peer: Peer;

beforeAll(async () => {
  mkdirSync(join(here, ".artifacts"), { recursive: true });
  rmSync(summary, { force: true });
  peer = await startPeer();
  mocks = new Map(
    await Promise.all(
      calls.map(async ({ name }) => [name, await startMockServer({ targets: [name], port: 0 })] as const),
    ),
  );
});

afterAll(async () => {
  await Promise.all([peer?.close(), ...[...(mocks?.values() ?? [])].map((mock) => mock.close())]);
});

test("every kind of call is planned for some API", () => {
  const kinds = ["refused", "send", "download", "echoes", "baseUrlVariable"] as const;
  expect(kinds.filter((kind) => !calls.some((api) => api[kind]))).toEqual([]);
});

describe.each(runtimes)("$name", ({ name, agent, hasEnvironment, isBrowser = false, mockRefusals = {}, run }) => {
  let outcomes: Outcomes;

  beforeAll(async () => {
    const apis = calls.map((api) => ({ ...api, baseUrl: mocks.get(api.name)?.url ?? "" }));
    const plan: Plan = { hasEnvironment, isBrowser, mockRefusals, peer: peer.urls, apis };
    const folder = join(project, name.replaceAll(" ", "-"));
    writeSuite(folder, plan);
    const started = performance.now();
    outcomes = await run({ folder, environment: toEnvironment(apis), pageUrl: peer.pageUrl });
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    const passed = outcomes.outcomes.filter(({ error }) => error === undefined).length;
    const line = `${name.padEnd(26)} ${passed} of ${outcomes.outcomes.length} cases passed in ${seconds} s  ${outcomes.agent}`;
    appendFileSync(summary, `${line}\n`);
  }, runLimitMs + 10_000);

  test("is what the suite ran on", () => {
    expect(outcomes.agent).toMatch(agent);
  });

  for (const api of calls) {
    for (const { title } of casesFor({ hasEnvironment, isBrowser }, api)) {
      test(`${api.name}: ${title}`, () => {
        const outcome = outcomes.outcomes.find((candidate) => candidate.api === api.name && candidate.title === title);
        expect(outcome).toEqual({ api: api.name, title });
      });
    }
  }
});

function toEnvironment(apis: readonly ApiPlan[]): Record<string, string> {
  const pairs = apis.flatMap(({ environment, baseUrl, baseUrlVariable }) => [
    ...Object.entries(environment),
    ...(baseUrlVariable ? [[baseUrlVariable, baseUrl] as const] : []),
  ]);
  return Object.fromEntries(pairs);
}
