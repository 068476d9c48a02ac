/** The mock of one document: finds the operation of a request and lets its mocker answer. */

import type { OpenApiDocument } from "@artifetch/document";
import type { IHttpOperationConfig } from "@stoplight/prism-http";
import type { IHttpOperation } from "@stoplight/types";
import { MockServerError } from "./errors.ts";
import { type Answered, createMocker, type Mocker } from "./mocker.ts";
import { listOperations, type Operation, prepareOperation } from "./operations.ts";
import { loadRouter } from "./prism.ts";
import { type ProblemError, toMethodNotAllowed, toNotFound } from "./problem.ts";
import type { EngineRequest } from "./read-request.ts";
import { createRoutes } from "./routes.ts";

export type Routed = { operation: Operation } | { refused: ProblemError };

export interface Engine {
  /** In the document's order; at least one. */
  operations: readonly Operation[];
  /** Finds the operation for a request; the one of GET where HEAD is asked for and not declared. */
  route(request: EngineRequest): Routed;
  /** Methods in upper case that the document has for a path; HEAD among them where GET is. Empty: no such path. */
  findMethods(path: string): string[];
  /**
   * Checks a request against its operation and mocks the answer: at once where it can, as a promise where the operation is
   * asked for the first time or the answer needs Prism. Answers that are the same are the same object.
   */
  answer(operation: Operation, request: EngineRequest, config: IHttpOperationConfig): Answered | Promise<Answered>;
  /** Mocks an answer as if the request were in order. */
  answerAnything(operation: Operation, request: EngineRequest, config: IHttpOperationConfig): Promise<Answered>;
}

/** @throws {MockServerError} when the document has no operation. */
export function createEngine(document: OpenApiDocument): Engine {
  const operations = listOperations(document);
  if (operations.length === 0)
    throw new MockServerError(`${document.info?.title ?? "The document"} has no operation: there is nothing to mock.`);
  const routes = createRoutes(operations);
  const mockers = new Map<Operation, Mocker>();
  const loading = new Map<Operation, Promise<Mocker>>();
  const unchecked = new Map<Operation, Promise<Mocker>>();

  return {
    operations,
    route: (request) => {
      const routed = routeOnce(request);
      if (request.method !== "head" || !("refused" in routed) || routed.refused.status !== 405) return routed;
      const asGet = routeOnce({ ...request, method: "get" });
      return "refused" in asGet ? routed : asGet;
    },
    findMethods: (path) => {
      const methods = routes.findAll(path).map(({ method }) => method.toUpperCase());
      return [...new Set(methods.flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method])))];
    },
    answer: (operation, request, config) => {
      const mocker = mockers.get(operation);
      return mocker ? mocker(request, config) : load(operation).then((loaded) => loaded(request, config));
    },
    answerAnything: async (operation, { method, url: { path }, headers: { accept } }, config) => {
      const headers = accept === undefined ? {} : { accept };
      const mocker = await (unchecked.get(operation) ?? loadUnchecked(operation));
      return mocker({ method, url: { path, query: {} }, headers, body: null }, config);
    },
  };

  function routeOnce(request: EngineRequest): Routed {
    const { path, baseUrl } = request.url;
    if (baseUrl !== undefined) return routeByServer(operations, request);
    const operation = routes.find(request.method, path);
    if (operation) return { operation };
    // Prism's words.
    return routes.findAll(path).length === 0
      ? { refused: toNotFound(`The route ${path} hasn't been found in the specification file`) }
      : {
          refused: toMethodNotAllowed(
            `The route ${path} has been matched, but it does not have "${request.method}" method defined`,
          ),
        };
  }

  function loadUnchecked(operation: Operation): Promise<Mocker> {
    const started = prepareOperation(document, operation).then((resource) =>
      createMocker({ ...resource, request: {}, security: [] }),
    );
    unchecked.set(operation, started);
    started.catch(() => unchecked.delete(operation));
    return started;
  }

  /** Requests that come meanwhile wait for the same; what failed is tried again with the next. */
  function load(operation: Operation): Promise<Mocker> {
    const known = loading.get(operation);
    if (known) return known;
    const started = prepareOperation(document, operation)
      .then((resource) => {
        const mocker = createMocker(resource);
        mockers.set(operation, mocker);
        return mocker;
      })
      .finally(() => loading.delete(operation));
    loading.set(operation, started);
    return started;
  }
}

/** With `?__server=URL`, Prism looks at all operations: a rare wish, so it does. */
function routeByServer(operations: readonly Operation[], request: EngineRequest): Routed {
  // The router reads no other part of an operation.
  const resources = operations as readonly unknown[] as IHttpOperation[];
  const found = loadRouter()({ resources, input: request });
  if (found._tag === "Left") return { refused: found.left };
  return { operation: operations.find((operation) => (operation as unknown) === found.right) as Operation };
}
