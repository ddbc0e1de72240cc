import type { CryptoProvider, KeyShare } from "../../src/crypto/provider.ts";
import { type Bytes, copyOf } from "../../src/wire/bytes.ts";

/** The same primitives, of a client that shows what it has agreed upon with the server before it overwrites it. */
export function keepingSecret(provider: CryptoProvider, keep: (secret: Bytes) => void): CryptoProvider {
  const keeps = (share: KeyShare): KeyShare => ({
    ...share,
    agree: async (theirs) => {
      const agreement = await share.agree(theirs);
      if (agreement.ok) keep(copyOf(agreement.secret));
      return agreement;
    },
  });
  return {
    ...provider,
    keyExchanges: provider.keyExchanges.map((exchange) => ({
      ...exchange,
      generate: async () => keeps(await exchange.generate()),
    })),
  };
}
