import { describe, expect, test } from "vitest";
import type { ServerCredentials } from "../../lab/signer.ts";
import { webCryptoSigner } from "../../lab/signer.ts";
import { Connection } from "../../src/connection/connection.ts";
import { checkOptions } from "../../src/connection/options.ts";
import { parsePublicKey } from "../../src/crypto/parsePublicKey.ts";
import { defaultProvider as nodeProvider } from "../../src/crypto/provider/node.ts";
import { defaultProvider as webProvider } from "../../src/crypto/provider/web.ts";
import type { CryptoProvider } from "../../src/crypto/provider.ts";
import { handshakeSchemesFor } from "../../src/crypto/signatureSchemes.ts";
import { clientHandshake } from "../../src/handshake/client/handshake.ts";
import type { Case, CredentialKind, Harness } from "../cases/case.ts";
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

/** Every case twice: where the ciphers answer at once, and where they don't. */
export function register(cases: readonly Case[]): void {
  describe("node provider", () => {
    registerWith(nodeProvider, cases);
  });
  describe("web provider", () => {
    test("is the WebCrypto one, with asynchronous ciphers", () => {
      expect(webProvider.name).toBe("web");
      expect(webProvider.aeads().map(({ sync }) => sync)).toEqual([false, false, false]);
    });
    registerWith(webProvider, cases);
  });
}

function registerWith(provider: CryptoProvider, cases: readonly Case[]): void {
  const harness = harnessWith(provider);
  for (const { name, rules, run } of cases) {
    test(rules.length === 0 ? name : `${name} [${rules.join(", ")}]`, () => run(harness));
  }
}
