import { expect, test } from "vitest";
import { readOffer } from "../../src/handshake/client/offer.ts";
import { encodeMessage } from "../../src/messages/handshake.ts";

test("what a hello has no extension for it does not offer", () => {
  const message = encodeMessage("ClientHello", {
    legacyVersion: 0x0303,
    random: new Uint8Array(32),
    legacySessionId: new Uint8Array(0),
    cipherSuites: [0x1301],
    legacyCompressionMethods: [0],
    extensions: [],
  });
  const { versions, groups, signatureSchemes, protocols, extensionTypes } = readOffer({
    message,
    shares: new Map(),
    psks: [],
  });
  expect({ versions, groups, signatureSchemes, protocols, extensionTypes: [...extensionTypes] }).toEqual({
    versions: [],
    groups: [],
    signatureSchemes: [],
    protocols: [],
    extensionTypes: [],
  });
});
