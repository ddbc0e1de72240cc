/** What a transport tells its connection. */
export interface TransportReceiver {
  /**
   * Bytes arrived. Their memory belongs to the transport again once this returns, unless it is `given`: then nobody changes it
   * any more, and what waits to be opened need not be copied. Default: false.
   */
  received(bytes: Uint8Array, given?: boolean): void;
  /** The peer will send no more. */
  ended(): void;
  /** The transport broke: nothing more arrives, nothing more leaves. */
  failed(cause: unknown): void;
}

/**
 * A duplex stream of bytes, as a connection sees it. Adapters make one from a socket, from web streams, from a WebSocket.
 */
export interface Transport {
  /** Called once, before anything else: from now on what arrives is told. */
  start(receiver: TransportReceiver): void;
  /** Takes all the bytes, in order. `written` is called, now or later, once their memory may be used again and more is welcome. */
  write(bytes: Uint8Array, written: () => void): void;
  /** Stop, and go on, telling of what arrives. */
  pause(): void;
  resume(): void;
  /** Nothing more will be written; reading goes on. */
  end(): void;
  /** Lets what was written leave, then closes both directions; what still arrives is thrown away. */
  close(): void;
  /** Closes at once. */
  abort(cause: unknown): void;
}
