/** Each way in which an answer can be wrong, from a server that writes bytes as they are. */
import { type AddressInfo, createServer, type Socket } from "node:net";
import { expect, test } from "vitest";
import { createApi } from "./api.ts";
import { findKinds } from "./decode.ts";
import type { ApiDefinition } from "./definition.ts";

const operations = {
  json: ["GET", "/x", "200j 404j"],
  none: ["GET", "/x", "204 200"],
  text: ["GET", "/x", "200t"],
  bytes: ["GET", "/x", "200b"],
  either: ["GET", "/x", "200bj"],
} as const;

/** Serves one connection's worth of bytes to every request, then does what `end` says. */
async function serve<T>(
  answer: string | Uint8Array,
  end: (socket: Socket) => void,
  use: (baseUrl: string) => Promise<T>,
): Promise<T> {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", () => {
      socket.write(answer, () => end(socket));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.close();
  }
}

const close = (socket: Socket) => socket.end();
const reset = (socket: Socket) => socket.resetAndDestroy();

function http(
  status: string,
  headers: string[],
  body: string | Uint8Array = "",
  length = Buffer.byteLength(body),
): Uint8Array {
  const head = [`HTTP/1.1 ${status}`, ...headers, `content-length: ${length}`, "connection: close"].join("\r\n");
  return Buffer.concat([Buffer.from(`${head}\r\n\r\n`), Buffer.from(body)]);
}

const isJson = "content-type: application/json";
const isHtml = "content-type: text/html; charset=utf-8";

interface Row {
  name: string;
  operation: keyof typeof operations;
  answer: string | Uint8Array;
  end?: (socket: Socket) => void;
  outcome: object;
}

const rows: Row[] = [
  {
    name: "JSON",
    operation: "json",
    answer: http("200 OK", [isJson], '{"a":1}'),
    outcome: { ok: true, status: 200, data: { a: 1 } },
  },
  {
    name: "the JSON value null",
    operation: "json",
    answer: http("200 OK", [isJson], "null"),
    outcome: { ok: true, data: null },
  },
  {
    name: "JSON of a +json type",
    operation: "json",
    answer: http("200 OK", ["content-type: application/hal+json"], "[1]"),
    outcome: { data: [1] },
  },
  {
    name: "JSON with a byte-order mark",
    operation: "json",
    answer: http("200 OK", [isJson], "\ufeff[1]"),
    outcome: { data: [1] },
  },
  {
    name: "JSON under a wrong content type",
    operation: "json",
    answer: http("200 OK", ["content-type: text/plain"], "[1]"),
    outcome: { data: [1] },
  },
  { name: "JSON without a content type", operation: "json", answer: http("200 OK", [], "[1]"), outcome: { data: [1] } },
  {
    name: "204",
    operation: "none",
    answer: "HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n",
    outcome: { ok: true, status: 204, data: undefined },
  },
  {
    name: "an empty 200 where no body is documented",
    operation: "none",
    answer: http("200 OK", []),
    outcome: { ok: true, status: 200, data: undefined },
  },
  {
    name: "a body where none is documented",
    operation: "none",
    answer: http("200 OK", [isHtml], "<p>"),
    outcome: { ok: true, data: undefined },
  },
  {
    name: "text",
    operation: "text",
    answer: http("200 OK", ["content-type: text/plain"], "héllo"),
    outcome: { data: "héllo" },
  },
  {
    name: "one of two kinds, by its content type",
    operation: "either",
    answer: http("200 OK", [isJson], "[1]"),
    outcome: { data: [1] },
  },
  {
    name: "HTML with 200",
    operation: "json",
    answer: http("200 OK", [isHtml], "<html>"),
    outcome: { name: "DecodeError", status: 200, text: "<html>" },
  },
  {
    name: "an empty 200 where JSON is documented",
    operation: "json",
    answer: http("200 OK", [isJson]),
    outcome: { name: "DecodeError", status: 200, text: "" },
  },
  {
    name: "truncated JSON",
    operation: "json",
    answer: http("200 OK", [isJson], '{"a":'),
    outcome: { name: "DecodeError", text: '{"a":' },
  },
  {
    name: "HTML with 502",
    operation: "json",
    answer: http("502 Bad Gateway", [isHtml], "<html>"),
    outcome: { ok: false, status: 502, error: "<html>" },
  },
  {
    name: "JSON with an undocumented status",
    operation: "json",
    answer: http("503 Busy", [isJson], '{"a":1}'),
    outcome: { ok: false, status: 503, error: { a: 1 } },
  },
  {
    name: "an empty body with an undocumented status",
    operation: "json",
    answer: http("500 Oops", []),
    outcome: { ok: false, status: 500, error: undefined },
  },
  {
    name: "an empty 404 where JSON is documented",
    operation: "json",
    answer: http("404 Not Found", []),
    outcome: { name: "DecodeError", status: 404 },
  },
  {
    name: "HTML with a documented 404",
    operation: "json",
    answer: http("404 Not Found", [isHtml], "<html>"),
    outcome: { name: "DecodeError", status: 404, text: "<html>" },
  },
  {
    name: "a connection that is reset before the answer",
    operation: "json",
    answer: "",
    end: reset,
    outcome: { name: "NetworkError" },
  },
  {
    name: "a connection that is closed before the answer",
    operation: "json",
    answer: "",
    outcome: { name: "NetworkError" },
  },
  { name: "what is no HTTP", operation: "json", answer: "SSH-2.0-x\r\n\r\n", outcome: { name: "NetworkError" } },
  {
    name: "a body that is cut by the end of the connection",
    operation: "json",
    answer: http("200 OK", [isJson], '{"a":1', 99),
    outcome: { name: "NetworkError" },
  },
  {
    name: "a body that is cut by a reset",
    operation: "text",
    answer: http("200 OK", [], "abc", 99),
    end: reset,
    outcome: { name: "NetworkError" },
  },
];

test.each(rows)("$name has a typed outcome", async ({ operation, answer, end = close, outcome }) => {
  const definition: ApiDefinition = {
    servers: [],
    schemes: {},
    security: [],
    operations: { call: operations[operation] },
  };
  const result = await serve(answer, end, async (baseUrl) => {
    const { call } = createApi(definition, { baseUrl, retry: false });
    return call?.().catch((error: unknown) => error);
  });
  expect(result).toMatchObject(outcome);
});

test("gives bytes as a stream, which fails where they are cut off", async () => {
  const definition: ApiDefinition = { servers: [], schemes: {}, security: [], operations: { call: operations.bytes } };
  const read = (answer: Uint8Array) =>
    serve(answer, close, async (baseUrl) => {
      const result = await createApi(definition, { baseUrl }).call?.();
      return new Uint8Array(await new Response(result?.data as ReadableStream).arrayBuffer());
    });
  expect([...(await read(http("200 OK", [], new Uint8Array([0, 255, 7]))))]).toEqual([0, 255, 7]);
  await expect(read(http("200 OK", [], "abc", 99))).rejects.toThrow();
});

test.each([
  ["200j 404", 404, ""],
  ["200j 4XXt default", 418, "t"],
  ["200j 4XXt 418j", 418, "j"],
  ["200j defaultbj", 500, "bj"],
  ["200j", 500, undefined],
  ["default", 200, ""],
  ["200b 404j", 206, "b"],
  ["206t 200b", 206, "t"],
])("finds in %j for %i the kinds %j", (answers, status, kinds) => {
  expect(findKinds(answers, status)).toBe(kinds);
});
