/** Why no answer came, in words. A browser tells a page almost nothing of it, so that it has to be concluded. */

export interface FailureFacts {
  error: unknown;
  /** Base URL of the service. */
  baseUrl: string;
  /** Address of the page. */
  pageUrl: string;
  /** Whether the page's own policy refused the request. */
  isRefusedByPolicy: boolean;
  isOnline: boolean;
  /** Whether anything answers at the service's host; undefined where that was not asked. */
  isReachable: boolean | undefined;
}

/** One or two sentences: what happened, and what can be done. */
export function explainFailure(facts: FailureFacts): string {
  const { error, baseUrl, pageUrl, isRefusedByPolicy, isOnline, isReachable } = facts;
  const { name, message } = error instanceof Error ? error : { name: "", message: String(error) };
  if (name === "AbortError") return "Cancelled before an answer came.";
  // Nothing was sent: the message says what was wrong with what was filled in.
  if (name !== "NetworkError") return message;
  if (message.startsWith("Redirect")) {
    return "The service answered with a redirect. A browser hides where it leads, and following it would hand your key to that place, so it is not followed.";
  }
  const { origin, protocol } = new URL(baseUrl);
  if (isMixed(baseUrl, pageUrl)) {
    return `This page came over https, and a browser lets such a page send nothing to ${origin}, which is plain http (mixed content). Use an https address, or open a copy of this site over http.`;
  }
  if (isRefusedByPolicy) {
    return `The policy of this page (Content-Security-Policy, connect-src) does not let it send to ${origin}. Only http and https addresses are allowed${protocol === "http:" || protocol === "https:" ? "; whoever serves this copy of the site may allow fewer" : ""}.`;
  }
  if (!isOnline) return "The browser is offline.";
  if (origin === new URL(pageUrl).origin) {
    return "Nothing answered, or the connection broke before an answer. If this site was started with `npx pnpm@12 start`, see whether that still runs.";
  }
  if (isReachable) {
    return `${origin} is there, but does not allow this page to read its answers, or to send this request (CORS). Whether the request was carried out is not known. Services seldom allow that to other sites: use the curl line, the client outside a browser, or a proxy of your own that allows this page.`;
  }
  return `No answer from ${origin}: the name is unknown, nothing listens there, its certificate is not trusted, or the browser keeps this page from the local network.`;
}

/** Loopback addresses count as secure (https://w3c.github.io/webappsec-secure-contexts/#is-origin-trustworthy). */
function isMixed(baseUrl: string, pageUrl: string): boolean {
  const { protocol, hostname } = new URL(baseUrl);
  const isLoopback = /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
  return new URL(pageUrl).protocol === "https:" && protocol === "http:" && !isLoopback;
}

/** Why a base URL cannot be used; undefined for one that can. */
export function refuseBaseUrl(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) {
    return `"${text}" is no absolute URL; write one that starts with https:// or http://, such as https://api.example.com/v1.`;
  }
  if (url.username || url.password)
    return "Leave user and password out of the base URL: the fields below are for them.";
  if (url.search || url.hash) return "A base URL has no query and no fragment: leave out what begins with ? or #.";
  return undefined;
}
