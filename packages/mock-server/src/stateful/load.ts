import type { OpenApiDocument } from "@artifetch/document";
import type { AnswerOptions } from "../options.ts";
import type { Memory } from "./memory.ts";

/** The memory of a document, or none. Loaded only here: most mocks have none, and start faster without its code. */
export async function loadMemory(
  document: OpenApiDocument,
  { stateful }: Pick<AnswerOptions, "stateful">,
): Promise<Memory | undefined> {
  if (!stateful) return undefined;
  const { createMemory } = await import("./memory.ts");
  return createMemory(document, stateful === true ? {} : stateful);
}
