import type { CipherSuiteName } from "../src/crypto/cipherSuites.ts";
import type { GroupName } from "../src/crypto/groups.ts";
import type { CryptoProvider } from "../src/crypto/provider.ts";
import type { RawExtension } from "../src/messages/extensions/extension.ts";
import type { MessageBody } from "../src/messages/handshake.ts";
import type { ExternalPsk } from "../src/session/externalPsk.ts";
import type { Bytes } from "../src/wire/bytes.ts";
import type { LabContext } from "./context.ts";
import type { Edit, Script } from "./script.ts";
import type { ServerCredentials } from "./signer.ts";
import type { TicketStore } from "./tickets.ts";

/** The messages of a server's flights. */
export type ServerMessage =
  | "HelloRetryRequest"
  | "ServerHello"
  | "EncryptedExtensions"
  | "CertificateRequest"
  | "Certificate"
  | "CertificateVerify"
  | "Finished"
  | "NewSessionTicket";

/** Another body for a message, or other bytes for the whole of it (a Uint8Array, header and all). */
export type Bend<N extends ServerMessage> = (
  body: MessageBody<N>,
  context: LabContext,
) => MessageBody<N> | Bytes | Promise<MessageBody<N> | Bytes>;

/** Where a server does not do what it should; the transcript and the keys go along with it. */
export interface Bends {
  readonly messages?: { readonly [N in ServerMessage]?: Bend<N> };
  /** Other bytes for a message that is encoded already. */
  readonly bytes?: { readonly [N in ServerMessage]?: (bytes: Bytes, context: LabContext) => Bytes };
  /** What CertificateVerify signs, in place of the right content. */
  readonly signedContent?: (content: Bytes, context: LabContext) => Bytes | Promise<Bytes>;
  /** Edits of the script: see script.ts. */
  readonly script?: Edit | readonly Edit[];
}

export interface TicketOptions {
  /** Seconds. Default: 7200. */
  readonly lifetime?: number;
  /** Default: at random. */
  readonly ageAdd?: number;
  /** Default: eight bytes at random. */
  readonly nonce?: Bytes;
  /** Default: no early data. */
  readonly maxEarlyDataSize?: number;
}

export interface LabOptions {
  readonly provider: CryptoProvider;
  readonly credentials: ServerCredentials;
  /** In order of preference. Default: all that the provider has. */
  readonly cipherSuites?: readonly CipherSuiteName[];
  /** In order of preference: the first for which a share came, else a retry asks for the first that was offered. */
  readonly groups?: readonly GroupName[];
  /** The application protocol that is chosen where the client offers it. */
  readonly alpn?: string;
  /** A retry, needed or not: with this group, with this cookie. */
  readonly retry?: { readonly group?: GroupName; readonly cookie?: Bytes };
  /** Asks for a client certificate, with these extensions; true for signature_algorithms alone. */
  readonly requestCertificate?: boolean | readonly RawExtension[];
  /** A stapled OCSP response. */
  readonly ocspResponse?: Bytes;
  /** Signed certificate timestamps. */
  readonly signedCertificateTimestamps?: readonly Bytes[];
  /** NewSessionTickets after the handshake. Default: none. */
  readonly tickets?: number;
  /** What stands in them. */
  readonly ticket?: TicketOptions;
  /** Tickets that are taken, and where those that go out are kept. Default: a store of this server's own. */
  readonly ticketStore?: TicketStore;
  /** How far a ticket's age may be off, in milliseconds. Default: 10,000. */
  readonly ticketAgeTolerance?: number;
  /** PSKs that were agreed upon outside of TLS. */
  readonly psks?: readonly ExternalPsk[];
  /**
   * The place of the PSK to go on with among those that are offered. Default, "auto": the first that will do, if any.
   * "ignore" does not even look at the offer, as a server without PSKs.
   */
  readonly selectPsk?: number | "auto" | "decline" | "ignore";
  /** Accepted where RFC 9846 §4.3.10 allows it. Default: rejected. */
  readonly earlyData?: "accept" | "reject";
  /** Sends application data back. */
  readonly echo?: boolean;
  /** Answers the client's close_notify with one. Default: yes. */
  readonly answerClose?: boolean;
  /** Answers a KeyUpdate that asks for one. Default: yes. */
  readonly answerKeyUpdate?: boolean;
  /** Steps before the first ClientHello is read. */
  readonly first?: Script;
  readonly bends?: Bends;
}
