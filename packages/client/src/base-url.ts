import type { ServerDefinition } from "./definition.ts";
import { OptionError } from "./errors/option-error.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Environment variables, where there is an environment. */
export function readEnvironment(): Environment {
  return (globalThis as { process?: { env?: Environment } }).process?.env ?? {};
}

/**
 * The base URL of a client: the option; else the first server that has all the given variables and takes their values,
 * filled from `variables`, then the environment, then the document's defaults.
 *
 * @throws {OptionError} for a value that is no absolute URL, and for variables that no server has or takes.
 */
export function toBaseUrl(
  servers: readonly ServerDefinition[],
  option: string | undefined,
  variables: Readonly<Record<string, string | undefined>> | undefined,
  environment: Environment,
): string {
  if (option !== undefined) {
    if (variables) throw new OptionError('Options "baseUrl" and "server" exclude each other: give one of them.');
    return checkUrl(option, 'Option "baseUrl"');
  }
  const given = Object.entries(variables ?? {}).filter((entry): entry is [string, string] => entry[1] !== undefined);
  for (const server of servers) {
    const [template, known = {}, env] = server;
    const whole = given.length === 0 && env ? environment[env] : undefined;
    if (whole) return checkUrl(whole, `Environment variable ${env}`);
    const values = new Map(
      Object.entries(known).map(([name, [value, , variable]]) => [name, readVariable(environment, variable) ?? value]),
    );
    for (const [name, value] of given) values.set(name, value);
    if ([...values].every(([name, value]) => takes(server, name, value))) {
      return template.replace(/\{([^{}]+)\}/g, (_, name: string) => values.get(name) ?? "");
    }
  }
  throw new OptionError(describeMisfit(servers, given));
}

function readVariable(environment: Environment, name: string | undefined): string | undefined {
  return (name && environment[name]) || undefined;
}

function takes([, known = {}]: ServerDefinition, name: string, value: string): boolean {
  const variable = Object.hasOwn(known, name) ? known[name] : undefined;
  const allowed = variable?.[1] ?? [];
  return variable !== undefined && (allowed.length === 0 || allowed.includes(value));
}

function describeMisfit(servers: readonly ServerDefinition[], given: [string, string][]): string {
  if (servers.length === 0) return 'The document names no server: give the option "baseUrl".';
  return `Option "server" (or the environment) has ${JSON.stringify(Object.fromEntries(given))}, which fits no server. Servers, with variables, their defaults and values: ${JSON.stringify(servers)}`;
}

function checkUrl(value: string, what: string): string {
  if (/^\/(?!\/)/.test(value) && "location" in globalThis) return value;
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url && /^https?:$/.test(url.protocol) && !url.username && !url.password && !url.search && !url.hash) return value;
  const shown = value.replace(/\/\/[^/]*@/, "//…@").replace(/[?#].*/, "…");
  throw new OptionError(
    `${what} is "${shown}"; it takes an absolute URL that starts with http:// or https://, without user, query or fragment.`,
  );
}
