/** The packed command `artifetch-mock`, really started: on every runtime that has processes, as in development and in production. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { createClient } from "./client.ts";
import { planCalls } from "./plan.ts";
import { toExecutable } from "./project.ts";
import { launchers } from "./runtimes.ts";

const calls = await planCalls();
const project = inject("project");
const variants = launchers.flatMap((launcher) =>
  [undefined, "production"].map((nodeEnv) => ({ ...launcher, nodeEnv })),
);

describe.each(variants)("$name, NODE_ENV $nodeEnv", ({ toCommand, nodeEnv }) => {
  let child: ChildProcess;
  let errors: Promise<string>;
  let url: string;

  beforeAll(async () => {
    const [executable, ...args] = toCommand();
    const command = toExecutable(join(project, "node_modules/@artifetch/mock-server"), "artifetch-mock");
    const env = { HOME: project, DENO_NO_UPDATE_CHECK: "1", ...(nodeEnv && { NODE_ENV: nodeEnv }) };
    const started = spawn(executable, [...args, command, "--port", "0"], { cwd: project, env });
    child = started;
    errors = text(started.stderr);
    url = await readUrl(started.stdout);
  });
  afterAll(() => {
    child.kill("SIGKILL");
  });

  test("is healthy when it says that it listens", async () => {
    const health = await fetch(`${url}/__artifetch/health`);
    const apis = calls.map(({ name }) => ({ name }));
    expect([health.status, await health.json()]).toMatchObject([200, { status: "ok", apis }]);
  });

  test.each(calls)("answers a call of $name, and makes the same answer up for the same seed", async (api) => {
    const client = await createClient(api.name, { baseUrl: `${url}/${api.name}`, auth: api.auth, retry: false });
    const send = client[api.read.id];
    if (!send) throw new Error(`${api.name} has no operation ${api.read.id}.`);
    const read = await send(api.read.request);
    expect([read.status, read.data]).toEqual([200, api.read.body]);
    const headers = { prefer: "dynamic=true, seed=one" };
    const made = await send({ ...api.read.request, headers });
    expect(made.status).toBe(200);
    expect((await send({ ...api.read.request, headers })).data).toEqual(made.data);
  });

  test("ends with 0 when it is told to, and has had nothing to complain of", async () => {
    child.kill("SIGTERM");
    expect(await once(child, "exit")).toEqual([0, null]);
    // Deno tells of a module that a dependency of Prism asks for; Node keeps quiet about what dependencies do.
    expect((await errors).replace(/^.*\[DEP0040\].*\n/, "")).toBe("");
  });
});

/** The URL on the first line; what follows is read away. */
async function readUrl(stdout: NodeJS.ReadableStream): Promise<string> {
  let output = "";
  for await (const chunk of (stdout as NodeJS.ReadStream).iterator({ destroyOnReturn: false })) {
    output += chunk;
    if (output.includes("\n")) break;
  }
  const [, url] = /^listening on (\S+)\n/.exec(output) ?? [];
  if (url === undefined) throw new Error(`It did not start: ${output}`);
  stdout.resume();
  return url;
}
