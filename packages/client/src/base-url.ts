import type { ServerDefinition } from "./definition.ts";
import { OptionError } from "./errors/option-error.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Environment variables, where there is an environment. One that may not be read (Deno asks for a permission) is not set. */
export function readEnvironment(): Environment {
  const environment = (globalThis as { process?: { env?: Environment } }).process?.env ?? {};
  // Not around the environment itself: the engine looks at the target of a proxy too (ECMA-262, section 10.5.8).
  return new Proxy<Environment>(
    {},
    {
      get(_, name: string) {
        try {
          return environment[name];
        } catch {
          return undefined;
        }
      },
    },
  );
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
    if (variables) throw new OptionError('Give "baseUrl" or "server", not both.');
    return checkUrl(option, 'Option "baseUrl"');
  }
  for (const [template, known = {}, env = ""] of servers) {
    if (!variables && environment[env]) return checkUrl(environment[env], env);
    const values = { ...variables };
    for (const [name, [value, , variable = ""]] of Object.entries(known)) {
      values[name] ??= environment[variable] || value;
    }
    const fits = Object.entries(values).every(([name, value = ""]) => {
      const allowed = known[name]?.[1] ?? [];
      return Object.hasOwn(known, name) && (!allowed[0] || allowed.includes(value));
    });
    if (fits) return template.replace(/\{([^{}]+)\}/g, (_, name: string) => values[name] ?? "");
  }
  throw new OptionError(
    `Option "server" (or the environment) has ${JSON.stringify(variables)}: fits none of ${JSON.stringify(servers)}; or give "baseUrl".`,
  );
}

function checkUrl(value: string, what: string): string {
  if (/^\/(?!\/)/.test(value) && "location" in globalThis) return value;
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url && /^https?:$/.test(url.protocol) && url.href === url.origin + url.pathname) return value;
  throw new OptionError(
    `${what} is "${value.replace(/\/\/[^/]*@|[?#].*/g, "…")}"; it takes an absolute http or https URL without user, query or fragment.`,
  );
}
