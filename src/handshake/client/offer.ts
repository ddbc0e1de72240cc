import type { CipherSuite } from "../../crypto/cipherSuites.ts";
import { groups } from "../../crypto/groups.ts";
import type { KeyShare } from "../../crypto/provider.ts";
import type { ClientHello } from "../../messages/clientHello.ts";
import { decodeExtension } from "../../messages/extensions/extension.ts";
import { extensionTable } from "../../messages/extensions/table.ts";
import { decodeMessage, type EncodedMessage } from "../../messages/handshake.ts";
import type { Bytes } from "../../wire/bytes.ts";
import { toLatin1 } from "../../wire/bytes.ts";
import type { OfferedPsk } from "./pskOffer.ts";

/** What a HelloRetryRequest asks to change. */
export interface Retry {
  readonly suite: CipherSuite;
  readonly selectedGroup: number | undefined;
  readonly cookie: Bytes | undefined;
  /** What the transcript holds from then on: the hash of the first hello, and the request (RFC 9846 §4.1/2). */
  readonly transcript: readonly Bytes[];
}

/** The private halves of the shares that a hello carries, by group. */
export type PrivateShares = ReadonlyMap<number, KeyShare>;

export interface MadeHello {
  readonly message: EncodedMessage<"ClientHello">;
  readonly shares: PrivateShares;
  /** In the order of their identities. */
  readonly psks: readonly OfferedPsk[];
}

/**
 * What went out. Everything that an answer is compared with is read from the bytes, so what counts as offered is what
 * the server saw.
 */
export interface Offer extends MadeHello {
  readonly hello: ClientHello;
  readonly extensionTypes: ReadonlySet<number>;
  readonly versions: readonly number[];
  readonly groups: readonly number[];
  readonly signatureSchemes: readonly number[];
  readonly protocols: readonly string[];
}

const {
  supportedVersions,
  supportedGroups,
  signatureAlgorithms,
  applicationLayerProtocolNegotiation: alpn,
} = extensionTable;

export function readOffer(made: MadeHello): Offer {
  return new ReadOffer(made);
}

/** A class for its getters alone: a list is read when an answer is compared with it, which most never are. */
class ReadOffer implements Offer {
  readonly message: EncodedMessage<"ClientHello">;
  readonly shares: PrivateShares;
  readonly psks: readonly OfferedPsk[];
  readonly hello: ClientHello;
  readonly extensionTypes: ReadonlySet<number>;

  constructor({ message, shares, psks }: MadeHello) {
    this.message = message;
    this.shares = shares;
    this.psks = psks;
    this.hello = decodeMessage("ClientHello", message.bytes);
    this.extensionTypes = new Set(this.hello.extensions.map((one) => one.type));
  }

  get versions(): readonly number[] {
    const data = this.#extension(supportedVersions.type);
    return data === undefined ? [] : decodeExtension(supportedVersions, "ClientHello", data);
  }

  get groups(): readonly number[] {
    const data = this.#extension(supportedGroups.type);
    return data === undefined ? [] : decodeExtension(supportedGroups, "ClientHello", data);
  }

  get signatureSchemes(): readonly number[] {
    const data = this.#extension(signatureAlgorithms.type);
    return data === undefined ? [] : decodeExtension(signatureAlgorithms, "ClientHello", data);
  }

  get protocols(): readonly string[] {
    const data = this.#extension(alpn.type);
    return data === undefined ? [] : decodeExtension(alpn, "ClientHello", data).map(toLatin1);
  }

  #extension(type: number): Bytes | undefined {
    return this.hello.extensions.find((one) => one.type === type)?.data;
  }
}

export const implementedGroups: ReadonlySet<number> = new Set(Object.values(groups).map(({ code }) => code));
