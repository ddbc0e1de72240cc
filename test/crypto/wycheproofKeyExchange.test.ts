import { describe, expect, it } from "vitest";
import { groups } from "../../src/crypto/groups.ts";
import type { Agreement, ShareFault } from "../../src/crypto/provider.ts";
import { type Bytes, equal, fromHex } from "../../src/wire/bytes.ts";
import { keyExchangeOf, providers } from "./providers.ts";
import { type Case, cases, Tally } from "./wycheproof.ts";

type Fields = Readonly<Record<"public" | "private" | "shared", string>>;
type ExchangeCase = Case<unknown, Fields>;

const curves = [
  { name: "secp256r1", length: 32, points: 16, ran: 355 },
  { name: "secp384r1", length: 48, points: 16, ran: 790 },
  { name: "secp521r1", length: 66, points: 16, ran: 661 },
] as const;

const x25519 = cases<unknown, Fields>("x25519");
const ecdh = new Map(curves.map(({ name }) => [name, cases<unknown, Fields>(`ecdh_${name}_ecpoint`)]));

/** Wycheproof writes a private key as a signed integer, or shorter than its curve. */
function scalar(hex: string, length: number): Bytes {
  return fromHex(hex.slice(-2 * length).padStart(2 * length, "0"));
}

function agrees(agreement: Agreement, shared: string): boolean {
  return agreement.ok && equal(agreement.secret, fromHex(shared));
}

const isFault = (agreement: Agreement, fault: ShareFault): boolean =>
  !agreement.ok && agreement.fault === fault;

describe.each(providers)("%s provider", (_, provider) => {
  it("agrees on Wycheproof's X25519 secrets, on a twist or by a non-canonical key too [7.4.2/2]", async () => {
    const exchange = keyExchangeOf(provider, "x25519");
    const tally = new Tally();
    for (const one of x25519) {
      if (one.flags.includes("ZeroSharedSecret")) {
        tally.skip("zero");
        continue;
      }
      const share = await exchange.fromPrivateKey(fromHex(one.private));
      tally.check(one, agrees(await share.agree(fromHex(one.public)), one.shared));
    }
    expect(tally).toMatchObject({ failed: [], ran: 487, skipped: { zero: 31 } });
  });

  it("finds the zero secret in each of Wycheproof's cases that has one [7.4.2/4]", async () => {
    const exchange = keyExchangeOf(provider, "x25519");
    const tally = new Tally();
    for (const one of x25519.filter(({ flags }) => flags.includes("ZeroSharedSecret"))) {
      const share = await exchange.fromPrivateKey(fromHex(one.private));
      tally.check(one, isFault(await share.agree(fromHex(one.public)), "zero"));
    }
    expect(tally).toMatchObject({ failed: [], ran: 31 });
  });

  describe.each(curves.map((curve) => [curve.name, curve] as const))(
    "over %s",
    (_, { name, length, points, ran }) => {
      const exchange = keyExchangeOf(provider, name);
      const vectors = ecdh.get(name) ?? [];

      async function asExpected(one: ExchangeCase): Promise<boolean> {
        const share = await exchange.fromPrivateKey(scalar(one.private, length));
        const peer = fromHex(one.public);
        const agreement = await share.agree(peer);
        // TLS 1.3 has uncompressed points only (RFC 9846 §4.3.8.2), be they "acceptable" elsewhere.
        if (peer.length !== groups[name].shareLength) return isFault(agreement, "length");
        return one.result === "valid" ? agrees(agreement, one.shared) : isFault(agreement, "point");
      }

      it("agrees on Wycheproof's secrets, and finds the fault of every other share", async () => {
        const tally = new Tally();
        for (const one of vectors) tally.check(one, await asExpected(one));
        expect(tally).toMatchObject({ failed: [], ran, skipped: {} });
        // The larger curves take milliseconds each.
      }, 120_000);

      it("keeps the zeros that a secret begins with [7.4.2/1]", async () => {
        const withZeros = vectors.filter(({ shared }) => shared.startsWith("0000"));
        expect(withZeros.length).toBeGreaterThan(2);
        for (const one of withZeros.slice(0, 8)) {
          expect(one.shared).toHaveLength(2 * length);
          expect(await asExpected(one)).toBe(true);
        }
      });

      it("tells a point off the curve from a share of the wrong form", () => {
        const invalid = vectors.filter(({ result }) => result === "invalid");
        const wellFormed = invalid.filter((one) => fromHex(one.public).length === groups[name].shareLength);
        expect(wellFormed).toHaveLength(points);
      });
    },
  );
});
