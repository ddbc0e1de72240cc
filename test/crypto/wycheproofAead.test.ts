import { describe, expect, it } from "vitest";
import type { AeadName } from "../../src/crypto/cipherSuites.ts";
import { concat, equal, fromHex } from "../../src/wire/bytes.ts";
import { aeadOf, cipherProviders, sealingKey } from "./providers.ts";
import { cases, Tally } from "./wycheproof.ts";

interface Group {
  readonly ivSize: number;
  readonly keySize: number;
  readonly tagSize: number;
}
type Fields = Readonly<Record<"key" | "iv" | "aad" | "msg" | "ct" | "tag", string>>;

const aes = cases<Group, Fields>("aes_gcm");
const chacha = cases<Group, Fields>("chacha20_poly1305");

describe.each(cipherProviders)("%s provider", (_, provider) => {
  async function run(all: typeof aes, nameOf: (keySize: number) => AeadName | undefined): Promise<Tally> {
    const tally = new Tally();
    for (const one of all) {
      const { ivSize, keySize, tagSize } = one.group;
      const name = nameOf(keySize);
      // RFC 9846 §5.3 and RFC 5116 §5: nonces of 12 bytes and tags of 16 are all that TLS has.
      if (ivSize !== 96) tally.skip("nonce");
      else if (tagSize !== 128) tally.skip("tag");
      else if (name === undefined) tally.skip("key");
      else {
        const key = await sealingKey(aeadOf(provider, name), fromHex(one.key));
        const [nonce, additionalData, text] = [fromHex(one.iv), fromHex(one.aad), fromHex(one.msg)];
        const sealed = concat(fromHex(one.ct), fromHex(one.tag));
        const opened = await key.open(nonce, additionalData, sealed);
        if (one.result === "valid") {
          const resealed = await key.seal(nonce, additionalData, text);
          tally.check(one, opened !== undefined && equal(opened, text) && equal(resealed, sealed));
        } else {
          tally.check(one, opened === undefined);
        }
      }
    }
    return tally;
  }

  it("seals and opens Wycheproof's AES-GCM cases", async () => {
    const tally = await run(aes, (keySize) =>
      keySize === 128 ? "AES-128-GCM" : keySize === 256 ? "AES-256-GCM" : undefined,
    );
    expect(tally).toMatchObject({ failed: [], ran: 133, skipped: { nonce: 119, key: 64 } });
  });

  it("seals and opens Wycheproof's ChaCha20-Poly1305 cases", async () => {
    const tally = await run(chacha, () => "ChaCha20-Poly1305");
    expect(tally).toMatchObject({ failed: [], ran: 316, skipped: { nonce: 9 } });
  });
});
