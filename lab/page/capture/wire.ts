import type { Side } from "../run.ts";

/** Bytes of one side's stream, as they came to be known. Streams are whole: a gap ends what is known of one. */
export interface WireChunk {
  readonly from: Side;
  /** Milliseconds since the connection began. */
  readonly time: number;
  readonly bytes: Uint8Array;
}

/** Both streams of a connection, from its ClientHello on. */
export interface Wire {
  /** In the order in which they were seen. */
  readonly chunks: readonly WireChunk[];
  /** When both streams had ended; undefined where that was not seen. */
  readonly closed: number | undefined;
}
