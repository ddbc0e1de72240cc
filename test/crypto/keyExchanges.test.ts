import { p256 } from "@noble/curves/nist.js";
import { describe, expect, it } from "vitest";
import { type CurveGroup, type GroupName, groups, isHybrid } from "../../src/crypto/groups.ts";
import type { CryptoProvider } from "../../src/crypto/provider.ts";
import { type Bytes, concat, copyOf, fromHex, toHex } from "../../src/wire/bytes.ts";
import { keyExchangeOf, providers } from "./providers.ts";

const names = (Object.keys(groups) as GroupName[]).filter((name): name is CurveGroup => !isHybrid(name));

const privateX25519Key = Uint8Array.from({ length: 32 }, (_, i) => 3 * i + 1);

const generate = async (provider: CryptoProvider, name: GroupName) =>
  keyExchangeOf(provider, name).generate();

function withByte(bytes: Uint8Array, index: number, value: number): Bytes {
  const copy = copyOf(bytes);
  copy[index] = value;
  return copy;
}

describe.each(providers)("%s provider", (_, provider) => {
  it("has secp256r1 [9.1/7]", async () => {
    expect((await generate(provider, "secp256r1")).publicKey).toHaveLength(65);
  });

  it("has x25519 [9.1/8]", async () => {
    expect((await generate(provider, "x25519")).publicKey).toHaveLength(32);
  });

  describe.each(names)("%s", (name) => {
    const { shareLength } = groups[name];

    it("makes a new share each time, in the form that stands on the wire", async () => {
      const shares = [await generate(provider, name), await generate(provider, name)];
      for (const { publicKey } of shares) {
        expect(publicKey).toHaveLength(shareLength);
        expect(publicKey.buffer.byteLength).toBe(shareLength);
        if (name !== "x25519") expect(publicKey[0]).toBe(4);
      }
      expect(new Set(shares.map(({ publicKey }) => toHex(publicKey))).size).toBe(2);
    });

    it.each(providers)(`agrees with the %s provider`, async (_, other) => {
      const [ours, theirs] = [await generate(provider, name), await generate(other, name)];
      const [one, two] = [await ours.agree(theirs.publicKey), await theirs.agree(ours.publicKey)];
      if (!one.ok || !two.ok) throw new Error("expected a secret");
      expect(toHex(one.secret)).toBe(toHex(two.secret));
      expect(one.secret).toHaveLength(name === "x25519" ? 32 : (shareLength - 1) / 2);
      expect(one.secret.buffer.byteLength).toBe(one.secret.length);
    });

    it("makes the same share of a private key as the other providers", async () => {
      const privateKey =
        name === "x25519" ? privateX25519Key : new Uint8Array((shareLength - 1) / 2).fill(1, 1);
      const made = await Promise.all(
        providers.map(async ([, each]) => {
          const share = await keyExchangeOf(each, name).fromPrivateKey(privateKey);
          const agreement = await share.agree(
            (await keyExchangeOf(each, name).fromPrivateKey(privateKey)).publicKey,
          );
          return [toHex(share.publicKey), agreement.ok && toHex(agreement.secret)];
        }),
      );
      for (const each of made) expect(each).toEqual(made[0]);
      expect(made[0]?.[1]).toMatch(/^[0-9a-f]+$/);
    });

    it.each([0, 1, shareLength - 1, shareLength + 1])(
      "calls a share of %i bytes a wrong length",
      async (length) => {
        const share = await generate(provider, name);
        const peer = copyOf((await generate(provider, name)).publicKey);
        const wrong = concat(peer, peer).slice(0, length);
        expect(await share.agree(wrong)).toEqual({ ok: false, fault: "length" });
      },
    );
  });

  describe.each(names.filter((name) => name !== "x25519"))("%s", (name) => {
    const { shareLength } = groups[name];

    // Compressed, hybrid (X9.62), infinity in the place of the form, and what was never one.
    it.each([0, 2, 3, 5, 6, 7])("takes no point of form %i", async (form) => {
      const share = await generate(provider, name);
      const peer = withByte((await generate(provider, name)).publicKey, 0, form);
      expect(await share.agree(peer)).toEqual({ ok: false, fault: "length" });
    });

    it("takes no compressed point, and no infinity as X9.62 writes it", async () => {
      const share = await generate(provider, name);
      const peer = (await generate(provider, name)).publicKey;
      const compressed = withByte(
        peer.subarray(0, (shareLength + 1) / 2),
        0,
        2 + ((peer.at(-1) as number) & 1),
      );
      expect(await share.agree(compressed)).toEqual({ ok: false, fault: "length" });
      expect(await share.agree(new Uint8Array(1))).toEqual({ ok: false, fault: "length" });
    });

    it("finds that a point is not on the curve", async () => {
      const share = await generate(provider, name);
      const peer = (await generate(provider, name)).publicKey;
      const last = peer.length - 1;
      const off = withByte(peer, last, (peer[last] as number) ^ 1);
      expect(await share.agree(off)).toEqual({ ok: false, fault: "point" });
    });

    it("finds coordinates of zero, and coordinates out of range", async () => {
      const share = await generate(provider, name);
      const zeros = withByte(new Uint8Array(shareLength), 0, 4);
      expect(await share.agree(zeros)).toEqual({ ok: false, fault: "point" });
      const ones = withByte(new Uint8Array(shareLength).fill(0xff), 0, 4);
      expect(await share.agree(ones)).toEqual({ ok: false, fault: "point" });
    });
  });

  it("finds a coordinate that is on the curve only once it is reduced", async () => {
    // A point whose x is so small that x + p still has 32 bytes.
    const point = smallPoint();
    const prime = p256.Point.Fp.ORDER;
    const write = (value: bigint) => fromHex(value.toString(16).padStart(64, "0"));
    const share = await generate(provider, "secp256r1");
    const proper = concat(new Uint8Array([4]), write(point.x), write(point.y));
    expect((await share.agree(proper)).ok).toBe(true);
    const beyond = concat(new Uint8Array([4]), write(point.x + prime), write(point.y));
    expect(await share.agree(beyond)).toEqual({ ok: false, fault: "point" });
  });

  it("agrees several times with one share", async () => {
    const share = await generate(provider, "x25519");
    const peer = (await generate(provider, "x25519")).publicKey;
    expect(await share.agree(peer)).toEqual(await share.agree(peer));
    expect(await share.agree(new Uint8Array(32))).toEqual({ ok: false, fault: "zero" });
    expect((await share.agree(peer)).ok).toBe(true);
  });

  it("never puts a private key where it can be read", async () => {
    const share = await keyExchangeOf(provider, "x25519").fromPrivateKey(privateX25519Key);
    expect(JSON.stringify(share)).not.toContain("privateKey");
    expect(Object.keys(share).sort()).toEqual(["agree", "publicKey"]);
  });
});

function smallPoint(): { readonly x: bigint; readonly y: bigint } {
  for (let x = 1; ; x++) {
    try {
      return p256.Point.fromHex(`02${x.toString(16).padStart(64, "0")}`).toAffine();
    } catch {
      // no point has this x
    }
  }
}
