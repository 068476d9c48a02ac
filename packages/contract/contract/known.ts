import type { Finding } from "@artifetch/contract";

/**
 * Where the mock differs from its document, and knows it: like Prism, it does not look at the items of a tuple (`prefixItems`). A
 * test in `mock.test.ts` fails as soon as it does.
 */
export function isKnown({ check, documentPointer }: Finding): boolean {
  return check === "negative_data_rejection" && documentPointer.includes("/prefixItems/");
}
