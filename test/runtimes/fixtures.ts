// What the cases need and not every runtime can make: made here, handed over as JSON.

import { parsePublicKey } from "../../src/crypto/parsePublicKey.ts";
import { handshakeSchemesFor, type SignatureSchemeName } from "../../src/crypto/signatureSchemes.ts";
import { toHex } from "../../src/wire/bytes.ts";
import type { CredentialKind } from "../cases/case.ts";
import { serverName } from "../cases/meeting.ts";
import { makeChain } from "../certificates.ts";

export interface Credentials {
  /** DER in hex, the server's own first. */
  readonly certificates: readonly string[];
  readonly schemes: readonly SignatureSchemeName[];
  /** In hex. */
  readonly pkcs8: string;
}

export interface Fixtures {
  /** For server.example. */
  readonly credentials: Readonly<Record<CredentialKind, Credentials>>;
  /** node:tls, which sends back what it gets. */
  readonly peer: {
    readonly port: number;
    /** The address of a WebSocket that a relay takes there. */
    readonly relay: string;
    /** PEM. */
    readonly root: string;
  };
}

const kinds: readonly CredentialKind[] = ["P-256", "P-384", "P-521", "RSA", "RSA-PSS", "Ed25519"];

export function makeFixtures(peer: Fixtures["peer"]): Fixtures {
  const credentials = Object.fromEntries(kinds.map((kind) => [kind, credentialsOf(kind)]));
  return { credentials: credentials as Record<CredentialKind, Credentials>, peer };
}

function credentialsOf(kind: CredentialKind): Credentials {
  const { sent, leafKey } = makeChain({ keyType: kind, names: [serverName] });
  return {
    certificates: sent.map(toHex),
    schemes: handshakeSchemesFor(parsePublicKey(leafKey.spki)),
    pkcs8: toHex(leafKey.pkcs8),
  };
}
