/** What the rules need to know of an operation, with every reference followed. */
import { child, children, follow, isObject, items, type Place, type Resolve } from "./redocly.ts";

const methods = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

export interface Parameter {
  readonly name: unknown;
  readonly in: unknown;
}

export interface Operation {
  readonly place: Place;
  readonly id: unknown;
  /** Of the operation and of its path. */
  readonly parameters: readonly Parameter[];
  readonly requestBody: Place;
  readonly responses: readonly { readonly status: string; readonly place: Place }[];
}

/** The operations of a path item. */
export function readOperations(pathItem: Place, resolve: Resolve): Operation[] {
  return methods
    .map((method) => child(pathItem, method))
    .filter(({ node }) => isObject(node))
    .map((place) => ({
      place,
      id: child(place, "operationId").node,
      parameters: [pathItem, place]
        .flatMap((owner) => items(child(owner, "parameters")))
        .map((parameter) => follow(parameter, resolve))
        .map((parameter) => ({ name: child(parameter, "name").node, in: child(parameter, "in").node })),
      requestBody: follow(child(place, "requestBody"), resolve),
      responses: children(child(place, "responses")).map(([status, response]) => ({
        status,
        place: follow(response, resolve),
      })),
    }));
}

/** The schema of the JSON body of a request body or response; its node is undefined when there is none. */
export function jsonSchema(bodyOwner: Place): Place {
  const content = child(bodyOwner, "content");
  const json = children(content).find(([mediaType]) => /^application\/([^;]+\+)?json\b/.test(mediaType));
  return child(json ? json[1] : content, "schema");
}
