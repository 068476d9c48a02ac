/**
 * What must hold on every runtime, for every API. Plain JavaScript without a test runner, so that anything can run it:
 * it sees the packed client, the plan (what to call, and what comes back), and what the runtime itself has.
 */
import {
  ApiError,
  isApiError,
  isNetworkError,
  isOptionError,
  isTimeoutError,
  NetworkError,
  TimeoutError,
  unwrap,
} from "@artifetch/client";
import { createMockFetch } from "@artifetch/mock-server";
import { equal, holds, rejection } from "./check.js";

/**
 * @typedef {import("../src/plan.ts").ApiPlan} ApiPlan
 * @typedef {import("../src/plan.ts").Plan} Plan
 * @typedef {import("@artifetch/client").UntypedApi} Client
 * @typedef {import("@artifetch/client").ClientOptions} Options
 * @typedef {{ api: ApiPlan, plan: Plan, create: (options?: Options) => Client }} Context
 * @typedef {{ title: string, applies?: (api: import("../src/plan.ts").ApiCalls, plan: Pick<Plan, "hasEnvironment" | "isBrowser">) => unknown, run: (context: Context) => Promise<void> }} Case
 * @typedef {{ api: string, title: string, error?: string }} Outcome
 */

/** @type {readonly Case[]} */
export const cases = [
  {
    title: "reads a resource by its path parameter",
    async run({ api, create }) {
      const result = await call(create(toOptions(api)), api.read);
      equal(result.status, 200, "status");
      equal(result.ok, true, "ok");
      equal(result.data, api.read.body, "data");
      holds(result.response instanceof Response, "response is the answer of fetch");
    },
  },
  {
    title: "gives a documented 404 as a typed failure",
    async run({ api, create }) {
      const result = await call(create(toOptions(api)), api.missing);
      equal(result.status, 404, "status");
      equal(result.ok, false, "ok");
      equal(result.error, api.missing.body, "error");
      equal(result.data, undefined, "data");
    },
  },
  {
    title: "gives a documented 401 as a typed failure",
    applies: (api) => api.refused,
    async run({ api, create }) {
      const result = await call(create(toOptions(api)), api.refused);
      equal(result.status, 401, "status");
      equal(result.error, api.refused?.body, "error");
    },
  },
  {
    title: "unwrap gives the data of a success, and throws an ApiError for a failure",
    async run({ api, create }) {
      const client = create(toOptions(api));
      equal(await unwrap(call(client, api.read)), api.read.body, "data");
      const error = await rejection(unwrap(call(client, api.missing)));
      holds(error instanceof ApiError && isApiError(error), `ApiError, not ${error}`);
      equal(error.status, 404, "status of the error");
      equal(error.body, api.missing.body, "body of the error");
      equal(error.operationId, api.missing.id, "operationId of the error");
    },
  },
  {
    title: "sends a JSON body",
    applies: (api) => api.send,
    async run({ api, create }) {
      const result = await call(create(toOptions(api)), api.send);
      equal([result.status, result.data ?? result.error], [api.send?.status, api.send?.body], "answer");
    },
  },
  {
    title: "sends every credential of an alternative",
    applies: (api) => api.echoes,
    async run({ api, create }) {
      /** @type {Request | undefined} */
      let sent;
      const fetch = (/** @type {Request} */ request) => {
        sent = request;
        return globalThis.fetch(request);
      };
      equal((await call(create({ ...toOptions(api), fetch }), api.read)).status, 200, "status");
      for (const [name, value] of Object.entries(api.echoes ?? {})) equal(sent?.headers.get(name), value, name);
    },
  },
  {
    title: "reads credentials and base URL from the environment",
    applies: (api, plan) => plan.hasEnvironment && (api.baseUrlVariable || Object.keys(api.environment).length > 0),
    async run({ api, create }) {
      const result = await call(create(api.baseUrlVariable ? {} : { baseUrl: api.baseUrl }), api.read);
      equal([result.status, result.data ?? result.error], [200, api.read.body], "answer");
    },
  },
  {
    title: "does without an environment where there is none, or where it may not be read",
    applies: (_, { hasEnvironment }) => !hasEnvironment,
    async run({ api, create }) {
      const error = await call(create({ baseUrl: api.baseUrl }), api.read).then(
        () => undefined,
        (reason) => reason,
      );
      // That a credential is missing is told; nothing else may go wrong.
      holds(error === undefined || isOptionError(error), `at most an OptionError, not ${error}`);
      create();
    },
  },
  {
    title: "streams a download of the service",
    applies: (api) => api.download,
    async run({ api, create }) {
      const result = await call(create(toOptions(api)), api.download);
      equal(result.status, 200, "status");
      holds(result.data instanceof ReadableStream, "data is a stream");
      equal(await new Response(result.data).text(), api.download?.body, "bytes");
    },
  },
  {
    title: "leaves every byte of a download as it is",
    applies: (api) => api.download,
    async run({ api, plan, create }) {
      const result = await call(create({ ...toOptions(api), baseUrl: plan.peer.bytes }), api.download);
      equal([...(await toBytes(result.data))], [...Array(256).keys()], "bytes");
    },
  },
  {
    title: "sends nothing when the signal is aborted already",
    async run({ api, plan, create }) {
      const reason = new Error("enough");
      const client = create({ ...toOptions(api), baseUrl: plan.peer.stalling });
      const error = await rejection(call(client, { ...api.read, options: { signal: AbortSignal.abort(reason) } }));
      holds(error === reason, `the signal's reason, not ${error}`);
    },
  },
  {
    title: "ends a call that waits for its answer with the signal's reason",
    async run({ api, plan, create }) {
      const controller = new AbortController();
      const reason = new Error("enough");
      const fetch = (/** @type {Request} */ request) => {
        const answer = globalThis.fetch(request);
        controller.abort(reason);
        return answer;
      };
      const client = create({ ...toOptions(api), baseUrl: plan.peer.silent, fetch });
      const error = await rejection(call(client, { ...api.read, options: { signal: controller.signal } }));
      holds(error === reason, `the signal's reason, not ${error}`);
    },
  },
  {
    title: "ends a download that has begun when the signal is aborted",
    applies: (api) => api.download,
    async run({ api, plan, create }) {
      const controller = new AbortController();
      const client = create({ ...toOptions(api), baseUrl: plan.peer.stalling });
      const result = await call(client, { ...api.download, options: { signal: controller.signal } });
      const reader = /** @type {ReadableStream} */ (result.data).getReader();
      equal((await reader.read()).value?.length, 256, "bytes of the first chunk");
      controller.abort();
      await rejection(reader.read());
    },
  },
  {
    title: "tries again after a 503",
    applies: (api) => api.download,
    async run({ api, plan, create }) {
      let attempts = 0;
      const hooks = {
        onRequest() {
          attempts += 1;
        },
      };
      const baseUrl = `${plan.peer.flaky}/${crypto.randomUUID()}`;
      const result = await call(create({ ...toOptions(api), baseUrl, hooks, retry: { baseDelayMs: 1 } }), api.download);
      equal([result.status, attempts], [200, 2], "status and number of attempts");
      equal((await toBytes(result.data)).length, 256, "bytes");
    },
  },
  {
    title: "throws a NetworkError with its cause where nothing listens",
    async run({ api, plan, create }) {
      const client = create({ ...toOptions(api), baseUrl: plan.peer.refused, retry: false });
      const error = await rejection(call(client, api.read));
      holds(error instanceof NetworkError && isNetworkError(error), `NetworkError, not ${error}`);
      holds(error.cause instanceof Error, `cause is what fetch threw, not ${error.cause}`);
    },
  },
  {
    title: "throws a TimeoutError that names its limit",
    async run({ api, plan, create }) {
      const client = create({ ...toOptions(api), baseUrl: plan.peer.silent, retry: false });
      for (const [option, limit] of /** @type {const} */ ([
        ["timeoutMs", "attempt"],
        ["deadlineMs", "deadline"],
      ])) {
        const error = await rejection(call(client, { ...api.read, options: { [option]: 20 } }));
        holds(error instanceof TimeoutError && isTimeoutError(error), `TimeoutError, not ${error}`);
        equal([error.limit, error.timeoutMs], [limit, 20], "limit");
      }
    },
  },
  {
    title: "takes no credential along to another origin",
    applies: (api, { isBrowser }) => api.download && !isBrowser,
    async run({ api, plan, create }) {
      const result = await call(create({ ...toOptions(api), baseUrl: plan.peer.away }), api.download);
      const received = await new Response(/** @type {ReadableStream} */ (result.data)).text();
      holds(received.includes('"host"'), `the other origin tells what it was sent, not ${received}`);
      equal(
        Object.values(api.auth).filter((value) => received.includes(value)),
        [],
        "credentials that it was sent",
      );
    },
  },
  {
    title: "refuses to let a browser take credentials along on a redirect",
    applies: (api, { isBrowser }) => api.download && isBrowser,
    async run({ api, plan, create }) {
      const client = create({ ...toOptions(api), baseUrl: plan.peer.away, retry: false });
      const error = await rejection(call(client, api.download));
      holds(isNetworkError(error) && /redirect/i.test(error.message), `NetworkError of a redirect, not ${error}`);
    },
  },
  {
    title: "is answered in process by a mock of the parsed document, or told why not",
    async run(context) {
      await useMock(context, "document", context.api.document, answerDocumented);
    },
  },
  {
    title: "is answered in process by a mock of the API's name, or told why not",
    async run(context) {
      await useMock(context, "name", context.api.name, answerDocumented);
    },
  },
  {
    title: "is given the same answer for the same seed by a mock in process, or told why not",
    async run(context) {
      await useMock(context, "dynamic", context.api.document, async ({ api }, client) => {
        const made = ["one", "other", "one"].map(async (seed) => {
          const options = { headers: { prefer: `dynamic=true, seed=${seed}` } };
          return (await call(client, { ...api.read, options })).data;
        });
        const [first, other, again] = await Promise.all(made);
        equal(again, first, "answer");
        holds(JSON.stringify(other) !== JSON.stringify(first), "another seed gives another answer");
      });
    },
  },
];

/**
 * The cases that apply to an API in a run.
 *
 * @param {Pick<Plan, "hasEnvironment" | "isBrowser">} plan
 * @param {import("../src/plan.ts").ApiCalls} api
 */
export function casesFor(plan, api) {
  return cases.filter(({ applies }) => !applies || applies(api, plan));
}

/**
 * Runs every case for every API and resolves to what became of each; never rejects.
 *
 * @param {Record<string, (options?: Options) => Client>} factories by API name.
 * @param {Plan} plan
 */
export async function runSuite(factories, plan) {
  // One case of an API after the other, all APIs at the same time.
  const outcomes = await Promise.all(plan.apis.map((api) => runApi(factories[api.name], plan, api)));
  return { agent: globalThis.navigator?.userAgent ?? "", outcomes: outcomes.flat() };
}

/**
 * @param {((options?: Options) => Client) | undefined} factory
 * @param {Plan} plan
 * @param {ApiPlan} api
 */
async function runApi(factory, plan, api) {
  /** @type {Outcome[]} */
  const outcomes = [];
  const create = (/** @type {Options | undefined} */ options) => {
    if (!factory) throw new Error(`There is no client of ${api.name}.`);
    return factory(options);
  };
  for (const { title, run } of casesFor(plan, api)) {
    const error = await Promise.race([run({ api, plan, create }), failLate()]).then(
      () => undefined,
      (reason) => `${reason?.stack ?? reason}${reason?.cause ? `\ncaused by ${reason.cause}` : ""}`,
    );
    outcomes.push({ api: api.name, title, ...(error !== undefined && { error }) });
  }
  return outcomes;
}

/**
 * Uses a client whose `fetch` is a mock; where the plan says that the mock cannot run, only what it says is looked at.
 *
 * @param {Context} context
 * @param {keyof Plan["mockRefusals"]} kind
 * @param {string | object} target
 * @param {(context: Context, client: Client, mock: import("@artifetch/mock-server").MockFetch) => Promise<void>} use
 */
async function useMock(context, kind, target, use) {
  const { api, plan, create } = context;
  const refusal = plan.mockRefusals[kind];
  if (refusal === undefined) {
    const mock = createMockFetch(target);
    await use(context, create({ ...toOptions(api), fetch: mock }), mock);
    return;
  }
  let told = "";
  const fetch = async (/** @type {Request} */ request) => {
    const prefer = kind === "dynamic" ? { prefer: "dynamic=true" } : {};
    const asked = new Request(request, { headers: { ...Object.fromEntries(request.headers), ...prefer } });
    try {
      told = await (await createMockFetch(target)(asked)).text();
    } catch (error) {
      told = String(error);
    }
    return Response.json({});
  };
  await call(create({ ...toOptions(api), fetch }), api.read);
  holds(new RegExp(refusal).test(told), `${refusal} in ${told}`);
}

/**
 * @param {Context} context
 * @param {Client} client
 * @param {import("@artifetch/mock-server").MockFetch} mock
 */
async function answerDocumented({ api }, client, mock) {
  const read = await call(client, api.read);
  equal([read.status, read.data], [200, api.read.body], "answer");
  const missing = await call(client, api.missing);
  equal([missing.status, missing.error], [404, api.missing.body], "documented failure");
  equal(mock.journal.find(api.read.id)[0]?.response.status, 200, "status in the journal");
}

/** Only ends what hangs: a case takes milliseconds. */
const caseLimitMs = 60_000;

/** @returns {Promise<void>} */
function failLate() {
  return new Promise((_, reject) => {
    const timer = setTimeout(() => reject(new Error(`has not ended after ${caseLimitMs} ms`)), caseLimitMs);
    // Node, Bun and Deno would wait for it at the end.
    /** @type {{ unref?: () => void }} */ (/** @type {unknown} */ (timer)).unref?.();
  });
}

/** @param {ApiPlan} api */
function toOptions(api) {
  return { baseUrl: api.baseUrl, auth: api.auth };
}

/**
 * @param {Client} client
 * @param {Partial<import("../src/plan.ts").Call> & { options?: import("@artifetch/client").CallOptions } | undefined} call
 */
async function call(client, { id = "", request = {}, options } = {}) {
  const operation = client[id];
  if (!operation) throw new Error(`There is no operation ${id}.`);
  return operation({ ...request, ...options });
}

/** @param {unknown} stream */
async function toBytes(stream) {
  holds(stream instanceof ReadableStream, "data is a stream");
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
