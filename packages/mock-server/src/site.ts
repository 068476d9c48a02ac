/** Everything behind one address: the APIs by their paths, the documentation site, the health check. No socket. */

import { isDeepStrictEqual } from "node:util";
import type { OpenApiDocument } from "@artifetch/document";
import { type LoadedDocument, listApis, loadDocument } from "@artifetch/document/load";
import { MockServerError, OptionError } from "./errors.ts";
import { createHandler, type Handler } from "./handler.ts";
import { createHostTable, type HostAddress, listAddresses } from "./hosts.ts";
import { renderIndexPage } from "./index-page.ts";
import { createJournal, type Journal, noJournal, type WritableJournal } from "./journal.ts";
import { type MockRequest, type MockResponse, toProblemResponse, toResponse, withoutBody } from "./message.ts";
import { defaultHost, type MockServerOptions, toFolderPath } from "./options.ts";
import { type ProblemError, RefusedRequest, toInternalProblem, toMethodNotAllowed, toNotFound } from "./problem.ts";
import { type SplitUrl, splitUrl } from "./read-request.ts";
import { loadMemory } from "./stateful/load.ts";
import { readStaticFile } from "./static-files.ts";

export interface ServedApi {
  /** API name, or a slug of the document's file name. */
  name: string;
  /** `""` for a single target, else `/<name>`. */
  basePath: string;
  title: string;
  /** Number of operations. */
  operations: number;
  /** Hosts that name the API in a request, lower case, without port: `<name>.localhost`, then those of the document's servers. */
  hosts: string[];
  /** With `stateful`: what the document does not say, so that it is not remembered; one sentence each. */
  notes?: readonly string[];
}

export interface SiteResponse extends MockResponse {
  /** Name of the API that was asked. */
  api?: string;
}

export interface Site {
  /** As they are now: a reload changes them. */
  readonly apis: readonly ServedApi[];
  /** As they are now, in the order of `apis`. */
  readonly documents: readonly LoadedDocument[];
  journal: Journal;
  /** Answers as `Handler.handle` does: at once or as a promise, and never fails. */
  handle(request: MockRequest): SiteResponse | Promise<SiteResponse>;
  /**
   * Reads the document of an API again. When it has changed, requests are answered from it, and what was remembered is
   * forgotten; those under way end with the old one.
   *
   * @returns whether it has changed.
   * @throws {DocumentError} when it cannot be read, {MockServerError} when there is nothing to mock: the old one stays.
   */
  reload(name: string): Promise<boolean>;
}

interface Mounted extends ServedApi {
  loaded: LoadedDocument;
  document: OpenApiDocument;
  handler: Handler;
  mark(response: MockResponse): SiteResponse;
  addresses: HostAddress[];
  hasPath: Handler["hasPath"];
}

/** What a request is answered from: never changed, only replaced. */
interface Mounts {
  list: readonly Mounted[];
  apis: readonly ServedApi[];
  findByHost: ReturnType<typeof createHostTable<Mounted>>;
  docs: MockServerOptions["docs"];
}

export const healthPath = "/__artifetch/health";
export const journalPath = "/__artifetch/journal";
/** DELETE forgets what a session has changed, in every API. */
export const statePath = "/__artifetch/state";

/**
 * Reads every document and makes the site; nothing but the files of `docs` is read later, unless a document is reloaded.
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
  const targets = options.targets && options.targets.length > 0 ? options.targets : listApis();
  const loaded = await Promise.all(targets.map((target) => loadDocument(target)));
  checkNames(loaded);
  const list = await Promise.all(
    loaded.map((document) => mount(document, targets.length === 1 ? "" : `/${document.name}`, options)),
  );
  let mounts = toMounts(list, options);
  const wanted = options.journal ?? false;
  const journal =
    wanted && createJournal(wanted === true ? {} : wanted, () => mounts.list.map(({ document }) => document));
  const handle = (request: MockRequest): SiteResponse | Promise<SiteResponse> => {
    try {
      const response = respond(request, mounts, journal);
      return response instanceof Promise ? response.catch(toFailure) : response;
    } catch (error) {
      return toFailure(error);
    }
  };
  return {
    journal: journal || noJournal,
    get apis() {
      return mounts.apis;
    },
    get documents() {
      return mounts.list.map((mounted) => mounted.loaded);
    },
    handle(request) {
      const response = handle(request);
      return journal ? keep(journal, request, response) : response;
    },
    async reload(name) {
      const index = mounts.list.findIndex((mounted) => mounted.name === name);
      const [target, old] = [targets[index], mounts.list[index]];
      if (target === undefined || !old) throw new MockServerError(`There is no API "${name}" to reload.`);
      const loaded = await loadDocument(target);
      const isChanged = !isDeepStrictEqual(loaded.document, old.document);
      // The same document may stand in other files now.
      const mounted = isChanged ? await mount(loaded, old.basePath, options) : { ...old, loaded };
      // Others may have been reloaded meanwhile.
      mounts = toMounts(mounts.list.with(index, mounted), options);
      return isChanged;
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

async function mount(loaded: LoadedDocument, basePath: string, options: MockServerOptions): Promise<Mounted> {
  const { name, document } = loaded;
  const memory = await loadMemory(document, options);
  const handler = createHandler(document, options, memory);
  const addresses = listAddresses(name, document);
  return {
    name,
    basePath,
    title: document.info?.title ?? name,
    operations: handler.operationCount,
    hosts: [...new Set(addresses.map(({ host }) => host))],
    ...(memory && { notes: memory.notes }),
    loaded,
    document,
    handler,
    mark: createMark(name),
    addresses,
    hasPath: handler.hasPath,
  };
}

function toMounts(list: readonly Mounted[], { host = defaultHost, docs }: MockServerOptions): Mounts {
  const apis = list.map(({ name, basePath, title, operations, hosts, notes }) => ({
    name,
    basePath,
    title,
    operations,
    hosts,
    ...(notes && { notes }),
  }));
  return { list, apis, findByHost: createHostTable(list, host), docs };
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
  { list, apis, findByHost, docs }: Mounts,
  journal: WritableJournal | false,
): SiteResponse | Promise<SiteResponse> {
  const { pathname, search } = splitUrl(request.url);
  if (pathname === healthPath) return answerFixed(request, () => toJson({ status: "ok", apis }));
  if (pathname === journalPath) return answerJournal(request, journal);
  if (pathname === statePath) return resetState(request, list);
  const named = findByHost(readHost(request), pathname);
  if (named) return answerApi(named.api, request, { pathname: named.path, search });
  const mounted = list.find(({ basePath }) => pathname === basePath || pathname.startsWith(`${basePath}/`));
  if (!mounted) return answerDocs(request, pathname, apis, docs);
  return answerApi(mounted, request, { pathname: pathname.slice(mounted.basePath.length) || "/", search });
}

/** RFC 9112, section 3.2.2: the host of a whole URL on the request line counts, not the header. */
function readHost({ url, headers }: MockRequest): string {
  return url.startsWith("/") || !URL.canParse(url) ? (headers.host ?? "") : new URL(url).host;
}

function resetState(request: MockRequest, mounts: readonly Mounted[]): MockResponse {
  if (request.method !== "DELETE") {
    const response = toProblemResponse(toMethodNotAllowed(`This path takes DELETE, not ${request.method}.`));
    return { ...response, headers: { ...response.headers, allow: "DELETE" } };
  }
  for (const { handler } of mounts) handler.reset(request.headers);
  return { status: 204, headers: {}, problems: [] };
}

/** @param split path and query within the API. */
function answerApi(mount: Mounted, request: MockRequest, split: SplitUrl): SiteResponse | Promise<SiteResponse> {
  if (split.pathname === "/openapi.json" && !mount.document.paths?.["/openapi.json"])
    return mount.mark(answerFixed(request, () => toJson(mount.document)));
  const response = mount.handler.handle(request, split);
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
