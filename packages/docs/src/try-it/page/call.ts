/** The client's call for what a reader has filled in: pure. */
import type { ApiDefinition, OperationExtras, UntypedApi } from "@artifetch/client";
import type { TryAnswer, TryModel, TryOperation, TryParameter } from "../model.ts";

/** What a reader has filled in, as text; what is empty is not sent. */
export interface Filled {
  /** In the order of the operation's parameters. */
  parameters: readonly string[];
  /** Undefined: none is sent. */
  body?: { type: string; content: string | FormData | Blob } | undefined;
  /** Further headers, one on each line: `Name: value`. */
  headers: string;
  /** The answer wanted of the mock; undefined leaves it to it. */
  answer?: Pick<TryAnswer, "prefer" | "type"> | undefined;
  /** By security scheme. */
  credentials: Readonly<Record<string, string>>;
}

export interface ClientCall {
  definition: ApiDefinition;
  auth: Readonly<Record<string, string>> | false;
  request: NonNullable<Parameters<UntypedApi[string]>[0]>;
}

/** Something filled in that cannot be sent. The message says what and why. */
export class InputError extends Error {
  override readonly name = "InputError";
}

/** @throws {InputError} for text that is not in the form that it has to be sent in. */
export function toCall({ definition }: TryModel, operation: TryOperation, filled: Filled): ClientCall {
  const { body, answer, credentials } = filled;
  const names = chooseSchemes(definition, operation.id, credentials);
  const headers = {
    ...(answer && { prefer: answer.prefer }),
    ...(answer?.type && { accept: answer.type }),
    ...parseHeaders(filled.headers),
  };
  return {
    definition: defineOne(definition, operation.id, {
      security: names.length > 0 ? [names] : [],
      // With a media type of its own a body goes out as it is: the reader's text, numbers and mistakes included.
      ...(body && { body: body.type }),
    }),
    auth: names.length > 0 ? Object.fromEntries(names.map((name) => [name, credentials[name] ?? ""])) : false,
    request: { ...toPlaces(operation, filled.parameters), headers, ...(body && { body: body.content }) },
  };
}

/** The definition with one operation alone, and this about it instead of what the document says. */
function defineOne(definition: ApiDefinition, id: string, changed: OperationExtras): ApiDefinition {
  const [method = "", path = "", answers = "", extras] = definition.operations[id] ?? [];
  return { ...definition, operations: { [id]: [method, path, answers, { ...extras, ...changed }] } };
}

/** The schemes of the first alternative that is filled in; else what is filled in of the first one: a service says what it misses. */
function chooseSchemes(
  { operations, security }: ApiDefinition,
  id: string,
  credentials: Filled["credentials"],
): readonly string[] {
  const alternatives = operations[id]?.[3]?.security ?? security;
  const complete = alternatives.find((names) => names.every((name) => credentials[name]));
  return complete ?? alternatives[0]?.filter((name) => credentials[name]) ?? [];
}

function toPlaces({ parameters }: TryOperation, texts: Filled["parameters"]): ClientCall["request"] {
  const places: Record<TryParameter["place"], Record<string, unknown>> = {
    path: {},
    query: {},
    header: {},
    cookie: {},
  };
  parameters.forEach((parameter, index) => {
    const text = texts[index] ?? "";
    if (text !== "") places[parameter.place][parameter.name] = parseValue(parameter, text);
  });
  const { cookie, ...others } = places;
  return Object.keys(cookie).length > 0 ? places : others;
}

function parseValue({ name, kind }: TryParameter, text: string): unknown {
  if (kind === "list") return text.split("\n").filter((line) => line !== "");
  if (kind === "text") return text;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new InputError(`Parameter "${name}" takes JSON, and this is none: ${(cause as Error).message}`, { cause });
  }
}

function parseHeaders(lines: string): Record<string, string> {
  const pairs = lines
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const [, name, value] = /^\s*([^:\s]+)\s*:\s*(.*?)\s*$/.exec(line) ?? [];
      if (!name) throw new InputError(`"${line}" is no header; write one on each line, as "Name: value".`);
      return [name.toLowerCase(), value ?? ""];
    });
  return Object.fromEntries(pairs);
}
