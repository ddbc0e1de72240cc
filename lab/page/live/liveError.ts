export type LiveErrorCode =
  /** The target, the relay's address or the roots can't be what was meant. */
  | "invalid_target"
  /** It was called off, or took too long. */
  | "aborted"
  | "timeout"
  /** PostgreSQL's own refusal, with its words. */
  | "postgresql_error";

/** A live connection that could not be tried, or of which there is nothing to show. */
export class LiveError extends Error {
  override readonly name = "LiveError";
  readonly code: LiveErrorCode;

  constructor(code: LiveErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}
