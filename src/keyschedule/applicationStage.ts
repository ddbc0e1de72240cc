import type { CipherSuite } from "../crypto/cipherSuites.ts";
import type { Hash } from "../crypto/provider.ts";
import type { Bytes } from "../wire/bytes.ts";
import { type Exporter, startExporter } from "./exporter.ts";
import { deriveSecret, hkdfExtract } from "./hkdf.ts";
import { deriveTrafficSecret, type TrafficSecret } from "./trafficSecret.ts";

/**
 * The last stage (RFC 9846 §7.1):
 *
 *     derived → HKDF-Extract ← zeros
 *                 = Main Secret → application traffic and exporter secrets (ClientHello … server Finished)
 *                               → resumption secret (ClientHello … client Finished)
 */
export interface ApplicationStage {
  client(finishedHash: Bytes): TrafficSecret;
  server(finishedHash: Bytes): TrafficSecret;
  exporter(finishedHash: Bytes): Exporter;
  /** Ends the key schedule: the main secret is overwritten. */
  resumption(clientFinishedHash: Bytes): Bytes;
  /** Ends it where nothing follows. */
  wipe(): void;
}

export function startApplicationStage(suite: CipherSuite, hash: Hash, salt: Bytes): ApplicationStage {
  const mainSecret = hkdfExtract(hash, salt, new Uint8Array(hash.length));
  salt.fill(0);
  return {
    client: (finishedHash) => deriveTrafficSecret(suite, hash, mainSecret, "c ap traffic", finishedHash),
    server: (finishedHash) => deriveTrafficSecret(suite, hash, mainSecret, "s ap traffic", finishedHash),
    exporter: (finishedHash) =>
      startExporter(hash, deriveSecret(hash, mainSecret, "exp master", finishedHash)),
    resumption: (clientFinishedHash) => {
      const secret = deriveSecret(hash, mainSecret, "res master", clientFinishedHash);
      mainSecret.fill(0);
      return secret;
    },
    wipe: () => void mainSecret.fill(0),
  };
}
