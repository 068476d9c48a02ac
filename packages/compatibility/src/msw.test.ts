/** The client of every API, unchanged and without a base URL of its own, answered by MSW with the handlers of the mock. */
import { createMockHandlers } from "@artifetch/mock-server/msw";
import { setupServer } from "msw/node";
import { expect, onTestFinished, test } from "vitest";
import { createClient } from "./client.ts";
import { planCalls } from "./plan.ts";

const calls = await planCalls();

test.each(calls)(
  "$name is answered where its client looks for it",
  async ({ name, auth, read, missing, send, download }) => {
    const handlers = await createMockHandlers(name);
    const server = setupServer(...handlers);
    server.listen({ onUnhandledFrame: "error" });
    onTestFinished(() => server.close());
    const client = await createClient(name, { auth, retry: false });
    const planned = [read, missing, send, download].filter((call) => call !== undefined);
    for (const { id, request, status, body } of planned) {
      const result = await client[id]?.(request);
      const data = result?.data instanceof ReadableStream ? await new Response(result.data).text() : result?.data;
      expect({ id, status: result?.status, answer: data ?? result?.error }).toEqual({ id, status, answer: body });
    }
    expect(handlers.journal.entries.map(({ operationId }) => operationId)).toEqual(planned.map(({ id }) => id));
  },
);
