import type { Finding } from "@artifetch/contract";

/**
 * Where the mock differs from its document, and knows it:
 *
 * - Like Prism, it does not look at the items of a tuple (`prefixItems`). A test in `mock.test.ts` fails as soon as it does.
 * - With memory, it refuses with 409 what the state of a job does not allow, also where an operation lists no 409.
 */
export function isKnown({ check, documentPointer, exchange }: Finding): boolean {
  if (check === "negative_data_rejection") return documentPointer.includes("/prefixItems/");
  if (check !== "status_code_conformance" || exchange?.response.status !== 409) return false;
  return new TextDecoder().decode(exchange.response.body).includes("#STATE_CONFLICT");
}
