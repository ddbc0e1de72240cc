import { defaultProvider } from "#provider";
import { webCryptoSigner } from "../../../lab/signer.ts";
import { Connection } from "../../../src/connection/connection.ts";
import { checkOptions } from "../../../src/connection/options.ts";
import { clientHandshake } from "../../../src/handshake/client/handshake.ts";
import { fromHex } from "../../../src/wire/bytes.ts";
import type { Harness } from "../../cases/case.ts";
import type { Fixtures } from "../fixtures.ts";

/** A harness with the provider of this bundle, for the client and for the lab. */
export function harnessOf({ credentials }: Fixtures): Harness {
  return {
    library: { Connection, checkOptions, clientHandshake },
    provider: defaultProvider,
    labProvider: defaultProvider,
    credentials: async (kind) => {
      const { certificates, schemes, pkcs8 } = credentials[kind];
      return { certificates: certificates.map(fromHex), schemes, sign: webCryptoSigner(fromHex(pkcs8)) };
    },
  };
}
