import { localError } from "../../wire/error.ts";
import { parseReferenceName } from "../../x509/names.ts";

export interface ServerName {
  /** As the verifier gets it: an A-label name in lower case, or an IP address. */
  readonly serverName: string;
  /** For server_name; undefined for an IP address, which it may not carry. */
  readonly hostName: string | undefined;
}

/**
 * What a name that a caller gave means on the wire: no IP address, no trailing dot, A-labels only (RFC 6066 §3/2).
 * @throws TlsError `invalid_option`
 */
export function parseServerName(given: string): ServerName {
  const wanted = typeof given === "string" ? parseReferenceName(given) : undefined;
  if (wanted === undefined) {
    throw localError(
      "invalid_option",
      `serverName: expected a DNS name (labels of 1 to 63 letters, digits and hyphens, 253 in all) or an IP address, got ${JSON.stringify(given)}`,
    );
  }
  return { serverName: wanted.name, hostName: wanted.kind === "dns" ? wanted.name : undefined };
}
