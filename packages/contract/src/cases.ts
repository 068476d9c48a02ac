/** Cases out of a document: its examples, the limits of its schemas, and what it says must be refused. */
import { isJsonMediaType, type OpenApiDocument, type Operation, type Parameter } from "@artifetch/document";
import { buildRequest, type Parts } from "./build.ts";
import { type Change, listChanges } from "./changes.ts";
import { createInvent } from "./generate.ts";
import { toEssence } from "./media-type.ts";
import type { BrokenRule, Case, CheckName, RequestTemplate, Skipped } from "./model.ts";
import { createRoutes, type Routes } from "./routes.ts";
import {
  fillIn,
  findBodyGround,
  findParameterGround,
  type Ground,
  type Invent,
  listBodyTypes,
  listParameters,
  locateParameter,
  readAs,
  strip,
  toBodyPointer,
} from "./samples.ts";
import { createSchemas, type Schemas, toChild } from "./schemas.ts";

export interface CaseOptions {
  /**
   * Ask for each documented status and example by `Prefer: code=…, example=…` (RFC 7240), which mocks understand, and
   * compare the answer with the example. Default: false.
   */
  prefer?: boolean;
  /** A value to use for a parameter instead of what the document shows, such as an id that exists. Default: none. */
  findValue?: (operation: Operation, parameter: Parameter) => unknown;
}

export interface Plan {
  cases: Case[];
  skipped: Skipped[];
}

/** What the cases of one operation are made from. */
export interface Basis {
  operation: Operation;
  parameters: ReadonlyMap<Parameter, Ground>;
  /** Good bodies by media type, JSON first. */
  bodies: ReadonlyMap<string, Ground>;
  /** Required parameters, and the body where there is one. */
  required: Parts;
  /** Every parameter that a good value is known of, and a body with every property. */
  all: Parts;
}

export interface CaseMaker {
  /** Schemas of the document as they apply to requests. */
  schemas: Schemas;
  invent: Invent;
  /** What requests of an operation are made from; a sentence where no good request can be made. */
  toBasis(operation: Operation): Basis | string;
  /** The cases of an operation, the same each time, and what there is none for. */
  plan(operation: Operation): Plan;
}

/** Makes the cases of a document. Nothing is sent, and nothing is random. */
export function createCaseMaker(
  document: OpenApiDocument,
  operations: readonly Operation[],
  options: CaseOptions = {},
): CaseMaker {
  const schemas = createSchemas(document, "request");
  const invent = createInvent(schemas);
  const routes = createRoutes(operations);
  const bases = new Map<string, Basis | string>();
  const toBasis = (operation: Operation) => {
    // What is found changes while a run goes on.
    const found = listParameters(operation).map((parameter) => options.findValue?.(operation, parameter));
    const key = JSON.stringify([operation.pointer, found]);
    const basis = bases.get(key) ?? findBasis(schemas, invent, operation, options);
    bases.set(key, basis);
    return basis;
  };
  return {
    schemas,
    invent,
    toBasis,
    plan: (operation) => {
      const basis = toBasis(operation);
      if (typeof basis === "string")
        return {
          cases: [],
          skipped: [{ operationId: operation.id, check: "positive_data_acceptance", reason: basis }],
        };
      const collector = createCollector(operation);
      if (options.prefer) addWanted(collector, basis);
      addPositives(collector, schemas, basis);
      addNegativeParameters(collector, schemas, basis);
      addNegativeBodies(collector, schemas, basis);
      // What was found exists: an unknown method might do it harm.
      const harmless = findBasis(schemas, invent, operation, {});
      addAccess(collector, basis, typeof harmless === "string" ? undefined : harmless, routes);
      return { cases: collector.cases, skipped: collector.skipped };
    },
  };
}

function findBasis(schemas: Schemas, invent: Invent, operation: Operation, { findValue }: CaseOptions): Basis | string {
  const parameters = new Map<Parameter, Ground>();
  for (const parameter of listParameters(operation)) {
    const ground = findParameterGround(schemas, operation, parameter, invent);
    const found = findValue?.(operation, parameter);
    if (found !== undefined) {
      const value = readAs(schemas, ground?.pointer, found);
      const values = [{ name: "found", value }, ...(ground?.values ?? [])];
      parameters.set(parameter, { pointer: ground?.pointer, values, isFound: true });
    } else if (ground) parameters.set(parameter, ground);
    else if (isNeeded(parameter))
      return `no value is known for the ${parameter.in} parameter ${parameter.name}: give it an example that fits its schema`;
  }
  const bodies = new Map<string, Ground>();
  for (const [mediaType, content] of listBodyTypes(operation)) {
    const ground = findBodyGround(schemas, operation, mediaType, content, invent);
    if (ground) bodies.set(mediaType, ground);
  }
  if (operation.requestBody && bodies.size === 0)
    return "no body is known that fits its schema: give the request body an example";
  const required = toParts(operation, parameters, bodies, "required");
  const all = toParts(operation, parameters, bodies, "all");
  const whole = all.body && { ...all, body: { ...all.body, value: fillBody(schemas, invent, bodies, all.body) } };
  return { operation, parameters, bodies, required, all: whole ?? all };
}

function fillBody(
  schemas: Schemas,
  invent: Invent,
  bodies: Basis["bodies"],
  { mediaType, value }: NonNullable<Parts["body"]>,
) {
  const pointer = bodies.get(mediaType)?.pointer;
  return pointer === undefined || !isJsonMediaType(mediaType) ? value : fillIn(schemas, pointer, value, invent);
}

/** Whether no request goes without a parameter. */
export function isNeeded({ in: place, required }: Parameter): boolean {
  return required === true || place === "path";
}

function toParts(
  operation: Operation,
  grounds: ReadonlyMap<Parameter, Ground>,
  bodies: ReadonlyMap<string, Ground>,
  which: "all" | "required",
): Parts {
  const parts: Parts = { path: {}, query: {}, header: {}, cookie: {} };
  for (const [parameter, { values }] of grounds)
    if (isNeeded(parameter) || which === "all") parts[parameter.in][parameter.name] = values[0]?.value;
  const [body] = bodies;
  if (body && operation.requestBody) parts.body = { mediaType: body[0], value: body[1].values[0]?.value };
  return parts;
}

interface Collector extends Plan {
  operation: Operation;
  /** Adds a case; parts that cannot be written make none. */
  add(
    kind: Case["kind"],
    check: CheckName,
    place: string,
    label: string,
    request: Parts | RequestTemplate,
    rest?: Partial<Case>,
  ): void;
}

function createCollector(operation: Operation): Collector {
  const ids = new Map<string, number>();
  const requests = new Set<string>();
  const cases: Case[] = [];
  return {
    operation,
    cases,
    skipped: [],
    add: (kind, check, place, label, given, rest = {}) => {
      const request = "method" in given ? given : buildRequest(operation, given);
      if (!request) return;
      // The same request twice shows nothing new: many examples are a boundary as well.
      const content = `${check} ${request.path} ${JSON.stringify(request.headers)} ${request.isAnonymous} ${toText(request.body)}`;
      if (check !== "example_conformance" && requests.has(content)) return;
      requests.add(content);
      const name = `${operation.id}/${kind}/${place}/${label}`.replaceAll(/\s+/g, "-");
      const count = (ids.get(name) ?? 0) + 1;
      ids.set(name, count);
      cases.push({
        id: count === 1 ? name : `${name}-${count}`,
        operationId: operation.id,
        title: `${place} ${label}`,
        kind,
        check,
        request,
        ...rest,
      });
    },
  };
}

function toText(body: Uint8Array | undefined): string {
  return body ? new TextDecoder().decode(body) : "";
}

function withParameter(parts: Parts, { in: place, name }: Parameter, value: unknown): Parts {
  return { ...parts, [place]: { ...parts[place], [name]: value } };
}

/** Each status and example, asked for by name. */
function addWanted({ operation, add }: Collector, { required }: Basis): void {
  for (const [key, { content = {} }] of Object.entries(operation.responses)) {
    const status = key === "default" ? 500 : Number(key.replace(/XX$/i, "00"));
    const examples = Object.entries(content).flatMap(([mediaType, { examples: named = {} }]) =>
      Object.entries(named).map(([name, { value }]) => ({ name, value, mediaType })),
    );
    const send = (label: string, headers: Record<string, string>, wanted: NonNullable<Case["wanted"]>) => {
      const request = buildRequest(operation, required);
      if (!request) return;
      const asked = { ...request, headers: { ...request.headers, ...headers } };
      add("positive", "example_conformance", key, label, asked, { wanted });
    };
    if (examples.length === 0) send("by status", { prefer: `code=${status}` }, { status });
    for (const { name, value, mediaType } of examples)
      send(
        `example ${name}`,
        { prefer: `code=${status}, example=${name}`, accept: mediaType },
        { status, example: name, value },
      );
  }
}

function addPositives(
  { operation, add }: Collector,
  schemas: Schemas,
  { parameters, bodies, required, all }: Basis,
): void {
  const check = "positive_data_acceptance";
  add("positive", check, "request", "with what is required", required);
  add("positive", check, "request", "with everything", all);
  for (const [parameter, { pointer, values }] of parameters) {
    const place = `${parameter.in}.${parameter.name}`;
    for (const { name, value } of values)
      add("positive", check, place, `example ${name}`, withParameter(required, parameter, value));
    for (const { label, value } of listGood(schemas, pointer, values[0]?.value, true))
      add("positive", check, place, label, withParameter(required, parameter, value));
  }
  for (const [mediaType, { pointer, values }] of bodies) {
    const send = (label: string, value: unknown) =>
      add("positive", check, "body", label, { ...required, body: { mediaType, value } });
    for (const { name, value } of values) send(`example ${name}`, value);
    if (!isJsonMediaType(mediaType) || pointer === undefined) continue;
    send("with as little as possible", strip(schemas, pointer, values[0]?.value));
    const value = all.body?.mediaType === mediaType ? all.body.value : values[0]?.value;
    for (const { pointer: at, label, value: changed } of listGood(schemas, pointer, value, false))
      send(`${at} ${label}`, changed);
  }
  if (required.body && operation.requestBody?.required !== true) {
    const { body: _, ...rest } = required;
    add("positive", check, "body", "left out", rest);
  }
}

function listGood(schemas: Schemas, pointer: string | undefined, value: unknown, isText: boolean): Change[] {
  if (pointer === undefined) return [];
  return listChanges(schemas, pointer, value, isText).filter(({ violation }) => !violation);
}

function addNegativeParameters(
  collector: Collector,
  schemas: Schemas,
  { operation, parameters, required }: Basis,
): void {
  const { add } = collector;
  for (const [parameter, { pointer, values }] of parameters) {
    const { in: place, name } = parameter;
    const rules = { in: place, name } as const;
    const changes = pointer === undefined ? [] : listChanges(schemas, pointer, values[0]?.value, true);
    for (const { keyword, label, pointer: at, value, violation } of changes) {
      if (!violation) continue;
      const description = `${place} parameter ${name}${at} is ${toShort(value)}: it ${violation.message}`;
      const rule: BrokenRule = { place: rules, keyword, description, documentPointer: violation.documentPointer };
      add(
        "negative",
        "negative_data_rejection",
        `${place}.${name}`,
        `${at} ${label}`.trim(),
        withParameter(required, parameter, value),
        { rule },
      );
    }
    if (!parameter.required || place === "path") continue;
    const own = locateParameter(schemas.document, operation, parameter) ?? operation.pointer;
    const rule: BrokenRule = {
      place: rules,
      keyword: "required",
      description: `the required ${place} parameter ${name} is missing`,
      documentPointer: toChild(own, "required"),
    };
    const check = place === "header" ? "missing_required_header" : "negative_data_rejection";
    add("negative", check, `${place}.${name}`, "left out", withParameter(required, parameter, undefined), { rule });
  }
}

function toShort(value: unknown): string {
  const text = JSON.stringify(value) ?? "absent";
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

function addNegativeBodies(collector: Collector, schemas: Schemas, basis: Basis): void {
  const { add } = collector;
  const { operation, bodies, required, all } = basis;
  const check = "negative_data_rejection";
  for (const [mediaType, { pointer, values }] of bodies) {
    if (pointer === undefined || !isJsonMediaType(mediaType)) continue;
    const value = all.body?.mediaType === mediaType ? all.body.value : values[0]?.value;
    for (const { keyword, label, pointer: at, value: changed, violation } of listChanges(schemas, pointer, value)) {
      if (!violation) continue;
      // With many servers null stands for no body at all.
      if (changed === null && !operation.requestBody?.required) continue;
      const rule: BrokenRule = {
        place: { in: "body", pointer: at },
        keyword: violation.keyword,
        description: `the body breaks ${keyword}${at && ` at ${at}`}: it ${violation.message}`,
        documentPointer: violation.documentPointer,
      };
      add(
        "negative",
        check,
        "body",
        `${at} ${label}`.trim(),
        { ...required, body: { mediaType, value: changed } },
        { rule },
      );
    }
  }
  if (!required.body || !operation.requestBody) return;
  const { body: _, ...bodiless } = required;
  const pointer = toBodyPointer(schemas.document, operation);
  const place = { in: "body", pointer: "" } as const;
  if (operation.requestBody.required) {
    const rule = {
      place,
      keyword: "required",
      description: "the required body is missing",
      documentPointer: toChild(pointer, "required"),
    };
    add("negative", check, "body", "left out", bodiless, { rule });
  }
  const other = ["text/plain", "application/xml"].find(
    (type) => !isCovered(Object.keys(operation.requestBody?.content ?? {}), type),
  );
  const request = buildRequest(operation, required);
  if (other === undefined || !request) return;
  const rule = {
    place: { in: "header", name: "content-type" },
    keyword: "contentType",
    description: `the body is ${other}, documented: ${Object.keys(operation.requestBody.content).join(", ")}`,
    documentPointer: toChild(pointer, "content"),
  } as const;
  add(
    "negative",
    check,
    "body",
    "of an undocumented type",
    { ...request, headers: { ...request.headers, "content-type": other } },
    { rule },
  );
}

function isCovered(documented: readonly string[], type: string): boolean {
  const [range] = type.split("/");
  return documented.map(toEssence).some((key) => key === type || key === `${range}/*` || key === "*/*");
}

function addAccess(
  { operation, add }: Collector,
  { required }: Basis,
  harmless: Basis | undefined,
  routes: Routes,
): void {
  const request = buildRequest(operation, required);
  const other = harmless && buildRequest(operation, harmless.required);
  if (!request) return;
  const isSecured = operation.security.length > 0 && operation.security.every((names) => Object.keys(names).length > 0);
  if (isSecured) add("positive", "ignored_auth", "credentials", "left out", { ...request, isAnonymous: true });

  if (!other) return;
  const path = other.path.split("?", 1)[0] ?? "";
  const known = routes.findAll(path);
  // Once per path, with its first operation. DELETE is never tried: it might be there after all.
  if (known.find((each) => each.path === operation.path)?.id !== operation.id) return;
  const taken = new Set(known.map(({ method }) => method));
  const method = ["GET", "PATCH", "PUT", "POST"].find((each) => !taken.has(each));
  const headers = { accept: "*/*" };
  if (method !== undefined) add("positive", "unsupported_method", "method", method, { method, path, headers });
}
