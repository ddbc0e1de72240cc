/** Bytes that are not the DER that was expected. Plain on purpose: who reads says what it means for a connection. */
export class DerError extends Error {
  override readonly name = "DerError";
  /** Where in the bytes. */
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(`${message} (at byte ${offset})`);
    this.offset = offset;
  }
}
