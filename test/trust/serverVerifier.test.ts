import crypto from "node:crypto";
import { describe, expect, test, vi } from "vitest";
import { defaultProvider } from "../../src/crypto/provider/node.ts";
import { createServerVerifier, trustAnything } from "../../src/trust/serverVerifier.ts";
import { createTrustStore } from "../../src/trust/trustStore.ts";
import type { VerificationStep } from "../../src/trust/verifier.ts";
import { type Bytes, copyOf } from "../../src/wire/bytes.ts";
import { TlsError } from "../../src/wire/error.ts";
import { extensions, generalName, type KeyType, key, keyPair, makeChain } from "../certificates.ts";
import { authority, judge, leaf, leafExtensions, presented, refusal, refused, root } from "./judge.ts";

describe("the built-in verifier", () => {
  test.each<[KeyType, readonly string[]]>([
    ["P-256", ["ecdsa_secp256r1_sha256"]],
    ["P-384", ["ecdsa_secp384r1_sha384"]],
    ["P-521", ["ecdsa_secp521r1_sha512"]],
    ["Ed25519", ["ed25519"]],
    ["RSA", ["rsa_pss_rsae_sha256", "rsa_pss_rsae_sha384", "rsa_pss_rsae_sha512"]],
    ["RSA-PSS", ["rsa_pss_pss_sha256", "rsa_pss_pss_sha384", "rsa_pss_pss_sha512"]],
  ])("answers with an identity for a %s key", async (keyType, schemes) => {
    const chain = makeChain({ keyType, names: ["a.example"] });
    const identity = await judge({ chain: chain.sent, roots: [chain.rootPem] });
    expect(identity).toMatchObject({
      schemes,
      maySign: true,
      verified: true,
      vouchedBy: "CN=Test Root",
      path: [...chain.sent, chain.rootDer],
    });
    expect(identity.publicKey.spki).toEqual(chain.leafKey.spki);
  });

  test("takes roots as a store, DER, PEM or many in one text", async () => {
    const chain = [leaf()];
    const pem = makeChain({ label: "Another" }).rootPem;
    const { der } = root;
    const own = `${pem}${Buffer.from(pem)}-----BEGIN CERTIFICATE-----\n${Buffer.from(der).toString("base64")}\n-----END CERTIFICATE-----\n`;
    for (const roots of [
      createTrustStore([der]),
      [der],
      [own],
      new Set([own]),
      [new TextEncoder().encode(own)],
    ]) {
      expect((await judge({ chain, roots })).verified).toBe(true);
    }
  });

  test("refuses options that can't be", () => {
    for (const roots of [["no certificate"], [new Uint8Array([0x30, 5])], [new Uint8Array([1, 2, 3])]]) {
      expect(() => createServerVerifier({ roots })).toThrow(
        expect.objectContaining({ code: "invalid_option" }),
      );
    }
  });

  test("refuses a name that is none", async () => {
    await expect(judge({ chain: [leaf()], serverName: "*.example" })).rejects.toMatchObject({
      code: "invalid_option",
      alert: undefined,
    });
  });

  test("asks for one certificate at least", async () => {
    await expect(judge({ chain: [] })).rejects.toThrow(RangeError);
  });

  test("holds a chain to the profile that is asked for, and says which it was", async () => {
    const chain = [leaf()];
    expect(await judge({ chain })).toMatchObject({ profile: "private", notes: [] });
    const strict = createServerVerifier({ roots: [root.der], profile: "webpki" });
    await expect(strict(presented({ chain }))).rejects.toMatchObject({
      code: "certificate_invalid",
      message: expect.stringContaining("certificate does not name its issuer's key"),
    });
    const own = leaf({ extensions: [...leafExtensions, extensions.authorityKeyIdentifier(root.key)] });
    expect(await strict(presented({ chain: [own] }))).toMatchObject({ profile: "webpki" });
  });

  test("hands what a server showed to checks, and their notes on", async () => {
    const note = { check: "ocsp", outcome: "passed", detail: "good" } as const;
    const check = vi.fn(() => ({ fault: undefined, notes: [note] }));
    const verifier = createServerVerifier({ roots: [root.der], checks: [check] });
    const ocspResponse = new Uint8Array([1, 2]);
    const signedCertificateTimestamps = [new Uint8Array([3])];
    const shown = { ...presented({ chain: [leaf()] }), ocspResponse, signedCertificateTimestamps };
    expect(await verifier(shown)).toMatchObject({ notes: [note] });
    expect(check).toHaveBeenCalledWith(
      expect.anything(),
      expect.objectContaining({ evidence: { ocspResponse, signedCertificateTimestamps } }),
    );
  });

  test("takes no wildcard below what is said to be a public suffix", async () => {
    const chain = [leaf({ extensions: [extensions.subjectAltName([generalName.dns("*.co.example")])] })];
    const shown = presented({ chain, serverName: "a.co.example" });
    expect(await createServerVerifier({ roots: [root.der] })(shown)).toMatchObject({ verified: true });
    const isPublicSuffix = (domain: string): boolean => domain === "co.example";
    await expect(createServerVerifier({ roots: [root.der], isPublicSuffix })(shown)).rejects.toMatchObject({
      code: "certificate_name_mismatch",
    });
  });

  test("lets what a provider throws pass", async () => {
    const provider = {
      ...defaultProvider,
      verify: () => {
        throw new Error("the card was pulled out");
      },
    };
    await expect(judge({ chain: [leaf()], provider })).rejects.toThrow("the card was pulled out");
  });
});

describe("a second look at the same chain", () => {
  test("believes no provider about signatures that another found right", async () => {
    const forged = leaf({ issuer: { subject: "Root", key: key("P-256", "forger") } });
    const liar = { ...defaultProvider, verify: () => true };
    expect(await judge({ chain: [forged], provider: liar })).toMatchObject({ verified: true });
    expect(await refusal({ chain: [forged] })).toMatchObject(refused.invalid);
    expect(await judge({ chain: [forged], provider: liar })).toMatchObject({ verified: true });
  });

  test("checks no signature again, and dates and names as the first did", async () => {
    const middle = authority("Middle", { issuer: root });
    const own = leaf({ issuer: middle });
    const verify = vi.fn(defaultProvider.verify);
    const provider = { ...defaultProvider, verify };
    const chain = [own, middle.der];
    await judge({ chain, provider });
    expect(verify).toHaveBeenCalledTimes(2);
    // Other bytes with the same content, and another verifier.
    await judge({ chain: chain.map(copyOf), provider });
    expect(verify).toHaveBeenCalledTimes(2);
    expect(await refusal({ chain, provider, serverName: "b.example" })).toMatchObject(refused.name);
    expect(await refusal({ chain, provider, time: Date.now() + 1e10 })).toMatchObject(refused.expired);
    expect(await refusal({ chain, provider, roots: [] })).toMatchObject(refused.unknownCa);
    expect(verify).toHaveBeenCalledTimes(2);
  });

  test("checks a certificate that differs in one byte", async () => {
    const own = leaf();
    expect((await judge({ chain: [own] })).verified).toBe(true);
    for (const at of [own.length - 40, 60]) {
      const bent = copyOf(own);
      bent[at] = (bent[at] as number) ^ 1;
      expect(await refusal({ chain: [bent] })).toMatchObject({ alert: "bad_certificate sent" });
    }
  });

  test("checks it with the key of another root of the same name", async () => {
    const own = leaf();
    expect((await judge({ chain: [own] })).verified).toBe(true);
    const namesake = authority("Root", { key: key("P-256", "namesake") });
    expect(await refusal({ chain: [own], roots: [namesake.der] })).toMatchObject(refused.invalid);
  });

  test("is not misled by bytes that are changed after the first", async () => {
    const own = leaf();
    const sent = copyOf(own);
    await judge({ chain: [sent] });
    sent.fill(0);
    expect(await refusal({ chain: [sent] })).toMatchObject(refused.malformed);
    expect((await judge({ chain: [own] })).path[0]).toEqual(own);
  });
});

describe("steps", () => {
  const stepsOf = async (
    chain: readonly Bytes[],
    serverName = "a.example",
  ): Promise<readonly VerificationStep[]> => {
    const steps: VerificationStep[] = [];
    await judge({ chain, serverName, step: (step) => steps.push(step) }).catch(() => undefined);
    return steps;
  };

  test("tell all that was looked at", async () => {
    const middle = authority("Middle", { issuer: root });
    const steps = await stepsOf([leaf({ issuer: middle }), middle.der]);
    expect(steps.every(({ outcome }) => outcome === "passed")).toBe(true);
    const seen = steps.map(({ check, subject }) => `${check} ${subject}`);
    for (const one of [
      "parsed CN=a.example",
      "parsed CN=Middle",
      "name CN=a.example",
      "dates CN=a.example",
      "purpose CN=a.example",
      "authority CN=Middle",
      "signature CN=Middle",
      "signature CN=a.example",
      "anchor CN=Root",
    ]) {
      expect(seen).toContain(one);
    }
    expect(steps.find(({ check }) => check === "name")?.detail).toBe("a.example");
    expect(steps.find(({ check }) => check === "keyKind")?.detail).toBe("EC P-256");
    expect(seen.indexOf("signature CN=Middle")).toBeLessThan(seen.indexOf("signature CN=a.example"));
  });

  test("tell what failed, and in which words", async () => {
    const failed = async (chain: readonly Bytes[], serverName?: string): Promise<readonly string[]> =>
      (await stepsOf(chain, serverName))
        .filter(({ outcome }) => outcome === "failed")
        .map(({ check, subject, detail }) => `${check} | ${subject} | ${detail}`);
    expect(await failed([leaf()], "b.example")).toEqual([
      "name | CN=a.example | certificate is for a.example, wanted b.example",
    ]);
    expect(await failed([new Uint8Array([1])])).toEqual([
      "parsed |  | expected sequence, got boolean (at byte 0)",
    ]);
    expect(await failed([leaf(), new Uint8Array(0)])).toEqual([
      "parsed |  | certificate 2 of 2 that were sent: expected sequence, got the end (at byte 0)",
    ]);
    const stranger = authority("Stranger");
    expect(await failed([leaf({ issuer: stranger })])).toEqual([
      "anchor | CN=a.example | issued by CN=Stranger, which no trusted root vouches for",
    ]);
  });

  test("tell which address fits", async () => {
    const names = [extensions.subjectAltName([generalName.ip("2001:db8::1")])];
    const steps = await stepsOf([leaf({ extensions: names })], "2001:db8:0::1");
    expect(steps.find(({ check }) => check === "name")?.detail).toBe("2001:db8::1");
  });
});

describe("trustAnything", () => {
  const believe = (chain: readonly Bytes[]) => trustAnything()(presented({ chain }));

  test("believes whatever is shown, and says so", async () => {
    const own = leaf({ notAfter: Date.now() - 1000, extensions: [], issuer: authority("Stranger") });
    const steps: VerificationStep[] = [];
    const identity = await trustAnything()(presented({ chain: [own], step: (step) => steps.push(step) }));
    expect(identity).toMatchObject({
      verified: false,
      vouchedBy: "nothing",
      path: [own],
      maySign: true,
      schemes: ["ecdsa_secp256r1_sha256"],
    });
    expect(steps.map(({ check, detail }) => `${check}: ${detail}`)).toEqual([
      "parsed: EC P-256",
      "anchor: verification is switched off",
    ]);
  });

  test("still needs a certificate, and a key that can be used", () => {
    expect(() => believe([new Uint8Array([0x30, 0])])).toThrow(TlsError);
    expect(() => believe([new Uint8Array([0x30, 0])])).toThrow(
      expect.objectContaining({ code: "certificate_malformed" }),
    );
    const ed448 = keyPair("Ed25519", crypto.generateKeyPairSync("ed448"));
    expect(() => believe([leaf({ key: ed448 })])).toThrow(
      expect.objectContaining({ code: "certificate_unsupported" }),
    );
    expect(() => believe([])).toThrow(expect.objectContaining({ code: "no_certificate" }));
  });

  test("leaves the key usage to the handshake", async () => {
    const chain = [
      leaf({ extensions: [...leafExtensions.slice(1), extensions.keyUsage("keyEncipherment")] }),
    ];
    expect((await believe(chain)).maySign).toBe(false);
  });
});
