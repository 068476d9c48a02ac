/**
 * The parts of Prism, each loaded when it is first needed: all of them take a third of a second, and most requests need few.
 *
 * With `require`, as these are CommonJS modules with a `default` of their own, which every loader makes something else of.
 */

import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { PrismHttpComponents } from "@stoplight/prism-http";
import type { Ajv, Format } from "ajv";

type PrismHttp = typeof import("@stoplight/prism-http");
type Validator = typeof import("@stoplight/prism-http/dist/validator/index.js");
type DateTime = typeof import("@stoplight/prism-http/dist/validator/validators/dateTime.js");
type SchemaValidator = typeof import("@stoplight/prism-http/dist/validator/validators/utils.js");
type Deserializers = typeof import("@stoplight/prism-http/dist/validator/deserializers/index.js");
type Negotiator = typeof import("@stoplight/prism-http/dist/mocker/negotiator/NegotiatorHelpers.js");
type Router = typeof import("@stoplight/prism-http/dist/router/index.js");

type MockerModule = typeof import("@stoplight/prism-http/dist/mocker/index.js");

/** What is called of `seedrandom`, `@faker-js/faker` and `json-schema-faker`. */
type CreateRandom = (seed: string) => (() => number) & { int32(): number };
interface FakerModule {
  base: object;
  en: object;
  Faker: new (options: { locale: object[] }) => { seed(seed?: number): void; setDefaultRefDate(date?: string): void };
}
interface SchemaFaker {
  extend(name: string, toValue: () => unknown): void;
}

interface Mocker {
  mock: PrismHttpComponents["mock"];
  resetGenerator(): void;
  createRandom: CreateRandom;
  fakers: FakerModule;
  schemaFaker: SchemaFaker;
}

const require = createRequire(import.meta.url);
/** For what Prism depends on: the version that it has itself. */
const prismRequire = createRequire(require.resolve("@stoplight/prism-http"));

// `require` keeps what it has loaded.
export const loadPrism = (): PrismHttp => require("@stoplight/prism-http");
export const loadValidator = (): Validator => require("@stoplight/prism-http/dist/validator/index.js");
/** A compiler of schemas as Prism's validator has one, which makes six before it compiles the first. */
export function loadSchemaCompiler(): Ajv {
  if (!compiler) {
    const { default: AjvClass } = prismRequire("ajv") as typeof import("ajv");
    const { default: addFormats } = prismRequire("ajv-formats") as typeof import("ajv-formats");
    const dateTime = require("@stoplight/prism-http/dist/validator/validators/dateTime.js") as DateTime;
    // Whether a value is valid does not depend on what else Prism sets.
    compiler = new AjvClass({ strict: false, validateSchema: false, logger: false });
    addFormats(compiler);
    compiler.addFormat("date-time", dateTime.fmtDef(dateTime.date_time, dateTime.compareDateTime) as Format);
  }
  return compiler;
}

let compiler: Ajv | undefined;

export const loadSchemaValidator = (): SchemaValidator =>
  require("@stoplight/prism-http/dist/validator/validators/utils.js");
export const loadDeserializers = (): Deserializers =>
  require("@stoplight/prism-http/dist/validator/deserializers/index.js");
export const loadNegotiator = (): Negotiator["default"] =>
  (require("@stoplight/prism-http/dist/mocker/negotiator/NegotiatorHelpers.js") as Negotiator).default;
export const loadRouter = (): Router["default"] =>
  (require("@stoplight/prism-http/dist/router/index.js") as Router).default;

/** What Prism makes answers with, and the packages that its chance comes from: its own copies. */
export const loadMocker = (): Mocker => {
  const requireFromPrism = createRequire(require.resolve("@stoplight/prism-http"));
  return {
    mock: (require("@stoplight/prism-http/dist/mocker/index.js") as MockerModule).default,
    resetGenerator: loadPrism().resetJSONSchemaGenerator,
    createRandom: requireFromPrism("seedrandom") as CreateRandom,
    fakers: requireFromPrism("@faker-js/faker") as FakerModule,
    schemaFaker: requireFromPrism("json-schema-faker").JSONSchemaFaker as SchemaFaker,
  };
};

/** What Prism's command line makes of a document before it mocks it. */
export const loadTransformers = () => ({
  json: require("@stoplight/json") as typeof import("@stoplight/json"),
  transformOperations: (
    require("@stoplight/http-spec/oas3/operation") as typeof import("@stoplight/http-spec/oas3/operation")
  ).transformOas3Operations,
});

interface References {
  /** Whether a reference leads in a circle; of the last document. */
  circular: boolean;
}
/** What is used of `lib/refs.js` and `lib/dereference.js` of `@stoplight/json-schema-ref-parser`. */
type CreateReferences = new () => References & { _add(path: string): { value: object; pathType: string } };
type ReplaceReferences = (parser: { schema: object; $refs: References }, options: object) => void;

/**
 * Replaces the references in a document, in place, as `@stoplight/json-schema-ref-parser` does by default: with its own code, but
 * without its readers of files and URLs, which take longer to load than all else that a first answer needs.
 *
 * @param document every reference leads into the document itself.
 * @returns the document, and whether a reference leads in a circle.
 * @throws {Error} for a reference that leads nowhere.
 */
export function dereference(document: object): { dereferenced: object; isCircular: boolean } {
  const folder = dirname(require.resolve("@stoplight/json-schema-ref-parser"));
  const ReferenceMap = require(join(folder, "refs.js")) as CreateReferences;
  const replaceReferences = require(join(folder, "dereference.js")) as ReplaceReferences;
  const $refs = new ReferenceMap();
  Object.assign($refs._add("/document"), { value: document, pathType: "file" });
  const parser = { schema: document, $refs };
  replaceReferences(parser, { resolve: { external: true }, dereference: { circular: true }, continueOnError: false });
  return { dereferenced: parser.schema, isCircular: $refs.circular };
}

/** `ValidationContext.Input` of Prism, which declares it in a file of its own. */
export const inputContext = 0;

/** Prism reports on every step; what is worth telling is in the answer already. */
export const silentLogger = createSilentLogger();

function createSilentLogger(): PrismHttpComponents["logger"] {
  const ignore = (): void => {};
  const logger = { info: ignore, warn: ignore, error: ignore, debug: ignore, success: ignore, child: () => logger };
  // Prism calls these six of pino's methods and no other.
  return logger as unknown as PrismHttpComponents["logger"];
}
