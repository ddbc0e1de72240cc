import type { CipherSuite } from "../../crypto/cipherSuites.ts";
import type { GroupName } from "../../crypto/groups.ts";
import type { CryptoProvider } from "../../crypto/provider.ts";
import type { SignatureSchemeName } from "../../crypto/signatureSchemes.ts";
import type { ServerVerifier } from "../../trust/verifier.ts";
import type { KeyLog } from "../keyLog.ts";
import type { MadeHello, Offer, Retry } from "./offer.ts";

/** What a client wants of a handshake: options once they are checked, with their defaults filled in. */
export interface ClientParameters {
  readonly provider: CryptoProvider;
  /** The DNS name or IP address to reach, as the verifier gets it. */
  readonly serverName: string;
  /** What server_name carries: an A-label name; undefined for an IP address (RFC 6066 §3). */
  readonly hostName: string | undefined;
  /** In order of preference; empty where none is wanted. */
  readonly alpn: readonly string[];
  readonly cipherSuites: readonly CipherSuite[];
  readonly groups: readonly GroupName[];
  /** Groups whose shares are sent, in the order of `groups`; empty to ask for a retry. */
  readonly keyShares: readonly GroupName[];
  readonly signatureSchemes: readonly SignatureSchemeName[];
  /** Whether to look like TLS 1.2 to middleboxes (RFC 9846 §E.4). */
  readonly compatibility: boolean;
  readonly shuffleExtensions: boolean;
  readonly verifier: ServerVerifier;
  readonly keyLog: KeyLog | undefined;
  /** Makes the hellos: {@link makeHello}, or the recorded ones of a replay. */
  readonly hello: HelloSource;
}

/** Makes the first hello, or the second from the first and what the server asked for. */
export type HelloSource = (
  parameters: ClientParameters,
  retry: { readonly first: Offer; readonly asked: Retry } | undefined,
) => MadeHello | Promise<MadeHello>;
