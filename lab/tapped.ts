import type { Aead, CryptoProvider, KeyShare } from "../src/crypto/provider.ts";

/** Runs a piece of work, and may look at what comes of it, hold it up, or throw in its place. */
export type Tap = <R>(where: string, work: () => R) => R;

/** The same primitives, each call of which goes through a tap: `generate x25519`, `open`, `verify` … */
export function tappedProvider(provider: CryptoProvider, tap: Tap): CryptoProvider {
  const aeads = provider.aeads().map((aead) => tappedAead(aead, tap));
  const tappedShare = (share: KeyShare): KeyShare => ({
    publicKey: share.publicKey,
    agree: (peerPublicKey) => tap("agree", () => share.agree(peerPublicKey)),
  });
  const shareOf = (share: KeyShare | Promise<KeyShare>): KeyShare | Promise<KeyShare> =>
    share instanceof Promise ? share.then(tappedShare) : tappedShare(share);
  return {
    ...provider,
    random: (length) => tap("random", () => provider.random(length)),
    aeads: () => aeads,
    keyExchanges: provider.keyExchanges.map((exchange) => ({
      name: exchange.name,
      generate: () => tap(`generate ${exchange.name}`, () => shareOf(exchange.generate())),
      fromPrivateKey: (privateKey) => shareOf(exchange.fromPrivateKey(privateKey)),
    })),
    verify: (...given) => tap("verify", () => provider.verify(...given)),
  };
}

function tappedAead(aead: Aead, tap: Tap): Aead {
  if (aead.sync) {
    const importKey = (bytes: Parameters<typeof aead.importKey>[0]) =>
      tap("import key", () => {
        const key = aead.importKey(bytes);
        return {
          open: (...given: Parameters<typeof key.open>) => tap("open", () => key.open(...given)),
          seal: (...given: Parameters<typeof key.seal>) => tap("seal", () => key.seal(...given)),
        };
      });
    return { name: aead.name, sync: true, importKey };
  }
  const importKey = (bytes: Parameters<typeof aead.importKey>[0]) =>
    tap("import key", async () => {
      const key = await aead.importKey(bytes);
      return {
        open: (...given: Parameters<typeof key.open>) => tap("open", () => key.open(...given)),
        seal: (...given: Parameters<typeof key.seal>) => tap("seal", () => key.seal(...given)),
      };
    });
  return { name: aead.name, sync: false, importKey };
}
