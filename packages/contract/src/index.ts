export { type CaseMaker, type CaseOptions, createCaseMaker, type Plan } from "./cases.ts";
export { createJudge, type Difference, type Judge } from "./judge.ts";
export * from "./model.ts";
export { type CredentialPlace, listCredentialPlaces, redactExchange, redactRequest, toCurlLine } from "./redact.ts";
export { type Gate, type RunOptions, run, runToEnd, StopRun } from "./runner.ts";
export type { Fetch } from "./send.ts";
export { createValidators, type Validate } from "./validate.ts";
