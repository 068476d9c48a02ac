import * as http from "node:http";
import { type AddressInfo, createServer, connect as openSocket, type Socket } from "node:net";
import { gzipSync } from "node:zlib";
import { expect, onTestFinished, test } from "vitest";
import { document } from "../fixtures/traffic.ts";
import type { Finding, RunEvent } from "./model.ts";
import { type ContractProxyOptions, startContractProxy } from "./proxy.ts";

/** Starts a proxy before `upstream`; what it says is in `events`. */
async function startProxy(upstream: string, options: Partial<ContractProxyOptions> = {}) {
  const events: RunEvent[] = [];
  const proxy = await startContractProxy(document, { upstream, onEvent: (event) => events.push(event), ...options });
  onTestFinished(async () => void (await proxy.close()));
  const findings = () =>
    events.flatMap((event): Finding[] => (event.type === "exchange" ? [...event.verdict.findings] : []));
  const exchanges = () => events.filter((event) => event.type === "exchange");
  const skipped = () => events.filter((event) => event.type === "skipped");
  return { ...proxy, port: Number(new URL(proxy.url).port), events, findings, exchanges, skipped };
}

async function listen(server: http.Server | ReturnType<typeof createServer>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    if ("closeAllConnections" in server) server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

async function startService(handler: http.RequestListener): Promise<string> {
  return `http://127.0.0.1:${await listen(http.createServer(handler))}`;
}

/** A service of bare bytes: answers `answer` as soon as what it received holds `until`. */
async function startRawService(answer: string, until = "\r\n\r\n") {
  const received: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    const index = received.push("") - 1;
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      const before = received[index] ?? "";
      received[index] = before + chunk.toString("latin1");
      if (!before.includes(until) && received[index]?.includes(until)) socket.write(Buffer.from(answer, "latin1"));
    });
  });
  const port = await listen(server);
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
  });
  return { url: `http://127.0.0.1:${port}`, host: `127.0.0.1:${port}`, received, sockets };
}

/** A client of bare bytes; `text` is what came back so far. */
function openClient(port: number, bytes: string) {
  const socket = openSocket(port, "127.0.0.1");
  const client = { socket, text: "", isClosed: false };
  socket.setEncoding("latin1");
  socket.on("data", (chunk) => {
    client.text += chunk;
  });
  socket.on("error", () => {});
  socket.on("close", () => {
    client.isClosed = true;
  });
  socket.write(Buffer.from(bytes, "latin1"));
  onTestFinished(() => void socket.destroy());
  return client;
}

test("headers reach the service in the order and spelling in which they came, only Host and those of the hop differ", async () => {
  const service = await startRawService("HTTP/1.1 204 Fine\r\nX-B: 1\r\nx-a: 2\r\nX-B: 3\r\n\r\n");
  const { port, exchanges } = await startProxy(`${service.url}/base/`);
  const client = openClient(
    port,
    "DELETE /runs/%37?q=%2f&a=b HTTP/1.1\r\nx-ZULU: 1\r\nHost: me\r\nX-List: a\r\nConnection: keep-alive, X-Hop\r\nX-Hop: 1\r\n" +
      "Keep-Alive: timeout=9\r\nTE: gzip\r\nX-list: b\r\nUser-Agent: \xfcser\r\n\r\n",
  );
  await expect.poll(() => client.text).toContain("\r\n\r\n");
  expect(service.received).toEqual([
    `DELETE /base/runs/%37?q=%2f&a=b HTTP/1.1\r\nx-ZULU: 1\r\nHost: ${service.host}\r\nX-List: a\r\nX-list: b\r\n` +
      "User-Agent: \xfcser\r\nConnection: close\r\n\r\n",
  ]);
  expect(client.text).toMatch(/^HTTP\/1\.1 204 Fine\r\nX-B: 1\r\nx-a: 2\r\nX-B: 3\r\nConnection: keep-alive\r\n/);
  expect(client.text).not.toMatch(/date:|transfer-encoding|content-length/i);
  await expect
    .poll(exchanges)
    .toMatchObject([{ case: { operationId: "deleteRun" }, exchange: { response: { status: 204 } } }]);
});

test("a chunked body and its trailers pass in both directions", async () => {
  const answer =
    "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 3\r\n\r\n";
  const service = await startRawService(answer, "X-In: 1\r\n\r\n");
  const { port } = await startProxy(service.url);
  const client = openClient(
    port,
    "PUT /bytes HTTP/1.1\r\nHost: me\r\nTE: trailers\r\nTrailer: X-In\r\nContent-Type: application/octet-stream\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nwxyz\r\n0\r\nX-In: 1\r\n\r\n",
  );
  await expect.poll(() => client.text).toMatch(/3\r\nabc\r\n0\r\nX-Sum: 3\r\n\r\n$/);
  expect(service.received[0]).toContain("TE: trailers\r\nConnection: TE\r\n");
  expect(service.received[0]).toMatch(/\r\n4\r\nwxyz\r\n0\r\nX-In: 1\r\n\r\n$/);
});

test("a request without a body stays one", async () => {
  const service = await startRawService("HTTP/1.1 204 No Content\r\n\r\n");
  const { port } = await startProxy(service.url);
  const client = openClient(port, "POST /runs HTTP/1.1\r\nHost: me\r\n\r\n");
  await expect.poll(() => client.text).toContain("204");
  expect(service.received[0]).toMatch(/Content-Length: 0\r\nConnection: close\r\n\r\n$/);
  expect(service.received[0]).not.toMatch(/transfer-encoding/i);
});

test("a client of HTTP/1.0 gets no chunks", async () => {
  const service = await startRawService("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
  const { port } = await startProxy(service.url);
  const client = openClient(port, "GET /bytes HTTP/1.0\r\n\r\n");
  await expect.poll(() => client.isClosed).toBe(true);
  expect(client.text).toMatch(/\r\n\r\nabc$/);
  expect(client.text).not.toMatch(/transfer-encoding/i);
});

test("HEAD and 304 keep the length that they tell of", async () => {
  const url = await startService((request, response) => {
    response.writeHead(request.method === "HEAD" ? 200 : 304, { "Content-Length": 7, ETag: '"a"' }).end();
  });
  const { port } = await startProxy(url);
  for (const method of ["HEAD", "GET"]) {
    const client = openClient(port, `${method} /bytes HTTP/1.1\r\nHost: me\r\nConnection: close\r\n\r\n`);
    await expect.poll(() => client.isClosed).toBe(true);
    expect(client.text).toMatch(/Content-Length: 7\r\nETag: "a"\r\n/);
    expect(client.text).toMatch(/\r\n\r\n$/);
  }
});

test("who expects 100-continue is told by the service, or refused by it without having sent anything", async () => {
  const server = http.createServer((request, response) => {
    request.resume().on("end", () => response.writeHead(204).end());
  });
  server.on("checkContinue", (request, response) => {
    if (request.headers["x-refuse"]) return response.writeHead(417, { "Content-Length": 0 }).end();
    response.writeContinue();
    server.emit("request", request, response);
  });
  const { port } = await startProxy(`http://127.0.0.1:${await listen(server)}`);
  const head =
    "PUT /bytes HTTP/1.1\r\nHost: me\r\nContent-Type: application/octet-stream\r\nExpect: 100-continue\r\nContent-Length: 3\r\n";
  const client = openClient(port, `${head}\r\n`);
  await expect.poll(() => client.text).toBe("HTTP/1.1 100 Continue\r\n\r\n");
  client.socket.write("abc");
  await expect.poll(() => client.text).toMatch(/HTTP\/1\.1 204 /);
  const refused = openClient(port, `${head}X-Refuse: 1\r\n\r\n`);
  await expect.poll(() => refused.text).toMatch(/^HTTP\/1\.1 417 /);
});

test("early hints are passed on before the answer", async () => {
  const url = await startService((_, response) => {
    response.writeEarlyHints({ link: "</a.css>; rel=preload" }, () => response.writeHead(204).end());
  });
  const { port } = await startProxy(url);
  const client = openClient(port, "GET /bytes HTTP/1.1\r\nHost: me\r\n\r\n");
  await expect.poll(() => client.text).toMatch(/^HTTP\/1\.1 103 Early Hints\r\nlink: .*\r\n\r\nHTTP\/1\.1 204 /is);
});

test("a compressed body stays compressed on the wire and is judged decoded", async () => {
  const body = gzipSync(JSON.stringify({ id: "not a number" }));
  const url = await startService((_, response) => {
    response.writeHead(200, {
      "Content-Type": "application/json",
      "Content-Encoding": "gzip",
      "X-Cost": 1,
      "Content-Length": body.length,
    });
    response.end(body);
  });
  const { port, findings } = await startProxy(url);
  const client = openClient(port, "GET /runs/7 HTTP/1.1\r\nHost: me\r\nX-Key: k\r\nAccept-Encoding: gzip\r\n\r\n");
  await expect.poll(() => client.text).toContain(body.toString("latin1"));
  await expect.poll(findings).toMatchObject([
    {
      check: "response_schema_conformance",
      place: { in: "body", pointer: "/id" },
      documentPointer: "#/components/schemas/Run/properties/id/type",
    },
  ]);
});

test("what is not in its encoding is a finding, and passes as it is", async () => {
  const url = await startService((_, response) => {
    response
      .writeHead(200, { "Content-Type": "application/json", "Content-Encoding": "gzip", "X-Cost": 1 })
      .end('{"id":1}');
  });
  const { port, findings } = await startProxy(url);
  const client = openClient(port, "GET /runs/7 HTTP/1.1\r\nHost: me\r\nX-Key: k\r\n\r\n");
  await expect.poll(() => client.text).toContain('{"id":1}');
  await expect
    .poll(findings)
    .toMatchObject([{ message: "the body cannot be read: it is not in its Content-Encoding, gzip" }]);
});

test("a stream reaches the application piece by piece while it is still being written", async () => {
  let response: http.ServerResponse | undefined;
  const url = await startService((_, answer) => {
    response = answer.writeHead(200, { "Content-Type": "application/octet-stream" });
    answer.write("first");
  });
  const { port, exchanges } = await startProxy(url);
  const client = openClient(port, "GET /bytes HTTP/1.1\r\nHost: me\r\n\r\n");
  await expect.poll(() => client.text).toContain("first");
  expect(exchanges()).toEqual([]);
  response?.end("second");
  await expect.poll(() => client.text).toContain("second");
  await expect.poll(exchanges).toHaveLength(1);
});

test("an application that does not read holds the service back", async () => {
  const size = 200 * 2 ** 20;
  let written = 0;
  const url = await startService((_, response) => {
    response.writeHead(200, { "Content-Type": "application/octet-stream" });
    const chunk = Buffer.alloc(2 ** 16);
    const write = () => {
      while (written < size) {
        written += chunk.length;
        if (!response.write(chunk)) return response.once("drain", write);
      }
      return response.end();
    };
    write();
  });
  const { port } = await startProxy(url);
  const client = openClient(port, "GET /bytes HTTP/1.1\r\nHost: me\r\n\r\n");
  client.socket.pause();
  // Until two looks in a row see the same: it has come to a stop.
  let last = -1;
  await expect
    .poll(() => {
      const isStill = written > 0 && written === last;
      last = written;
      return isStill;
    })
    .toBe(true);
  expect(written).toBeLessThan(size / 2);
});

test("a body that is longer than the limit passes whole, and only its status and headers are judged", async () => {
  const long = JSON.stringify({ id: "x".repeat(5000) });
  const url = await startService((_, response) =>
    response.writeHead(200, { "Content-Type": "application/json" }).end(long),
  );
  const proxy = await startProxy(url, { bodyLimitBytes: 1000 });
  const answer = await fetch(`${proxy.url}/runs/7`, { headers: { "X-Key": "k" } });
  expect(await answer.text()).toBe(long);
  await expect.poll(proxy.exchanges).toMatchObject([{ exchange: { response: { bodyIsPartial: true } } }]);
  expect(proxy.findings().map(({ message }) => message)).toEqual(["header X-Cost is missing"]);
});

test("an application that leaves ends the request to the service", async () => {
  let isLeft: boolean | undefined;
  const url = await startService((_, response) => {
    isLeft = false;
    response.on("close", () => {
      isLeft = true;
    });
  });
  const { port, skipped } = await startProxy(url);
  const client = openClient(port, "GET /bytes HTTP/1.1\r\nHost: me\r\n\r\n");
  await expect.poll(() => isLeft).toBe(false);
  client.socket.destroy();
  await expect.poll(() => isLeft).toBe(true);
  await expect
    .poll(skipped)
    .toMatchObject([{ operationId: "getBytes", reason: expect.stringContaining("application ended") }]);
});

test("an application that leaves in the middle of an answer is no fault of the answer", async () => {
  let isLeft = false;
  const url = await startService((_, response) => {
    response.on("close", () => {
      isLeft = true;
    });
    response.writeHead(200, { "Content-Type": "application/json", "X-Cost": 1 }).write('{"id":');
  });
  const { port, exchanges, findings } = await startProxy(url);
  const client = openClient(port, "GET /runs/7 HTTP/1.1\r\nHost: me\r\nX-Key: k\r\n\r\n");
  await expect.poll(() => client.text).toContain('{"id":');
  client.socket.destroy();
  await expect.poll(() => isLeft).toBe(true);
  await expect.poll(exchanges).toHaveLength(1);
  expect(findings()).toEqual([]);
});

test("a service that breaks off breaks off for the application, and that is a finding", async () => {
  const service = await startRawService(
    'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Cost: 1\r\nContent-Length: 99\r\n\r\n{"id":',
  );
  const { port, findings } = await startProxy(service.url);
  const client = openClient(port, "GET /runs/7 HTTP/1.1\r\nHost: me\r\nX-Key: k\r\n\r\n");
  await expect.poll(() => client.text).toContain('{"id":');
  for (const socket of service.sockets) socket.destroy();
  await expect.poll(() => client.isClosed).toBe(true);
  await expect.poll(findings).toMatchObject([{ message: "the body cannot be read: the connection was lost" }]);
});

test("a service that cannot be reached is a 502 in the proxy's name, and the run goes on", async () => {
  const service = await startService(() => {});
  const closed = http.createServer();
  const port = await listen(closed);
  await new Promise((resolve) => closed.close(resolve));
  expect(service).not.toContain(String(port));
  const proxy = await startProxy(`http://127.0.0.1:${port}`);
  for (const count of [1, 2]) {
    const answer = await fetch(`${proxy.url}/runs/7`);
    expect([answer.status, answer.headers.get("content-type")]).toEqual([502, "application/problem+json"]);
    expect(await answer.json()).toMatchObject({
      type: "urn:artifetch:contract-proxy",
      detail: expect.stringMatching(`^No answer came from http://127.0.0.1:${port}: .*ECONNREFUSED`),
    });
    expect(proxy.skipped()).toHaveLength(count);
  }
  expect(proxy.exchanges()).toEqual([]);
});

test("a connection that the service has closed in the meantime is opened anew", async () => {
  const answers = ["HTTP/1.1 204 No Content\r\n\r\n"];
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    let count = 0;
    socket.on("error", () => {});
    socket.on("data", () => {
      count += 1;
      // Closes as the second request arrives, as services do whose time for idle connections is up.
      if (count === 2) socket.resetAndDestroy();
      else socket.write(answers[0] ?? "");
    });
  });
  const proxy = await startProxy(`http://127.0.0.1:${await listen(server)}`);
  for (const connection of [1, 2]) {
    expect((await fetch(`${proxy.url}/bytes`)).status).toBe(204);
    expect(connections).toBe(connection);
  }
});

test("upgrades to a WebSocket are refused by name, other offers are left unanswered", async () => {
  const url = await startService((request, response) => response.writeHead(request.headers.upgrade ? 500 : 204).end());
  const { port } = await startProxy(url);
  const ask = (protocol: string) =>
    openClient(port, `GET /bytes HTTP/1.1\r\nHost: me\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n\r\n`);
  const webSocket = ask("websocket");
  await expect.poll(() => webSocket.text).toMatch(/^HTTP\/1\.1 501 .*WebSocket connections are not passed on/s);
  const http2 = ask("h2c");
  await expect.poll(() => http2.text).toMatch(/^HTTP\/1\.1 204 /);
});

test("a request in absolute form is passed on for the service only", async () => {
  const url = await startService((request, response) => response.writeHead(204, { "X-Path": request.url }).end());
  const { port } = await startProxy(`${url}/v1`);
  const own = openClient(port, `GET ${url}/bytes?a=1 HTTP/1.1\r\nHost: ${new URL(url).host}\r\n\r\n`);
  await expect.poll(() => own.text).toMatch(/X-Path: \/v1\/bytes\?a=1\r\n/);
  const other = openClient(port, "GET http://other.example/ HTTP/1.1\r\nHost: me\r\n\r\n");
  await expect.poll(() => other.text).toMatch(/^HTTP\/1\.1 421 /);
  const tunnel = openClient(port, "CONNECT other.example:443 HTTP/1.1\r\nHost: me\r\n\r\n");
  await expect.poll(() => tunnel.text).toMatch(/^HTTP\/1\.1 501 /);
});

test("close ends what is open, judges it and gives the report", async () => {
  const url = await startService((request, response) => {
    if (request.url === "/runs/8") return;
    response.writeHead(200, { "Content-Type": "application/json", "X-Cost": 1 }).write('{"id":1}');
  });
  const proxy = await startProxy(url);
  const open = openClient(proxy.port, "GET /runs/7 HTTP/1.1\r\nHost: me\r\nX-Key: k\r\n\r\n");
  const waiting = openClient(proxy.port, "GET /runs/8 HTTP/1.1\r\nHost: me\r\nX-Key: k\r\n\r\n");
  await expect.poll(() => open.text).toContain('{"id":1}');
  const report = await proxy.close("stopped");
  await expect.poll(() => [open.isClosed, waiting.isClosed]).toEqual([true, true]);
  expect(report).toMatchObject({
    baseUrl: url,
    requests: 1,
    findings: [],
    interrupted: "stopped",
    skipped: [
      { operationId: "getRun", reason: "a body is not recorded completely, so it was not checked" },
      { operationId: "getRun", reason: "the application ended the request before its answer came" },
    ],
    coverage: { operations: { seen: ["getRun"] }, statuses: { seen: ["getRun 200"] } },
  });
  expect(await proxy.close()).toBe(report);
  await expect(fetch(proxy.url)).rejects.toThrow(TypeError);
});

test("how a request is refused that breaks the document is no second finding", async () => {
  const url = await startService((_, response) => response.writeHead(418).end());
  const proxy = await startProxy(url);
  const headers = { "X-Key": "k" };
  for (const [path, init] of [
    ["x", { headers }],
    ["7", {}],
    ["7", { headers }],
  ] as const)
    await fetch(`${proxy.url}/runs/${path}`, init);
  const { findings } = await proxy.close();
  expect(findings.map(({ check, case: sent }) => [check, sent?.title])).toEqual([
    ["request_conformance", "request 1"],
    ["status_code_conformance", "request 3"],
  ]);
});

test("no credential gets into what is told", async () => {
  const url = await startService((request, response) => {
    response.writeHead(500, { "Content-Type": "application/json", "Set-Cookie": "sid=cookie-secret-2; Path=/" });
    response.end(JSON.stringify({ you_sent: request.rawHeaders, at: request.url, access_token: "body-secret-4" }));
  });
  const proxy = await startProxy(url);
  await fetch(`${proxy.url}/runs/7?api_key=query-secret-3`, {
    method: "DELETE",
    headers: {
      "X-Key": "header-secret-0",
      Authorization: "Bearer bearer-secret-1",
      "X-Session-Token": "session-secret-5",
      Cookie: "a=cookie-secret-6; b=c",
    },
  });
  await fetch(`${proxy.url}/header-secret-0/a`, { headers: { "X-Key": "header-secret-0" } });
  const report = await proxy.close();
  expect(report.findings.map(({ check, operationId }) => [check, operationId])).toEqual([
    ["request_conformance", "deleteRun"],
    ["not_a_server_error", "deleteRun"],
    ["request_conformance", "GET /(hidden)/a"],
  ]);
  const told = JSON.stringify([proxy.events, report], (_, value) =>
    value?.type === "Buffer" ? Buffer.from(value.data).toString() : value,
  );
  expect(told).not.toMatch(/secret-\d/);
  expect(report.findings[1]?.curl).toContain('-H "x-key: $RUNS_KEY"');
  expect(report.findings[1]?.curl).toContain('-H "x-session-token: $X_SESSION_TOKEN"');
});

test.each(["localhost:80", "ftp://a.example", "http://a.example/?q=1", ""])(
  "refuses %j as an upstream",
  async (upstream) => {
    await expect(startContractProxy(document, { upstream })).rejects.toThrow(
      `The upstream is "${upstream}": it has to be`,
    );
  },
);
