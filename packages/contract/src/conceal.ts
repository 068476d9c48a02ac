/** Traffic of others holds secrets that no document names: they are taken out of everything that is shown. */
import type { Exchange, Finding, Headers, HttpRequest } from "./model.ts";
import { toCurlLine } from "./redact.ts";

/** Names of headers, query parameters and cookies that are likely to hold a secret. */
const secretName = /auth|token|secret|passw|session|signature|credential|cookie|csrf|xsrf|jwt|api[-_]?key|\bkey\b/i;

/** Names of fields in bodies that hold a secret. `next_page_token` and the like are not meant. */
const secretField =
  /^(.*(passw(or)?d|passphrase|secret|api_?key|private_?key|credential).*|(access|refresh|id|auth|session|bearer)?_?token|jwt)$/i;

/**
 * Takes secrets out of a finding: by the names of what holds them, and wherever else their values turn up, such as in the
 * answer of a service that repeats what it was sent. What core has replaced already (`$NAME`) stays.
 *
 * @param original the exchange as it was, with the secrets.
 * @param variables names of environment variables that a `curl` line leaves to the shell.
 */
export function concealFinding(finding: Finding, original: Exchange, variables: readonly string[]): Finding {
  if (!finding.exchange) return finding;
  const values = listSecrets(original);
  const exchange = concealExchange(finding.exchange, original);
  const own = Object.keys(exchange.request.headers).map(toVariable);
  return {
    ...finding,
    message: replaceAll(finding.message, values),
    exchange,
    curl: toCurlLine(exchange.request, [...variables, ...own]),
  };
}

/** A text of an exchange, such as its path, without the secrets that stand in the exchange. */
export function concealText(text: string, original: Exchange): string {
  return replaceAll(text, listSecrets(original));
}

/** @param redacted the exchange after `redactExchange`; `original` is the same before it. */
export function concealExchange(redacted: Exchange, original: Exchange): Exchange {
  const values = listSecrets(original);
  const { request, response } = redacted;
  return {
    ...redacted,
    request: concealRequest(request, values),
    response: {
      ...response,
      headers: concealHeaders(response.headers, values, () => "(hidden)"),
      body: concealBody(response.body, values),
    },
  };
}

function concealRequest(request: HttpRequest, values: readonly string[]): HttpRequest {
  const { body } = request;
  return {
    ...request,
    url: concealUrl(request.url, values),
    headers: concealHeaders(request.headers, values, (name) => `$${toVariable(name)}`),
    ...(body && { body: concealBody(body, values) }),
  };
}

function toVariable(name: string): string {
  return name.replaceAll(/\W+/g, "_").toUpperCase();
}

function concealHeaders(headers: Headers, values: readonly string[], hide: (name: string) => string): Headers {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => {
      const isHidden = /^(\w+ )?\$\w+$|\(hidden\)|=\$/.test(value);
      return [name, secretName.test(name) && !isHidden && !isHarmless(name) ? hide(name) : replaceAll(value, values)];
    }),
  );
}

/** Says how to sign in, which is no secret. */
function isHarmless(name: string): boolean {
  return name === "www-authenticate" || name.startsWith("access-control-");
}

function concealUrl(text: string, values: readonly string[]): string {
  const [base = "", query] = text.split("?", 2);
  if (query === undefined) return replaceAll(text, values);
  const pairs = query.split("&").map((pair) => {
    const [name = "", value] = pair.split("=", 2);
    const isSecret = value !== undefined && !value.startsWith("$") && isSecretParameter(name);
    return isSecret ? `${name}=(hidden)` : replaceAll(pair, values);
  });
  return `${replaceAll(base, values)}?${pairs.join("&")}`;
}

function isSecretParameter(name: string): boolean {
  return secretField.test(name) || /^(x-amz-signature|x-amz-credential|sig|signature|code|key)$/i.test(name);
}

/** Every value that stood where secrets stand, longest first; short ones would be found in innocent text. */
function listSecrets({ request, response }: Exchange): string[] {
  const headers = [request, response].flatMap((message) =>
    Object.entries(message.headers)
      .filter(([name]) => secretName.test(name) && !isHarmless(name))
      .flatMap(([name, value]) =>
        /cookie$/.test(name) ? listCookieValues(value) : [value, value.replace(/^\w+ /, "")],
      ),
  );
  const query = [...new URL(request.url).searchParams]
    .filter(([name]) => isSecretParameter(name))
    .map(([, value]) => value);
  return [...new Set([...headers, ...query])]
    .filter((value) => value.length >= shortestSecret)
    .toSorted((a, b) => b.length - a.length);
}

const shortestSecret = 6;

function listCookieValues(value: string): string[] {
  return value
    .split(/[;\n]\s*|,\s*(?=[^;,=\s]+=)/)
    .filter((pair) => !/^(path|domain|expires|max-age|samesite|priority)=/i.test(pair))
    .map((pair) => pair.slice(pair.indexOf("=") + 1));
}

function replaceAll(text: string, values: readonly string[]): string {
  return values.reduce((all, value) => all.replaceAll(value, "(hidden)"), text);
}

/** In one-byte characters, so that what is not text stays the bytes that it is. */
function concealBody(body: Uint8Array, values: readonly string[]): Uint8Array {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("latin1");
  const bytes = values.map((value) => Buffer.from(value, "utf8").toString("latin1"));
  const concealed = replaceAll(text, bytes)
    .replaceAll(/"((?:[^"\\]|\\.)*)"(\s*:\s*)"(?:[^"\\]|\\.)*"/g, (all, name: string, colon: string) =>
      secretField.test(name) ? `"${name}"${colon}"(hidden)"` : all,
    )
    .replaceAll(/(^|&)([\w.%-]+)=([^&\s"{}<>]+)/g, (all, start: string, name: string) =>
      secretField.test(name) ? `${start}${name}=(hidden)` : all,
    );
  return concealed === text ? body : Buffer.from(concealed, "latin1");
}
