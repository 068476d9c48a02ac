/** The command line: reads its arguments, runs the checks, prints what differs. */
import { parseArgs } from "node:util";
import type { OpenApiDocument } from "@artifetch/document";
import { listApis, loadDocument } from "@artifetch/document/load";
import type { RunReport } from "./model.ts";
import { listCredentialPlaces } from "./redact.ts";
import {
  readTrafficArguments,
  runTraffic,
  type TrafficArguments,
  trafficOptions,
  trafficUsage,
} from "./run-traffic.ts";
import { runToEnd } from "./runner.ts";

const usage = `Usage: artifetch-contract <api|document> --base-url URL
       artifetch-contract <api|document> --upstream URL [--listen PORT]
       artifetch-contract <api|document> --har FILE [--base-url URL]

Compares a service with an OpenAPI document and prints every difference.

  <api|document>  name of an API, or path or URL of an OpenAPI 3.x document
  --base-url URL  where the service is; paths of the document are appended to it
  --prefer        the service is a mock: ask it for every status and example ("Prefer: code=…, example=…"), with made-up
                  credentials where the environment has none
  --seed NUMBER   repeats the generated requests of an earlier run
  --replay PATH   only the generated request that a finding names, with its --seed
${trafficUsage}
  --help          print this

Credentials are read from the environment variables that the document names (x-env).

Exit code: 0 all checks hold; 1 the service differs from the document; 2 the run itself failed.`;

export interface Surroundings {
  environment: Readonly<Record<string, string | undefined>>;
  print(line: string): void;
  printError(line: string): void;
  /** Ends what goes on until it is ended. */
  signal?: AbortSignal | undefined;
}

/** A mistake of whoever started the command; its message says what was given and what is allowed. */
class UsageError extends Error {}

/**
 * Runs the command.
 *
 * @param args what stands behind the command's name.
 * @returns the exit code: 0, 1 or 2.
 */
export async function run(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const { environment, print, printError } = surroundings;
  try {
    const options = readArguments(args);
    if (!options) {
      print(usage);
      return 0;
    }
    const { document } = await loadDocument(options.target);
    if (options.traffic) return await runTraffic(document, options.traffic, surroundings);
    const report = await runToEnd(document, {
      ...options,
      credentials: readCredentials(document, environment, options.prefer),
    });
    if (report.interrupted !== undefined) throw new UsageError(report.interrupted);
    if (report.requests === 0)
      throw new UsageError(`${options.target}: the document has no operations, so there is nothing to check.`);
    const failed = printReport(report, print);
    return failed > 0 ? 1 : 0;
  } catch (error) {
    printError(`artifetch-contract: ${describe(error)}`);
    return 2;
  }
}

/** @returns the number of checks that failed. */
function printReport({ counts, findings }: RunReport, print: (line: string) => void): number {
  for (const { check, operationId, message, severity, count, blame, curl, seed } of findings) {
    print(
      `${severity === "drift" ? "drift " : ""}${check} ${operationId}: ${message}${count > 1 ? ` (${count} times)` : ""}`,
    );
    print(`  probably wrong: ${blame.party}. ${blame.reason}`);
    if (curl !== undefined) print(`  ${curl}`);
    if (seed?.path !== undefined) print(`  --seed ${seed.seed} --replay ${seed.path}`);
  }
  const [passed, failed] = [counts.map((each) => each.passed), counts.map((each) => each.failed)].map((list) =>
    list.reduce((sum, value) => sum + value, 0),
  );
  print(`${passed} passed, ${failed} failed`);
  return failed ?? 0;
}

interface Arguments {
  target: string;
  baseUrl: string;
  prefer: boolean;
  seed?: number;
  replay?: string;
  traffic?: TrafficArguments;
}

function readArguments(args: readonly string[]): Arguments | undefined {
  const { values, positionals } = parse(args);
  if (values.help) return undefined;
  const [target, ...rest] = positionals;
  if (target === undefined)
    throw new UsageError(`name the API or document to check against. APIs: ${listApis().join(", ")}.`);
  if (rest.length > 0) throw new UsageError(`one document at a time: "${rest[0]}" is one too many.`);
  const traffic = readTrafficArguments(values);
  if (traffic) return { target, traffic, baseUrl: "", prefer: false };
  const baseUrl = values["base-url"];
  if (baseUrl === undefined)
    throw new UsageError("--base-url is missing: it takes the URL of the service, such as http://127.0.0.1:4010.");
  if (!URL.canParse(baseUrl) || !/^https?:$/.test(new URL(baseUrl).protocol)) {
    throw new UsageError(`--base-url is "${baseUrl}": it takes an absolute URL that starts with http:// or https://.`);
  }
  const { prefer = false, seed, replay } = values;
  if (seed !== undefined && !/^\d+$/.test(seed)) throw new UsageError(`--seed is "${seed}": it takes a whole number.`);
  if (replay !== undefined && seed === undefined)
    throw new UsageError("--replay needs the --seed that stands beside it.");
  return {
    target,
    baseUrl,
    prefer,
    ...(seed !== undefined && { seed: Number(seed) }),
    ...(replay !== undefined && { replay }),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        ...trafficOptions,
        "base-url": { type: "string" },
        help: { type: "boolean", short: "h" },
        prefer: { type: "boolean" },
        replay: { type: "string" },
        seed: { type: "string" },
      },
    });
  } catch (error) {
    throw new UsageError(
      `${(error as Error).message.split(". ", 1)[0]}. Options: --base-url URL, --prefer, --seed NUMBER, --replay PATH, --upstream URL, --listen PORT, --har FILE, --help.`,
    );
  }
}

function readCredentials(
  document: OpenApiDocument,
  environment: Surroundings["environment"],
  isMock: boolean,
): Record<string, string> {
  return Object.fromEntries(
    listCredentialPlaces(document).flatMap(({ scheme, variable }) => {
      const value = environment[variable] ?? (isMock ? "made-up" : undefined);
      return value ? [[scheme, value]] : [];
    }),
  );
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
