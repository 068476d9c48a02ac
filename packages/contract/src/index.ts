export { type Check, type CheckKind, deriveChecks, type Target } from "./checks.ts";
export { createJudge, type Difference, type Judge } from "./judge.ts";
export * from "./model.ts";
export { type CredentialPlace, listCredentialPlaces, redactExchange, redactRequest, toCurlLine } from "./redact.ts";
export { createValidators, type Validate } from "./validate.ts";
