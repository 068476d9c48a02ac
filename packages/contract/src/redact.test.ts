import type { OpenApiDocument } from "@artifetch/document";
import { expect, test } from "vitest";
import type { HttpRequest } from "./model.ts";
import { redactExchange, redactRequest, toCurlLine } from "./redact.ts";

const document: OpenApiDocument = {
  openapi: "3.1.0",
  info: { title: "Safe", version: "1" },
  components: {
    securitySchemes: {
      header: { type: "apiKey", in: "header", name: "X-Key", "x-env": "SAFE_KEY" },
      query: { type: "apiKey", in: "query", name: "key" },
      cookie: { type: "apiKey", in: "cookie", name: "sid" },
      token: { type: "http", scheme: "bearer", "x-env": "SAFE_TOKEN" },
      login: { type: "http", scheme: "basic", "x-env": "SAFE_LOGIN" },
    },
  },
};
const request = (rest: Partial<HttpRequest>): HttpRequest => ({
  method: "GET",
  url: "http://safe.example/a",
  headers: {},
  ...rest,
});
const redact = (rest: Partial<HttpRequest>) => redactRequest(document, undefined, request(rest));

test("replaces every credential by the variable that it would be read from", () => {
  const { headers, url } = redact({
    url: "http://me:hunter2@safe.example/a?key=hunter2&other=1",
    headers: {
      "x-key": "hunter2",
      authorization: "Basic hunter2",
      cookie: "sid=hunter2; theme=hunter2",
      "proxy-authorization": "hunter2",
    },
  });
  expect(url).toBe("http://safe.example/a?key=$QUERY&other=1");
  expect(headers).toEqual({
    "x-key": "$SAFE_KEY",
    authorization: "Basic $SAFE_LOGIN",
    cookie: "sid=$COOKIE; theme=$THEME",
    "proxy-authorization": "$PROXY_AUTHORIZATION",
  });
  expect(redact({ headers: { authorization: "Bearer hunter2" } }).headers.authorization).toBe("Bearer $SAFE_TOKEN");
});

test("hides what an answer sets as a cookie", () => {
  const response = { status: 200, headers: { "set-cookie": "sid=hunter2; Path=/" }, body: new Uint8Array() };
  const redacted = redactExchange(document, undefined, { request: request({}), response, durationMs: 0 });
  expect(redacted.response.headers["set-cookie"]).toBe("sid=(hidden)");
});

test("writes a command that the shell fills in with variables and nothing else", () => {
  const body = new TextEncoder().encode(`{"it's": "$HOME"}`);
  const line = toCurlLine(
    request({ method: "POST", headers: { "x-key": "$SAFE_KEY", "x-price": '5$ "net"', "x-none": "" }, body }),
    ["SAFE_KEY"],
  );
  expect(line).toBe(
    `curl --globoff -H "x-key: $SAFE_KEY" -H "x-price: 5\\$ \\"net\\"" -H "x-none;" --data-binary '{"it'\\''s": "$HOME"}' "http://safe.example/a"`,
  );
  expect(toCurlLine(request({ method: "HEAD" }), [])).toBe('curl --globoff --head "http://safe.example/a"');
  expect(toCurlLine(request({ method: "PUT", body: new Uint8Array([0, 255]) }), [])).toBe(
    'echo AP8= | base64 -d | curl --globoff -X PUT --data-binary @- "http://safe.example/a"',
  );
});

test("replaces credentials that an answer repeats, in headers and in bytes", () => {
  const headers = { "x-key": "hunter2", authorization: "Bearer s3cr3t-token" };
  const body = Buffer.concat([Buffer.from([255]), Buffer.from('{"you":"hunter2","with":"s3cr3t-token"}')]);
  const response = { status: 200, headers: { "x-echo": "Bearer s3cr3t-token" }, body };
  const redacted = redactExchange(document, undefined, { request: request({ headers }), response, durationMs: 1 });
  expect(redacted.response.headers).toEqual({ "x-echo": "Bearer $SAFE_TOKEN" });
  const expected = Buffer.concat([Buffer.from([255]), Buffer.from('{"you":"$SAFE_KEY","with":"$SAFE_TOKEN"}')]);
  expect(Buffer.from(redacted.response.body)).toEqual(expected);
});
