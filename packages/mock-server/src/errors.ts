/** Errors that reach the caller of this package. Documents that cannot be read end in `DocumentError` of `@artifetch/document`. */

/** Base of the errors of this package. */
export class MockServerError extends Error {
  override readonly name: string = "MockServerError";
}

/** An option that does not exist, or a value that it does not take. Nothing was started. */
export class OptionError extends MockServerError {
  override readonly name = "OptionError";
  /** Name of the option as in the library: `port`. */
  readonly option: string;
  /** What is wrong and what is allowed, without the option's name, so that a command line can put its own spelling before it. */
  readonly reason: string;

  constructor(option: string, reason: string) {
    super(`Option "${option}" ${reason}`);
    this.option = option;
    this.reason = reason;
  }
}

/** The address cannot be listened on: in use, not allowed, or not an address of this machine. */
export class ListenError extends MockServerError {
  override readonly name = "ListenError";
}
