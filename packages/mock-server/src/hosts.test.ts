import type { OpenApiDocument } from "@artifetch/document";
import { expect, test } from "vitest";
import { createHostTable, listAddresses, toHostName } from "./hosts.ts";

const toDocument = (...servers: object[]): OpenApiDocument => JSON.parse(JSON.stringify({ openapi: "3.1.0", servers }));
const listHosts = (document: OpenApiDocument) =>
  listAddresses("depot", document)
    .slice(1)
    .map(({ host, base }) => host + base);

test("an API has a host of its own, then those of its servers with their base paths", () => {
  const document = toDocument({ url: "https://Depot.example:8443/base/" }, { url: "http://other.example" });
  expect(listAddresses("depot", document)).toEqual([
    { host: "depot.localhost", base: "" },
    { host: "depot.example", base: "/base" },
    { host: "other.example", base: "" },
  ]);
});

test("variables have every value that they list and their default, in the host, the path, or as the whole URL", () => {
  const region = { default: "eu", enum: ["eu", "us"] };
  const version = { default: "v1", enum: ["v2"] };
  expect(
    listHosts(toDocument({ url: "https://{region}.example.com/{version}", variables: { region, version } })),
  ).toEqual(["eu.example.com/v1", "eu.example.com/v2", "us.example.com/v1", "us.example.com/v2"]);
  const variables = { protocol: { default: "https" }, host: { default: "a.example:81" }, port: { default: 8080 } };
  expect(listHosts(toDocument({ url: "{protocol}://{host}", variables }))).toEqual(["a.example"]);
  expect(listHosts(toDocument({ url: "http://b.example:{port}", variables }))).toEqual(["b.example"]);
  expect(
    listHosts(toDocument({ url: "{server}/x", variables: { server: { default: "https://c.example/api" } } })),
  ).toEqual(["c.example/api/x"]);
});

test("a server without a host, of this machine, or with a variable that is not described names none", () => {
  const urls = [
    "/v1",
    "http://localhost:8080",
    "http://127.0.0.1/v1",
    "http://[::1]",
    "https://{region}.example.com",
    "no url",
  ];
  expect(listHosts(toDocument(...urls.map((url) => ({ url }))))).toEqual([]);
});

test("a variable that names itself, or multiplies, ends", () => {
  expect(listHosts(toDocument({ url: "https://{a}.example", variables: { a: { default: "{a}" } } }))).toEqual([
    "a.example",
  ]);
  const digits = { default: "0", enum: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"] };
  const variables = Object.fromEntries([..."abcdefgh"].map((name) => [name, digits]));
  const hosts = listHosts(toDocument({ url: "https://{a}{b}{c}{d}{e}{f}{g}{h}.example", variables }));
  expect([hosts.length, hosts.at(-1)]).toEqual([1000, "00000999.example"]);
});

test("servers of paths and operations count", () => {
  const item = { servers: [{ url: "https://path.example" }], get: { servers: [{ url: "https://operation.example" }] } };
  expect(listHosts({ ...toDocument(), paths: { "/a": item } })).toEqual(["path.example", "operation.example"]);
});

const toApi = (name: string, urls: string[], paths: string[] = []) => ({
  name,
  addresses: listAddresses(name, toDocument(...urls.map((url) => ({ url })))),
  hasPath: (path: string) => paths.includes(path),
});

function createFinder(apis: ReturnType<typeof toApi>[], ownHost = "127.0.0.1") {
  const find = createHostTable(apis, ownHost);
  return (host: string, path: string) => {
    const match = find(host, path);
    return match && [match.api.name, match.path];
  };
}

test("takes the base path of the server off, whole segments only", () => {
  const find = createFinder([toApi("a", ["https://a.example/base"])]);
  expect(find("a.example", "/base/runs")).toEqual(["a", "/runs"]);
  expect(find("a.example", "/base")).toEqual(["a", "/"]);
  expect(find("a.example", "/basement/runs")).toBeUndefined();
  expect(find("a.example", "/runs")).toBeUndefined();
  expect(find("a.localhost", "/runs")).toEqual(["a", "/runs"]);
});

test("finds the document at the root of a host as well as at its base path", () => {
  const find = createFinder([toApi("a", ["https://a.example/base"])]);
  expect(find("a.example", "/openapi.json")).toEqual(["a", "/openapi.json"]);
  expect(find("a.example", "/base/openapi.json")).toEqual(["a", "/openapi.json"]);
});

test("of several APIs at one host: who has the path, else the longest base path, else the first", () => {
  const find = createFinder([
    toApi("first", ["https://x.example"], ["/v2/things"]),
    toApi("second", ["https://x.example/v2"], ["/runs"]),
    toApi("third", ["https://x.example/v2"], ["/jobs"]),
  ]);
  expect(find("x.example", "/v2/things")).toEqual(["first", "/v2/things"]);
  expect(find("x.example", "/v2/runs")).toEqual(["second", "/runs"]);
  expect(find("x.example", "/v2/jobs")).toEqual(["third", "/jobs"]);
  expect(find("x.example", "/v2/nowhere")).toEqual(["second", "/nowhere"]);
  expect(find("x.example", "/nowhere")).toEqual(["first", "/nowhere"]);
});

test("unknown hosts, this machine's and the server's own name no API", () => {
  const find = createFinder([toApi("a", ["https://mock.example", "https://a.example"])], "Mock.example");
  for (const host of ["", "localhost:4010", "127.0.0.1:4010", "[::1]:4010", "unknown.example", "mock.example:4010"])
    expect([host, find(host, "/runs")]).toEqual([host, undefined]);
  expect(find("a.example", "/runs")).toEqual(["a", "/runs"]);
});

test("a host is compared without case, port and final dot", () => {
  expect(["A.Example:4010", "a.example.", "a.example", "[::1]:80"].map(toHostName)).toEqual([
    "a.example",
    "a.example",
    "a.example",
    "[::1]",
  ]);
});
