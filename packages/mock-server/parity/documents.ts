/** The documents that both mocks serve: ours, the fixture of this package, and foreign ones from npm. */

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { isObject, type OpenApiDocument } from "@artifetch/document";
import { listApis, loadDocument } from "@artifetch/document/load";

export interface ParityDocument {
  name: string;
  /** Requests compared where `PARITY_REQUESTS` does not say. */
  requests: number;
  /** Prism takes seconds to start with it: requests that end it are left out. */
  isSlow?: boolean;
  load(): Promise<OpenApiDocument>;
}

const require = createRequire(import.meta.url);

/** Of 3.0 and 3.1, chosen for what ours have not: styles of parameters, kinds of credentials, forms, references into paths. */
const examples = [
  "3.1/json/parameters-style.json",
  "3.1/json/train-travel.json",
  "3.1/json/security.json",
  "3.0/json/circular-paths.json",
  "3.0/json/response-http-behavior.json",
  "3.0/json/response-multiple-mediatypes.json",
  "3.0/json/file-uploads.json",
  "3.0/json/star-trek.json",
];

export const service: ParityDocument = {
  name: "service.yaml",
  requests: 200,
  load: () => load(fileURLToPath(new URL("../fixtures/service.yaml", import.meta.url))),
};

export const documents: ParityDocument[] = [
  service,
  ...listApis().map((api) => ({ name: api, requests: 60, load: () => load(api) })),
  ...examples.map((file) => ({
    name: file,
    requests: 40,
    load: () => load(require.resolve(`@readme/oas-examples/${file}`)),
  })),
  {
    name: "3.1/json/train-travel.json, with a dialect",
    requests: 20,
    load: async () => ({
      ...(await load(require.resolve("@readme/oas-examples/3.1/json/train-travel.json"))),
      jsonSchemaDialect: "https://spec.openapis.org/oas/3.1/dialect/base",
    }),
  },
  {
    name: "api.github.com.json",
    requests: 60,
    isSlow: true,
    load: () => readJson("@octokit/openapi/generated/api.github.com.json"),
  },
];

async function load(target: string): Promise<OpenApiDocument> {
  return withoutOutgoing((await loadDocument(target)).document);
}

/** 13 MB without a reference to another file: nothing to bundle. */
async function readJson(module: string): Promise<OpenApiDocument> {
  return withoutOutgoing(JSON.parse(await readFile(require.resolve(module), "utf8")));
}

/** Without callbacks: Prism would send requests to wherever a generated body says. */
function withoutOutgoing(document: OpenApiDocument): OpenApiDocument {
  const paths = Object.entries(document.paths ?? {}).map(([path, item]) => [
    path,
    Object.fromEntries(Object.entries(item).map(([key, value]) => [key, isObject(value) ? without(value) : value])),
  ]);
  return { ...document, paths: Object.fromEntries(paths) };
}

function without({ callbacks: _, ...operation }: Record<string, unknown>): Record<string, unknown> {
  return operation;
}
