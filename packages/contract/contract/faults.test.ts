/**
 * What the checks notice: a service that answers wrongly, in each way that a document can tell, and the honest one beside it (that
 * with memory: `memory.test.ts`).
 *
 * Not tried, as no document says that it is wrong: an optional property that is left out, another good value in place of one, ids
 * that come twice, a list that leaves things out.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { type Finding, listCredentialPlaces, type RunEvent, run } from "@artifetch/contract";
import { type JsonObject, listOperations, type OpenApiDocument, type Operation, resolve } from "@artifetch/document";
import { listApis, loadDocument } from "@artifetch/document/load";
import { createMockFetch } from "@artifetch/mock-server";
import { expect, test } from "vitest";
import { createRoutes } from "../src/routes.ts";
import { type Answer, type Fault, faults, toNumber } from "./faults.ts";

/**
 * How many faults each operation is tried with: which ones depends on its name, so that each kind meets about as many. All are
 * tried with `ARTIFETCH_FAULTS=all`.
 */
const rounds = process.env.ARTIFETCH_FAULTS === "all" ? faults.length : 5;
const leastShare = 0.98;
const baseUrl = "http://mock.test";

interface Service {
  api: string;
  document: OpenApiDocument;
  operations: readonly Operation[];
  credentials: Record<string, string>;
  /** The honest mock; what it has answered once is not asked again. */
  ask(request: Request): Promise<Answer>;
  /** Its answer to a good request, by operation. */
  successes: Map<string, Answer>;
}

/** Headers that are required and have types, which no API here has. */
const headed = {
  openapi: "3.1.0",
  info: { title: "headers", version: "1" },
  paths: Object.fromEntries(
    ["First", "Second", "Third"].map((name) => [
      `/${name}`,
      {
        get: {
          operationId: `get${name}`,
          parameters: [{ name: "X-Trace", in: "header", required: true, schema: { type: "string", minLength: 3 } }],
          responses: {
            "200": {
              description: "OK",
              headers: {
                "X-Left": { required: true, schema: { type: "integer" }, example: 7 },
                "X-Flag": { required: true, schema: { type: "boolean" }, example: true },
              },
              content: { "application/json": { schema: { type: "array", items: { type: "string" } }, example: ["a"] } },
            },
            "422": { description: "Refused", content: { "application/json": { example: {} } } },
          },
        },
      },
    ]),
  ),
};

async function prepare(target: string | object): Promise<Service> {
  const { name: api, document } = await loadDocument(target);
  const mock = createMockFetch(document, { journal: false });
  const answers = new Map<string, Answer>();
  return {
    api,
    document,
    operations: listOperations(document),
    credentials: Object.fromEntries(listCredentialPlaces(document).map(({ scheme }) => [scheme, "made-up"])),
    successes: new Map(),
    ask: async (request) => {
      const body = Buffer.from(await request.clone().arrayBuffer()).toString("latin1");
      const key = JSON.stringify([request.method, request.url, [...request.headers], body]);
      const answer = answers.get(key) ?? (await toAnswer(await mock(request)));
      answers.set(key, answer);
      return answer;
    },
  };
}

async function toAnswer(response: Response): Promise<Answer> {
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: new Uint8Array(await response.arrayBuffer()),
  };
}

function toResponse({ status, headers, body, isCutOff }: Answer): Response {
  const init = { status, headers };
  if ([204, 205, 304].includes(status)) return new Response(null, init);
  if (!isCutOff) return new Response(new Uint8Array(body), init);
  let isFirst = true;
  const stream = new ReadableStream({
    pull: (controller) => {
      if (isFirst) controller.enqueue(new Uint8Array(body));
      else controller.error(new Error("the connection was lost"));
      isFirst = false;
    },
  });
  return new Response(stream, init);
}

/** All cases of the document, and its sequences, with what they came to; without generated requests. */
function start({ document, credentials }: Service, fetch: (request: Request) => Promise<Response>) {
  return run(document, { baseUrl, credentials, fetch, seed: 1, generated: 0 });
}

async function listFindings(events: AsyncGenerator<RunEvent>, onEvent: (event: RunEvent) => void = () => {}) {
  const findings: Finding[] = [];
  for await (const event of events) {
    onEvent(event);
    if (event.type === "exchange") findings.push(...event.verdict.findings);
    if (event.type === "end") expect(event.report.interrupted).toBeUndefined();
  }
  return findings.map(({ check, operationId, message, curl }) => [check, operationId, message, curl]);
}

const services = await Promise.all([...listApis(), headed].map(prepare));

test.each(services)(
  "$api: nothing is found in the honest mock, and each operation is answered with success",
  async (service) => {
    const { successes, operations, ask } = service;
    let last: Answer | undefined;
    const events = start(service, async (request) => {
      last = await ask(request);
      return toResponse(last);
    });
    const found = await listFindings(events, (event) => {
      if (event.type !== "exchange" || !last || last.status >= 300 || event.case.request.isAnonymous) return;
      if (event.case.check !== "unsupported_method" && !successes.has(event.case.operationId))
        successes.set(event.case.operationId, last);
    });
    expect(found).toEqual([]);
    expect(operations.filter(({ id }) => !successes.has(id)).map(({ id }) => id)).toEqual([]);
  },
);

interface Score {
  operations: Map<string, boolean>;
  answers: number;
  noticed: number;
}

const scores = new Map<string, Score>();

function note(kind: string, operation: string, isNoticed: boolean): void {
  const score = scores.get(kind) ?? { operations: new Map<string, boolean>(), answers: 0, noticed: 0 };
  scores.set(kind, score);
  score.answers += 1;
  if (isNoticed) score.noticed += 1;
  score.operations.set(operation, isNoticed || score.operations.get(operation) === true);
}

/** One run in which each operation has a fault of its own. */
async function runWithFaults(service: Service, choose: (operation: Operation) => Fault): Promise<void> {
  const { api, document, operations, ask, successes } = service;
  const routes = createRoutes(operations);
  let spoiled: { fault: Fault; operation: Operation } | undefined;
  const fetch = async (request: Request): Promise<Response> => {
    spoiled = undefined;
    const { pathname } = new URL(request.url);
    const operation = routes.find(request.method, pathname) ?? routes.findAll(pathname)[0];
    const answer = await ask(request);
    const success = operation && successes.get(operation.id);
    if (!operation || !success) return toResponse(answer);
    const fault = choose(operation);
    const wrong = await fault.spoil({
      ...{ document, operation, request, answer, success },
      hasCredentials: listSent(service, request, operation).isComplete,
      authorized: () => ask(listSent(service, request, operation).complete()),
    });
    if (wrong) spoiled = { fault, operation };
    return toResponse(wrong ?? answer);
  };
  for await (const event of start(service, fetch)) {
    if (event.type !== "exchange" || !spoiled) continue;
    const { fault, operation } = spoiled;
    const { findings } = event.verdict;
    const isNoticed = findings.some(({ check }) => fault.checks.includes(check));
    note(fault.kind, `${api} ${operation.id}`, isNoticed);
  }
}

/** Which credentials of an operation a request has, and the request with all of them. */
function listSent({ document }: Service, request: Request, { security }: Operation) {
  const [names = {}] = security;
  const places = listCredentialPlaces(document).filter(({ scheme }) => scheme in names);
  const { searchParams } = new URL(request.url);
  const has = ({ in: place, name }: (typeof places)[number]) =>
    place === "query" ? searchParams.has(name) : request.headers.has(place === "cookie" ? "cookie" : name);
  return {
    isComplete: places.every(has),
    complete: () => {
      const url = new URL(request.url);
      const headers = new Headers(request.headers);
      for (const { in: place, name, prefix } of places) {
        if (place === "query") url.searchParams.set(name, "made-up");
        else if (place === "cookie") headers.set("cookie", `${name}=made-up`);
        else headers.set(name, prefix === undefined ? "made-up" : `${prefix} made-up`);
      }
      const { method } = request;
      const hasBody = method !== "GET" && method !== "HEAD" && request.body !== null;
      return new Request(url, { method, headers, ...(hasBody && { body: request.clone().body, duplex: "half" }) });
    },
  };
}

test.each(services)(
  "$api: what is answered wrongly is noticed",
  async (service) => {
    const own = faults.filter(({ checks }) => checks.some((check) => check.includes("header")));
    const tried = service.api === "headers" ? own : faults;
    for (let round = 0; round < Math.min(rounds, tried.length); round += 1)
      await runWithFaults(service, ({ id }) => tried[(toNumber(id) + round) % tried.length] as Fault);
  },
  900_000,
);

/** What only a service with memory shows, in the sequences along links. */
const memories = {
  "deleted, and still read": "use_after_free",
  "created, and not found": "ensure_resource_availability",
} as const;

/**
 * What creates something that a link of its answer reads by a new id, and (for the first kind) another deletes. Not tried: what is
 * created below something else, as sequences start with what needs no id; and what is only promised (202).
 */
function listCreators({ document, operations }: Service, kind: string): Operation[] {
  return operations.filter(({ method, path, responses }) => {
    const links = Object.entries(responses)
      .filter(([key]) => /^20[01]$/.test(key))
      .flatMap(([, response]) => Object.values((response as { links?: Record<string, JsonObject> }).links ?? {}))
      .map((link) => resolve(document, link) as { operationId?: string; parameters?: JsonObject });
    const targets = links.flatMap(({ operationId }) => operations.filter(({ id }) => id === operationId));
    const reads = targets.filter((target) => target.method === "GET" && target.path.endsWith("}"));
    const isDeleted = targets.some(
      (target) => target.method === "DELETE" && reads.some((read) => read.path === target.path),
    );
    return (
      method === "POST" && !path.includes("{") && reads.length > 0 && (isDeleted || kind !== "deleted, and still read")
    );
  });
}

/** Hides what was created (404), or shows what was deleted as it was. */
function createForgetful({ document }: Service, kind: string): (request: Request) => Promise<Response> {
  const mock = createMockFetch(document, { stateful: true, journal: false });
  const created: string[] = [];
  const reads = new Map<string, Answer>();
  const deleted = new Set<string>();
  return async (request) => {
    const { pathname } = new URL(request.url);
    const answer = await toAnswer(await mock(request));
    const isDone = answer.status < 300;
    if (request.method === "POST" && isDone) created.push(new TextDecoder().decode(answer.body));
    if (request.method === "DELETE" && isDone) deleted.add(pathname);
    if (request.method !== "GET") return toResponse(answer);
    const before = reads.get(pathname);
    if (isDone) reads.set(pathname, answer);
    if (kind === "deleted, and still read") return toResponse(before && deleted.has(pathname) ? before : answer);
    const id = decodeURIComponent(pathname.split("/").at(-1) ?? "");
    const isHidden = created.some((body) => body.includes(JSON.stringify(id)) || body.includes(`:${id},`));
    return toResponse(isHidden ? { ...answer, status: 404 } : answer);
  };
}

test.each(services)("$api: what is forgotten, or kept against its word, is noticed", async (service) => {
  for (const [kind, check] of Object.entries(memories)) {
    const noticed = new Set<string>();
    for await (const event of start(service, createForgetful(service, kind))) {
      if (event.type !== "exchange") continue;
      if (!event.case.id.includes("/sequence/")) break;
      const [creator = ""] = event.case.title.split(" > ");
      if (event.verdict.findings.some((finding) => finding.check === check)) noticed.add(creator);
    }
    for (const { id } of listCreators(service, kind)) note(kind, `${service.api} ${id}`, noticed.has(id));
  }
});

test(`of each kind, at least ${leastShare * 100} % are noticed`, () => {
  const kinds = [...faults.map(({ kind }) => kind), ...Object.keys(memories)];
  const rows = kinds.map((kind) => {
    const { operations, answers, noticed } = scores.get(kind) ?? {
      operations: new Map<string, boolean>(),
      answers: 0,
      noticed: 0,
    };
    const missed = [...operations].filter(([, isNoticed]) => !isNoticed).map(([id]) => id);
    return { kind, count: operations.size, missed, answers, noticed };
  });
  const toShare = (part: number, whole: number) => `${((100 * part) / Math.max(whole, 1)).toFixed(1)} %`;
  const lines = rows.map(({ kind, count, missed, answers, noticed }) =>
    [
      `  ${kind.padEnd(36)}${String(count - missed.length).padStart(4)} of ${String(count).padEnd(4)} operations ${toShare(count - missed.length, count).padStart(7)}`,
      `${String(noticed).padStart(6)} of ${String(answers).padEnd(5)} answers ${toShare(noticed, answers).padStart(7)}${missed.length > 0 ? `   missed: ${missed.slice(0, 3).join(", ")}` : ""}`,
    ].join("  "),
  );
  // Read by scripts/test.ts, which prints it.
  mkdirSync(".artifacts", { recursive: true });
  writeFileSync(".artifacts/faults.txt", `faults noticed, ${rows.length} kinds:\n${lines.join("\n")}\n`);
  expect(rows.filter(({ count }) => count === 0).map(({ kind }) => kind)).toEqual([]);
  expect(
    rows
      .filter(({ count, missed }) => missed.length > (1 - leastShare) * count)
      .map(({ kind, missed }) => [kind, missed]),
  ).toEqual([]);
});
