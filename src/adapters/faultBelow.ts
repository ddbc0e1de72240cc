import { localError, TlsError } from "../wire/error.ts";

/** What a stream below failed with. That of another TLS is wrapped: its code and its alert are none of this connection's. */
export function faultBelow(error: unknown): unknown {
  return error instanceof TlsError
    ? localError("transport_failed", `the TLS below failed: ${error.message}`, error)
    : error;
}
