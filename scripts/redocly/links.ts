/** Links are walked by the stateful mock, the contract checks and the docs, so each must lead somewhere. */
import { jsonSchema, type Operation, readOperations } from "./operations.ts";
import { child, children, follow, isText, type Place, type Resolve, type Rule } from "./redocly.ts";
import { schemasAt } from "./schemas.ts";

interface Link {
  readonly place: Place;
  readonly response: Place;
  readonly source: Operation;
}

interface Problem {
  readonly message: string;
  readonly location: Place["location"];
}

export const linkCanBeFollowed: Rule = () => {
  const operations: Operation[] = [];
  return {
    PathItem(node, { location, resolve }) {
      operations.push(...readOperations({ node, location }, resolve));
    },
    Root: {
      // A link may lead to an operation of a later path.
      leave(_root, { resolve, report }) {
        const links = operations.flatMap((source) => readLinks(source, resolve));
        for (const problem of links.flatMap((link) => linkProblems(link, operations, resolve))) report(problem);
      },
    },
  };
};

function readLinks(source: Operation, resolve: Resolve): Link[] {
  return source.responses.flatMap(({ place: response }) =>
    children(child(response, "links")).map(([, link]) => ({ place: follow(link, resolve), response, source })),
  );
}

function linkProblems(link: Link, operations: readonly Operation[], resolve: Resolve): Problem[] {
  const { node: id, location } = child(link.place, "operationId");
  const target = operations.find((operation) => isText(id) && operation.id === id);
  if (!target) {
    const message = id === undefined ? "A link has an `operationId`" : `The document has no operation \`${id}\``;
    return [{ message, location }];
  }
  const given = child(link.place, "parameters");
  return [
    ...missingParameters(given, target),
    ...children(given).flatMap(([name, value]) => [
      ...unknownParameter(name, value, target),
      ...brokenExpression(value, link, resolve),
    ]),
  ];
}

function missingParameters(given: Place, { id, parameters }: Operation): Problem[] {
  const names = children(given).map(([name]) => name);
  return parameters
    .filter((parameter) => parameter.in === "path")
    .filter(({ name }) => !names.includes(String(name)) && !names.includes(`path.${name}`))
    .map(({ name }) => ({ message: `\`${id}\` cannot be called without \`${name}\``, location: given.location }));
}

function unknownParameter(name: string, { location }: Place, { id, parameters }: Operation): Problem[] {
  const exists = parameters.some(
    (parameter) => name === parameter.name || name === `${parameter.in}.${parameter.name}`,
  );
  return exists ? [] : [{ message: `\`${id}\` has no parameter \`${name}\``, location: location.key() }];
}

function brokenExpression({ node, location }: Place, link: Link, resolve: Resolve): Problem[] {
  // Anything else is a constant.
  if (typeof node !== "string" || !node.startsWith("$")) return [];
  return leadsSomewhere(node, link, resolve) ? [] : [{ message: `Nothing stands at \`${node}\``, location }];
}

/** Whether the document has the value that a runtime expression (OpenAPI, Link Object) names. */
function leadsSomewhere(expression: string, { source, response }: Link, resolve: Resolve): boolean {
  if (["$url", "$method", "$statusCode"].includes(expression)) return true;
  const [, owner, pointer = ""] = /^\$(request|response)\.body(?:#(\/.*)?)?$/.exec(expression) ?? [];
  if (owner !== undefined) {
    const body = jsonSchema(owner === "request" ? source.requestBody : response);
    return schemasAt(body, pointer, resolve).length > 0;
  }
  const [, header] = /^\$response\.header\.(.+)$/.exec(expression) ?? [];
  if (header !== undefined) return children(child(response, "headers")).some(([name]) => name === header);
  const [, kind, parameter] = /^\$request\.(header|path|query)\.(.+)$/.exec(expression) ?? [];
  return source.parameters.some(({ name, in: place }) => place === kind && name === parameter);
}
