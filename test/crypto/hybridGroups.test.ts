import { describe, expect, it, test, vi } from "vitest";
import { answerShare } from "../../lab/keyAgreement.ts";
import {
  type GroupName,
  groups,
  type HybridGroup,
  isHybrid,
  mlKems,
  partsOf,
} from "../../src/crypto/groups.ts";
import type { Subtle } from "../../src/crypto/provider/webCrypto.ts";
import { webMlKem } from "../../src/crypto/provider/webMlKem.ts";
import { type Bytes, concat, copyOf, equal, fromHex, toHex } from "../../src/wire/bytes.ts";
import { keyExchangeOf, providers } from "./providers.ts";
import { cases, Tally } from "./wycheproof.ts";

const loads = vi.hoisted(() => ({ portable: 0 }));
vi.mock("../../src/crypto/provider/portable/mlKem.ts", (original) => {
  loads.portable++;
  return original();
});

const hybrids = (Object.keys(groups) as GroupName[]).filter(isHybrid);

/** By IANA's names, as RFC 10024 has them: bytes of the client's share, of the server's and of the secret. */
const lengths: Readonly<Record<HybridGroup, readonly [client: number, server: number, secret: number]>> = {
  X25519MLKEM768: [1216, 1120, 64],
  SecP256r1MLKEM768: [1249, 1153, 64],
  SecP384r1MLKEM1024: [1665, 1665, 80],
};

/** The parts' keys one behind the other, all of it the same for every provider. */
function privateKeyOf(group: HybridGroup): Bytes {
  const { curve, kemFirst } = partsOf(group);
  const seed = Uint8Array.from({ length: 64 }, (_, i) => 7 * i + 3);
  const scalar = new Uint8Array(curve === "x25519" ? 32 : (groups[curve].shareLength - 1) / 2).fill(9, 1);
  return kemFirst ? concat(seed, scalar) : concat(scalar, seed);
}

const [, , [, portable]] = providers as typeof providers & { 2: (typeof providers)[number] };

test("loads ML-KEM in JavaScript only for who asks for it", async () => {
  await keyExchangeOf(portable, "x25519").generate();
  expect(loads.portable).toBe(0);
  await keyExchangeOf(portable, "X25519MLKEM768").generate();
  expect(loads.portable).toBe(1);
});

describe.each(providers)("%s provider", (name, provider) => {
  it("offers no hybrid group unasked but X25519MLKEM768, and that not from JavaScript", () => {
    const unasked = hybrids.filter((group) => keyExchangeOf(provider, group).onRequest !== true);
    const { SubtleCrypto: type } = globalThis as unknown as {
      SubtleCrypto: { supports?(operation: string, algorithm: string): boolean };
    };
    const isNative = name !== "portable" && type.supports?.("decapsulateBits", "ML-KEM-768") === true;
    expect(unasked).toEqual(isNative ? ["X25519MLKEM768"] : []);
  });

  describe.each(hybrids)("%s", (group) => {
    const exchange = keyExchangeOf(provider, group);
    const [client, server, secretLength] = lengths[group];

    it("agrees with a server, in the lengths of RFC 10024", async () => {
      const share = await exchange.generate();
      expect(share.publicKey).toHaveLength(client);
      expect(groups[group].shareLength).toBe(client);
      const answer = await answerShare(provider, group, share.publicKey);
      expect(answer.keyExchange).toHaveLength(server);
      const agreement = await share.agree(answer.keyExchange);
      if (!agreement.ok) throw new Error(agreement.fault);
      expect(agreement.secret).toHaveLength(secretLength);
      expect(toHex(agreement.secret)).toBe(toHex(answer.secret as Bytes));
    });

    it("makes new keys each time", async () => {
      const shares = [await exchange.generate(), await exchange.generate()].map(({ publicKey }) =>
        toHex(publicKey),
      );
      expect(shares[0]?.slice(0, 64)).not.toBe(shares[1]?.slice(0, 64));
      expect(shares[0]?.slice(-64)).not.toBe(shares[1]?.slice(-64));
    });

    it("makes the same share and secret of a private key as the other providers", async () => {
      const { kem, curve, kemFirst } = partsOf(group);
      const ciphertext = new Uint8Array(mlKems[kem].ciphertextLength).fill(0x11);
      const point = (await keyExchangeOf(provider, curve).generate()).publicKey;
      const made = await Promise.all(
        providers.map(async ([, each]) => {
          const share = await keyExchangeOf(each, group).fromPrivateKey(privateKeyOf(group));
          const agreement = await share.agree(
            kemFirst ? concat(ciphertext, point) : concat(point, ciphertext),
          );
          return [toHex(share.publicKey), agreement.ok && toHex(agreement.secret)];
        }),
      );
      for (const each of made) expect(each).toEqual(made[0]);
      expect(made[0]?.[1]).toMatch(/^[0-9a-f]+$/);
    });

    it.each([0, 1, 32, server - 1, server + 1, client === server ? client - 32 : client])(
      "calls a share of %i bytes a wrong length",
      async (length) => {
        const share = await exchange.generate();
        const { keyExchange } = await answerShare(provider, group, share.publicKey);
        const wrong = concat(keyExchange, keyExchange).slice(0, length);
        expect(await share.agree(wrong)).toEqual({ ok: false, fault: "length" });
      },
    );

    it("finds the fault of a point, whatever the ciphertext", async () => {
      const { kem, curve, kemFirst } = partsOf(group);
      const share = await exchange.generate();
      const ciphertext = new Uint8Array(mlKems[kem].ciphertextLength);
      const zeros = new Uint8Array(groups[curve].shareLength);
      if (curve !== "x25519") zeros[0] = 4;
      const fault = curve === "x25519" ? "zero" : "point";
      const peer = kemFirst ? concat(ciphertext, zeros) : concat(zeros, ciphertext);
      expect(await share.agree(peer)).toEqual({ ok: false, fault });
    });

    it("does not change what it is given", async () => {
      const share = await exchange.generate();
      const { keyExchange } = await answerShare(provider, group, share.publicKey);
      const before = toHex(keyExchange);
      const [one, two] = [await share.agree(keyExchange), await share.agree(keyExchange)];
      expect(toHex(keyExchange)).toBe(before);
      expect(one).toEqual(two);
    });
  });

  it("decapsulates as Wycheproof has it, and finds each ciphertext of a wrong length", async () => {
    const exchange = keyExchangeOf(provider, "X25519MLKEM768");
    const scalar = new Uint8Array(32).fill(5);
    const point = (await keyExchangeOf(provider, "x25519").generate()).publicKey;
    const tally = new Tally();
    type Fields = Readonly<Record<"seed" | "ek" | "c" | "K", string>>;
    for (const one of cases<unknown, Fields>("mlkem_768")) {
      if (one.seed.length !== 128) {
        tally.skip("no seed"); // ours are never of another length
        continue;
      }
      const share = await exchange.fromPrivateKey(concat(fromHex(one.seed), scalar));
      const agreement = await share.agree(concat(fromHex(one.c), point));
      tally.check(
        one,
        equal(share.publicKey.subarray(0, 1184), fromHex(one.ek)) &&
          (one.result === "valid"
            ? agreement.ok && equal(agreement.secret.subarray(0, 32), fromHex(one.K))
            : !agreement.ok && agreement.fault === "length"),
      );
    }
    expect(tally).toMatchObject({ failed: [], ran: 173, skipped: { "no seed": 20 } });
  }, 60_000);
});

test("has the seed of ML-KEM in JavaScript from the provider's random, and overwrites it", async () => {
  const given: Bytes[] = [];
  const random = (length: number): Bytes => {
    const bytes = new Uint8Array(length).fill(0x5a);
    given.push(bytes);
    return bytes;
  };
  const poor = Object.create({ constructor: Object }) as Subtle;
  const [one, two] = [
    await webMlKem(poor, "ML-KEM-768", random).generate(),
    await webMlKem(poor, "ML-KEM-768", random).generate(),
  ];
  expect(toHex(one.encapsulationKey)).toBe(toHex(two.encapsulationKey));
  expect(given.map(toHex)).toEqual(["00".repeat(64), "00".repeat(64)]);
});

test("a share whose key was overwritten agrees on nothing any more", async () => {
  const share = await keyExchangeOf(portable, "X25519MLKEM768").generate();
  const { keyExchange } = await answerShare(portable, "X25519MLKEM768", share.publicKey);
  share.wipe?.();
  await expect(Promise.resolve(share.agree(keyExchange))).rejects.toThrow();
});

describe("the lab as a server", () => {
  // FIPS 203 §7.2: 0xfff is no number below 3329.
  it.each(hybrids)(
    "refuses an encapsulation key of %s with a number that is not below the modulus",
    async (group) => {
      const share = copyOf((await keyExchangeOf(portable, group).generate()).publicKey);
      const { curve, kemFirst } = partsOf(group);
      share.fill(
        0xff,
        kemFirst ? 0 : groups[curve].shareLength,
        (kemFirst ? 0 : groups[curve].shareLength) + 3,
      );
      await expect(answerShare(portable, group, share)).rejects.toThrow("modulus");
    },
  );

  it.each(hybrids)("refuses a share of %s of another length", async (group) => {
    const { publicKey } = await keyExchangeOf(portable, group).generate();
    await expect(answerShare(portable, group, publicKey.slice(1))).rejects.toThrow("length");
  });

  it.each(hybrids)("has a share of %s where none came, and no secret", async (group) => {
    const answer = await answerShare(portable, group, undefined);
    expect(answer.keyExchange).toHaveLength(lengths[group][1]);
    expect(answer.secret).toBeUndefined();
  });
});
