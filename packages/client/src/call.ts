/** What the methods of a client say of themselves, so that helpers take a method and need no names. */
import type { JobDefinition, OperationExtras, PagesDefinition } from "./definition.ts";
import { OptionError } from "./errors/option-error.ts";

/** What a method of a client carries as `operation`. */
export interface OperationInfo<Extras = OperationExtras | undefined> {
  /** `operationId` of the document. */
  readonly id: string;
  readonly definition: readonly [method: string, path: string, answers: string, extras: Extras];
}

/** A method that {@link paginate} takes. `Items` is the JSON Pointer of the array of items in its body. */
export interface Paged<Items extends string> {
  readonly operation: OperationInfo<{ readonly pages: PagesDefinition<Items> }>;
}

/** A method that {@link waitFor} takes, with the terminal states of its job. */
export interface Job<Success extends string, Failure extends string> {
  readonly operation: OperationInfo<{ readonly job: JobDefinition<Success, Failure> }>;
}

/** The request, which may be left out where the method lets it be, and options. */
export type RequestAndOptions<Request, Given, Options> = undefined extends Request
  ? [request?: Given, options?: Options]
  : [request: Given, options?: Options];

/** The part of a method's definition that a helper works with. @throws {OptionError} where there is none. */
export function readExtra<Name extends "job" | "pages">(
  call: unknown,
  name: Name,
  helper: string,
  kind: string,
): { id: string; extra: NonNullable<OperationExtras[Name]> } {
  const operation = (call as { operation?: OperationInfo } | null | undefined)?.operation;
  if (!operation) throw new OptionError(`${helper} was given a ${typeof call}; it takes a method of a client.`);
  const extra = operation.definition[3]?.[name];
  if (!extra) throw new OptionError(`${helper} was given "${operation.id}"; it takes an operation that ${kind}.`);
  return { id: operation.id, extra };
}
