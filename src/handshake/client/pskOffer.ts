import { cipherSuites } from "../../crypto/cipherSuites.ts";
import type { HashName } from "../../crypto/hashName.ts";
import type { CryptoProvider, Hash } from "../../crypto/provider.ts";
import { type PskStage, startPskStage } from "../../keyschedule/pskStage.ts";
import { encodeExtension, type RawExtension } from "../../messages/extensions/extension.ts";
import { extensionTable as table } from "../../messages/extensions/table.ts";
import type { ExternalPsk } from "../../session/externalPsk.ts";
import { obfuscatedTicketAge, type Session } from "../../session/session.ts";
import type { ServerIdentity } from "../../trust/verifier.ts";
import type { Bytes } from "../../wire/bytes.ts";

/** A session that may be offered: its certificate was looked at again, and this is what came of it. */
export interface ResumableSession {
  readonly kind: "resumption";
  readonly session: Session;
  /** Undefined where an external PSK stands behind the session. */
  readonly identity: ServerIdentity | undefined;
}

/** A PSK in a hello, with its early stage: binders are needed before a suite is known (RFC 9846 §7.1). */
export interface OfferedPsk {
  readonly psk: ResumableSession | ExternalPsk;
  readonly hash: HashName;
  readonly stage: PskStage;
}

/** Bytes of identities and binders in a hello: its other extensions need room, too. What has none is not offered. */
export const maxPskOffer = 49_152;

/** Sessions first: early data goes with the first of the list (RFC 9846 §4.3.10/3). */
export function offerPsks(
  provider: CryptoProvider,
  resumable: ResumableSession | undefined,
  external: readonly ExternalPsk[],
): readonly OfferedPsk[] {
  const offered: OfferedPsk[] = [];
  let left = maxPskOffer;
  const fits = (identity: Bytes): boolean => {
    // 7 bytes of lengths and age, and a binder.
    left -= identity.length + 7 + 48;
    return left >= 0;
  };
  if (resumable !== undefined && fits(resumable.session.ticket)) {
    const hash = cipherSuites[resumable.session.cipherSuite].hash;
    const key = resumable.session.psk();
    offered.push({ psk: resumable, hash, stage: startPskStage(provider.hashes[hash], key, "resumption") });
    key.fill(0);
  }
  for (const psk of external) {
    const { hash, key, kind } = psk;
    if (!fits(psk.identity)) break;
    offered.push({ psk, hash, stage: startPskStage(provider.hashes[hash], key, kind) });
  }
  return offered;
}

/** With binders that are yet to be filled in. */
export function preSharedKeyExtension(psks: readonly OfferedPsk[], provider: CryptoProvider): RawExtension {
  const now = provider.now();
  return encodeExtension(table.preSharedKey, "ClientHello", {
    identities: psks.map(({ psk }) =>
      psk.kind === "resumption"
        ? { identity: psk.session.ticket, obfuscatedTicketAge: obfuscatedTicketAge(psk.session, now) }
        : // §4.3.11/1
          { identity: psk.identity, obfuscatedTicketAge: 0 },
    ),
    binders: psks.map(({ hash }) => new Uint8Array(provider.hashes[hash].length)),
  });
}

/**
 * Fills in the binders of an encoded ClientHello, whose last extension is pre_shared_key: each covers all that stands
 * before the list of binders (RFC 9846 §4.3.11.2).
 *
 * @param before what the transcript holds before this hello: after a retry, the hash of the first one and the request
 */
export function signBinders(hello: Bytes, psks: readonly OfferedPsk[], before: readonly Bytes[]): void {
  const listLength = psks.reduce((sum, { stage }) => sum + 1 + stage.hash.length, 0);
  const truncated = hello.subarray(0, hello.length - 2 - listLength);
  let at = hello.length - listLength;
  for (const { stage } of psks) {
    hello.set(stage.binder(digestOf(stage.hash, before, truncated)), at + 1);
    at += 1 + stage.hash.length;
  }
}

/** In one go where it can be: to start a hash costs more than to hash a hello. */
function digestOf(hash: Hash, before: readonly Bytes[], truncated: Bytes): Bytes {
  if (before.length === 0) return hash.digest(truncated);
  const running = hash.start();
  for (const message of before) running.update(message);
  running.update(truncated);
  return running.digest();
}
