import type { CipherSuite } from "../crypto/cipherSuites.ts";
import type { Hash } from "../crypto/provider.ts";
import type { Bytes } from "../wire/bytes.ts";
import { type ApplicationStage, startApplicationStage } from "./applicationStage.ts";
import { deriveSecretOfNothing, hkdfExtract } from "./hkdf.ts";
import { deriveTrafficSecret, type TrafficSecret } from "./trafficSecret.ts";

/**
 * The second stage (RFC 9846 §7.1):
 *
 *     derived → HKDF-Extract ← shared secret
 *                 = Handshake Secret → client and server handshake traffic secrets (ClientHello … ServerHello)
 *                 → Derive-Secret(., "derived", "") → application stage
 */
export interface HandshakeStage {
  readonly client: (helloHash: Bytes) => TrafficSecret;
  readonly server: (helloHash: Bytes) => TrafficSecret;
  /** Ends this stage: its secret is overwritten. */
  application(): ApplicationStage;
  /** Ends it where nothing follows. */
  wipe(): void;
}

export function startHandshakeStage(
  suite: CipherSuite,
  hash: Hash,
  salt: Bytes,
  sharedSecret: Bytes,
): HandshakeStage {
  const handshakeSecret = hkdfExtract(hash, salt, sharedSecret);
  sharedSecret.fill(0);
  return {
    client: (helloHash) => deriveTrafficSecret(suite, hash, handshakeSecret, "c hs traffic", helloHash),
    server: (helloHash) => deriveTrafficSecret(suite, hash, handshakeSecret, "s hs traffic", helloHash),
    application: () => {
      const derived = deriveSecretOfNothing(hash, handshakeSecret, "derived");
      handshakeSecret.fill(0);
      return startApplicationStage(suite, hash, derived);
    },
    wipe: () => void handshakeSecret.fill(0),
  };
}
