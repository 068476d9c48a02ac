import type { Environment } from "./base-url.ts";
import type { ApiDefinition, SchemeDefinition, SecurityAlternatives } from "./definition.ts";
import { OptionError } from "./errors/option-error.ts";

/** A credential, or a function that is asked for it before each request. */
export type Credential = string | (() => string | undefined | Promise<string | undefined>);

export type Credentials = Readonly<Record<string, Credential | undefined>>;

/**
 * Makes a function that puts credentials on a request: those of the first alternative that is complete. Where none is,
 * the request goes out without, and the service says what it thinks of that.
 */
export function createAuthenticator(
  definition: ApiDefinition,
  credentials: Credentials,
  environment: Environment,
): (request: Request, security: SecurityAlternatives) => Promise<void> {
  for (const name of Object.keys(credentials)) {
    if (Object.hasOwn(definition.schemes, name)) continue;
    const known = Object.keys(definition.schemes).join(", ") || "none";
    throw new OptionError(`Option "auth" has "${name}"; the security schemes of this API are: ${known}.`);
  }

  const read = async (name: string): Promise<string | undefined> => {
    const given = credentials[name];
    if (given !== undefined) return typeof given === "function" ? given() : given;
    const variable = definition.schemes[name]?.[2];
    return variable ? environment[variable] : undefined;
  };

  return async (request, security) => {
    for (const names of security) {
      const values = await Promise.all(names.map(read));
      if (!values.every(Boolean)) continue;
      names.forEach((name, index) => {
        const scheme = definition.schemes[name];
        if (scheme) putCredential(request, name, scheme, values[index] ?? "");
      });
      return;
    }
  };
}

function putCredential(request: Request, scheme: string, [place, name]: SchemeDefinition, value: string): void {
  try {
    if (place === "header") request.headers.set(name, value);
    else if (place === "cookie") request.headers.append("cookie", `${name}=${encodeURIComponent(value)}`);
    else if (place === "query")
      throw new OptionError(`Credentials in the query (security scheme "${scheme}") are not supported.`);
    else request.headers.set(name, `${place} ${place === "Basic" ? btoa(value) : value}`);
  } catch (error) {
    if (error instanceof OptionError) throw error;
    // The original message quotes the value.
    throw new OptionError(
      `The credential of "${scheme}" has a character that a header cannot carry, such as a line break.`,
    );
  }
}
