/** Rules for the extensions in the table of specs/README.md. */
import { jsonSchema, type Operation, readOperations } from "./operations.ts";
import {
  type Context,
  child,
  isObject,
  isText,
  items,
  type Place,
  type Resolve,
  type Rule,
  type Visitor,
} from "./redocly.ts";
import { allowsType, listedValues, schemasAt } from "./schemas.ts";

const homes: Readonly<Record<string, readonly string[]>> = {
  "x-sources": ["Operation", "Schema", "Parameter", "Response", "Header", "SecurityScheme", "Info"],
  "x-inferred": ["Operation", "Parameter", "Schema", "Response", "Header", "SecurityScheme"],
  "x-pagination": ["Operation"],
  "x-job-states": ["Schema"],
  "x-env": ["SecurityScheme", "Server", "ServerVariable"],
  "x-checked": ["Info"],
  "x-generations": ["Info"],
};

type CheckExtension = (name: string, owner: Place, context: Context) => void;

/** Calls `check` for each extension, also for those that stand beside the `$ref` of a schema. */
function visitExtensions(check: CheckExtension): Visitor {
  const visit = (node: unknown, context: Context) => {
    // Only types with this prefix have extensions; in a map of properties or headers an `x-` name is a name.
    if (context.type.extensionsPrefix === undefined || !isObject(node)) return;
    for (const name of Object.keys(node)) {
      if (name.startsWith("x-")) check(name, { node, location: context.location }, context);
    }
  };
  return { any: visit, ref: visit };
}

export const extensionIsInReadme: Rule = () =>
  visitExtensions((name, owner, { type, report }) => {
    const allowed = homes[name];
    if (allowed?.includes(type.name)) return;
    const message = allowed
      ? `\`${name}\` stands on ${allowed.join(", ")}, not on ${type.name}`
      : `specs/README.md knows no \`${name}\``;
    report({ message, location: child(owner, name).location.key() });
  });

export const sourcesAreTexts: Rule = () =>
  visitExtensions((name, owner, { report }) => {
    if (name !== "x-sources") return;
    const { node, location } = child(owner, name);
    if (Array.isArray(node) && node.length > 0 && node.every(isText)) return;
    report({ message: "`x-sources` is a list of texts, with at least one", location });
  });

export const inferredGivesAReason: Rule = () =>
  visitExtensions((name, owner, { report }) => {
    if (name !== "x-inferred") return;
    const { node, location } = child(owner, name);
    if (!isText(node)) report({ message: "`x-inferred` is a text: the reason", location });
  });

export const jobStatesFitEnum: Rule = () =>
  visitExtensions((name, owner, { resolve, report }) => {
    if (name !== "x-job-states") return;
    const { node, location } = child(owner, name);
    for (const message of jobStatesProblems(node, owner, listedValues(owner, resolve))) report({ message, location });
  });

function jobStatesProblems(value: unknown, owner: Place, listed: readonly unknown[]): string[] {
  if (!isJobStates(value)) {
    return [
      "`x-job-states` has `order` and `terminal`, lists of different states, perhaps `cancelled`, and nothing else",
    ];
  }
  const { order, terminal, cancelled } = value;
  const unlisted = [...order, ...terminal, cancelled].filter((state) => state !== undefined && !listed.includes(state));
  const faults: [boolean, string][] = [
    [
      !/\/properties\/[^/]+$/.test(owner.location.pointer),
      "`x-job-states` stands on the property that holds the state",
    ],
    [unlisted.length > 0, `Not in the enum of the state: ${[...new Set(unlisted)].join(", ")}`],
    [!terminal.includes(order.at(-1) ?? ""), "The last state of `order` means success, so it is terminal"],
    [order.slice(0, -1).some((state) => terminal.includes(state)), "Only the last state of `order` is terminal"],
    [cancelled !== undefined && !terminal.includes(cancelled), "The state after a cancel is terminal"],
    [cancelled !== undefined && order.includes(cancelled), "A job that goes well is not cancelled"],
  ];
  return faults.filter(([isFault]) => isFault).map(([, message]) => message);
}

interface JobStates {
  readonly order: readonly string[];
  readonly terminal: readonly string[];
  readonly cancelled?: string;
}

function isJobStates(value: unknown): value is JobStates {
  if (!isObject(value)) return false;
  const { order, terminal, cancelled, ...rest } = value;
  const areStates = [order, terminal].every(
    (states) =>
      Array.isArray(states) && states.every(isText) && states.length > 0 && new Set(states).size === states.length,
  );
  return areStates && (cancelled === undefined || isText(cancelled)) && Object.keys(rest).length === 0;
}

export const paginationFitsOperation: Rule = () => ({
  PathItem(node, { location, resolve, report }) {
    for (const operation of readOperations({ node, location }, resolve)) {
      const pagination = child(operation.place, "x-pagination");
      // Keys and types are checked by rule/pagination-has-known-form.
      if (!isObject(pagination.node)) continue;
      const problems = [
        ...styleProblems(pagination.node),
        ...parameterProblems(pagination, operation),
        ...pointerProblems(pagination, operation, resolve),
      ];
      for (const [key, message] of problems) report({ message, location: child(pagination, key).location });
    }
  },
});

/** Keys and types are checked by rule/info-lists-generations. */
export const generationsCoverPaths: Rule = () => ({
  Root(root, { location, report }) {
    const info = child({ node: root, location }, "info");
    const place = child(info, "x-generations");
    const prefixes = items(place).map((generation) => child(generation, "path").node);
    const paths = Object.keys(isObject(root) && isObject(root.paths) ? root.paths : {});
    for (const path of paths) {
      const count = prefixes.filter((prefix) => typeof prefix === "string" && path.startsWith(prefix)).length;
      if (prefixes.length === 0 || count === 1) continue;
      report({ message: `${path} is of ${count} generations instead of one`, location: place.location });
    }
    for (const prefix of prefixes) {
      if (paths.some((path) => typeof prefix === "string" && path.startsWith(prefix))) continue;
      report({ message: `No path begins with ${prefix}`, location: place.location });
    }
  },
});

type KeyProblem = readonly [key: string, message: string];

function styleProblems({ style, parameter, next, first }: Readonly<Record<string, unknown>>): KeyProblem[] {
  const isWhole = style === "none";
  const faults: [boolean, ...KeyProblem][] = [
    [!isWhole && parameter === undefined, "style", "Every style but `none` needs `parameter`"],
    [isWhole && parameter !== undefined, "parameter", "A list with `style: none` has no next page to ask for"],
    [isWhole && next !== undefined, "next", "A list with `style: none` has no next page"],
    [style !== "page" && first !== undefined, "first", "Only numbered pages have a first number"],
  ];
  return faults.filter(([isFault]) => isFault).map(([, ...problem]) => problem);
}

function parameterProblems(pagination: Place, { parameters }: Operation): KeyProblem[] {
  return ["parameter", "sizeParameter"]
    .map((key) => [key, child(pagination, key).node] as const)
    .filter(([, name]) => name !== undefined)
    .filter(([, name]) => !parameters.some((parameter) => parameter.in === "query" && parameter.name === name))
    .map(([key, name]) => [key, `The operation has no query parameter \`${name}\``]);
}

function pointerProblems(pagination: Place, { responses }: Operation, resolve: Resolve): KeyProblem[] {
  const bodies = responses
    .filter(({ status }) => status.startsWith("2"))
    .map(({ place }) => jsonSchema(place))
    .filter(({ node }) => node !== undefined);
  if (bodies.length === 0) return [["items", "The operation has no JSON body that could hold a list"]];
  return ["items", "next", "total", "totalPages"].flatMap((key): KeyProblem[] => {
    const pointer = child(pagination, key).node;
    if (typeof pointer !== "string") return [];
    const found = bodies.map((body) => schemasAt(body, pointer, resolve));
    if (found.some((schemas) => schemas.length === 0)) return [[key, `The success body has nothing at \`${pointer}\``]];
    const isList = found.every((schemas) => schemas.some((schema) => allowsType(schema, "array", resolve)));
    return key === "items" && !isList ? [[key, `The success body has no array at \`${pointer}\``]] : [];
  });
}
