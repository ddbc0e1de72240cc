import type { Bytes } from "../../wire/bytes.ts";
import { type Codec, type Decoded, decode, encode } from "../codec.ts";

/** The messages that hold an extension block (RFC 9846 §4.3). */
export type ExtensionHost =
  | "ClientHello"
  | "ServerHello"
  | "HelloRetryRequest"
  | "EncryptedExtensions"
  | "CertificateRequest"
  | "Certificate"
  | "NewSessionTicket";

/** An extension as it stands in a block: its body is read once it is known to be allowed there. */
export interface RawExtension {
  readonly type: number;
  readonly data: Bytes;
}

// biome-ignore lint/suspicious/noExplicitAny: a row holds codecs of any type; Body<> recovers the exact one
type Bodies = Partial<Record<ExtensionHost, Codec<any>>>;

/** A row of RFC 9846 §4.3's table: where the extension may stand, and what its body is there. */
export interface ExtensionRow<B extends Bodies = Bodies> {
  /** As IANA registers it. */
  readonly name: string;
  readonly type: number;
  readonly in: B;
  /** Messages in which it may come without having been offered (§4.3.2: the cookie). */
  readonly unasked: readonly ExtensionHost[];
}

export function extension<const B extends Bodies>(
  name: string,
  type: number,
  bodies: B,
  unasked: readonly ExtensionHost[] = [],
): ExtensionRow<B> {
  return { name, type, in: bodies, unasked };
}

export type Body<R, H extends ExtensionHost> =
  R extends ExtensionRow<infer B> ? (H extends keyof B ? Decoded<B[H]> : never) : never;

/** Encodes one extension for a message in which its row allows it. */
export function encodeExtension<B extends Bodies, H extends ExtensionHost & keyof B>(
  row: ExtensionRow<B>,
  host: H,
  body: Decoded<B[H]>,
): RawExtension {
  // biome-ignore lint/style/noNonNullAssertion: H is a key of B
  return { type: row.type, data: encode(row.in[host]!, body) };
}

/** @throws TlsError decode_error */
export function decodeExtension<B extends Bodies, H extends ExtensionHost & keyof B>(
  row: ExtensionRow<B>,
  host: H,
  data: Bytes,
): Decoded<B[H]> {
  // biome-ignore lint/style/noNonNullAssertion: H is a key of B
  return decode(row.in[host]!, data);
}
