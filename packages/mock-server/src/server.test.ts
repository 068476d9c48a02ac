import { once } from "node:events";
import { Agent, createServer, request as send } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { listApis, loadDocument } from "@artifetch/document/load";
import { expect, onTestFinished, test } from "vitest";
import { OptionError } from "./errors.ts";
import { listAddresses } from "./hosts.ts";
import type { MockServerOptions } from "./options.ts";
import { type MockServer, startMockServer } from "./server.ts";

const service = toPath("service.yaml");
const shop = toPath("shop.yaml");
const second = toPath("second.yaml");

function toPath(name: string): string {
  return fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
}

async function start(options: MockServerOptions): Promise<MockServer> {
  const mock = await startMockServer({ port: 0, ...options });
  onTestFinished(() => mock.close());
  return mock;
}

test("serves a single target at the root", async () => {
  const mock = await start({ targets: [service] });
  expect(mock.url).toBe(`http://127.0.0.1:${mock.port}`);
  expect(mock.apis).toEqual([
    {
      name: "service",
      url: mock.url,
      title: "Depot",
      operations: expect.any(Number),
      hosts: ["service.localhost", "depot.example", "eu.depot.example"],
      curl: `curl "${mock.url}/runs/1"`,
    },
  ]);
  expect((await fetch(`${mock.url}/runs/42`)).status).toBe(200);
});

test("serves several targets each under its name", async () => {
  const mock = await start({ targets: [service, second] });
  expect(mock.apis.map(({ url }) => url)).toEqual([`${mock.url}/service`, `${mock.url}/second`]);
  expect(await (await fetch(`${mock.url}/service/runs/42?x=1`)).json()).toEqual({ id: 42, state: "done" });
  expect(await (await fetch(`${mock.url}/second/things`)).json()).toEqual({ things: [] });
  const unknown = await fetch(`${mock.url}/runs/42`);
  expect([unknown.status, await unknown.text()]).toEqual([404, expect.stringContaining("APIs: /service, /second.")]);
});

test("serves every bundled API when no target is given", async () => {
  const mock = await start({});
  expect(mock.apis.map(({ name, url }) => [name, url])).toEqual(
    listApis().map((name) => [name, `${mock.url}/${name}`]),
  );
  for (const { url, operations } of mock.apis) {
    const document = await (await fetch(`${url}/openapi.json`)).text();
    expect(JSON.parse(document).openapi).toMatch(/^3\./);
    expect(operations).toBeGreaterThan(0);
  }
});

test("serves an API by its name", async () => {
  const mock = await start({ targets: listApis().slice(0, 1) });
  expect(mock.apis).toMatchObject([{ name: listApis()[0], url: mock.url }]);
});

test("serves the document, unless the document has that path itself", async () => {
  const mock = await start({ targets: [service, second] });
  const answer = await fetch(`${mock.url}/service/openapi.json`);
  expect([answer.headers.get("content-type"), await answer.json()]).toMatchObject([
    "application/json",
    { info: { title: "Depot" } },
  ]);
  expect(await (await fetch(`${mock.url}/second/openapi.json`)).json()).toEqual({ own: true });
  const single = await start({ targets: [service] });
  expect(await (await fetch(`${single.url}/openapi.json`)).json()).toMatchObject({ info: { title: "Depot" } });
  expect((await fetch(`${single.url}/openapi.json`, { method: "POST" })).status).toBe(405);
});

test("leaves a document that is given as an object as it is", async () => {
  const schema = { $ref: "#/components/schemas/A" };
  const document = {
    openapi: "3.1.0",
    info: { title: "Mine", version: "1" },
    paths: { "/": { get: { responses: { 200: { description: "OK", content: { "application/json": { schema } } } } } } },
    components: { schemas: { A: { type: "object" } } },
  };
  const before = structuredClone(document);
  const mock = await start({ targets: [document] });
  expect((await fetch(mock.url)).status).toBe(200);
  expect(document).toEqual(before);
});

test("tells its health: which APIs, how many operations", async () => {
  const mock = await start({ targets: [service, second] });
  const answer = await fetch(`${mock.url}/__artifetch/health`);
  expect([answer.status, await answer.json()]).toEqual([
    200,
    {
      status: "ok",
      apis: [
        {
          name: "service",
          basePath: "/service",
          title: "Depot",
          operations: expect.any(Number),
          hosts: expect.any(Array),
        },
        { name: "second", basePath: "/second", title: "Second <Service>", operations: 2, hosts: ["second.localhost"] },
      ],
    },
  ]);
  expect((await fetch(`${mock.url}/__artifetch/health`, { method: "POST" })).headers.get("allow")).toBe("GET, HEAD");
});

test("lists the APIs at the root where there is no site, escaped", async () => {
  const mock = await start({ targets: [service, second] });
  const answer = await fetch(mock.url);
  const page = await answer.text();
  expect(answer.headers.get("content-type")).toBe("text/html; charset=utf-8");
  expect(page).toContain('href="/second/openapi.json"');
  expect(page).toContain("Second &lt;Service&gt;");
});

test("serves a site at the root, and the APIs before it", async () => {
  const mock = await start({ targets: [service, second], docs: toPath("site") });
  expect(await (await fetch(mock.url)).text()).toBe("<h1>Site</h1>\n");
  expect((await fetch(`${mock.url}/service/runs/42`)).status).toBe(200);
  expect((await fetch(`${mock.url}/missing.html`)).status).toBe(404);
  expect((await fetch(mock.url, { method: "POST" })).status).toBe(405);
  const head = await fetch(mock.url, { method: "HEAD" });
  expect([head.status, head.headers.get("content-length"), await head.text()]).toEqual([200, "14", ""]);
});

test("has nothing at the root with docs: false", async () => {
  const mock = await start({ targets: [service, second], docs: false });
  expect((await fetch(mock.url)).status).toBe(404);
});

test("sends CORS headers and answers preflight requests, unless told not to", async () => {
  const headers = { origin: "https://a.example", "access-control-request-method": "GET" };
  const open = await start({ targets: [service] });
  const preflight = await fetch(`${open.url}/runs/42`, { method: "OPTIONS", headers });
  expect([preflight.status, preflight.headers.get("access-control-allow-origin")]).toEqual([204, "https://a.example"]);
  expect((await fetch(`${open.url}/nowhere`)).headers.get("access-control-allow-origin")).toBe("*");
  const plain = await fetch(`${open.url}/runs/42`, { method: "OPTIONS", headers: { origin: "https://a.example" } });
  expect(plain.status).toBe(405);
  const closed = await start({ targets: [service], cors: false });
  expect((await fetch(`${closed.url}/runs/42`, { method: "OPTIONS", headers })).status).toBe(405);
  expect((await fetch(`${closed.url}/runs/42`)).headers.get("access-control-allow-origin")).toBe(null);
});

test("answers with errors: true where an answer breaks its schema, and only there", async () => {
  const mock = await start({ targets: [service], errors: true });
  const broken = await fetch(`${mock.url}/answers/wrong`);
  expect([broken.status, broken.headers.get("sl-violations")]).toEqual([500, expect.stringContaining("'q'")]);
  expect(await broken.json()).toMatchObject({
    type: "https://stoplight.io/prism/errors#VIOLATIONS",
    validation: [{ location: ["response", "body"], code: "required" }],
  });
  expect((await fetch(`${mock.url}/runs/42`)).status).toBe(200);
});

test("makes bodies up with dynamic: true, the same ones for the same seed", async () => {
  const mock = await start({ targets: [service], dynamic: true, seed: "s" });
  const bodies = await Promise.all([1, 2].map(async () => (await fetch(`${mock.url}/answers/generated`)).text()));
  expect(bodies[0]).toBe(bodies[1]);
  expect(bodies[0]).not.toBe('{"id":1,"state":"queued"}');
  const asked = await fetch(`${mock.url}/answers/generated`, { headers: { prefer: "dynamic=false" } });
  expect(await asked.text()).toBe('{"id":1,"state":"queued"}');
});

test("logs a line per request: what was asked, what was wrong, no query, no credentials", async () => {
  const lines: string[] = [];
  const writeLine = (line: string) => lines.push(line);
  const mock = await start({ targets: [service], log: "pretty", writeLine });
  await fetch(`${mock.url}/secured/either?key=secret1`, { headers: { authorization: "Bearer secret2" } });
  await fetch(`${mock.url}/runs/abc`);
  await fetch(`${mock.url}/nowhere?key=secret3`, { headers: { cookie: "sid=secret4" } });
  expect(lines.map((line) => line.replace(/ [\d.]+ ms/, " T ms"))).toEqual([
    "GET /secured/either 200 T ms getEither",
    "GET /runs/abc 422 T ms getRun: path run_id must be integer",
    "GET /nowhere 404 T ms: The route /nowhere hasn't been found in the specification file",
  ]);
});

test("logs JSON objects with log: json", async () => {
  const lines: string[] = [];
  const mock = await start({ targets: [service, second], log: "json", writeLine: (line) => lines.push(line) });
  await fetch(`${mock.url}/second/things`);
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    {
      event: "request",
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      method: "GET",
      path: "/second/things",
      status: 200,
      durationMs: expect.any(Number),
      api: "second",
      operationId: "get /things",
      problems: [],
    },
  ]);
});

test("logs nothing unless asked", async () => {
  const lines: string[] = [];
  const mock = await start({ targets: [service], writeLine: (line) => lines.push(line) });
  await fetch(`${mock.url}/runs/42`);
  expect(lines).toEqual([]);
});

test("close answers open requests, closes idle connections and refuses new ones", async () => {
  const mock = await startMockServer({ targets: [service], port: 0 });
  const agent = new Agent({ keepAlive: true });
  onTestFinished(() => agent.destroy());
  const idle = send(`${mock.url}/runs/42`, { agent });
  idle.end();
  const [first] = await once(idle, "response");
  await text(first);

  const headers = { "content-type": "application/json", "transfer-encoding": "chunked" };
  const open = send(`${mock.url}/runs`, { method: "POST", agent, headers });
  open.write('{"name":');
  // Only when the server answers another request has it read this one's head.
  await fetch(`${mock.url}/runs/42`);
  const closed = mock.close();
  open.end('"a"}');
  const [response] = await once(open, "response");
  expect([response.statusCode, await text(response)]).toEqual([201, '{"id":42,"state":"queued"}']);
  // Otherwise the client's idle connection would hold the server for its keep-alive time.
  expect(response.headers.connection).toBe("close");
  await closed;
  await Promise.all([mock.close(), mock.close()]);
  await expect(fetch(mock.url)).rejects.toThrow("fetch failed");
});

test("a port in use is named, with what to do", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  onTestFinished(() => void other.close());
  const { port } = other.address() as AddressInfo;
  await expect(startMockServer({ targets: [service], port })).rejects.toMatchObject({
    name: "ListenError",
    message: `Cannot listen on 127.0.0.1:${port}: it is in use. Stop the other program, or choose another port; port 0 picks a free one.`,
  });
});

test("an address of another machine is named", async () => {
  await expect(startMockServer({ targets: [service], port: 0, host: "192.0.2.1" })).rejects.toMatchObject({
    name: "ListenError",
    message: expect.stringContaining("it is no address of this machine"),
  });
});

test("listens on an IPv6 address and writes it in brackets", async () => {
  const mock = await start({ targets: [service], host: "::1" });
  expect(mock.url).toBe(`http://[::1]:${mock.port}`);
  expect((await fetch(`${mock.url}/runs/42`)).status).toBe(200);
});

test("two targets of one name are refused, with both sources", async () => {
  await expect(startMockServer({ targets: [service, service], port: 0 })).rejects.toMatchObject({
    name: "MockServerError",
    message: expect.stringContaining(`Two documents have the name "service": ${service} and ${service}.`),
  });
});

test("a document without operations is refused", async () => {
  await expect(startMockServer({ targets: [toPath("no-operations.yaml")], port: 0 })).rejects.toMatchObject({
    name: "MockServerError",
    message: "Idle has no operation: there is nothing to mock.",
  });
});

test("a target that cannot be read is refused", async () => {
  await expect(startMockServer({ targets: ["no-such-api"], port: 0 })).rejects.toMatchObject({
    name: "DocumentError",
    message: expect.stringContaining("no-such-api"),
  });
});

test("a site together with a single target is refused", async () => {
  await expect(startMockServer({ targets: [service], docs: toPath("site"), port: 0 })).rejects.toMatchObject({
    name: "OptionError",
    option: "docs",
  });
});

const wrong: [MockServerOptions, string][] = [
  [{ port: 65536 }, 'Option "port" is 65536; it takes an integer from 0 to 65535.'],
  [{ port: 1.5 }, 'Option "port" is 1.5; it takes an integer from 0 to 65535.'],
  [{ host: "" }, 'Option "host" is ""; it takes a host name or address.'],
  [{ seed: "" }, 'Option "seed" is ""; it takes a string that is not empty.'],
  [
    { docs: "./no-such-folder" },
    'Option "docs" is "./no-such-folder"; it takes the path of an existing folder, or false.',
  ],
  [{ targets: [""] }, 'Option "targets" is an array; it takes an array of API names, paths, URLs or documents.'],
  // Values that the types exclude, from callers without types.
  [JSON.parse('{"dynamic":"yes"}'), 'Option "dynamic" is "yes"; it takes true or false.'],
  [
    { timeouts: { headersMs: 0 } },
    'Option "timeouts" is an object; it takes an object of headersMs, requestMs, keepAliveMs, idleMs, each in milliseconds from 1 to 86400000.',
  ],
  [JSON.parse('{"timeouts":{"connectMs":1}}'), 'Option "timeouts" is an object; it takes'],
  [JSON.parse('{"timeouts":null}'), 'Option "timeouts" is null; it takes'],
  [JSON.parse('{"log":"loud"}'), 'Option "log" is "loud"; it takes one of pretty, json, silent.'],
  [JSON.parse('{"cors":null}'), 'Option "cors" is null; it takes true or false.'],
];

for (const [options, message] of wrong) {
  test(`refuses ${JSON.stringify(options)}`, async () => {
    const started = startMockServer(options);
    await expect(started).rejects.toThrow(OptionError);
    await expect(started).rejects.toThrow(message);
  });
}

test("refuses an option that does not exist, and names those that do", async () => {
  await expect(startMockServer(JSON.parse('{"mood":true}'))).rejects.toThrow(
    'Option "mood" does not exist. Options: dynamic, seed, errors, fault, latency, stateful, journal, targets, port, host, cors, docs, timeouts, log, writeLine, watch, writeMessage.',
  );
});

test("takes a request line with a whole URL, as a proxy sends it", async () => {
  const mock = await start({ targets: [service] });
  const socket = connect(mock.port, "127.0.0.1");
  socket.end("GET http://any.example/runs/42 HTTP/1.1\r\nHost: any.example\r\nConnection: close\r\n\r\n");
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 200 /);
});

/** Asks with a `Host` of its own, which `fetch` does not send. */
async function ask(mock: MockServer, host: string, path: string): Promise<[status: number, body: string]> {
  const request = send(mock.url + path, { headers: { host } });
  request.end();
  const [response] = await once(request, "response");
  return [response.statusCode, await text(response)];
}

const run42: [number, string] = [200, '{"id":42,"state":"done"}'];

test("serves an API by its own host, with its document", async () => {
  const mock = await start({ targets: [service, second] });
  expect(await ask(mock, `service.localhost:${mock.port}`, "/runs/42")).toEqual(run42);
  expect(await ask(mock, "SERVICE.localhost", "/runs/42")).toEqual(run42);
  expect(await ask(mock, "service.localhost", "/openapi.json")).toEqual([200, expect.stringContaining('"Depot"')]);
  expect(await ask(mock, "second.localhost", "/openapi.json")).toEqual([200, '{"own":true}']);
  // The prefix is no path of the document.
  expect(await ask(mock, "service.localhost", "/service/runs/42")).toEqual([404, expect.any(String)]);
});

test("serves an API by the hosts of its servers, below their base paths", async () => {
  const mock = await start({ targets: [service, second] });
  expect(await ask(mock, "depot.example", "/base/runs/42")).toEqual(run42);
  expect(await ask(mock, `eu.depot.example:${mock.port}`, "/v9/runs/42?x=1")).toEqual(run42);
  expect(await ask(mock, "depot.example", "/base/openapi.json")).toEqual([200, expect.stringContaining('"Depot"')]);
  expect(await ask(mock, "depot.example", "/openapi.json")).toEqual([200, expect.stringContaining('"Depot"')]);
  // Below no base path: as on any other host.
  expect(await ask(mock, "depot.example", "/runs/42")).toEqual([404, expect.stringContaining("Nothing is served at")]);
  expect(await ask(mock, "depot.example", "/second/things")).toEqual([200, '{"things":[]}']);
});

test("serves by path on this machine's and on unknown hosts, and the health check on all", async () => {
  const mock = await start({ targets: [service, second] });
  for (const host of ["localhost", "127.0.0.1:4010", "[::1]", "unknown.example", "other.localhost"]) {
    expect([host, await ask(mock, host, "/service/runs/42")]).toEqual([host, run42]);
    expect([host, await ask(mock, host, "/runs/42")]).toEqual([host, [404, expect.any(String)]]);
  }
  for (const host of ["localhost", "service.localhost", "eu.depot.example", "unknown.example"])
    expect([host, await ask(mock, host, "/__artifetch/health")]).toEqual([
      host,
      [200, expect.stringContaining('"ok"')],
    ]);
});

test("serves a single target by host, too", async () => {
  const mock = await start({ targets: [service] });
  expect(await ask(mock, "depot.example", "/base/runs/42")).toEqual(run42);
  expect(await ask(mock, "depot.example", "/runs/42")).toEqual(run42);
  expect(await ask(mock, "unknown.example", "/base/runs/42")).toEqual([404, expect.any(String)]);
});

test("a whole URL on the request line names the API, whatever the Host header says", async () => {
  const mock = await start({ targets: [service, second] });
  const socket = connect(mock.port, "127.0.0.1");
  socket.end("GET http://depot.example/base/runs/42 HTTP/1.1\r\nHost: second.localhost\r\nConnection: close\r\n\r\n");
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 200 /);
});

test("every bundled API is found by every host that it has", async () => {
  const mock = await start({});
  for (const { name, hosts, curl } of mock.apis) {
    const path = new URL(/"(http[^"]*)"$/.exec(curl ?? "")?.[1] ?? "").pathname.slice(`/${name}`.length);
    const { document } = await loadDocument(name);
    for (const { host, base } of listAddresses(name, document)) {
      const [status, body] = await ask(mock, host, base + path);
      // The document's own answer: to a credential that is missing, or the thing itself.
      expect([name, host, status, body.includes("NO_PATH_MATCHED")]).toEqual([
        name,
        host,
        expect.toBeOneOf([200, 401]),
        false,
      ]);
      expect(hosts).toContain(host);
    }
  }
});

test("with memory, says what is not remembered, and forgets a session on request", async () => {
  const mock = await start({ targets: [shop, second], stateful: true });
  expect(mock.apis.map(({ notes }) => notes)).toEqual([
    [
      "No link ties these to a resource; they answer from their examples: getWeather.",
      "What these change is not said; they answer from their examples: takeFlagAway.",
    ],
    [expect.stringContaining("The document has no links")],
  ]);
  const place = (session: string) => {
    const headers = { "content-type": "application/json", "x-artifetch-session": session };
    return fetch(`${mock.url}/shop/orders`, { method: "POST", headers, body: '{"customer":"cleo"}' });
  };
  const count = async (session: string) => {
    const response = await fetch(`${mock.url}/shop/orders`, { headers: { "x-artifetch-session": session } });
    return ((await response.json()) as { count: number }).count;
  };
  await Promise.all([place("a"), place("b")]);
  const state = `${mock.url}/__artifetch/state`;
  const forgotten = await fetch(state, { method: "DELETE", headers: { "x-artifetch-session": "a" } });
  expect([forgotten.status, await count("a"), await count("b")]).toEqual([204, 2, 3]);
  const wrong = await fetch(state);
  expect([wrong.status, wrong.headers.get("allow")]).toEqual([405, "DELETE"]);
});

test("without memory, nothing is said of it", async () => {
  const mock = await start({ targets: [shop] });
  expect(mock.apis[0]).not.toHaveProperty("notes");
});

for (const stateful of [{ afterPolls: 0 }, { afterPolls: 1.5 }, { afterMs: 0 }, { now: 5 }, { every: 1 }, [], "yes"]) {
  test(`refuses ${JSON.stringify(stateful)} as the pace of a memory`, async () => {
    const options: MockServerOptions = JSON.parse(JSON.stringify({ stateful }));
    await expect(startMockServer(options)).rejects.toThrow(
      /Option "stateful" is .*; it takes true, false or an object of/,
    );
  });
}
