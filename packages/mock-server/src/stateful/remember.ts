/** The memory behind the engine: what the engine has answered may become what is remembered. */

import type { IHttpOperationConfig } from "@stoplight/prism-http";
import type { Engine } from "../engine.ts";
import type { MockRequest } from "../message.ts";
import type { Answered } from "../mocker.ts";
import type { Operation } from "../operations.ts";
import { RefusedRequest } from "../problem.ts";
import type { EngineRequest } from "../read-request.ts";
import type { Memory } from "./memory.ts";

interface Remembering {
  memory: Memory;
  engine: Engine;
  operation: Operation;
  request: MockRequest;
  input: EngineRequest;
  config: IHttpOperationConfig;
}

/** The engine's answer, or what memory makes of it. A request that is not in order changes nothing. */
export function remember(call: Remembering, mocked: Answered | Promise<Answered>): Answered | Promise<Answered> {
  return mocked instanceof Promise ? mocked.then((answered) => recall(call, answered)) : recall(call, mocked);
}

function recall(
  { memory, engine, operation, request, input, config }: Remembering,
  answered: Answered,
): Answered | Promise<Answered> {
  if ("refused" in answered) return answered;
  const known = memory.answer({
    operation,
    path: input.url.path,
    query: input.url.query,
    headers: input.headers,
    body: input.body,
    bytes: request.body,
    answer: answered,
  });
  if (!known) return answered;
  if (!("refused" in known)) return { ...answered, ...known };
  const { refused, example, isDeclared, detail } = known;
  // An error has a media type of its own, whatever was asked for.
  const headers = { ...input.headers, accept: "*/*" };
  if (isDeclared)
    return engine.answer(
      operation,
      { ...input, headers },
      { ...config, code: refused, ...(example && { exampleKey: example }) },
    );
  const { type, title } = problems[refused] ?? { type: "REFUSED", title: "Refused" };
  return { refused: new RefusedRequest(type, refused, title, detail) };
}

/** Where the document has no words of its own. */
const problems: Record<number, { type: string; title: string }> = {
  400: { type: "INVALID_REQUEST", title: "Invalid request" },
  404: { type: "RESOURCE_NOT_FOUND", title: "Not there" },
  409: { type: "STATE_CONFLICT", title: "Not in this state" },
};
