import type { Finding } from "@artifetch/contract";

/**
 * What the mock does not look at, as Prism does not: the items of a tuple (`prefixItems`). A test in `mock.test.ts` fails
 * as soon as it does.
 */
export function isKnown({ check, documentPointer }: Finding): boolean {
  return check === "negative_data_rejection" && documentPointer.includes("/prefixItems/");
}
