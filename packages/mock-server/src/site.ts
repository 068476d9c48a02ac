/** Everything behind one address: the APIs by their paths, the documentation site, the health check. No socket. */

import type { OpenApiDocument } from "@artifetch/document";
import { type LoadedDocument, listApis, loadDocument } from "@artifetch/document/load";
import { MockServerError, OptionError } from "./errors.ts";
import { createHandler, type Handler } from "./handler.ts";
import { renderIndexPage } from "./index-page.ts";
import { createJournal, type Journal, noJournal, type WritableJournal } from "./journal.ts";
import { type MockRequest, type MockResponse, toProblemResponse, toResponse, withoutBody } from "./message.ts";
import { type MockServerOptions, toFolderPath } from "./options.ts";
import { type ProblemError, RefusedRequest, toInternalProblem, toMethodNotAllowed, toNotFound } from "./problem.ts";
import { splitUrl } from "./read-request.ts";
import { readStaticFile } from "./static-files.ts";

export interface ServedApi {
  /** API name, or a slug of the document's file name. */
  name: string;
  /** `""` for a single target, else `/<name>`. */
  basePath: string;
  title: string;
  /** Number of operations. */
  operations: number;
}

export interface SiteResponse extends MockResponse {
  /** Name of the API that was asked. */
  api?: string;
}

export interface Site {
  apis: ServedApi[];
  journal: Journal;
  /** Answers as `Handler.handle` does: at once or as a promise, and never fails. */
  handle(request: MockRequest): SiteResponse | Promise<SiteResponse>;
}

interface Mounted extends ServedApi {
  document: OpenApiDocument;
  handler: Handler;
  mark(response: MockResponse): SiteResponse;
}

export const healthPath = "/__artifetch/health";
export const journalPath = "/__artifetch/journal";

/**
 * Reads every document and makes the site; nothing but the files of `docs` is read later.
 *
 * @param options checked already.
 * @throws {DocumentError} for a target that cannot be read.
 * @throws {OptionError} for `docs` with a single target.
 * @throws {MockServerError} for two targets of one name, or a document without operations.
 */
export async function createSite(options: MockServerOptions): Promise<Site> {
  if (options.targets?.length === 1 && options.docs) {
    throw new OptionError("docs", "needs several targets or none: a single target is served at / itself.");
  }
  const mounts = await mountTargets(options);
  const apis = mounts.map(({ name, basePath, title, operations }) => ({ name, basePath, title, operations }));
  const wanted = options.journal ?? false;
  const journal = wanted && createJournal(wanted === true ? {} : wanted, () => mounts.map(({ document }) => document));
  const handle = (request: MockRequest): SiteResponse | Promise<SiteResponse> => {
    try {
      const response = respond(request, mounts, apis, options.docs, journal);
      return response instanceof Promise ? response.catch(toFailure) : response;
    } catch (error) {
      return toFailure(error);
    }
  };
  return {
    apis,
    journal: journal || noJournal,
    handle(request) {
      const response = handle(request);
      return journal ? keep(journal, request, response) : response;
    },
  };
}

/** Keeps what was asked of an API; what is asked of the server itself is nothing that a test has done. */
function keep(
  journal: WritableJournal,
  request: MockRequest,
  answered: SiteResponse | Promise<SiteResponse>,
): SiteResponse | Promise<SiteResponse> {
  if (answered instanceof Promise) return answered.then((response) => keep(journal, request, response));
  if (!request.url.startsWith("/__artifetch/")) journal.record(request, answered);
  return answered;
}

function toFailure(error: unknown): MockResponse {
  return toProblemResponse(error instanceof RefusedRequest ? error : toInternalProblem(error));
}

async function mountTargets({ targets = [], dynamic, seed, errors }: MockServerOptions): Promise<Mounted[]> {
  const loaded = await Promise.all((targets.length > 0 ? targets : listApis()).map((target) => loadDocument(target)));
  checkNames(loaded);
  return Promise.all(
    loaded.map(async ({ name, document }) => {
      const handler = createHandler(document, { dynamic, seed, errors });
      const basePath = targets.length === 1 ? "" : `/${name}`;
      const title = document.info?.title ?? name;
      return { name, basePath, title, operations: handler.operationCount, document, handler, mark: createMark(name) };
    }),
  );
}

function checkNames(loaded: readonly LoadedDocument[]): void {
  const sources = new Map<string, string>();
  for (const { name, source } of loaded) {
    const other = sources.get(name);
    if (other !== undefined) {
      const reason = `Two documents have the name "${name}": ${other} and ${source}.`;
      throw new MockServerError(`${reason} Each is served under its name: leave one out, or rename its file.`);
    }
    sources.set(name, source);
  }
}

function respond(
  request: MockRequest,
  mounts: readonly Mounted[],
  apis: readonly ServedApi[],
  docs: MockServerOptions["docs"],
  journal: WritableJournal | false,
): SiteResponse | Promise<SiteResponse> {
  const { pathname, search } = splitUrl(request.url);
  if (pathname === healthPath) return answerFixed(request, () => toJson({ status: "ok", apis }));
  if (pathname === journalPath) return answerJournal(request, journal);
  const mount = mounts.find(({ basePath }) => pathname === basePath || pathname.startsWith(`${basePath}/`));
  if (!mount) return answerDocs(request, pathname, apis, docs);
  return answerApi(mount, { ...request, url: (pathname.slice(mount.basePath.length) || "/") + search });
}

function answerApi(mount: Mounted, request: MockRequest): SiteResponse | Promise<SiteResponse> {
  const isDocument = request.url.startsWith("/openapi.json") && !mount.document.paths?.["/openapi.json"];
  if (isDocument && splitUrl(request.url).pathname === "/openapi.json")
    return mount.mark(answerFixed(request, () => toJson(mount.document)));
  const response = mount.handler.handle(request);
  return response instanceof Promise ? response.then(mount.mark) : mount.mark(response);
}

/** Adds the name of an API to its answers: those that are the same stay the same. */
function createMark(api: string): (response: MockResponse) => SiteResponse {
  const marked = new WeakMap<MockResponse, SiteResponse>();
  return (response) => {
    const known = marked.get(response) ?? { ...response, api };
    marked.set(response, known);
    return known;
  };
}

async function answerDocs(
  request: MockRequest,
  pathname: string,
  apis: readonly ServedApi[],
  docs: MockServerOptions["docs"],
): Promise<MockResponse> {
  if (docs) {
    const response = await readStaticFile(toFolderPath(docs), pathname);
    return response.status === 404 ? toUnknownPath(pathname, apis) : answerFixed(request, () => response);
  }
  if (docs === undefined && pathname === "/") return answerFixed(request, () => renderIndexPage(apis));
  return toUnknownPath(pathname, apis);
}

function toUnknownPath(pathname: string, apis: readonly ServedApi[]): MockResponse {
  const served = apis.map(({ basePath }) => basePath).join(", ");
  return toProblemResponse(toNotFound(`Nothing is served at ${pathname}. APIs: ${served}.`));
}

/** The journal for a test in another process. */
function answerJournal(request: MockRequest, journal: WritableJournal | false): MockResponse {
  if (!journal) return toProblemResponse(toNotFound("No journal is kept. Start the server with --journal."));
  if (request.method === "DELETE") {
    journal.clear();
    return { status: 204, headers: {}, problems: [] };
  }
  return answerFixed(request, () => toJson({ entries: journal.entries }), ["DELETE"]);
}

/** What GET and HEAD read and no other method changes. */
function answerFixed(
  request: MockRequest,
  respond: () => MockResponse,
  otherMethods: readonly string[] = [],
): MockResponse {
  if (request.method === "GET") return respond();
  if (request.method === "HEAD") return withoutBody(respond());
  const methods = ["GET", "HEAD", ...otherMethods];
  const refused: ProblemError = toMethodNotAllowed(`This path takes ${methods.join(", ")}, not ${request.method}.`);
  const response = toProblemResponse(refused);
  return { ...response, headers: { ...response.headers, allow: methods.join(", ") } };
}

function toJson(value: unknown): MockResponse {
  return toResponse(200, "application/json", JSON.stringify(value));
}
