import { readPublicKey } from "../src/crypto/parsePublicKey.ts";
import type { PublicKey } from "../src/crypto/publicKey.ts";
import { handshakeSchemesFor } from "../src/crypto/signatureSchemes.ts";
import { DerCursor } from "../src/der/cursor.ts";
import { constructed, tags } from "../src/der/tags.ts";
import type { ServerIdentity, ServerVerifier } from "../src/trust/verifier.ts";
import type { Bytes } from "../src/wire/bytes.ts";

/** The public key of a certificate, and nothing else of it (RFC 5280 §4.1). */
export function certificateKey(certificate: Bytes): PublicKey {
  const tbs = new DerCursor(certificate).enter(tags.sequence).enter(tags.sequence);
  tbs.enterOptional(constructed(0));
  tbs.skip(tags.integer);
  for (let field = 0; field < 4; field++) tbs.skip(tags.sequence);
  return readPublicKey(tbs);
}

/** The identity that a certificate claims. */
export function claimedIdentity(chain: readonly Bytes[]): ServerIdentity {
  const publicKey = certificateKey(chain[0] as Bytes);
  return {
    publicKey,
    schemes: handshakeSchemesFor(publicKey),
    maySign: true,
    path: chain,
    vouchedBy: "nothing",
    verified: false,
  };
}

/** Believes every certificate that can be read: for the lab, where certificates are not what is looked at. */
export const believer: ServerVerifier = ({ chain }) => claimedIdentity(chain);
