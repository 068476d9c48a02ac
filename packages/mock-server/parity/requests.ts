/** Requests for the operations of any document: what it asks for, and all that can be wrong with that. */

import {
  isJsonMediaType,
  isObject,
  listOperations,
  type OpenApiDocument,
  type Operation,
  type Parameter,
} from "@artifetch/document";
import fc from "fast-check";
import type { WireRequest } from "../fixtures/wire.ts";
import { oddTexts, spoiled, valuesOf } from "./values.ts";

type Headers = Record<string, string>;
type Pair = [name: string, value: string];

/** Requests for every operation of a document, each as likely as any other. */
export function requestsOf(document: OpenApiDocument): fc.Arbitrary<WireRequest> {
  const operations = listOperations(document);
  return fc.constantFrom(...operations).chain((operation) => requestsFor(document, operation));
}

function requestsFor(document: OpenApiDocument, operation: Operation): fc.Arbitrary<WireRequest> {
  return fc
    .record({
      method: rarely(operation.method, fc.constantFrom("HEAD", "OPTIONS", "GET", "POST", "PATCH", "TRACE", "PROPFIND")),
      path: pathsOf(document, operation),
      query: queriesOf(document, operation),
      declared: headersOf(document, operation),
      credentials: rarely(undefined, fc.boolean()).chain((isOdd) =>
        credentialsOf(document, operation, isOdd !== undefined),
      ),
      prefer: rarely({}, preferencesOf(operation)),
      accept: rarely({}, acceptsOf(operation)),
      origin: rarely<Headers>({}, originHeaders),
      body: bodiesOf(document, operation),
      spelling: fc.constantFrom("lower", "upper", "title"),
    })
    .map(({ method, path, query, declared, credentials, prefer, accept, origin, body, spelling }) => {
      const search = [query, credentials.search].filter(Boolean).join("&");
      const headers = { ...declared, ...credentials.headers, ...prefer, ...accept, ...origin, ...body.headers };
      return {
        title: operation.id,
        method,
        path: path + (search && `?${search}`),
        headers: Object.fromEntries(
          Object.entries(headers).map(([name, value]) => [spell(name, spelling), toHeaderText(value)]),
        ),
        ...(body.text !== undefined && { body: body.text }),
      };
    });
}

/** The plain value five times of six. */
function rarely<T>(plain: T, odd: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.oneof({ arbitrary: fc.constant(plain), weight: 5 }, { arbitrary: odd, weight: 1 });
}

function spell(name: string, spelling: string): string {
  // Node's client reads this one by its name in lower case.
  if (spelling === "lower" || name === "transfer-encoding") return name.toLowerCase();
  return spelling === "upper" ? name.toUpperCase() : name.replaceAll(/\b[a-z]/g, (letter) => letter.toUpperCase());
}

/** UTF-8, as Node's client takes it; without what no header can hold. */
function toHeaderText(text: string): string {
  return Buffer.from(text.replaceAll(/\p{Cc}/gu, ""), "utf8").toString("latin1");
}

function toText(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}

// Paths

function pathsOf(document: OpenApiDocument, operation: Operation): fc.Arbitrary<string> {
  const names = [...operation.path.matchAll(/\{([^}]+)\}/g)].map(([, name = ""]) => name);
  const values = fc.tuple(...names.map((name) => pathTextsOf(document, operation, name)));
  const path = values.map((texts) => {
    const byName = new Map(names.map((name, index) => [name, texts[index] ?? ""]));
    return operation.path.replaceAll(/\{([^}]+)\}/g, (_, name: string) => byName.get(name) ?? "");
  });
  return fc.tuple(path, rarely(undefined, pathChanges)).map(([text, change]) => toSendable(change?.(text) ?? text));
}

function pathTextsOf(document: OpenApiDocument, operation: Operation, name: string): fc.Arbitrary<string> {
  const parameter = operation.parameters.find((candidate) => candidate.in === "path" && candidate.name === name);
  const value = parameter ? parameterValues(document, parameter) : fc.constantFrom("a", "1");
  const encoded = value.map((item) => encodeURIComponent([item].flat(3).map(toText).join(",")) || "1");
  const odd = fc.constantFrom(...oddTexts).map(encodeURIComponent);
  const raw = fc.constantFrom(
    "a,b",
    "1,2",
    "%zz",
    "%",
    "%E4%BD%A0",
    "%e4",
    "a%2Fb",
    "a+b",
    "~a",
    "a:b",
    "a;b=c",
    "a@b",
    "'",
    "*",
    "",
    "\u00fc",
    "%00",
  );
  return fc.oneof({ arbitrary: encoded, weight: 8 }, { arbitrary: odd, weight: 1 }, { arbitrary: raw, weight: 1 });
}

const pathChanges = fc.constantFrom<(path: string) => string>(
  (path) => `${path}/`,
  (path) => `/${path}`,
  (path) => `${path}//`,
  (path) => `/v0${path}`,
  (path) => `${path}/unknown`,
  (path) => path.toUpperCase(),
  (path) => path.replaceAll("/", "/./"),
  (path) => `/a/..${path}`,
  (path) => `${path}?`,
  (path) => `${path}#fragment`,
  (path) => path.slice(0, -1) || "/",
  (path) => path.replaceAll(/[a-z]/g, (letter) => (letter === "s" ? "%73" : letter)),
  () => "/",
  () => "*",
  () => "/%",
);

/** Node's client sends no other character in a path. */
function toSendable(path: string): string {
  return path.replaceAll(/[^\u0021-\u00ff]/gu, encodeURIComponent);
}

// Queries

function queriesOf(document: OpenApiDocument, operation: Operation): fc.Arbitrary<string> {
  const declared = operation.parameters.filter((parameter) => parameter.in === "query");
  const pairs = declared.map((parameter) => queryPairsOf(document, parameter));
  const extra = rarely<Pair[]>([], fc.array(fc.oneof(strangers, controls), { minLength: 1, maxLength: 2 }));
  return fc
    .tuple(fc.tuple(...pairs), extra, fc.array(encoders, { minLength: 1, maxLength: 3 }))
    .map(([lists, more, encode]) =>
      [...lists.flat(), ...more]
        .map(([name, value], index) => {
          const encoder = encode[index % encode.length] ?? encodeURIComponent;
          return `${encoder(name)}=${encoder(value)}`;
        })
        .join("&"),
    );
}

const strangers = fc.tuple(fc.constantFrom("unknown", "a[b]", "", "ü"), fc.constantFrom(...oddTexts));

/** Without a seed, dynamic answers cannot be compared. */
const controls = fc.constantFrom<Pair>(
  ["__code", "404"],
  ["__code", "abc"],
  ["__example", "nope"],
  ["__dynamic", "false"],
  ["__dynamic", "no"],
  ["__seed", "1"],
);

const encoders = fc.oneof(
  { arbitrary: fc.constant(encodeURIComponent), weight: 6 },
  {
    arbitrary: fc.constantFrom<(text: string) => string>(
      (text) => encodeURIComponent(text).replaceAll("%20", "+"),
      (text) => encodeURIComponent(text).replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
      (text) => toSendable(text.replaceAll(/[&#+ ]/g, encodeURIComponent)),
      (text) => [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join(""),
    ),
    weight: 2,
  },
);

function queryPairsOf(document: OpenApiDocument, parameter: Parameter): fc.Arbitrary<Pair[]> {
  const { name } = parameter;
  const values = parameterValues(document, parameter);
  const sound = values.map((value) => toPairs(parameter, value));
  const odd = fc.oneof(
    fc.constantFrom(...oddTexts).map((text): Pair[] => [[name, text]]),
    fc.tuple(fc.constantFrom(...oddTexts), fc.constantFrom(...oddTexts)).map(([one, two]): Pair[] => [
      [name, one],
      [name, two],
    ]),
    values.chain((value) => fc.constantFrom(...misspelled(name, value))),
    spoiled(values).map((value) => toPairs(parameter, value)),
  );
  return fc.oneof(
    { arbitrary: parameter.required ? sound : fc.constant<Pair[]>([]), weight: 8 },
    { arbitrary: sound, weight: 4 },
    { arbitrary: odd, weight: 1 },
    { arbitrary: fc.constant<Pair[]>([]), weight: 1 },
  );
}

function parameterValues(document: OpenApiDocument, parameter: Parameter): fc.Arbitrary<unknown> {
  const shown = [parameter.example, ...Object.values(parameter.examples ?? {}).map(({ value }) => value)].filter(
    (value) => value !== undefined,
  );
  const [content] = Object.values(parameter.content ?? {});
  const made = valuesOf(document, content?.schema ?? parameter.schema);
  return shown.length > 0 ? fc.oneof(fc.constantFrom<unknown>(...shown), made) : made;
}

/** The pairs of a value in the style of its parameter (OpenAPI 3.1.1, "Style Values"). */
function toPairs({ name, style = "form", explode = style === "form", content }: Parameter, value: unknown): Pair[] {
  if (content) return [[name, JSON.stringify(value) ?? ""]];
  if (isObject(value)) {
    if (style === "deepObject") return Object.entries(value).map(([key, item]) => [`${name}[${key}]`, toText(item)]);
    if (explode) return Object.entries(value).map(([key, item]) => [key, toText(item)]);
    return [[name, Object.entries(value).flat().map(toText).join()]];
  }
  if (!Array.isArray(value)) return [[name, toText(value)]];
  if (explode) return value.map((item) => [name, toText(item)]);
  const separators: Record<string, string> = { spaceDelimited: " ", pipeDelimited: "|" };
  return [[name, value.map(toText).join(separators[style] ?? ",")]];
}

/** The same value as other services would take it. */
function misspelled(name: string, value: unknown): Pair[][] {
  const items = [value].flat().map(toText);
  return [
    items.map((item) => [`${name}[]`, item]),
    items.map((item) => [name, item]),
    items.map((item, index) => [`${name}[${index}]`, item]),
    [[name, items.join()]],
    [[name, JSON.stringify(value) ?? ""]],
    [[name.toUpperCase(), items.join()]],
    [[`${name}[a][b]`, items.join()]],
  ];
}

// Headers

function headersOf(document: OpenApiDocument, operation: Operation): fc.Arbitrary<Headers> {
  const declared = operation.parameters.filter(({ in: place }) => place === "header" || place === "cookie");
  const values = declared.map((parameter) => {
    const sound = parameterValues(document, parameter).map((value) => [value].flat(3).map(toText).join());
    const odd = fc.constantFrom(undefined, ...oddTexts);
    const present = fc.oneof({ arbitrary: sound, weight: 6 }, { arbitrary: odd, weight: 1 });
    return parameter.required ? present : fc.oneof(fc.constant(undefined), present);
  });
  return fc.tuple(...values).map((texts) => {
    const sent = declared.flatMap(({ in: place, name }, index) => {
      const text = texts[index];
      if (text === undefined) return [];
      return [place === "cookie" ? ["cookie", `${name}=${encodeURIComponent(text)}`] : [name.toLowerCase(), text]];
    });
    return Object.fromEntries(sent);
  });
}

interface Credentials {
  headers: Headers;
  search: string;
}

function credentialsOf(document: OpenApiDocument, operation: Operation, isOdd: boolean): fc.Arbitrary<Credentials> {
  const names = [...new Set(operation.security.flatMap((requirement) => Object.keys(requirement)))];
  const all = names.map((name) => toCredential(document.components?.securitySchemes?.[name]));
  const [first = []] = operation.security.map((requirement) =>
    Object.keys(requirement).map((name) => toCredential(document.components?.securitySchemes?.[name])),
  );
  if (!isOdd) return fc.constant(join(first));
  return fc.oneof(
    fc.constant(join([])),
    fc.subarray(all).map(join),
    fc
      .constantFrom(
        "Bearer",
        "bearer",
        "Basic",
        "Basic YTpi",
        "basic YTpi",
        "Digest username=a",
        "key",
        "",
        "Bearer a b",
      )
      .map((authorization) => join([...first, { headers: { authorization } }])),
  );
}

function join(credentials: Partial<Credentials>[]): Credentials {
  return {
    headers: Object.assign({}, ...credentials.map(({ headers }) => headers)),
    search: credentials.flatMap(({ search = "" }) => (search ? [search] : [])).join("&"),
  };
}

function toCredential(scheme: unknown): Partial<Credentials> {
  if (!isObject(scheme)) return {};
  const { type, name = "", in: place, scheme: word = "bearer" } = scheme as Record<string, string>;
  if (type === "apiKey" && place === "query") return { search: `${encodeURIComponent(name)}=key` };
  if (type === "apiKey")
    return { headers: place === "cookie" ? { cookie: `${name}=key` } : { [name.toLowerCase()]: "key" } };
  const words: Record<string, string> = { bearer: "Bearer key", basic: "Basic YTpi", digest: 'Digest username="a"' };
  return { headers: { authorization: words[word.toLowerCase()] ?? `${word} key` } };
}

function preferencesOf({ responses }: Operation): fc.Arbitrary<Headers> {
  const codes = Object.keys(responses).map((status) => status.replaceAll("X", "0").replace("default", "500"));
  const examples = Object.values(responses).flatMap(({ content = {} }) =>
    Object.values(content).flatMap(({ examples = {} }) => Object.keys(examples)),
  );
  const words = fc.oneof(
    fc
      .constantFrom(...codes, "200", "299", "404", "418", "500", "599", "099", "1000", "abc", "", "-1")
      .map((code) => `code=${code}`),
    fc.constantFrom("nope", "", '"quoted name"', ...examples).map((name) => `example=${name}`),
    fc.constantFrom("a", "42", "").map((seed) => `dynamic=true, seed=seed${seed}`),
    fc.constantFrom(
      "dynamic=false",
      "dynamic=no",
      "seed=1",
      "respond-async",
      "code=404;a=b",
      "CODE=404",
      "code = 404",
      ";;",
      ",",
      "=",
    ),
  );
  return fc.array(words, { minLength: 1, maxLength: 2 }).map((list) => ({ prefer: list.join(", ") }));
}

function acceptsOf({ responses }: Operation): fc.Arbitrary<Headers> {
  const declared = Object.values(responses).flatMap(({ content = {} }) => Object.keys(content));
  const types = fc.constantFrom(
    ...declared,
    "application/json",
    "application/xml",
    "text/plain",
    "text/html",
    "image/png",
    "*/*",
    "application/*",
    "text/*",
    "application/problem+json",
    "APPLICATION/JSON",
    "*",
    "garbage",
    "",
  );
  const weights = fc.constantFrom("", "", ";q=0.5", "; q=0.1", ";q=0", ";charset=utf-8", ";q=2", ";version=1;q=0.9");
  return fc
    .array(fc.tuple(types, weights), { minLength: 1, maxLength: 3 })
    .map((list) => ({ accept: list.map(([type, weight]) => type + weight).join(", ") }));
}

const originHeaders = fc.constantFrom<Headers>(
  { origin: "https://any.example" },
  { origin: "null" },
  { origin: "https://any.example", "access-control-request-method": "PUT" },
  {
    origin: "https://any.example",
    "access-control-request-method": "GET",
    "access-control-request-headers": "X-One, x-two",
  },
  { "access-control-request-headers": "x-one" },
  { "access-control-expose-headers": "x-one" },
);

// Bodies

interface Body {
  headers: Headers;
  text?: string;
}

function bodiesOf(document: OpenApiDocument, { requestBody }: Operation): fc.Arbitrary<Body> {
  const declared = Object.entries(requestBody?.content ?? {});
  const none: fc.Arbitrary<Body> = fc.constant({ headers: {} });
  const odd = oddBodies(declared.map(([type]) => type));
  if (declared.length === 0) return fc.oneof({ arbitrary: none, weight: 9 }, { arbitrary: odd, weight: 1 });
  const sound = fc.constantFrom(...declared).chain(([type, media]) => {
    const shown = [media.example, ...Object.values(media.examples ?? {}).map(({ value }) => value)].filter(
      (value) => value !== undefined,
    );
    const made = valuesOf(document, media.schema);
    const values = shown.length > 0 ? fc.oneof(fc.constantFrom<unknown>(...shown), made) : made;
    const weighted = fc.oneof({ arbitrary: values, weight: 4 }, { arbitrary: spoiled(values), weight: 1 });
    return fc.tuple(weighted, rarely(type, typeSpellings(type))).map(([value, spelt]) => toBody(type, spelt, value));
  });
  const framed = fc
    .tuple(sound, rarely<Headers>({}, fc.constant({ "transfer-encoding": "chunked" })))
    .map(([body, headers]) => ({ ...body, headers: { ...body.headers, ...headers } }));
  return fc.oneof({ arbitrary: framed, weight: 9 }, { arbitrary: odd, weight: 1 }, { arbitrary: none, weight: 1 });
}

function typeSpellings(type: string): fc.Arbitrary<string> {
  return fc.constantFrom(
    `${type}; charset=utf-8`,
    `${type};charset="UTF-8"`,
    type.toUpperCase(),
    `${type}; a=b`,
    `${type}; charset=latin1`,
    ` ${type}`,
    `${type};`,
  );
}

const boundary = "artifetch";

function toBody(type: string, spelt: string, value: unknown): Body {
  const fields = isObject(value) ? Object.entries(value) : [];
  if (type.startsWith("multipart/")) {
    const parts = fields.map(
      ([name, item]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${toText(item)}\r\n`,
    );
    return {
      headers: { "content-type": `${type}; boundary=${boundary}` },
      text: `${parts.join("")}--${boundary}--\r\n`,
    };
  }
  if (type === "application/x-www-form-urlencoded")
    return {
      headers: { "content-type": spelt },
      text: String(new URLSearchParams(Object.fromEntries(fields.map(([name, item]) => [name, toText(item)])))),
    };
  return {
    headers: { "content-type": spelt },
    text: isJsonMediaType(type) ? (JSON.stringify(value) ?? "") : toText(value),
  };
}

function oddBodies(declared: string[]): fc.Arbitrary<Body> {
  const types = fc.constantFrom(
    undefined,
    ...declared,
    "application/json",
    "text/plain",
    "application/xml",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    `multipart/form-data; boundary=${boundary}`,
    "application/octet-stream",
    "application/vnd.any+json",
    "garbage",
    "",
    "application/json; charset=nope",
    "*/*",
  );
  const texts = fc.constantFrom(
    "",
    "{",
    "{}",
    "[]",
    "null",
    "1",
    '"text"',
    " {} ",
    "\ufeff{}",
    "nul",
    '{"a":1}{',
    "a=1&b=2",
    "a=1&a=2",
    "a[b]=1",
    "%zz=1",
    "a=%zz",
    "=",
    "&&",
    "<a/>",
    `--${boundary}--`,
    `--${boundary}\r\n\r\n`,
    '{"__proto__":{"a":1}}',
    "[".repeat(2000),
    `--${boundary}\r\nContent-Disposition: form-data\r\n\r\nx\r\n--${boundary}--\r\n`,
    `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nx\r\n--${boundary}--\r\n`,
    "\u0000",
  );
  return fc
    .tuple(types, texts)
    .map(([type, text]) => ({ headers: type === undefined ? {} : { "content-type": type }, text }));
}
