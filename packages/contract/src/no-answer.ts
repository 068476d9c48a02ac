/** Why no answer came, and what to do about it. */

const certificate =
  "Its certificate is not trusted here: set NODE_EXTRA_CA_CERTS to a file with the certificate of the authority that signed it";
const unreachable = "The network does not lead there: is a VPN or a proxy needed?";
const noTls = "It does not speak TLS: is it http:// rather than https://?";
const noHttp = "It does not speak HTTP: is the port right, and is it https:// rather than http://?";
const blocked = "`fetch` calls no port that other protocols use (https://fetch.spec.whatwg.org/#port-blocking)";

/** By the `code` of the error. */
const hints: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "Its certificate has expired",
  DEPTH_ZERO_SELF_SIGNED_CERT: certificate,
  EAI_AGAIN: "The name cannot be looked up: is the network there?",
  ECONNREFUSED: "Nothing listens there: is the service running, and the port right?",
  EHOSTUNREACH: unreachable,
  ENETUNREACH: unreachable,
  ENOTFOUND: "There is no such host: is the base URL right?",
  EPROTO: noTls,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: noTls,
  ERR_SSL_WRONG_VERSION_NUMBER: noTls,
  ERR_TLS_CERT_ALTNAME_INVALID: "Its certificate is for another host: is the base URL right?",
  ETIMEDOUT: unreachable,
  SELF_SIGNED_CERT_IN_CHAIN: certificate,
  UNABLE_TO_GET_ISSUER_CERT: certificate,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: certificate,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: certificate,
  UND_ERR_CONNECT_TIMEOUT: unreachable,
};

/** What happened, and what it means where that is known; the second as an own sentence. */
export function explain({ message, name, code }: { message: string; name: string; code?: string | undefined }): string {
  // Of errors of TLS, the message is a line of a log with a place in the sources of OpenSSL.
  const what = code !== undefined && /^(ERR_SSL_|EPROTO)/.test(code) ? code : message.trim() || (code ?? name);
  const hint = code?.startsWith("HPE_")
    ? noHttp
    : (hints[code ?? ""] ?? (message === "bad port" ? blocked : undefined));
  if (hint === undefined) return what;
  return `${what}. ${hint}${hint.endsWith("?") ? "" : "."}`;
}
