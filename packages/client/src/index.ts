export { type ClientOptions, createApi, type UntypedApi, type UntypedResult } from "./api.ts";
export type { Credential } from "./auth.ts";
export type { Job, OperationInfo, Paged } from "./call.ts";
export type { Clock } from "./clock.ts";
export type {
  ApiDefinition,
  JobDefinition,
  OperationDefinition,
  OperationExtras,
  PagesDefinition,
  SchemeDefinition,
  ServerDefinition,
} from "./definition.ts";
export { ApiError, isApiError } from "./errors/api-error.ts";
export { ArtifetchError } from "./errors/artifetch-error.ts";
export { DecodeError, isDecodeError } from "./errors/decode-error.ts";
export { isNetworkError, NetworkError } from "./errors/network-error.ts";
export { isOptionError, OptionError } from "./errors/option-error.ts";
export { isTimeoutError, TimeoutError } from "./errors/timeout-error.ts";
export type { FetchCore } from "./fetch-core.ts";
export { type ItemOf, type Page, type PagedList, type PaginateOptions, paginate } from "./paginate.ts";
export type { CallOptions, Failure, RequestOf, Result, Success } from "./result.ts";
export { isRetryable, type RetryOptions } from "./retry.ts";
export type { HookContext, Hooks, SendOptions } from "./send.ts";
export { type DataOf, unwrap } from "./unwrap.ts";
export { type WaitOptions, type WaitProgress, type WaitResult, type WaitState, waitFor } from "./wait-for.ts";
