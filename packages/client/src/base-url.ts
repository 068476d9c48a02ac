import type { ServerDefinition } from "./definition.ts";
import { OptionError } from "./errors/option-error.ts";

/** An environment variable, where there is an environment; one that may not be read (Deno asks for a permission) is not set. */
export function readVariable(name: string | undefined): string | undefined {
  try {
    const { process } = globalThis as { process?: { env?: Record<string, string | undefined> } };
    return name && process?.env?.[name];
  } catch {
    return undefined;
  }
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
): string {
  if (option !== undefined) {
    if (variables) throw new OptionError('Give "baseUrl" or "server", not both.');
    return checkUrl(option, 'Option "baseUrl"');
  }
  for (const [template, known = {}, env = ""] of servers) {
    const whole = variables ? undefined : readVariable(env);
    if (whole) return checkUrl(whole, env);
    const values = { ...variables };
    for (const [name, [value, , variable]] of Object.entries(known)) {
      values[name] ??= readVariable(variable) || value;
    }
    const fits = Object.entries(values).every(([name, value = ""]) => {
      const allowed = known[name]?.[1] ?? [];
      return Object.hasOwn(known, name) && (!allowed[0] || allowed.includes(value));
    });
    if (fits) return template.replace(/\{([^{}]+)\}/g, (_, name: string) => values[name] ?? "");
  }
  throw new OptionError(
    `Option "server" has ${JSON.stringify(variables)}: fits none of ${JSON.stringify(servers)}; or give "baseUrl".`,
  );
}

function checkUrl(value: string, what: string): string {
  if (/^\/(?!\/)/.test(value) && "location" in globalThis) return value;
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url && /^https?:$/.test(url.protocol) && url.href === url.origin + url.pathname) return value;
  throw new OptionError(
    `${what} is "${value.replace(/\/\/[^/]*@|[?#].*/g, "…")}"; it takes an absolute http(s) URL without user, query or fragment.`,
  );
}
