import type { CipherSuite } from "../../crypto/cipherSuites.ts";
import type { GroupName } from "../../crypto/groups.ts";
import type { CryptoProvider } from "../../crypto/provider.ts";
import type { SignatureSchemeName } from "../../crypto/signatureSchemes.ts";
import type { ChooseIdentity, ClientIdentity } from "../../identity/clientIdentity.ts";
import type { ExternalPsk } from "../../session/externalPsk.ts";
import type { SessionCache } from "../../session/sessionCache.ts";
import type { ServerVerifier } from "../../trust/verifier.ts";
import type { KeyLog } from "../keyLog.ts";
import type { MadeHello, Offer, Retry } from "./offer.ts";
import type { OfferedPsk } from "./pskOffer.ts";

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
  /** Undefined where no session is wanted: tickets are dropped. */
  readonly resumption: Resumption | undefined;
  /** In order of preference (RFC 9846 §4.3.11). */
  readonly externalPsks: readonly ExternalPsk[];
  /** Whether there is data to be sent before the server has answered (RFC 9846 §2.3). */
  readonly wantsEarlyData: boolean;
  /** Who the client is, where a server asks. */
  readonly identity: ClientIdentity | ChooseIdentity | undefined;
  /** Whether a request that no identity suits ends the connection, in place of an empty Certificate. */
  readonly requireIdentity: boolean;
  /** Whether a server may ask after the handshake, too (RFC 9846 §4.7.2). */
  readonly postHandshakeAuthentication: boolean;
  /** Makes the hellos: {@link makeHello}, or the recorded ones of a replay. */
  readonly hello: HelloSource;
}

/** Makes the first hello, or the second from the first and what the server asked for. */
export type HelloSource = (
  parameters: ClientParameters,
  retry: { readonly first: Offer; readonly asked: Retry } | undefined,
  beyond: FirstFlight,
) => MadeHello | Promise<MadeHello>;

/** What the first hello offers besides what the parameters say. */
export interface FirstFlight {
  readonly psks: readonly OfferedPsk[];
  readonly earlyData: boolean;
}

/** Where sessions are kept, and under which name those of this connection are. */
export interface Resumption {
  readonly cache: SessionCache;
  readonly partition: string;
}
