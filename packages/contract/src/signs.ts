/** Signs that it is not the service that answers, or that it lets nobody in: then nothing was checked, whatever the counts say. */
import { listOperations, type OpenApiDocument, type Operation } from "@artifetch/document";
import { toEssence } from "./media-type.ts";
import type { Case, Exchange } from "./model.ts";
import { listCredentialPlaces } from "./redact.ts";
import { type Gate, StopRun } from "./runner.ts";

export interface Signs extends Gate {
  /** Why the run, now that it is over, shows nothing; undefined where it does. */
  conclude(): string | undefined;
}

/** So many answers of one kind and no other end the run at once: more requests would only be a nuisance. */
const enough = 10;

/** A tally of answers of which all may be of one kind. */
interface Tally {
  all: number;
  alike: number;
  first?: { operation: Operation; exchange: Exchange };
}

interface Sign {
  /** Shows itself only when all was asked: until then, it may be the fault of ids that do not exist. */
  isLate?: boolean;
  /** Whether the answer counts at all. */
  counts(operation: Operation, sent: Case): boolean;
  isAlike(operation: Operation, exchange: Exchange): boolean;
  describe(first: NonNullable<Tally["first"]>): string;
}

/** @param credentials those that were found; only their names are looked at. */
export function createSigns(document: OpenApiDocument, credentials: Readonly<Record<string, string>>): Signs {
  const tallies = listSigns(document, credentials).map((sign) => ({ sign, tally: { all: 0, alike: 0 } as Tally }));
  const conclude = (least: number, isOver: boolean): string | undefined => {
    const found = tallies.find(
      ({ sign, tally: { all, alike } }) => (isOver || !sign.isLate) && all >= least && alike === all,
    );
    return found?.tally.first && found.sign.describe(found.tally.first);
  };
  return {
    conclude: () => conclude(1, true),
    after: (operation, exchange, sent) => {
      // What was asked for by name of a mock says nothing of it.
      if (sent.wanted || sent.check === "unsupported_method") return undefined;
      for (const { sign, tally } of tallies) {
        if (!sign.counts(operation, sent)) continue;
        tally.all += 1;
        if (!sign.isAlike(operation, exchange)) continue;
        tally.alike += 1;
        tally.first ??= { operation, exchange };
      }
      const problem = conclude(enough, false);
      if (problem !== undefined) throw new StopRun(problem);
      return undefined;
    },
  };
}

function listSigns(document: OpenApiDocument, credentials: Readonly<Record<string, string>>): Sign[] {
  const isOpen = !listOperations(document).some(isSecured);
  const isPlain = (_: Operation, { kind, request }: Case) => kind === "positive" && !request.isAnonymous;
  return [
    {
      counts: () => true,
      // Frameworks put their errors on a page of their own: one of 5xx is the service's, and a finding.
      isAlike: (operation, { response: { status, headers } }) =>
        status < 500 && isHtml(headers["content-type"]) && !documentsHtml(operation),
      describe: ({ exchange }) =>
        `Every answer is a web page (HTML), where the document has none: this is a proxy, a login or an application's page, not the service. ${toLine(exchange)}${toTitle(exchange)}. Is the base URL right?`,
    },
    {
      counts: isPlain,
      isAlike: ({ responses }, { response: { status } }) =>
        status >= 300 && status < 400 && !Object.keys(responses).some((key) => key.startsWith("3")),
      describe: ({ exchange }) =>
        `Every answer is a redirect, where the document has none. ${toLine(exchange)}, to ${toTarget(exchange)}. Redirects are not followed: is the base URL right?`,
    },
    {
      // Where the document says of no operation that it needs any, all of them count.
      counts: (operation, sent) => isPlain(operation, sent) && (isOpen || isSecured(operation)),
      isAlike: (_, { response: { status } }) => [401, 403, 407].includes(status),
      describe: ({ operation, exchange }) =>
        `Every answer to what needs credentials is 401, 403 or 407: ${describeCredentials(document, operation, credentials)} ${toLine(exchange)}.`,
    },
    {
      isLate: true,
      counts: isPlain,
      isAlike: (_, { response: { status } }) => status === 404,
      describe: ({ exchange }) =>
        `Every answer is 404: nothing of the document is there. ${toLine(exchange)}. Is the base URL right? ${describeServers(document)} Where it is, give ids that exist with --param NAME=VALUE.`,
    },
  ];
}

function isSecured({ security }: Operation): boolean {
  return security.length > 0 && security.every((names) => Object.keys(names).length > 0);
}

function isHtml(contentType: string | undefined): boolean {
  return contentType !== undefined && ["text/html", "application/xhtml+xml"].includes(toEssence(contentType));
}

function documentsHtml({ responses }: Operation): boolean {
  return Object.values(responses).some(({ content = {} }) =>
    Object.keys(content).some((key) => isHtml(key) || /^(text\/)?\*/.test(key)),
  );
}

/** `The first: GET https://…/runs, answered with 200`; without the query, which may hold a credential. */
function toLine({ request, response }: Exchange): string {
  const { origin, pathname } = new URL(request.url);
  return `The first: ${request.method} ${origin}${pathname}, answered with ${response.status}`;
}

function toTitle({ response }: Exchange): string {
  const [, title = ""] = /<title[^>]*>([^<]{1,200})/i.exec(new TextDecoder().decode(response.body)) ?? [];
  const text = title.replaceAll(/[\s\p{Cc}]+/gu, " ").trim();
  return text === "" ? "" : ` (${JSON.stringify(text)})`;
}

function toTarget({ request, response }: Exchange): string {
  const { location } = response.headers;
  if (location === undefined || !URL.canParse(location, request.url)) return "nowhere (no Location)";
  const { origin, pathname } = new URL(location, request.url);
  return origin + pathname;
}

function describeCredentials(
  document: OpenApiDocument,
  { security }: Operation,
  credentials: Readonly<Record<string, string>>,
): string {
  const names = new Set(security.flatMap((each) => Object.keys(each)));
  const places = listCredentialPlaces(document).filter(({ scheme }) => names.has(scheme));
  const list = (isSet: boolean) =>
    [
      ...new Set(
        places.filter(({ scheme }) => (credentials[scheme] !== undefined) === isSet).map(({ variable }) => variable),
      ),
    ].join(", ");
  const [set, missing] = [list(true), list(false)];
  return [
    ...(missing === "" ? [] : [`${missing} ${missing.includes(",") ? "are" : "is"} not set in the environment.`]),
    ...(set === "" ? [] : [`What ${set} ${set.includes(",") ? "hold" : "holds"} was sent and is not accepted.`]),
    ...(places.length === 0 ? ["The document names no credential that could be sent."] : []),
  ].join(" ");
}

function describeServers({ servers = [] }: OpenApiDocument): string {
  const urls = servers.map(({ url }) => url).filter((url) => url !== "/");
  return urls.length === 0 ? "Paths of the document are appended to it." : `The document's: ${urls.join(", ")}.`;
}
