import type { CipherSuite } from "../crypto/cipherSuites.ts";
import type { Hash } from "../crypto/provider.ts";
import { type Bytes, noBytes } from "../wire/bytes.ts";
import type { EarlyStage } from "./earlyStage.ts";
import { type Exporter, startExporter } from "./exporter.ts";
import { startHandshakeStage } from "./handshakeStage.ts";
import { deriveSecret, deriveSecretOfNothing, hkdfExpandLabel, hkdfExtract } from "./hkdf.ts";
import { deriveTrafficSecret, type TrafficSecret } from "./trafficSecret.ts";

/** Where a PSK comes from: a ticket, an agreement outside of TLS (RFC 9846 §4.3.11), or one that was imported (RFC 9258). */
export type PskKind = "resumption" | "external" | "imported";

const binderLabels: Readonly<Record<PskKind, string>> = {
  resumption: "res binder",
  external: "ext binder",
  imported: "imp binder",
};

/** The early stage of a PSK, with what is derived from it before the server has answered (RFC 9846 §7.1). */
export interface PskStage extends EarlyStage {
  /** The binder over the hash of the transcript up to the truncated ClientHello (§4.3.11.2). */
  binder(truncatedHash: Bytes): Bytes;
  /** The keys of early data, over the hash of the first ClientHello. */
  clientEarlyTraffic(suite: CipherSuite, helloHash: Bytes): TrafficSecret;
  earlyExporter(helloHash: Bytes): Exporter;
  /** Ends it where the server chose another way. */
  wipe(): void;
}

/** @param psk stays the caller's, who overwrites it */
export function startPskStage(hash: Hash, psk: Uint8Array, kind: PskKind): PskStage {
  const earlySecret = hkdfExtract(hash, new Uint8Array(hash.length), psk);
  return {
    hash,
    binder: (truncatedHash) => {
      const binderKey = deriveSecretOfNothing(hash, earlySecret, binderLabels[kind]);
      const finishedKey = hkdfExpandLabel(hash, binderKey, "finished", noBytes, hash.length);
      const binder = hash.hmac(finishedKey, truncatedHash);
      binderKey.fill(0);
      finishedKey.fill(0);
      return binder;
    },
    clientEarlyTraffic: (suite, helloHash) =>
      deriveTrafficSecret(suite, hash, earlySecret, "c e traffic", helloHash),
    earlyExporter: (helloHash) =>
      startExporter(hash, deriveSecret(hash, earlySecret, "e exp master", helloHash)),
    handshake: (suite, sharedSecret) => {
      const salt = deriveSecretOfNothing(hash, earlySecret, "derived");
      earlySecret.fill(0);
      const stage = startHandshakeStage(suite, hash, salt, sharedSecret);
      salt.fill(0);
      return stage;
    },
    wipe: () => void earlySecret.fill(0),
  };
}
