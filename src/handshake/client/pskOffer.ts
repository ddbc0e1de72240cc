import { cipherSuites } from "../../crypto/cipherSuites.ts";
import type { HashName } from "../../crypto/hashName.ts";
import type { CryptoProvider, Hash } from "../../crypto/provider.ts";
import { type PskStage, startPskStage } from "../../keyschedule/pskStage.ts";
import type { ClientHello } from "../../messages/clientHello.ts";
import { encodeExtension, type RawExtension } from "../../messages/extensions/extension.ts";
import { extensionTable as table } from "../../messages/extensions/table.ts";
import { type EncodedMessage, encodeMessage } from "../../messages/handshake.ts";
import { type ExternalPsk, maxPskOffer, offerLength } from "../../session/externalPsk.ts";
import { obfuscatedTicketAge, type Session } from "../../session/session.ts";
import { pskOf } from "../../session/sessionForm.ts";
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

/**
 * Sessions first: early data goes with the first of the list (RFC 9846 §4.3.10/3). External PSKs were counted when they were
 * given, and a server may take nothing else: a session is offered where they leave room for it.
 */
export function offerPsks(
  provider: CryptoProvider,
  resumable: ResumableSession | undefined,
  external: readonly ExternalPsk[],
): readonly OfferedPsk[] {
  const offered = external.map((psk): OfferedPsk => {
    const { hash, key, kind } = psk;
    return { psk, hash, stage: startPskStage(provider.hashes[hash], key, kind) };
  });
  const first = resumable && offerSession(provider, resumable);
  const all = first === undefined ? offered : [first, ...offered];
  const length = all.reduce(
    (sum, { psk, stage }) => sum + offerLength(identityOf(psk), stage.hash.length),
    0,
  );
  if (length <= maxPskOffer) return all;
  first?.stage.wipe();
  return offered;
}

function offerSession(provider: CryptoProvider, psk: ResumableSession): OfferedPsk | undefined {
  const { hash } = cipherSuites[psk.session.cipherSuite];
  const key = pskOf(psk.session, provider.hashes[hash].length);
  if (key === undefined) return undefined;
  const stage = startPskStage(provider.hashes[hash], key, "resumption");
  key.fill(0);
  return { psk, hash, stage };
}

function identityOf(psk: OfferedPsk["psk"]): Bytes {
  return psk.kind === "resumption" ? psk.session.ticket : psk.identity;
}

/**
 * Encodes a ClientHello, with pre_shared_key behind all its other extensions (RFC 9846 §4.3/11).
 *
 * @param before what the transcript holds before this hello: after a retry, the hash of the first one and the request
 */
export function encodeWithPsks(
  hello: ClientHello,
  psks: readonly OfferedPsk[],
  provider: CryptoProvider,
  before: readonly Bytes[],
): EncodedMessage<"ClientHello"> {
  const extensions = [...hello.extensions, preSharedKeyExtension(psks, provider)];
  const message = encodeMessage("ClientHello", { ...hello, extensions });
  signBinders(message.bytes, psks, before);
  return message;
}

/** With binders that are yet to be filled in. */
function preSharedKeyExtension(psks: readonly OfferedPsk[], provider: CryptoProvider): RawExtension {
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
 */
function signBinders(hello: Bytes, psks: readonly OfferedPsk[], before: readonly Bytes[]): void {
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
