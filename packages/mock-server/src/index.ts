export { ListenError, MockServerError, OptionError } from "./errors.ts";
export { createMockFetch, type MockFetch } from "./fetch.ts";
export { createHandler, type Handler } from "./handler.ts";
export type {
  Journal,
  JournalEntry,
  JournalMessage,
  JournalOptions,
  JournalRequest,
  JournalResponse,
} from "./journal.ts";
export type { MockRequest, MockResponse } from "./message.ts";
export type { AnswerOptions, LogFormat, MockFetchOptions, MockServerOptions, Target } from "./options.ts";
export { type MockServer, type RunningApi, startMockServer } from "./server.ts";
export { loadMemory } from "./stateful/load.ts";
export type { Memory, StatefulOptions } from "./stateful/memory.ts";
