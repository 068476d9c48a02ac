/** The command line: reads its arguments, runs the checks, prints what differs. */
import { parseArgs } from "node:util";
import { isNetworkError } from "@artifetch/client";
import type { OpenApiDocument } from "@artifetch/document";
import { DocumentError, listApis, loadDocument } from "@artifetch/document/load";
import { type Check, deriveChecks, type Target } from "./checks.ts";

const usage = `Usage: artifetch-contract <api|document> --base-url URL

Compares a service with an OpenAPI document and prints every difference.

  <api|document>  name of an API, or path or URL of an OpenAPI 3.x document
  --base-url URL  where the service is; paths of the document are appended to it
  --help          print this

Which answer is wanted is asked for with "Prefer: code=…, example=…": run it against a mock that understands it.
Credentials are read from the environment variables that the document names (x-env); a mock takes any.

Exit code: 0 all checks hold; 1 the service differs from the document; 2 the run itself failed.`;

export interface Surroundings {
  environment: Readonly<Record<string, string | undefined>>;
  print(line: string): void;
  printError(line: string): void;
}

/** A mistake of whoever started the command; its message says what was given and what is allowed. */
class UsageError extends Error {}

/**
 * Runs the command.
 *
 * @param args what stands behind the command's name.
 * @returns the exit code: 0, 1 or 2.
 */
export async function run(args: readonly string[], { environment, print, printError }: Surroundings): Promise<number> {
  try {
    const options = readArguments(args);
    if (!options) {
      print(usage);
      return 0;
    }
    const { document } = await loadDocument(options.target);
    const checks = deriveChecks(document);
    if (checks.length === 0)
      throw new UsageError(`${options.target}: the document has no operations, so there is nothing to check.`);
    const target = { baseUrl: options.baseUrl, auth: readCredentials(document, environment) };
    const failed = await runChecks(checks, target, print);
    print(`${checks.length - failed} passed, ${failed} failed`);
    return failed > 0 ? 1 : 0;
  } catch (error) {
    printError(`artifetch-contract: ${describe(error)}`);
    return 2;
  }
}

async function runChecks(checks: readonly Check[], target: Target, print: (line: string) => void): Promise<number> {
  let failed = 0;
  for (const check of checks) {
    const differences = await runCheck(check, target);
    if (differences.length === 0) continue;
    failed += 1;
    print(check.title);
    for (const difference of differences) print(`  ${difference}`);
  }
  return failed;
}

/** A service that cannot be reached ends the run; any other failure is a difference. */
async function runCheck(check: Check, target: Target): Promise<string[]> {
  try {
    return await check.run(target);
  } catch (error) {
    if (isNetworkError(error) || (error instanceof TypeError && error.message === "fetch failed")) throw error;
    return [error instanceof Error ? error.message : String(error)];
  }
}

function readArguments(args: readonly string[]): { target: string; baseUrl: string } | undefined {
  const { values, positionals } = parse(args);
  if (values.help) return undefined;
  const [target, ...rest] = positionals;
  if (target === undefined)
    throw new UsageError(`name the API or document to check against. APIs: ${listApis().join(", ")}.`);
  if (rest.length > 0) throw new UsageError(`one document at a time: "${rest[0]}" is one too many.`);
  const baseUrl = values["base-url"];
  if (baseUrl === undefined)
    throw new UsageError("--base-url is missing: it takes the URL of the service, such as http://127.0.0.1:4010.");
  if (!URL.canParse(baseUrl) || !/^https?:$/.test(new URL(baseUrl).protocol)) {
    throw new UsageError(`--base-url is "${baseUrl}": it takes an absolute URL that starts with http:// or https://.`);
  }
  return { target, baseUrl };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { "base-url": { type: "string" }, help: { type: "boolean", short: "h" } },
    });
  } catch (error) {
    throw new UsageError(`${(error as Error).message.split(". ", 1)[0]}. Options: --base-url URL, --help.`);
  }
}

function readCredentials(document: OpenApiDocument, environment: Surroundings["environment"]): Record<string, string> {
  const schemes = Object.entries(document.components?.securitySchemes ?? {});
  return Object.fromEntries(
    schemes.flatMap(([name, scheme]) => {
      const value = typeof scheme["x-env"] === "string" ? environment[scheme["x-env"]] : undefined;
      return value ? [[name, value]] : [];
    }),
  );
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof UsageError || error instanceof DocumentError) return error.message;
  const reason = findRoot(error);
  return reason === error
    ? error.message
    : `${error.message}: ${reason.message || (reason as NodeJS.ErrnoException).code}`;
}

/** The innermost cause: where `fetch` says only that it failed, this is what happened. */
function findRoot(error: Error): Error {
  return error.cause instanceof Error ? findRoot(error.cause) : error;
}
