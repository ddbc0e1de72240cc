/** A dialogue before TLS that did not lead to TLS. */
export type StarttlsErrorCode =
  | "starttls_refused"
  | "starttls_injected"
  | "starttls_malformed"
  | "starttls_ended"
  | "timeout";

/** In the form of a TlsError: a stable code, and a message for people. There is no alert, as there is no TLS yet. */
export class StarttlsError extends Error {
  override readonly name = "StarttlsError";
  readonly code: StarttlsErrorCode;

  constructor(code: StarttlsErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
