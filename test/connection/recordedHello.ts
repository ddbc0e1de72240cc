import { groups } from "../../src/crypto/groups.ts";
import type { CryptoProvider } from "../../src/crypto/provider.ts";
import type { HelloSource } from "../../src/handshake/client/parameters.ts";
import type { OfferedPsk } from "../../src/handshake/client/pskOffer.ts";
import type { Trace } from "../replay/traces.ts";

/** Hands in the hellos of a trace, each with its private key. */
export function helloOf(
  trace: Trace,
  provider: CryptoProvider,
  psks: readonly OfferedPsk[] = [],
): HelloSource {
  const share = async (group: keyof typeof groups, field: string) => {
    const exchange = provider.keyExchanges.find(({ name }) => name === group);
    if (exchange === undefined) throw new Error(`the provider lacks ${group}`);
    return new Map([[groups[group].code, await exchange.fromPrivateKey(trace.bytes(field))]]);
  };
  const retried = trace.has("recordClientHello2");
  return async (_, retry) =>
    retry === undefined
      ? {
          message: { name: "ClientHello", bytes: trace.plainMessage("recordClientHello1") },
          shares: retried
            ? await share("x25519", "firstClientPrivateKey")
            : await share(trace.group, "clientPrivateKey"),
          psks,
        }
      : {
          message: { name: "ClientHello", bytes: trace.plainMessage("recordClientHello2") },
          shares: await share(trace.group, "clientPrivateKey"),
          psks,
        };
}
