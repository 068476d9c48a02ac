import type { Environment } from "./base-url.ts";
import type { ApiDefinition, SecurityAlternatives } from "./definition.ts";
import { OptionError } from "./errors/option-error.ts";

/** A credential, or a function that is asked for it before each request, and once more after a 401. */
export type Credential = string | (() => string | undefined | Promise<string | undefined>);

export type Credentials = Readonly<Record<string, Credential | undefined>>;

/** Where the credentials of one request go. */
export interface Placed {
  headers: Record<string, string>;
  query: Record<string, string>;
  /** Whether asking again can give others. */
  canChange: boolean;
}

export type Authenticate = (operationId: string, security: SecurityAlternatives) => Promise<Placed>;

/**
 * Makes a function that finds the credentials of a request: those of the first alternative that is complete.
 *
 * @param credentials false: none are sent, and none are missed.
 * @throws {OptionError} at once for an unknown scheme; from the function when no alternative is complete.
 */
export function createAuthenticator(
  { schemes }: ApiDefinition,
  credentials: Credentials | false,
  environment: Environment,
): Authenticate {
  for (const name of Object.keys(credentials || {})) {
    if (Object.hasOwn(schemes, name)) continue;
    throw new OptionError(
      `Option "auth" has "${name}"; the security schemes are: ${Object.keys(schemes).join(", ") || "none"}.`,
    );
  }

  return async (operationId, security) => {
    const placed: Placed = { headers: {}, query: {}, canChange: false };
    if (!credentials || security.length === 0) return placed;
    for (const names of security) {
      const values = await Promise.all(
        names.map((name) => {
          const given = credentials[name];
          return typeof given === "function" ? given() : (given ?? environment[schemes[name]?.[2] ?? ""]);
        }),
      );
      if (!values.every(Boolean)) continue;
      names.forEach((name, index) => {
        place(placed, schemes[name], values[index] ?? "");
        placed.canChange ||= typeof credentials[name] === "function";
      });
      return placed;
    }
    const ways = security.map((names) =>
      names.map((name) => `auth.${name}${schemes[name]?.[2] ? ` (or ${schemes[name]?.[2]})` : ""}`).join(" and "),
    );
    throw new OptionError(`${operationId} needs credentials: give ${ways.join(", or ")}; or auth: false to send none.`);
  };
}

function place({ headers, query }: Placed, scheme: ApiDefinition["schemes"][string] | undefined, value: string): void {
  if (!scheme) return;
  const [where, name] = scheme;
  if (where === "header") headers[name] = value;
  else if (where === "query") query[name] = value;
  else if (where === "cookie")
    headers.cookie = `${headers.cookie ? `${headers.cookie}; ` : ""}${name}=${encodeURIComponent(value)}`;
  else headers[name] = `${where} ${where === "Basic" ? btoa(value) : value}`;
}
