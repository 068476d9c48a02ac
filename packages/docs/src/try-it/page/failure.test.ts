import { NetworkError, OptionError } from "@artifetch/client";
import { expect, test } from "vitest";
import { explainFailure, type FailureFacts, refuseBaseUrl } from "./failure.ts";

const explain = (facts: Partial<FailureFacts>) =>
  explainFailure({
    error: new NetworkError("No answer: GET https://api.example.com/a"),
    baseUrl: "https://api.example.com",
    pageUrl: "https://docs.example.com/try/",
    isRefusedByPolicy: false,
    isOnline: true,
    isReachable: false,
    ...facts,
  });

test("each cause has its own words", () => {
  expect(explain({})).toContain("No answer from https://api.example.com");
  expect(explain({ isReachable: true })).toContain("CORS");
  expect(explain({ baseUrl: "http://api.example.com" })).toContain("mixed content");
  expect(explain({ isRefusedByPolicy: true })).toContain("Content-Security-Policy");
  expect(explain({ isOnline: false })).toContain("offline");
  expect(explain({ baseUrl: "https://docs.example.com/api" })).toContain("npx pnpm@12 start");
  expect(explain({ error: new NetworkError("Redirect that a browser cannot follow safely: GET x") })).toContain(
    "redirect",
  );
  expect(explain({ error: new DOMException("aborted", "AbortError") })).toContain("Cancelled");
});

test("plain http on this machine is not mixed content", () => {
  for (const host of ["localhost:4010", "127.0.0.1", "[::1]:80", "a.localhost"]) {
    expect(explain({ baseUrl: `http://${host}` })).not.toContain("mixed content");
  }
});

test("what was never sent is told as it is", () => {
  expect(explain({ error: new OptionError('Path parameter "id" is "".') })).toBe('Path parameter "id" is "".');
});

test("a base URL is absolute, http or https, and nothing but a place", () => {
  expect(refuseBaseUrl("https://api.example.com/v1")).toBeUndefined();
  for (const text of [
    "",
    "api.example.com",
    "ftp://a",
    "javascript:alert(1)",
    "https://u:p@a",
    "https://a?x=1",
    "https://a#b",
  ]) {
    expect(refuseBaseUrl(text)).toBeTypeOf("string");
  }
});
