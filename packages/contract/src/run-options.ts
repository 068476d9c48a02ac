/** The options of the command: one table for reading them and for the help. */
import { parseArgs } from "node:util";
import { listApis } from "@artifetch/document/load";
import { liveDefaults } from "./live.ts";
import { parseReportTargets, type ReportTarget, reportFormats } from "./report/index.ts";
import { readTrafficArguments, type TrafficArguments, trafficOptions, trafficUsage } from "./run-traffic.ts";

/** A mistake of whoever started the command; its message says what was given and what is allowed. */
export class UsageError extends Error {}

interface Option {
  type: "string" | "boolean";
  multiple?: boolean;
  short?: string;
  /** What stands behind it. */
  value?: string;
  help: string;
}

const table = {
  "base-url": {
    type: "string",
    value: "URL",
    help: "where the service is; paths of the document are appended. Default: the environment variable that the document names for it (x-env), if any",
  },
  operation: { type: "string", multiple: true, value: "ID", help: "only this operation; as often as needed" },
  param: {
    type: "string",
    multiple: true,
    value: "NAME=VALUE",
    help: "a value for every parameter of this name, such as an id that exists; OPERATION.NAME=VALUE for that of one operation, which may also change or delete it",
  },
  "allow-writes": {
    type: "boolean",
    help: "send other methods than GET and HEAD: creates things, and changes and deletes only those, or ids given for that very operation. What is left is deleted at the end where a link of the document says how",
  },
  rate: { type: "string", value: "N", help: `requests per second; 0: no limit (default ${liveDefaults.perSecond})` },
  "operation-rate": {
    type: "string",
    value: "N",
    help: `requests per second of one operation; 0: no limit (default ${liveDefaults.perOperation})`,
  },
  budget: { type: "string", value: "N", help: `requests in all; 0: no limit (default ${liveDefaults.budget})` },
  "max-server-errors": {
    type: "string",
    value: "N",
    help: `errors of the server (5xx) in a row after which an operation is left alone; twice as many end the run; 0: never (default ${liveDefaults.mostServerErrors})`,
  },
  timeout: { type: "string", value: "SECONDS", help: "how long an answer may take (default 30)" },
  "dry-run": {
    type: "boolean",
    help: "send nothing; print what would be sent as curl lines, and what would not and why",
  },
  generated: {
    type: "string",
    value: "N",
    help: "generated requests per operation, good ones and as many broken ones (default 20)",
  },
  seed: { type: "string", value: "NUMBER", help: "repeats the generated requests of an earlier run" },
  replay: { type: "string", value: "PATH", help: "only the generated request that a finding names, with its --seed" },
  report: {
    type: "string",
    multiple: true,
    value: "FORMAT=FILE",
    help: `also write a report: ${reportFormats.join(", ")}; as often as needed`,
  },
  prefer: {
    type: "boolean",
    help: 'the service is a mock: ask it for every status and example ("Prefer: code=…, example=…"), without limits, with made-up credentials where the environment has none, and with --allow-writes write to documented ids',
  },
} as const satisfies Record<string, Option>;

const indent = 26;
const width = 110;

export const usage = `Usage: artifetch-contract <api|document> --base-url URL [options]
       artifetch-contract <api|document> --upstream URL [--listen PORT] [--report FORMAT=FILE]
       artifetch-contract <api|document> --har FILE [--base-url URL] [--report FORMAT=FILE]

Compares a service with an OpenAPI document and shows every difference. Nothing but GET and HEAD is sent unless --allow-writes says so.

${toRow("<api|document>", "name of an API, or path or URL of an OpenAPI 3.x document")}
${Object.entries(table)
  .map(([name, option]) => toRow(`--${name}${"value" in option ? ` ${option.value}` : ""}`, option.help))
  .join("\n")}
${trafficUsage.map(([name, help]) => toRow(name, help)).join("\n")}
${toRow("--help", "print this")}

Credentials are read from the environment variables that the document names (x-env), and are never shown.

Exit code: 0 all checks hold; 1 service and document differ; 2 nothing was checked, or the run ended early and says why;
130 and 143 it was interrupted (SIGINT, SIGTERM). A run that ended early gives its report all the same, and says that it is partial.`;

function toRow(name: string, help: string): string {
  const lines: string[] = [];
  for (const word of help.split(" ")) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length >= width - indent) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  const head = `  ${name}`;
  const start = head.length < indent - 1 ? head.padEnd(indent) : `${head}\n${" ".repeat(indent)}`;
  return start + lines.join(`\n${" ".repeat(indent)}`);
}

export interface Arguments {
  target: string;
  reports: ReportTarget[];
  /** Absent: a run. */
  traffic?: TrafficArguments;
  /** Undefined: from the environment. */
  baseUrl: string | undefined;
  operations: readonly string[];
  parameters: readonly GivenParameter[];
  allowsWrites: boolean;
  isDry: boolean;
  prefer: boolean;
  limits: { perSecond?: number; perOperation?: number; budget?: number; mostServerErrors?: number };
  timeoutMs: number;
  generated?: number;
  seed?: number;
  replay?: string;
}

export interface GivenParameter {
  /** Of a parameter, or of an operation and its parameter: an id may have dots in it, too. */
  name: string;
  value: string;
}

/**
 * @param args what stands behind the command's name.
 * @returns undefined where only the usage was asked for.
 * @throws {UsageError} and the errors of reports and traffic.
 */
export function readArguments(args: readonly string[]): Arguments | undefined {
  const { values, positionals } = parse(args);
  if (values.help) return undefined;
  const [target, ...rest] = positionals;
  if (target === undefined)
    throw new UsageError(`name the API or document to check against. APIs: ${listApis().join(", ")}.`);
  if (rest.length > 0) throw new UsageError(`one document at a time: "${rest[0]}" is one too many.`);
  const traffic = readTrafficArguments(values);
  if (traffic) refuseOthers(values);
  const { "base-url": baseUrl, replay, seed } = values;
  if (replay !== undefined && seed === undefined)
    throw new UsageError("--replay needs the --seed that stands beside it.");
  const number = (name: keyof typeof values) => readNumber(name, values[name] as string | undefined, /^\d+(\.\d+)?$/);
  const whole = (name: keyof typeof values) => readNumber(name, values[name] as string | undefined, /^\d+$/);
  const timeoutMs = 1000 * (number("timeout") ?? 30);
  if (timeoutMs === 0) throw new UsageError('--timeout is "0": no answer comes that fast.');
  return {
    target,
    ...(traffic && { traffic }),
    reports: parseReportTargets(values.report ?? []),
    baseUrl: baseUrl === undefined || traffic ? undefined : checkBaseUrl("--base-url", baseUrl),
    operations: values.operation ?? [],
    parameters: (values.param ?? []).map(readParameter),
    allowsWrites: values["allow-writes"] ?? false,
    isDry: values["dry-run"] ?? false,
    prefer: values.prefer ?? false,
    limits: omitUndefined({
      perSecond: number("rate"),
      perOperation: number("operation-rate"),
      budget: whole("budget"),
      mostServerErrors: whole("max-server-errors"),
    }),
    timeoutMs,
    ...omitUndefined({ generated: whole("generated"), seed: whole("seed"), replay }),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { ...table, ...trafficOptions, help: { type: "boolean", short: "h" } },
    });
  } catch (error) {
    const names = [...Object.keys(table), ...Object.keys(trafficOptions), "help"].map((name) => `--${name}`);
    throw new UsageError(`${(error as Error).message.split(". ", 1)[0]}. Options: ${names.join(", ")}.`);
  }
}

/** An option that would be without effect is a misunderstanding. */
function refuseOthers(values: object): void {
  const own = new Set([...Object.keys(trafficOptions), "base-url", "report"]);
  const [other] = Object.keys(values).filter((name) => !own.has(name));
  if (other !== undefined)
    throw new UsageError(`--${other} is for a run of its own requests: it has no meaning with --upstream or --har.`);
}

function readNumber(name: string, given: string | undefined, form: RegExp): number | undefined {
  if (given === undefined) return undefined;
  const kind = form.test("0.5") ? "a number" : "a whole number";
  if (!form.test(given) || !Number.isFinite(Number(given)))
    throw new UsageError(`--${name} is "${given}": it takes ${kind}.`);
  return Number(given);
}

function readParameter(given: string): GivenParameter {
  const at = given.indexOf("=");
  const [name, value] = [given.slice(0, Math.max(at, 0)), given.slice(at + 1)];
  if (name === "" || value === "")
    throw new UsageError(`--param is "${given}": it takes NAME=VALUE or OPERATION.NAME=VALUE, such as run_id=42.`);
  return { name, value };
}

/** @throws {UsageError} for what is no URL that paths can be appended to. Credentials in it are not repeated. */
export function checkBaseUrl(option: string, given: string): string {
  if (!URL.canParse(given) || !/^https?:$/.test(new URL(given).protocol))
    throw new UsageError(`${option} is "${given}": it takes an absolute URL that starts with http:// or https://.`);
  const url = new URL(given);
  if (url.username !== "" || url.password !== "")
    throw new UsageError(
      `${option} has a user name or password in it: credentials are read from the environment variables that the document names.`,
    );
  if (url.search !== "" || url.hash !== "")
    throw new UsageError(`${option} has a query or fragment: paths are appended to it, so it ends with a path.`);
  return url.href;
}

function omitUndefined<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
