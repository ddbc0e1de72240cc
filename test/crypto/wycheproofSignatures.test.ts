import { createPublicKey } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { SignatureAlgorithm } from "../../src/crypto/signatureSchemes.ts";
import { fromHex } from "../../src/wire/bytes.ts";
import { providers } from "./providers.ts";
import { publicKeyOf } from "./publicKeys.ts";
import { cases, Tally } from "./wycheproof.ts";

interface Group {
  readonly publicKeyDer: string;
}
type Fields = Readonly<Record<"msg" | "sig", string>>;

const table: readonly (readonly [file: string, algorithm: SignatureAlgorithm, count: number])[] = [
  ["ecdsa_secp256r1_sha256", { kind: "ecdsa", hash: "SHA-256" }, 484],
  ["ecdsa_secp384r1_sha384", { kind: "ecdsa", hash: "SHA-384" }, 504],
  ["ed25519", { kind: "ed25519" }, 151],
  ["rsa_pss_2048_sha256_mgf1_32", { kind: "rsa-pss", hash: "SHA-256", saltLength: 32 }, 108],
];

describe.each(providers)("%s provider", (_, provider) => {
  it.each(table)("verifies Wycheproof's %s", async (file, algorithm, count) => {
    const tally = new Tally();
    for (const one of cases<Group, Fields>(file)) {
      const der = Buffer.from(one.group.publicKeyDer, "hex");
      const key = publicKeyOf(createPublicKey({ key: der, format: "der", type: "spki" }));
      const verified = await provider.verify(algorithm, key, fromHex(one.msg), fromHex(one.sig));
      tally.check(one, verified === (one.result === "valid"));
    }
    expect(tally).toMatchObject({ failed: [], ran: count, skipped: {} });
  });
});
