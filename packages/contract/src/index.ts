export { type Check, type CheckKind, deriveChecks, type Target } from "./checks.ts";
export { createValidators, type Validate } from "./validate.ts";
