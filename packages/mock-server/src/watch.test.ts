/** A server whose documents change on disk, as editors and `git checkout` change them. */

import { once } from "node:events";
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { Agent, createServer, request as send } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, onTestFinished, test, vi } from "vitest";
import type { MockServerOptions } from "./options.ts";
import { type MockServer, startMockServer } from "./server.ts";
import { createSite } from "./site.ts";
import { watchSite } from "./watch.ts";

/** A document with one path and one answer, in files of its own. */
function createFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "artifetch-watch-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  write(folder, "depot.yaml", toDocument("paths/runs.yaml"));
  write(folder, "paths/runs.yaml", toPathItem("one"));
  return folder;
}

function toDocument(file: string): string {
  return `openapi: 3.1.0\ninfo: { title: Depot, version: "1" }\npaths:\n  /runs:\n    $ref: ${file}\n`;
}

function toPathItem(name: string): string {
  return `get:
  responses:
    "200": { description: OK, content: { application/json: { example: { name: ${name} } } } }
`;
}

function write(folder: string, name: string, content: string): void {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

interface Started {
  mock: MockServer;
  messages: string[];
  /** The name in the answer, or the status where there is none. */
  read(): Promise<unknown>;
  until(name: unknown): Promise<void>;
}

async function start(targets: MockServerOptions["targets"], path = "/runs"): Promise<Started> {
  const messages: string[] = [];
  const writeMessage = (message: string) => void messages.push(message);
  const mock = await startMockServer({ targets, port: 0, watch: true, writeMessage });
  onTestFinished(() => mock.close());
  const read = async (): Promise<unknown> => {
    const response = await fetch(mock.url + path);
    const body = await response.text();
    return response.ok ? JSON.parse(body).name : response.status;
  };
  const until = async (name: unknown) => {
    await vi.waitUntil(async () => (await read()) === name, { timeout: 20_000, interval: 50 });
  };
  return { mock, messages, read, until };
}

async function untilMessage(messages: readonly string[], part: string): Promise<string> {
  const find = () => messages.find((message) => message.includes(part));
  return vi.waitUntil(find, { timeout: 20_000, interval: 50 }) as Promise<string>;
}

test("reloads when the document or a part of it is written, and says so", async () => {
  const folder = createFolder();
  const { mock, messages, read, until } = await start([join(folder, "depot.yaml")]);
  expect(await read()).toBe("one");
  write(folder, "paths/runs.yaml", toPathItem("two"));
  await until("two");
  write(folder, "paths/other.yaml", toPathItem("other") + toPathItem("other").replace("get", "post"));
  write(folder, "depot.yaml", toDocument("paths/other.yaml"));
  await until("other");
  expect(messages).toEqual(["reloaded depot: 1 operations.", "reloaded depot: 2 operations."]);
  expect(mock.apis).toMatchObject([{ name: "depot", operations: 2 }]);
  // A part that it has only since.
  write(folder, "paths/other.yaml", toPathItem("new part"));
  await until("new part");
});

test("reloads when a file is replaced, deleted and made again, or its folder swapped", async () => {
  const folder = createFolder();
  const { messages, until } = await start([join(folder, "depot.yaml")]);
  for (const name of ["first", "second"]) {
    write(folder, "paths/runs.yaml~", toPathItem(name));
    renameSync(join(folder, "paths/runs.yaml~"), join(folder, "paths/runs.yaml"));
    await until(name);
  }
  rmSync(join(folder, "paths/runs.yaml"));
  await untilMessage(messages, "not reloaded");
  write(folder, "paths/runs.yaml", toPathItem("made again"));
  await until("made again");
  renameSync(join(folder, "paths"), join(folder, "old"));
  write(folder, "paths/runs.yaml", toPathItem("swapped"));
  await until("swapped");
});

test("reloads when a symbolic link on the way leads elsewhere", async () => {
  const folder = createFolder();
  write(folder, "other/runs.yaml", toPathItem("elsewhere"));
  symlinkSync("paths", join(folder, "data"));
  write(folder, "depot.yaml", toDocument("data/runs.yaml"));
  const { read, until } = await start([join(folder, "depot.yaml")]);
  expect(await read()).toBe("one");
  symlinkSync("other", join(folder, "new"));
  renameSync(join(folder, "new"), join(folder, "data"));
  await until("elsewhere");
});

test("says what does not parse and where, serves the last good document, and recovers", async () => {
  const folder = createFolder();
  const { messages, read, until } = await start([join(folder, "depot.yaml")]);
  write(folder, "depot.yaml", "openapi: 3.1.0\ninfo:\n  title: x\n  - bad\n");
  expect(await untilMessage(messages, "not reloaded")).toMatch(
    /^depot is not reloaded, its last good document is still served\. \S*depot\.yaml:4:3: does not parse: bad indentation/,
  );
  expect(await read()).toBe("one");
  write(folder, "depot.yaml", toDocument("paths/later.yaml"));
  expect(await untilMessage(messages, "resolve $ref")).toMatch(/depot\.yaml:5: /);
  // Not a file of the last good document: it is waited for.
  write(folder, "paths/later.yaml", toPathItem("later"));
  await until("later");
  expect(messages.at(-1)).toBe("reloaded depot: 1 operations.");
  write(folder, "depot.yaml", 'openapi: 3.1.0\ninfo: { title: Depot, version: "1" }\npaths: {}\n');
  await untilMessage(messages, "Depot has no operation");
  expect(await read()).toBe("later");
  // As the last good document was: said all the same.
  messages.length = 0;
  write(folder, "depot.yaml", toDocument("paths/later.yaml"));
  await untilMessage(messages, "reloaded depot: 1 operations.");
});

test("reloads one of several documents, and no other", async () => {
  const folder = createFolder();
  write(folder, "second.yaml", toDocument("paths/second.yaml"));
  write(folder, "paths/second.yaml", toPathItem("one"));
  const { mock, messages, until } = await start(
    [join(folder, "depot.yaml"), join(folder, "second.yaml")],
    "/second/runs",
  );
  write(folder, "paths/second.yaml", toPathItem("two"));
  await until("two");
  expect(messages).toEqual(["reloaded second: 1 operations."]);
  expect(await (await fetch(`${mock.url}/depot/runs`)).json()).toEqual({ name: "one" });
});

test("drops no connection and answers what was under way", async () => {
  const folder = createFolder();
  write(folder, "paths/runs.yaml", toPathItem("one") + toPathItem("one").replace("get", "post"));
  const { mock, until } = await start([join(folder, "depot.yaml")]);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  const open = send(`${mock.url}/runs`, { method: "POST", agent, headers: { "transfer-encoding": "chunked" } });
  open.flushHeaders();
  write(folder, "paths/runs.yaml", toPathItem("two") + toPathItem("two").replace("get", "post"));
  await until("two");
  open.end();
  const [response] = await once(open, "response");
  expect([response.statusCode, await text(response)]).toEqual([200, '{"name":"two"}']);
  const next = send(`${mock.url}/runs`, { agent });
  next.end();
  const [again] = await once(next, "response");
  expect([await text(again), next.reusedSocket]).toEqual(['{"name":"two"}', true]);
});

test("a change after the document was read and before it is watched is not missed", async () => {
  const folder = createFolder();
  const site = await createSite({ targets: [join(folder, "depot.yaml")] });
  write(folder, "paths/runs.yaml", toPathItem("changed"));
  const messages: string[] = [];
  const watching = watchSite(site, (message) => void messages.push(message));
  onTestFinished(() => watching.stop());
  await untilMessage(messages, "reloaded depot");
});

test("a file that is written as it was is read again, and changes nothing", async () => {
  const folder = createFolder();
  const site = await createSite({ targets: [join(folder, "depot.yaml")] });
  const { reload } = site;
  const isChanged: boolean[] = [];
  site.reload = async (name) => {
    isChanged.push(await reload(name));
    return isChanged.at(-1) === true;
  };
  const messages: string[] = [];
  const watching = watchSite(site, (message) => void messages.push(message));
  onTestFinished(() => watching.stop());
  await vi.waitUntil(() => isChanged.length === 1, { timeout: 20_000 });
  write(folder, "depot.yaml", `${toDocument("paths/runs.yaml")}# a comment\n`);
  await vi.waitUntil(() => isChanged.length === 2, { timeout: 20_000 });
  expect([isChanged, messages]).toEqual([[false, false], []]);
});

test("does not reload without a change, nor after close", async () => {
  const folder = createFolder();
  const messages: string[] = [];
  const options = { port: 0, watch: true, writeMessage: (message: string) => void messages.push(message) };
  const closed = await startMockServer({ ...options, targets: [join(folder, "depot.yaml")] });
  await closed.close();
  const { until, messages: others } = await start([join(folder, "depot.yaml")]);
  write(folder, "paths/runs.yaml", toPathItem("two"));
  await until("two");
  expect([messages, others]).toEqual([[], ["reloaded depot: 1 operations."]]);
});

test("is refused where there is no file to watch", async () => {
  const document = {
    openapi: "3.1.0",
    info: { title: "A", version: "1" },
    paths: { "/a": { get: { responses: {} } } },
  };
  const server = createServer((_, response) => void response.end(JSON.stringify(document))).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/a.json`;
  for (const target of [document, url]) {
    await expect(startMockServer({ targets: [target], port: 0, watch: true })).rejects.toThrow(
      'Option "watch" has nothing to watch: no target is a local file.',
    );
  }
});
