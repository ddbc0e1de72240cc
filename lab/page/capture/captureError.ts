/** What can be wrong with a file that should hold connections. The codes are stable. */
const captureErrors = {
  not_a_capture: "These bytes begin as no pcapng and no pcap file does.",
  capture_malformed: "A block or a packet of the capture is not as its format has it.",
  capture_too_large: "The capture is larger than a page takes.",
  no_tls_conversation: "No TCP connection of the capture begins with a ClientHello.",
  key_log_malformed: "A line of the key log is not as NSS's format has it.",
  key_log_too_large: "The key log is larger than a page takes.",
  trace_malformed: "A line of the trace is not one that the command writes.",
  trace_too_large: "The trace is larger than a page takes.",
  trace_empty: "The trace tells of no connection.",
  no_records: "The run has no records to write: they were not seen.",
} as const;

export type CaptureErrorCode = keyof typeof captureErrors;

/** Every failure of reading or writing a capture, a key log or a trace. `code` is stable and made for programs. */
export class CaptureError extends Error {
  override readonly name = "CaptureError";
  readonly code: CaptureErrorCode;

  constructor(code: CaptureErrorCode, detail: string) {
    super(`${captureErrors[code]} ${detail}`);
    this.code = code;
  }
}
