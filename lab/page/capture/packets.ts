/** A packet of a capture, as it lies in the file. */
export interface CapturedPacket {
  /** Milliseconds since 1970; undefined where the file does not say. */
  readonly time: number | undefined;
  /** What its first bytes are, by the registry of link types. */
  readonly linkType: number;
  readonly bytes: Uint8Array;
  /** Whether the capture kept only its beginning. */
  readonly cut: boolean;
}

/** What a file holds. */
export interface CapturedFile {
  readonly packets: readonly CapturedPacket[];
  /** Key logs that stand in the file itself. */
  readonly keyLogs: readonly string[];
  /** What was passed over: sentences for people. */
  readonly notes: readonly string[];
}
