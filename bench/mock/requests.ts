/** The requests that the servers are loaded with: one operation, 500 times with other values. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { listOperations, type OpenApiDocument } from "@artifetch/document";
import { listApis, loadDocument } from "@artifetch/document/load";
import { type Call, toCall } from "../calls.ts";
import operations from "./operations.json" with { type: "json" };

/** How many different requests; each connection begins with another one. */
const count = 500;

/** An operation that is measured, its document whole. */
export interface Work {
  name: string;
  /** API name, or module of the document. */
  source: string;
  document: OpenApiDocument;
  /** Requests as path with query; the headers are the same for all. */
  paths: string[];
  headers: Record<string, string>;
}

/** Loads the work that `operations.json` names. */
export async function loadWork(name: keyof typeof operations): Promise<Work> {
  const { document: source, operation: id } = operations[name];
  const document = listApis().includes(source) ? (await loadDocument(source)).document : await readModule(source);
  const operation = listOperations(document).find((candidate) => candidate.id === id);
  if (!operation) throw new Error(`${source} has no operation ${id}.`);
  const call = toCall(source, document, operation);
  const headers = Object.fromEntries(call.schemes.map(({ header, prefix }) => [header, `${prefix}key`]));
  return { name, source, document, paths: Array.from({ length: count }, (_, index) => toPath(call, index)), headers };
}

async function readModule(module: string): Promise<OpenApiDocument> {
  return JSON.parse(await readFile(createRequire(import.meta.url).resolve(module), "utf8"));
}

function toPath({ operation, values: { path = {}, query = {} } }: Call, index: number): string {
  const pathname = operation.path.replaceAll(/\{([^}]+)\}/g, (_, name) => encodeURIComponent(vary(path[name], index)));
  const pairs = Object.entries(query).map(([name, value]): [string, string] => [name, vary(value, index)]);
  return pathname + (pairs.length > 0 ? `?${new URLSearchParams(pairs)}` : "");
}

/** Another value of the same type. */
function vary(value: unknown, index: number): string {
  return typeof value === "number" ? String(value + index) : `${value}${index}`;
}
