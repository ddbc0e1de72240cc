import type { ServerCredentials } from "../../lab/signer.ts";
import { webCryptoSigner } from "../../lab/signer.ts";
import { Connection } from "../../src/connection/connection.ts";
import { checkOptions } from "../../src/connection/options.ts";
import { parsePublicKey } from "../../src/crypto/parsePublicKey.ts";
import { defaultProvider as nodeProvider } from "../../src/crypto/provider/node.ts";
import type { CryptoProvider } from "../../src/crypto/provider.ts";
import { handshakeSchemesFor } from "../../src/crypto/signatureSchemes.ts";
import { clientHandshake } from "../../src/handshake/client/handshake.ts";
import type { CredentialKind, Harness } from "../cases/case.ts";
import { serverName } from "../cases/meeting.ts";
import { makeChain } from "../certificates.ts";

const made = new Map<CredentialKind, Promise<ServerCredentials>>();

async function makeCredentials(kind: CredentialKind): Promise<ServerCredentials> {
  const { sent, leafKey } = makeChain({ keyType: kind, names: [serverName] });
  return {
    certificates: sent,
    schemes: handshakeSchemesFor(parsePublicKey(leafKey.spki)),
    sign: webCryptoSigner(leafKey.pkcs8),
  };
}

/** A harness on Node, with the client on this provider. */
export function harnessWith(provider: CryptoProvider): Harness {
  return {
    library: { Connection, checkOptions, clientHandshake },
    provider,
    labProvider: nodeProvider,
    credentials: (kind) => {
      let credentials = made.get(kind);
      if (credentials === undefined) {
        credentials = makeCredentials(kind);
        made.set(kind, credentials);
      }
      return credentials;
    },
  };
}
