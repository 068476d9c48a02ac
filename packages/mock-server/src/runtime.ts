/** Where the mock runs, and what is said where it cannot. */

import { MockServerError } from "./errors.ts";

/**
 * @throws {MockServerError} where code may not be compiled at run time, as in Cloudflare's workerd: Prism's validators need it.
 */
export function checkRuntime(): void {
  try {
    new Function("");
  } catch (cause) {
    const reason = `Prism compiles its validators with "new Function", which is forbidden ${describeRuntime()}.`;
    throw new MockServerError(`The mock cannot run here: ${reason} ${advice}`, { cause });
  }
}

/** The error of a function that this runtime cannot have at all. */
export function toUnsupported(name: string): MockServerError {
  return new MockServerError(`${name} runs on Node, Bun and Deno, not ${describeRuntime()}. ${advice}`);
}

const advice =
  "Start the mock elsewhere (`npx @artifetch/mock-server`, or `startMockServer` in a global set-up), and give its URL to the code under test as the base URL.";

function describeRuntime(): string {
  const { navigator, document, process } = globalThis as {
    navigator?: { userAgent?: string };
    document?: object;
    process?: { versions?: { node?: string } };
  };
  if (navigator?.userAgent === "Cloudflare-Workers") return "in workerd";
  if (document) return "in a browser";
  return process?.versions?.node ? "in this process" : "in this runtime";
}
