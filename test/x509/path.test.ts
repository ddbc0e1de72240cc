import { describe, expect, test, vi } from "vitest";
import { defaultProvider } from "../../src/crypto/provider/node.ts";
import type { CryptoProvider } from "../../src/crypto/provider.ts";
import type { PublicKey } from "../../src/crypto/publicKey.ts";
import { integer } from "../../src/der/writer.ts";
import { type Bytes, copyOf, fromHex } from "../../src/wire/bytes.ts";
import type { Certificate } from "../../src/x509/certificate.ts";
import { verificationCost } from "../../src/x509/keyStrength.ts";
import { limits } from "../../src/x509/limits.ts";
import type { PathCheck } from "../../src/x509/pathCheck.ts";
import type { Watch } from "../../src/x509/verdict.ts";
import { extensions, generalName, type KeyType, key, makeCertificate } from "../certificates.ts";
import { providers } from "../crypto/providers.ts";
import {
  type Authority,
  authority,
  authorityExtensions,
  judge,
  leaf,
  leafExtensions,
  refusal,
  refused,
  root,
} from "../trust/judge.ts";
import { verdictOn } from "./verdicts.ts";

const upper = authority("Upper", { issuer: root });
const lower = authority("Lower", { issuer: upper });
const own = leaf({ issuer: lower });
const stranger = authority("Stranger");

const subjects = async (chain: readonly Bytes[], roots: readonly Bytes[] = [root.der]): Promise<number> =>
  (await judge({ chain, roots })).path.length;

describe("a path is found", () => {
  test("through what the server sent, to a root that it left out [4.5.1/12]", async () => {
    const identity = await judge({ chain: [own, lower.der, upper.der] });
    expect(identity.path).toEqual([own, lower.der, upper.der, root.der]);
    expect(identity).toMatchObject({ verified: true, vouchedBy: "CN=Root" });
  });

  test("where the root was sent too", async () => {
    expect(await subjects([own, lower.der, upper.der, root.der])).toBe(4);
  });

  test("in whatever order the others came [4.5.1/14]", async () => {
    for (const others of [
      [upper.der, lower.der],
      [root.der, upper.der, lower.der],
      [upper.der, root.der, lower.der],
    ]) {
      expect(await subjects([own, ...others])).toBe(4);
    }
  });

  test("past certificates that have nothing to do with it, twice the same, and what is no certificate [4.5.1/13]", async () => {
    const noise = [
      stranger.der,
      stranger.der,
      new Uint8Array([1, 2, 3]),
      leaf({ subject: "b.example" }),
      own,
    ];
    expect(await subjects([own, ...noise, lower.der, upper.der, lower.der])).toBe(4);
  });

  test("from the first certificate only, whichever others would do [4.5.1/15]", async () => {
    const other = leaf({
      issuer: lower,
      extensions: [extensions.subjectAltName([generalName.dns("other.example")])],
    });
    expect(await refusal({ chain: [other, own, lower.der, upper.der] })).toMatchObject(refused.name);
    expect(await refusal({ chain: [upper.der, own, lower.der] })).toMatchObject(refused.name);
  });

  test("to an intermediate certificate that is trusted itself", async () => {
    expect((await judge({ chain: [own], roots: [lower.der] })).vouchedBy).toBe("CN=Lower");
    expect(await subjects([own, lower.der, upper.der], [lower.der])).toBe(2);
  });

  test("past a cross-signed certificate that leads nowhere, whichever comes first", async () => {
    const crossed = authority("Upper", { issuer: stranger, key: upper.key });
    for (const others of [
      [crossed.der, lower.der, upper.der],
      [upper.der, lower.der, crossed.der],
    ]) {
      expect(await subjects([own, ...others])).toBe(4);
      expect(await subjects([own, ...others], [stranger.der])).toBe(4);
    }
  });

  test("past an issuer of the same name and another key", async () => {
    const namesake = authority("Lower", { issuer: upper, key: key("P-256", "namesake") });
    expect(await subjects([own, namesake.der, lower.der, upper.der])).toBe(4);
    const bare = (from: Authority, by: Authority): Authority => ({
      ...from,
      der: makeCertificate({
        subject: from.subject,
        key: from.key,
        issuer: by,
        extensions: [extensions.basicConstraints(true)],
      }),
    });
    // Without key identifiers only the signatures tell.
    const plain = leaf({ issuer: lower, extensions: leafExtensions });
    expect(await subjects([plain, bare(namesake, upper).der, bare(lower, upper).der, upper.der])).toBe(4);
  });

  test("past an issuer that has expired, to the same one renewed", async () => {
    const expired = authority("Lower", { issuer: upper, notAfter: Date.now() - 1000 });
    expect(await subjects([own, expired.der, lower.der, upper.der])).toBe(4);
    const other = authority("Lower", { issuer: upper, notBefore: Date.now() + 86_400_000 });
    expect(await subjects([own, lower.der, other.der, upper.der])).toBe(4);
  });

  test("by the short way, where the longer one has expired", async () => {
    const old = authority("Old Root");
    const crossed = authority("Root", { issuer: old, key: root.key, notAfter: Date.now() - 1000 });
    expect(await subjects([leaf(), crossed.der], [root.der, old.der])).toBe(2);
  });

  test("by the longer way, where the root of the short one has expired", async () => {
    const old = authority("Old Root");
    const expired = authority("Root", { key: root.key, notAfter: Date.now() - 1000 });
    const crossed = authority("Root", { issuer: old, key: root.key });
    expect(await subjects([leaf(), crossed.der], [expired.der, old.der])).toBe(3);
  });

  test("to the right one of two roots with the same name", async () => {
    const namesake = authority("Root", { key: key("P-256", "other root") });
    expect(await subjects([leaf()], [namesake.der, root.der])).toBe(2);
    expect(await subjects([leaf()], [root.der, namesake.der])).toBe(2);
  });

  test("to itself, where the very certificate is trusted, a CA's or not", async () => {
    const selfSigned = makeCertificate({
      subject: "a.example",
      key: key("P-256"),
      extensions: leafExtensions,
    });
    expect((await judge({ chain: [selfSigned], roots: [selfSigned] })).path).toEqual([selfSigned]);
    expect((await judge({ chain: [own], roots: [own] })).path).toEqual([own]);
    const asCa = makeCertificate({
      subject: "a.example",
      key: key("P-256"),
      extensions: [extensions.basicConstraints(true), leafExtensions[2] as Bytes],
    });
    expect((await judge({ chain: [asCa], roots: [asCa] })).path).toEqual([asCa]);
  });

  test("through as many certificates as the limit allows, and not through one more", async () => {
    const chain: Bytes[] = [];
    let issuer = root;
    for (let i = 1; i < limits.pathLength; i++) {
      issuer = authority(`Level ${i}`, { issuer });
      chain.unshift(issuer.der);
    }
    expect(await subjects([leaf({ issuer }), ...chain])).toBe(limits.pathLength + 1);
    issuer = authority("One More", { issuer });
    expect(await refusal({ chain: [leaf({ issuer }), issuer.der, ...chain] })).toMatchObject({
      ...refused.tooCostly,
      message: expect.stringContaining("too many or too costly ways"),
    });
  });

  test("by a provider that answers later, and by each that there is", async () => {
    const later: CryptoProvider = {
      ...defaultProvider,
      verify: async (...args) => {
        await new Promise((resolve) => setTimeout(resolve, 1));
        return defaultProvider.verify(...args);
      },
    };
    for (const provider of [later, ...providers.map(([, one]) => one)]) {
      const fresh = leaf({ issuer: lower });
      const chain = [fresh, lower.der, upper.der];
      expect((await judge({ chain, provider })).verified).toBe(true);
      const bent = copyOf(leaf({ issuer: lower }));
      bent[bent.length - 1] = (bent[bent.length - 1] as number) ^ 1;
      expect(await refusal({ chain: [bent, lower.der, upper.der], provider })).toMatchObject(refused.invalid);
    }
  });
});

describe("no path is found", () => {
  test("from a self-signed certificate", async () => {
    const selfSigned = makeCertificate({
      subject: "a.example",
      key: key("P-256"),
      extensions: leafExtensions,
    });
    expect(await refusal({ chain: [selfSigned] })).toMatchObject({
      ...refused.unknownCa,
      message: expect.stringMatching(/: self-signed certificate, which is not among the trusted roots$/),
    });
  });

  test("where nobody knows the issuer", async () => {
    expect(await refusal({ chain: [leaf({ issuer: stranger })] })).toMatchObject({
      ...refused.unknownCa,
      message: expect.stringMatching(/: issued by CN=Stranger, which no trusted root vouches for$/),
    });
  });

  test("where the server left a certificate out", async () => {
    expect(await refusal({ chain: [own] })).toMatchObject({
      ...refused.unknownCa,
      message: expect.stringMatching(/: issued by CN=Lower, which no trusted root vouches for$/),
    });
    expect(await refusal({ chain: [own, lower.der] })).toMatchObject({
      ...refused.unknownCa,
      message: expect.stringMatching(
        /: CN=Lower was issued by CN=Upper, which no trusted root vouches for, or a certificate between is missing$/,
      ),
    });
  });

  test("where the chain ends in a root that is not trusted", async () => {
    const chain = [leaf({ issuer: stranger }), stranger.der];
    expect(await refusal({ chain })).toMatchObject({
      ...refused.unknownCa,
      message: expect.stringMatching(
        /: the chain ends with CN=Stranger, which is not among the trusted roots$/,
      ),
    });
    expect(await refusal({ chain, roots: [] })).toMatchObject(refused.unknownCa);
  });

  test("where the trusted root has the issuer's name and another key", async () => {
    const again = authority("Root", { key: key("P-256", "root made again") });
    const withIdentifier = leaf({
      extensions: [...leafExtensions, extensions.authorityKeyIdentifier(root.key)],
    });
    expect(await refusal({ chain: [withIdentifier], roots: [again.der] })).toMatchObject({
      ...refused.unknownCa,
      message: expect.stringContaining(
        "issued by CN=Root, but with another key than that of the CN=Root that is known",
      ),
    });
    // Without an identifier it can't be told from a forgery.
    expect(await refusal({ chain: [leaf()], roots: [again.der] })).toMatchObject(refused.invalid);
  });

  test("where the certificate that is missing can't be read", async () => {
    const unreadable = authority("Lower", { issuer: upper, bend: (f) => (f.version = integer(2)) });
    expect(await refusal({ chain: [own, unreadable.der, upper.der] })).toMatchObject({
      ...refused.malformed,
      message: expect.stringMatching(/certificate 2 of 3 that were sent: .*besides: issued by CN=Lower/),
    });
    const selfSigned = makeCertificate({
      subject: "a.example",
      key: key("P-256"),
      extensions: leafExtensions,
    });
    expect(await refusal({ chain: [selfSigned, unreadable.der] })).toMatchObject(refused.unknownCa);
  });

  test("where only the name of the issuer is the root's, in other letters", async () => {
    const shouting = leaf({ issuer: { ...root, subject: "ROOT" } });
    expect(await refusal({ chain: [shouting] })).toMatchObject(refused.unknownCa);
  });

  test("where certificates only vouch for each other", async () => {
    const a = key("P-256", "loop a");
    const b = key("P-256", "loop b");
    const first = makeCertificate({
      subject: "A",
      key: a,
      issuer: { subject: "B", key: b },
      extensions: authorityExtensions(a, b),
    });
    const second = makeCertificate({
      subject: "B",
      key: b,
      issuer: { subject: "A", key: a },
      extensions: authorityExtensions(b, a),
    });
    const chain = [leaf({ issuer: { subject: "A", key: a } }), first, second];
    expect(await refusal({ chain })).toMatchObject(refused.unknownCa);
  });
});

describe("what is told where several things are wrong", () => {
  test("who vouches comes before the name, and the name before the dates; the rest is told too", async () => {
    const expired = { notAfter: Date.now() - 3 * 86_400_000 };
    const names = [extensions.subjectAltName([generalName.dns("b.example")])];
    const all = leaf({ issuer: stranger, extensions: names, ...expired });
    expect(await refusal({ chain: [all] })).toMatchObject({
      ...refused.unknownCa,
      message: expect.stringMatching(
        /issued by CN=Stranger.*; besides: certificate is for b\.example, wanted a\.example; expired 3 days ago/,
      ),
    });
    expect(await refusal({ chain: [leaf({ extensions: names, ...expired })] })).toMatchObject({
      ...refused.name,
      message: expect.stringContaining("; besides: expired 3 days ago"),
    });
  });

  test("of several ways, the one that came nearest", async () => {
    const expired = authority("Lower", { issuer: upper, notAfter: Date.now() - 1000 });
    expect(await refusal({ chain: [own, expired.der, upper.der] })).toMatchObject(refused.expired);
    const crossed = authority("Upper", { issuer: stranger, key: upper.key });
    const constrained = authority("Root", { key: root.key, pathLength: 0 });
    expect(
      await refusal({ chain: [own, lower.der, crossed.der, upper.der], roots: [constrained.der] }),
    ).toMatchObject({ ...refused.invalid, message: expect.stringContaining("0 allowed, 2 there") });
  });
});

describe("path lengths", () => {
  test("count the intermediate certificates below", async () => {
    const chainOf = (pathLength: number): readonly Bytes[] => {
      const top = authority("Top", { issuer: root, pathLength });
      const middle = authority("Middle", { issuer: top });
      return [leaf({ issuer: middle }), middle.der, top.der];
    };
    expect(await subjects(chainOf(1))).toBe(4);
    expect(await refusal({ chain: chainOf(0) })).toMatchObject({
      ...refused.invalid,
      message: expect.stringContaining("CN=Top has more intermediate certificates below it than it may have"),
    });
  });

  test("are a root's too", async () => {
    const tight = authority("Tight Root", { pathLength: 0 });
    const middle = authority("Middle", { issuer: tight });
    expect(await subjects([leaf({ issuer: tight })], [tight.der])).toBe(2);
    expect(
      await refusal({ chain: [leaf({ issuer: middle }), middle.der], roots: [tight.der] }),
    ).toMatchObject({
      ...refused.invalid,
      message: expect.stringContaining("the trusted root CN=Tight Root has more intermediate certificates"),
    });
  });

  test("do not count self-issued certificates", async () => {
    const top = authority("Top", { issuer: root, pathLength: 0 });
    const renewed = authority("Top", { issuer: top, key: key("P-256", "renewed top") });
    expect(await subjects([leaf({ issuer: renewed }), renewed.der, top.der])).toBe(4);
  });

  test("mean nothing in a server's certificate", async () => {
    const chain = [leaf({ extensions: [...leafExtensions, extensions.basicConstraints(false, 0)] })];
    expect(await subjects(chain)).toBe(2);
  });
});

describe("budgets", () => {
  /** All of one name, each signed by the next, the last by itself. */
  function namesakes(count: number, sameKey: boolean): readonly Authority[] {
    const keyOf = (i: number) => key("P-256", sameKey ? "namesake" : `namesake ${i % 40}`);
    return Array.from({ length: count }, (_, i) =>
      authority("Namesake", {
        key: keyOf(i),
        issuer: { subject: "Namesake", key: keyOf(Math.min(i + 1, count - 1)), der: new Uint8Array(0) },
        bend: (fields) => {
          fields.serialNumber = integer(1000 + i);
        },
      }),
    );
  }

  test.each([true, false])("a hundred issuers of one name (one key: %s) end soon", async (sameKey) => {
    const list = namesakes(100, sameKey);
    const verify = vi.fn(defaultProvider.verify);
    const started = performance.now();
    const chain = [leaf({ issuer: list[0] as Authority }), ...list.map(({ der }) => der)];
    expect(await refusal({ chain, provider: { ...defaultProvider, verify } })).toMatchObject(
      refused.tooCostly,
    );
    expect(performance.now() - started).toBeLessThan(1000);
    expect(verify).not.toHaveBeenCalled();
  });

  test("signatures are checked so many times and not more often, each once", async () => {
    // Roots of one name and other keys: each could have signed.
    const roots = Array.from({ length: limits.signatures + 20 }, (_, i) =>
      authority("Many", { key: key("P-256", `many ${i}`), extensions: [extensions.basicConstraints(true)] }),
    );
    const verify = vi.fn(defaultProvider.verify);
    const provider = { ...defaultProvider, verify };
    const issuer = { subject: "Many", key: key("P-256", "none of the many") };
    const chain = [leaf({ issuer })];
    expect(await refusal({ chain, roots: roots.map(({ der }) => der), provider })).toMatchObject({
      ...refused.tooCostly,
      message: expect.stringMatching(
        /too costly ways.*; besides: certificate has a signature that is not from/,
      ),
    });
    expect(verify).toHaveBeenCalledTimes(limits.signatures);
  });

  test.each<[KeyType, number]>([
    ["P-384", 10],
    ["P-521", 28],
    ["Ed25519", 2],
  ])("a signature of a %s key counts as %i", async (type, cost) => {
    const count = Math.floor(limits.signatures / cost);
    const roots = Array.from({ length: count + 2 }, (_, i) =>
      authority("Many", { key: key(type, `many ${i}`), extensions: [extensions.basicConstraints(true)] }),
    );
    const verify = vi.fn(defaultProvider.verify);
    const issuer = { subject: "Many", key: key(type, "none of the many") };
    const given = { chain: [leaf({ issuer })], roots: roots.map(({ der }) => der) };
    expect(await refusal({ ...given, provider: { ...defaultProvider, verify } })).toMatchObject(
      refused.tooCostly,
    );
    expect(verify).toHaveBeenCalledTimes(count);
  });

  test("an RSA signature counts by the size of modulus and exponent", () => {
    const rsa = (bits: number, exponent: string): PublicKey => ({
      kind: "rsa",
      spki: new Uint8Array(0),
      modulus: new Uint8Array(bits / 8).fill(0xff),
      exponent: fromHex(exponent),
    });
    expect(verificationCost(rsa(2048, "010001"))).toBe(1);
    expect(verificationCost(rsa(4096, "010001"))).toBe(1);
    expect(verificationCost(rsa(6144, "010001"))).toBe(3);
    expect(verificationCost(rsa(8192, "010001"))).toBe(4);
    expect(verificationCost(rsa(8192, "ffffffff"))).toBe(8);
  });

  test("a signature that is wrong is looked at once, however many ways lead to it", async () => {
    const one = authority("Crossed", { issuer: root });
    const two = authority("Crossed", { issuer: upper, key: one.key });
    const bent = leaf({ issuer: one });
    bent[bent.length - 1] = (bent[bent.length - 1] as number) ^ 1;
    const verify = vi.fn(defaultProvider.verify);
    const provider = { ...defaultProvider, verify };
    await judge({ chain: [leaf({ issuer: one }), one.der], provider });
    await judge({ chain: [leaf({ issuer: two }), two.der, upper.der], provider });
    verify.mockClear();
    const chain = [bent, one.der, two.der, upper.der];
    expect(await refusal({ chain, provider })).toMatchObject(refused.invalid);
    expect(verify).toHaveBeenCalledTimes(1);
  });

  test("certificates behind the limit are not looked at", async () => {
    const noise = Array.from({ length: limits.certificates - 1 }, () => stranger.der);
    expect(await refusal({ chain: [own, ...noise, lower.der, upper.der] })).toMatchObject({
      ...refused.tooCostly,
      message: expect.stringContaining("; besides: issued by CN=Lower, which no trusted root vouches for"),
    });
    expect(await subjects([own, ...noise.slice(2), lower.der, upper.der])).toBe(4);
  });

  test("names and name constraints are compared so many times and not more often", async () => {
    const many = (count: number, what: string): readonly Bytes[] =>
      Array.from({ length: count }, (_, i) => generalName.dns(`${what}${i}.example`));
    const constrained = authority("Constrained", {
      issuer: root,
      more: [extensions.nameConstraints({ excluded: many(600, "x") })],
    });
    const chainOf = (count: number): readonly Bytes[] => [
      leaf({
        issuer: constrained,
        extensions: [extensions.subjectAltName([generalName.dns("a.example"), ...many(count, "n")])],
      }),
      constrained.der,
    ];
    expect(await subjects(chainOf(50))).toBe(3);
    const started = performance.now();
    expect(await refusal({ chain: chainOf(1000) })).toMatchObject({
      ...refused.tooCostly,
      message: expect.stringContaining("too many or too costly"),
    });
    expect(performance.now() - started).toBeLessThan(1000);
  });

  test("names are made ready for no more than their size allows, and once for all constraints above them", async () => {
    const upperOnes = authority("Upper", {
      issuer: root,
      more: [extensions.nameConstraints({ excluded: [generalName.dns("upper.example")] })],
    });
    const lowerOnes = authority("Lower", {
      issuer: upperOnes,
      more: [extensions.nameConstraints({ excluded: [generalName.dns("lower.example")] })],
    });
    const chainFor = (...names: readonly string[]): readonly Bytes[] => [
      leaf({
        issuer: lowerOnes,
        extensions: [extensions.subjectAltName(["a.example", ...names].map((name) => generalName.dns(name)))],
      }),
      lowerOnes.der,
      upperOnes.der,
    ];
    expect(await subjects(chainFor("b.example"))).toBe(4);
    for (const name of ["x.upper.example", "x.lower.example"]) {
      expect(await refusal({ chain: chainFor(name) })).toMatchObject({
        ...refused.invalid,
        message: expect.stringContaining(`DNS:${name}, which a certificate authority above it may not`),
      });
    }
    const long = (i: number) => `${`${i}`.padStart(54, "x")}.example`;
    const large = chainFor(...Array.from({ length: 990 }, (_, i) => long(i)));
    expect(4 * (large[0] as Bytes).length).toBeGreaterThan(limits.nameComparisons);
    expect((large[0] as Bytes).length).toBeLessThanOrEqual(limits.certificateBytes);
    expect(await refusal({ chain: large })).toMatchObject(refused.tooCostly);
  });

  /** The peer's certificate under three layers of interchangeable issuers: thousands of ways up, which end at nobody or at `top`. */
  function manyWays(top: Authority): readonly Bytes[] {
    let issuer = top;
    const between: Bytes[] = [];
    for (let layer = 0; layer < 3; layer++) {
      const made = Array.from({ length: 15 }, () => authority(`Layer ${layer}`, { issuer }));
      between.push(...made.map(({ der }) => der));
      issuer = made[0] as Authority;
    }
    return [leaf({ issuer }), ...between];
  }

  test("so many issuers are tried and not more", async () => {
    expect(await refusal({ chain: manyWays(stranger) })).toMatchObject(refused.tooCostly);
    expect(await subjects(manyWays(root))).toBe(5);
    let tried = 0;
    const count: Watch = ({ rule, failure }) => {
      if (rule === "anchor" && failure !== undefined) tried++;
    };
    await verdictOn({ chain: manyWays(stranger), watch: count });
    expect(tried).toBeLessThan(limits.steps);
    expect(tried).toBeGreaterThan(limits.steps / 2);
  });

  test("so many roots are tried and not more", async () => {
    // They have the key, so one signature is checked; and have expired.
    const expired = Array.from(
      { length: limits.steps + 50 },
      (_, i) => authority("Root", { key: root.key, notAfter: Date.now() - 1000 * (i + 1) }).der,
    );
    expect(await refusal({ chain: [leaf()], roots: expired.slice(0, 20) })).toMatchObject(refused.expired);
    expect(await refusal({ chain: [leaf()], roots: expired })).toMatchObject(refused.tooCostly);
  });

  test("so many paths that hold are put to the checks, and the last refusal counts", async () => {
    let asked = 0;
    const refuse: PathCheck = ({ path }) => {
      asked++;
      return {
        fault: { rule: "revoked", certificate: path[0] as Certificate, about: `was refused ${asked} times` },
      };
    };
    const verdict = await verdictOn({ chain: manyWays(root), checks: [refuse] });
    expect(verdict).toMatchObject({ trusted: false, failure: { rule: "revoked" } });
    expect(asked).toBe(limits.inspections);
  });

  test("so many failed ways are remembered, and the nearest among them", async () => {
    const verdict = await verdictOn({ chain: manyWays(stranger) });
    expect(verdict.trusted ? [] : verdict.attempts).toHaveLength(limits.attempts);
  });
});
