/** A TypeScript sample of an operation, with the client of its API, as a README would show it. */
import { defineApi, kindOf, type OperationDefinition } from "@artifetch/client/definition";
import { getByPointer, isObject, type OpenApiDocument, type Operation, resolve } from "@artifetch/document";
import { toFileName, toNoun, toPascalCase, toSingular } from "./names.ts";
import { type SampleBody, type SampleRequest, toSampleRequest } from "./request.ts";
import { Code, toSource, width } from "./to-source.ts";

/** The lines that call an operation, and what they import beside the client. */
interface Call {
  imports: readonly string[];
  /** Imports of `@artifetch/client/node`. */
  nodeImports?: readonly string[];
  code: string;
}

interface Shown {
  document: OpenApiDocument;
  operation: Operation;
  definition: OperationDefinition;
  /** `client.getRun`. */
  method: string;
  /** The argument of the method. */
  request: Record<string, unknown>;
}

/** @throws {Error} when the document has no example of something that the operation needs. */
export function toTypeScript(api: string, document: OpenApiDocument, operation: Operation): string {
  const definition = defineApi(document, [operation]).operations[operation.id];
  if (!definition) throw new Error("the client has no method for it");
  const request = toSampleRequest(document, operation);
  const form = toForm(request.body);
  const call = toCall({
    document,
    operation,
    definition,
    method: `client.${operation.id}`,
    request: toArgument(request, form !== undefined),
  });
  const create = `create${toPascalCase(api)}`;
  const imports = [
    toImport(call.imports, "@artifetch/client"),
    toImport([create], `@artifetch/client/${api}`),
    toImport(call.nodeImports ?? [], "@artifetch/client/node"),
  ];
  const client = [toEnvironment(document, operation), `const client = ${create}();`];
  return [imports, client, [form, call.code]].map((lines) => lines.filter(Boolean).join("\n")).join("\n\n");
}

function toImport(names: readonly string[], module: string): string {
  return names.length > 0 ? `import { ${names.join(", ")} } from "${module}";` : "";
}

/** Where base URL and credentials come from, as nothing in the sample gives them. */
function toEnvironment(document: OpenApiDocument, { security }: Operation): string {
  const schemes = Object.keys(security[0] ?? {}).map((name) => document.components?.securitySchemes?.[name]);
  const server = document.servers?.[0];
  const names = [...schemes.map((scheme) => resolve(document, scheme)), server].flatMap((place) =>
    isObject(place) && typeof place["x-env"] === "string" ? [place["x-env"]] : [],
  );
  return names.length > 0 ? `// From the environment: ${names.join(", ")}` : "";
}

/** A list is gone through, a job is waited for, bytes are saved; the rest is read or done. */
function toCall(shown: Shown): Call {
  const { operation, definition } = shown;
  const { pages, job } = definition[3] ?? {};
  const [first, ...others] = listSuccessKinds(operation);
  if (pages && pages[0] !== "none") return toLoop(shown);
  if (job && isEnd(operation, job)) return toWait(shown);
  if (first === "b") return toDownload(shown);
  if (others.includes("b")) return toEither(shown);
  if (!first) return { imports: ["unwrap"], code: toUnwrapped(shown, "") };
  return operation.method === "GET" ? toRead(shown) : toDecision(shown);
}

/** Kinds of body that a success can have, as letters, in the document's order. */
function listSuccessKinds({ responses }: Operation): string[] {
  const successes = Object.entries(responses).filter(([status]) => status.startsWith("2"));
  return successes.flatMap(([, { content }]) => Object.keys(content ?? {}).map(kindOf));
}

/** Whether the document's first example is of a job that has ended: a mock answers with it, and the wait ends. */
function isEnd({ responses }: Operation, [pointer, ...terminal]: readonly [string, ...string[]]): boolean {
  const [, success] = Object.entries(responses).find(([status]) => status.startsWith("2")) ?? [];
  const mediaType = Object.values(success?.content ?? {})[0];
  const example = mediaType?.example ?? Object.values(mediaType?.examples ?? {})[0]?.value;
  return terminal.includes(String(getByPointer(example, pointer)));
}

function toLoop(shown: Shown): Call {
  const item = toSingular(toNoun(shown.operation.id));
  const start = `for await (const ${item} of paginate(${shown.method}`;
  const request = Object.keys(shown.request).length > 0 ? `, ${toSource(shown.request, 0, start.length + 6)}` : "";
  return { imports: ["paginate"], code: `${start}${request})) {\n  console.log(${item});\n}` };
}

function toWait(shown: Shown): Call {
  const start = `const { succeeded, state, data } = await waitFor(`;
  const line = `${shown.method}, ${toSource(shown.request, 0, Number.NEGATIVE_INFINITY)}`;
  const isShort = start.length + line.length + 2 <= width;
  const call = isShort ? line : `\n  ${shown.method},\n  ${toSource(shown.request, 2, 1)},\n`;
  return {
    imports: ["waitFor"],
    code: `${start}${call});
if (succeeded) console.log(data);
else console.error("The job has ended as", state);`,
  };
}

function toDownload(shown: Shown): Call {
  const target = JSON.stringify(toFileName(shown.document, shown.operation));
  const request = { ...shown.request, "": new Code("...request") };
  const argument = toSource(request, 2, shown.method.length + 3);
  return {
    imports: [],
    nodeImports: ["saveTo"],
    code: `const saved = await saveTo(${target}, (request) =>
  ${shown.method}(${argument}),
);
console.log(saved.path, saved.bytes);`,
  };
}

function toEither(shown: Shown): Call {
  return {
    imports: ["unwrap"],
    code: `// JSON comes parsed, anything else as a stream of bytes.
${toUnwrapped(shown, "const content = ")}
if (content instanceof ReadableStream) console.log(await new Response(content).text());
else console.log(content);`,
  };
}

function toRead(shown: Shown): Call {
  const noun = toNoun(shown.operation.id);
  return {
    imports: ["unwrap"],
    code: `${toUnwrapped(shown, `const ${noun} = `)}\nconsole.log(${noun});`,
  };
}

function toDecision(shown: Shown): Call {
  return {
    imports: [],
    code: `const answer = await ${toInvocation(shown, 22)};
if (answer.ok) console.log(answer.data);
else console.error(answer.status, answer.error);`,
  };
}

function toUnwrapped(shown: Shown, start: string): string {
  const line = `${start}await unwrap(${toInvocation(shown, Number.NEGATIVE_INFINITY)});`;
  if (line.length <= width) return line;
  return `${start}await unwrap(\n  ${toInvocation(shown, 1, 2)},\n);`;
}

function toInvocation({ method, request }: Shown, column: number, indent = 0): string {
  return Object.keys(request).length > 0
    ? `${method}(${toSource(request, indent, column + method.length + 2)})`
    : `${method}()`;
}

function toArgument({ path, query, header, cookie, body }: SampleRequest, isForm: boolean): Record<string, unknown> {
  const members = { path, query, header, cookie, body: isForm ? new Code("form") : body?.value };
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

/** Statements that make a form; undefined where the body is none. */
function toForm(body: SampleBody | undefined): string | undefined {
  if (body?.mediaType !== "multipart/form-data" || !isObject(body.value)) return undefined;
  const parts = Object.entries(body.value).map(([name, value]) => {
    const key = JSON.stringify(name);
    const text = JSON.stringify(typeof value === "string" ? value : JSON.stringify(value));
    return body.files.includes(name) ? `form.set(${key}, new Blob([${text}]), ${key});` : `form.set(${key}, ${text});`;
  });
  return ["const form = new FormData();", ...parts].join("\n");
}
