export { ListenError, MockServerError, OptionError } from "./errors.ts";
export { createMockFetch } from "./fetch.ts";
export { createHandler, type Handler } from "./handler.ts";
export type { MockRequest, MockResponse } from "./message.ts";
export type { AnswerOptions, LogFormat, MockServerOptions, Target } from "./options.ts";
export { type MockServer, type RunningApi, startMockServer } from "./server.ts";
