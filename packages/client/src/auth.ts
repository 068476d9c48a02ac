import { readVariable } from "./base-url.ts";
import type { ApiDefinition, SecurityAlternatives } from "./definition.ts";
import { OptionError } from "./errors/option-error.ts";
import { addHeaders } from "./request.ts";

/** A credential, or a function that is asked for it before each request, and once more after a 401. */
export type Credential = string | (() => string | undefined | Promise<string | undefined>);

export type Credentials = Readonly<Record<string, Credential | undefined>>;

/** Where the credentials of one request go. */
export interface Placed {
  /** By lower-case name. */
  headers: Record<string, string>;
  /** Without a question mark; empty for none. */
  query: string;
  /** Whether asking again can give others. */
  canChange: boolean;
}

/** Gives credentials at once where no function has to be asked. */
export type Authenticate = (operationId: string, security: SecurityAlternatives) => Placed | Promise<Placed>;

/**
 * Makes a function that finds the credentials of a request: those of the first alternative that is complete.
 *
 * @param credentials false: none are sent, and none are missed.
 * @throws {OptionError} at once for an unknown scheme; from the function when no alternative is complete.
 */
export function createAuthenticator({ schemes }: ApiDefinition, credentials: Credentials | false): Authenticate {
  for (const name of Object.keys(credentials || {})) {
    if (Object.hasOwn(schemes, name)) continue;
    throw new OptionError(
      `Option "auth" has "${name}"; the security schemes are: ${Object.keys(schemes).join(", ") || "none"}.`,
    );
  }

  const fixed = new Map<SecurityAlternatives, Placed>();
  return (operationId, security) => {
    const known = fixed.get(security);
    if (known) return known;
    const find = findCredentials(schemes, credentials || {}, operationId, credentials ? security : []);
    if (security.flat().some((name) => credentials && typeof credentials[name] === "function")) return find;
    return find.then((placed) => {
      fixed.set(security, placed);
      return placed;
    });
  };
}

async function findCredentials(
  schemes: ApiDefinition["schemes"],
  credentials: Credentials,
  operationId: string,
  security: SecurityAlternatives,
): Promise<Placed> {
  const placed: Placed = { headers: {}, query: "", canChange: false };
  if (security.length === 0) return placed;
  for (const names of security) {
    const values = await Promise.all(
      names.map((name) => {
        const given = credentials[name];
        return typeof given === "function" ? given() : (given ?? readVariable(schemes[name]?.[2]));
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
    names.map((name) => `auth.${name}${schemes[name]?.[2] ? ` (or ${schemes[name][2]})` : ""}`).join(" and "),
  );
  throw new OptionError(`${operationId} needs credentials: ${ways.join(", or ")}; or auth: false to send none.`);
}

function place(placed: Placed, scheme: ApiDefinition["schemes"][string] | undefined, value: string): void {
  const [where, name = ""] = scheme ?? [];
  const pair = `${name}=${encodeURIComponent(value)}`;
  if (where === "query") placed.query += (placed.query && "&") + pair;
  else if (where === "cookie")
    placed.headers.cookie = (placed.headers.cookie ? `${placed.headers.cookie}; ` : "") + pair;
  else {
    const text = where === "header" ? value : `${where} ${where === "Basic" ? btoa(value) : value}`;
    addHeaders(placed.headers, { [name]: text });
  }
}
