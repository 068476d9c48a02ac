import { expect, test } from "vitest";
import type { ClientOptions } from "./api.ts";
import { createApi, type UntypedApi } from "./api.ts";
import type { ApiDefinition } from "./definition.ts";
import { DecodeError } from "./errors/decode-error.ts";
import { NetworkError } from "./errors/network-error.ts";
import { OptionError } from "./errors/option-error.ts";

const definition: ApiDefinition = {
  servers: [
    ["https://{region}.example.com/base", { region: ["eu", ["eu", "us"], "TEST_REGION"] }],
    ["https://{region}.example.org", { region: ["eu", [], "TEST_REGION"] }],
  ],
  schemes: {
    key: ["header", "X-Key", "TEST_KEY"],
    secret: ["header", "X-Secret"],
    token: ["Bearer", "Authorization"],
  },
  security: [["key", "secret"], ["token"]],
  operations: {
    getRun: ["GET", "/runs/{run_id}", "200j 404j 5XXt"],
    listRuns: ["GET", "/runs", "200j"],
    createRun: ["POST", "/runs", "201j 422j"],
    deleteRun: ["DELETE", "/runs/{run_id}", "204 404j"],
    getLog: ["GET", "/runs/{run_id}/log", "200t"],
    getFile: ["GET", "/runs/{run_id}/file", "200b 404j"],
    putFile: ["PUT", "/runs/{run_id}/file", "204", { body: "application/octet-stream" }],
    getHealth: ["GET", "/health", "200j", { security: [] }],
  },
};

interface Recorder {
  api: UntypedApi;
  requests: Request[];
}

/** A client whose `fetch` keeps the requests and answers each with what `answer` makes. */
function record(answer: () => Response, options: ClientOptions = {}): Recorder {
  const requests: Request[] = [];
  const api = createApi(definition, {
    auth: { token: "t" },
    retry: false,
    fetch: async (request) => {
      requests.push(request);
      return answer();
    },
    ...options,
  });
  return { api, requests };
}

const json =
  (body: unknown, status = 200) =>
  () =>
    Response.json(body, { status });

function call(api: UntypedApi, id: string, request?: object) {
  const operation = api[id];
  if (!operation) throw new Error(`no operation ${id}`);
  return operation(request as never);
}

test("builds the URL from base, path and query", async () => {
  const { api, requests } = record(json({}), { baseUrl: "http://127.0.0.1:9/prefix/" });
  const query = { "filter[x]": 1, tags: ["a", "b&c"], where: { size: { gte: 2 }, names: ["d"] }, none: undefined };
  await call(api, "getRun", { path: { run_id: "a/b,c ü" }, query });
  expect(requests[0]?.url).toBe(
    "http://127.0.0.1:9/prefix/runs/a%2Fb%2Cc%20%C3%BC" +
      "?filter%5Bx%5D=1&tags=a&tags=b%26c&where%5Bsize%5D%5Bgte%5D=2&where%5Bnames%5D=d",
  );
});

test("writes large integers as they are given", async () => {
  const { api, requests } = record(json({}));
  await call(api, "getRun", { path: { run_id: 2n ** 63n - 1n }, query: { after: 2n ** 63n - 1n } });
  expect(requests[0]?.url).toMatch(/\/9223372036854775807\?after=9223372036854775807$/);
});

test.each(["", ".", "..", null, undefined])(
  "refuses %j as a path parameter before anything is sent",
  async (run_id) => {
    const { api, requests } = record(json({}));
    await expect(call(api, "getRun", { path: { run_id } })).rejects.toThrow(
      /Path parameter "run_id" is .*one path segment/,
    );
    expect(requests).toEqual([]);
  },
);

test("sends a JSON body with its content type", async () => {
  const { api, requests } = record(json({}, 201));
  await call(api, "createRun", { body: { name: "x" } });
  expect(requests[0]?.headers.get("content-type")).toBe("application/json");
  expect(await requests[0]?.json()).toEqual({ name: "x" });
});

test("sends bytes as they are with the documented content type", async () => {
  const { api, requests } = record(() => new Response(null, { status: 204 }));
  await call(api, "putFile", { path: { run_id: 1 }, body: new Uint8Array([0, 255, 7]) });
  expect(requests[0]?.headers.get("content-type")).toBe("application/octet-stream");
  expect([...new Uint8Array((await requests[0]?.arrayBuffer()) ?? [])]).toEqual([0, 255, 7]);
});

test("gives data and status of a success", async () => {
  const { api } = record(json({ id: 1 }));
  const result = await call(api, "getRun", { path: { run_id: 1 } });
  expect(result).toMatchObject({ ok: true, status: 200, data: { id: 1 }, operationId: "getRun" });
  expect(result.error).toBeUndefined();
});

test("gives error and status of a documented failure", async () => {
  const { api } = record(json({ detail: "gone" }, 404));
  const result = await call(api, "getRun", { path: { run_id: 1 } });
  expect(result).toMatchObject({ ok: false, status: 404, error: { detail: "gone" } });
});

test("takes the range for a status that has no key of its own", async () => {
  const { api } = record(() => new Response("{}", { status: 503, headers: { "content-type": "application/json" } }));
  expect(await call(api, "getRun", { path: { run_id: 1 } })).toMatchObject({ ok: false, status: 503, error: "{}" });
});

test("gives an undocumented failure as text, or parsed where it is JSON", async () => {
  const html = record(
    () => new Response("<h1>Bad Gateway</h1>", { status: 502, headers: { "content-type": "text/html" } }),
  );
  expect(await call(html.api, "listRuns")).toMatchObject({ ok: false, status: 502, error: "<h1>Bad Gateway</h1>" });
  const problem = record(
    () => new Response('{"title":"x"}', { status: 403, headers: { "content-type": "application/problem+json" } }),
  );
  expect(await call(problem.api, "listRuns")).toMatchObject({ status: 403, error: { title: "x" } });
  const broken = record(() => new Response('{"tit', { status: 403, headers: { "content-type": "application/json" } }));
  expect(await call(broken.api, "listRuns")).toMatchObject({ status: 403, error: '{"tit' });
  const empty = record(() => new Response(null, { status: 403 }));
  expect((await call(empty.api, "listRuns")).error).toBeUndefined();
});

test("gives undefined for a status documented without a body, whatever comes", async () => {
  const none = record(() => new Response(null, { status: 204 }));
  expect(await call(none.api, "deleteRun", { path: { run_id: 1 } })).toMatchObject({ ok: true, status: 204 });
});

test("gives a stream for bytes and a string for text", async () => {
  const bytes = record(() => new Response(new Uint8Array([1, 2, 255])));
  const { data } = await call(bytes.api, "getFile", { path: { run_id: 1 } });
  expect([...new Uint8Array(await new Response(data as ReadableStream).arrayBuffer())]).toEqual([1, 2, 255]);
  const text = record(() => new Response("line\n"));
  expect((await call(text.api, "getLog", { path: { run_id: 1 } })).data).toBe("line\n");
});

test.each([
  ["HTML", "<html></html>", "text/html", "Body is not JSON"],
  ["truncated JSON", '{"id":', "application/json", "Body is not JSON"],
  ["nothing", "", "application/json", "Empty body where JSON was expected"],
])("throws a DecodeError for %s where JSON is documented", async (_, body, type, reason) => {
  const { api } = record(() => new Response(body, { headers: { "content-type": type } }));
  const error = await call(api, "listRuns").catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(DecodeError);
  expect(error).toMatchObject({ status: 200, text: body, operationId: "listRuns" });
  expect(String(error)).toContain(`${reason} (status 200, ${type})`);
});

test("reads JSON with a byte-order mark, and JSON under a wrong content type", async () => {
  const mark = record(() => new Response(new Uint8Array([0xef, 0xbb, 0xbf, 0x7b, 0x7d])));
  expect((await call(mark.api, "listRuns")).data).toEqual({});
  const plain = record(() => new Response("[1]", { headers: { "content-type": "text/plain" } }));
  expect((await call(plain.api, "listRuns")).data).toEqual([1]);
});

test("throws a NetworkError without the query when fetch fails", async () => {
  const cause = new TypeError("fetch failed");
  const api = createApi(definition, { auth: false, retry: false, fetch: () => Promise.reject(cause) });
  const error = await call(api, "listRuns", { query: { token: "hidden" } }).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(NetworkError);
  expect(error).toMatchObject({ message: "No answer: GET https://eu.example.com/base/runs", cause });
});

test("rejects with the signal's reason when aborted", async () => {
  const controller = new AbortController();
  const api = createApi(definition, {
    auth: false,
    fetch: async ({ signal }) => {
      if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve));
      throw new Error("what fetch throws");
    },
  });
  const pending = call(api, "listRuns", { signal: controller.signal });
  const reason = new Error("enough");
  controller.abort(reason);
  await expect(pending).rejects.toBe(reason);
});

test("sends the credentials of the first complete alternative", async () => {
  const both = record(json([]), { auth: { key: "k", secret: () => "s", token: "t" } });
  await call(both.api, "listRuns");
  expect(Object.fromEntries(both.requests[0]?.headers ?? [])).toMatchObject({ "x-key": "k", "x-secret": "s" });
  expect(both.requests[0]?.headers.get("authorization")).toBeNull();

  const second = record(json([]), { auth: { key: "k", token: async () => "t" } });
  await call(second.api, "listRuns");
  expect(second.requests[0]?.headers.get("authorization")).toBe("Bearer t");
  expect(second.requests[0]?.headers.get("x-key")).toBeNull();
});

test("sends no credential to an operation that asks for none, and the same ones through GET", async () => {
  const { api, requests } = record(json({}), { auth: { token: "t" } });
  await call(api, "getHealth");
  await api.GET("/health" as never);
  await api.GET("/runs" as never);
  expect(requests.map(({ headers }) => headers.get("authorization"))).toEqual([null, null, "Bearer t"]);
});

test("reads a credential that is not given from its environment variable", async () => {
  process.env.TEST_KEY = "from-environment";
  try {
    const { api, requests } = record(json([]), { auth: { secret: "s" } });
    await call(api, "listRuns");
    expect(requests[0]?.headers.get("x-key")).toBe("from-environment");
  } finally {
    delete process.env.TEST_KEY;
  }
});

test("never quotes a credential that cannot be sent", async () => {
  const { api } = record(json([]), { auth: { token: "hidden\nvalue" } });
  const error = await call(api, "listRuns").catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(OptionError);
  expect(String(error)).toContain('Header "Authorization"');
  expect(String(error)).not.toContain("hidden");
});

test("fills the server from option, then environment, then default", async () => {
  const given = record(json([]), { server: { region: "us" } });
  await call(given.api, "listRuns");
  expect(given.requests[0]?.url).toBe("https://us.example.com/base/runs");

  process.env.TEST_REGION = "mars";
  try {
    const environment = record(json([]));
    await call(environment.api, "listRuns");
    expect(environment.requests[0]?.url).toBe("https://mars.example.org/runs");
  } finally {
    delete process.env.TEST_REGION;
  }
});

test.each<[ClientOptions, RegExp]>([
  [{ server: { regoin: "eu" } }, /"server".*\{"regoin":"eu"\}.*"region":\["eu",\["eu","us"\]/],
  [{ baseUrl: "ftp://files" }, /"baseUrl" is "ftp:\/\/files"; it takes an absolute http\(s\) URL/],
  [{ baseUrl: "localhost:8080" }, /"baseUrl" is "localhost:8080"/],
  [{ baseUrl: "http://a", server: {} }, /"baseUrl" or "server", not both/],
  [{ auth: { kee: "x" } }, /"auth" has "kee"; the security schemes are: key, secret, token/],
  [{ bseUrl: "x" } as ClientOptions, /Unknown option "bseUrl"; there are: auth, baseUrl/],
])("refuses the options %j and says what is allowed", (options, message) => {
  expect(() => createApi(definition, options)).toThrow(OptionError);
  expect(() => createApi(definition, options)).toThrow(message);
});

test("sends GET by path as it sends operations, and gives what openapi-fetch gives", async () => {
  const { api, requests } = record(json({ id: 1 }), { headers: { "x-own": "1" } });
  const init = { params: { path: { run_id: "a/b" }, query: { tags: ["x", "y"] } } };
  const result = await api.GET("/runs/{run_id}" as never, init as never);
  expect(result).toMatchObject({ data: { id: 1 }, response: { status: 200 } });
  expect(requests[0]?.url).toBe("https://eu.example.com/base/runs/a%2Fb?tags=x&tags=y");
  expect(Object.fromEntries(requests[0]?.headers ?? [])).toMatchObject({ authorization: "Bearer t", "x-own": "1" });
});

test.each(["https://files.example.net/a", "@files.example.net/a", ".example.net/a", "//files.example.net"])(
  "keeps credentials home when %s, out of an answer, is called by path",
  async (path) => {
    const { api, requests } = record(json({}), { baseUrl: "https://api.example.com" });
    const outcome = await api.GET(path as never).catch((reason: unknown) => reason);
    if (path.startsWith("//")) expect(requests.map(({ url }) => new URL(url).host)).toEqual(["api.example.com"]);
    else expect([outcome, requests]).toEqual([expect.any(OptionError), []]);
  },
);

test("sends a body by path, and throws a DecodeError where the answer is no JSON", async () => {
  const { api, requests } = record(() => new Response("<html>", { status: 200 }));
  const call = api.POST("/runs" as never, { body: { name: "x" } } as never);
  await expect(call).rejects.toThrow(DecodeError);
  expect(await requests[0]?.json()).toEqual({ name: "x" });
});

test("tells of missing credentials by name, before anything is sent", async () => {
  const { api, requests } = record(json([]), { auth: { key: "k" } });
  await expect(call(api, "listRuns")).rejects.toThrow(
    "listRuns needs credentials: auth.key (or TEST_KEY) and auth.secret, or auth.token; or auth: false to send none.",
  );
  expect(requests).toEqual([]);
});

test("sends no credentials with auth: false", async () => {
  const { api, requests } = record(json([]), { auth: false });
  await call(api, "listRuns");
  expect(requests[0]?.headers.get("authorization")).toBeNull();
});

test("says who it is outside browsers, unless told not to", async () => {
  const own = record(json([]));
  await call(own.api, "listRuns");
  expect(own.requests[0]?.headers.get("user-agent")).toBe("artifetch");
  const none = record(json([]), { userAgent: false });
  await call(none.api, "listRuns");
  expect(none.requests[0]?.headers.get("user-agent")).toBeNull();
});

test.each([
  ["headers", { headers: { "x-a": "hidden\nvalue" } }],
  ["header", { header: { "x-a": "hidden\rvalue" } }],
  ["headers", { headers: { "x a": "hidden" } }],
])("refuses %s that could inject another header, without quoting the value", async (_, request) => {
  const { api, requests } = record(json([]));
  const error = await call(api, "listRuns", request).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(OptionError);
  expect(String(error)).not.toContain("hidden");
  expect(requests).toEqual([]);
});
