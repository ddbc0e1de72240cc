import { generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import { integer, nullElement, objectIdentifier, octetString, sequence } from "../../../src/der/writer.ts";
import type { Bytes } from "../../../src/wire/bytes.ts";
import { stapledOcsp } from "../../../src/x509/revocation/index.ts";
import type { RuleName } from "../../../src/x509/rules.ts";
import {
  extension,
  extensions,
  key,
  keyPair,
  makeCertificate,
  newKey,
  restrictedPssKey,
  signing,
} from "../../certificates.ts";
import {
  type Asking,
  ask,
  authority,
  day,
  delegate,
  intermediate,
  leaf,
  leafOf,
  long,
  lowerLeaf,
  now,
  ocspResponse,
  ocspSigning,
  type Party,
  pathOf,
  purposesOf,
  type ResponseOptions,
  root,
  type SingleOptions,
  short,
  single,
  statuses,
  tlsFeature,
  verification,
} from "./makers.ts";

const stranger = authority("Stranger");

/** The rule that a leaf breaks by what came with it, and the words; undefined where it passed. */
async function verdictOn(
  staple: Bytes,
  candidate = short,
  asking: Omit<Asking, "staple"> = {},
): Promise<readonly [RuleName, string] | undefined> {
  const { fault } = await ask(stapledOcsp(), candidate, { ...asking, staple });
  if (fault !== undefined) expect(fault.certificate).toBe(candidate.path[0]);
  return fault === undefined ? undefined : [fault.rule, fault.about];
}

const says = (text: RegExp) => ["revocationStatus", expect.stringMatching(text)];

describe("a response that counts", () => {
  test.each(["sha1", "sha256", "sha384", "sha512"] as const)("names its certificate by %s", async (hash) => {
    const { fault, ...rest } = await ask(stapledOcsp(), short, {
      staple: ocspResponse({ singles: [single({ hash })] }),
    });
    expect(fault).toBeUndefined();
    expect(rest).toMatchObject({
      signatures: 1,
      notes: [{ check: "ocsp", outcome: "passed", detail: expect.stringContaining("2025-06-01") }],
    });
  });

  const signer = delegate();
  test.each<[string, ResponseOptions]>([
    ["its responder named by its key", { by: "keyHash" }],
    ["several certificates", { singles: [single({ certificate: lowerLeaf }), single()] }],
    [
      "extensions that nobody has to know",
      { extensions: [extension("1.3.6.1.5.5.7.48.1.2", octetString(new Uint8Array(8)))] },
    ],
    ["the issuer's own certificate", { certificates: [root.der] }],
    ["a delegate", { signer, certificates: [signer.der] }],
    ["a delegate named by its key", { signer, by: "keyHash", certificates: [signer.der] }],
    ["a delegate among others", { signer, certificates: [root.der, stranger.der, signer.der] }],
    ["a nextUpdate that is just past", { singles: [single({ nextUpdate: now - 300 })] }],
    ["a thisUpdate that is just to come", { singles: [single({ thisUpdate: now + 300 })] }],
    ["a nextUpdate that is thisUpdate", { singles: [single({ thisUpdate: now, nextUpdate: now })] }],
    ["no nextUpdate", { singles: [single({ thisUpdate: now - day - 300, nextUpdate: null })] }],
    ["an RFC's parameters", { singles: [single({ bendId: noParameters })] }],
  ])("%s", async (_, options) => {
    expect(await verdictOn(ocspResponse(options))).toBeUndefined();
  });

  function noParameters(fields: { algorithm: Bytes }): void {
    fields.algorithm = sequence(fields.algorithm.subarray(2, -2));
  }

  test("of an issuer that stands below the anchor", async () => {
    const staple = ocspResponse({
      signer: intermediate,
      singles: [single({ certificate: lowerLeaf, issuer: intermediate })],
    });
    expect(await verdictOn(staple, long)).toBeUndefined();
  });
});

describe("revoked", () => {
  test.each<[string, Bytes, string]>([
    ["with a reason", statuses.revoked(now - 3 * day, 1), "was revoked on 2025-05-30 (key compromise), says"],
    ["without one", statuses.revoked(), "was revoked on 2025-05-30, says"],
    ["on hold", statuses.revoked(now - 3 * day, 6), "was revoked on 2025-05-30 (put on hold), says"],
  ])("%s", async (_, status, words) => {
    expect(await verdictOn(ocspResponse({ singles: [single({ status })] }))).toEqual([
      "revoked",
      expect.stringContaining(words),
    ]);
  });

  test("and good at once, in either order", async () => {
    const both = [single({ status: statuses.revoked() }), single({ hash: "sha256" })];
    for (const singles of [both, [...both].reverse()]) {
      expect((await verdictOn(ocspResponse({ singles })))?.[0]).toBe("revoked");
    }
  });

  test("by an answer that is out of date", async () => {
    const old = single({ status: statuses.revoked(), thisUpdate: now - 9 * day, nextUpdate: now - 8 * day });
    expect((await verdictOn(ocspResponse({ singles: [old] })))?.[0]).toBe("revoked");
  });

  test("but not by somebody else's word", async () => {
    const staple = ocspResponse({ signer: stranger, singles: [single({ status: statuses.revoked() })] });
    expect(await verdictOn(staple)).toEqual(says(/neither the issuer nor shown to act for it/));
  });
});

describe("a response that does not count", () => {
  const critical = [extension("1.2.3.4", nullElement(), true)];
  test.each<[string, RegExp, ResponseOptions]>([
    ["unknown", /unknown to its issuer/, { singles: [single({ status: statuses.unknown })] }],
    [
      "good and unknown at once",
      /unknown to its issuer/,
      { singles: [single(), single({ status: statuses.unknown })] },
    ],
    ["nothing at all", /about another certificate/, { singles: [] }],
    ["another serial number", /about another certificate/, { singles: [single({ bendId: otherSerial })] }],
    ["another issuer's name", /about another certificate/, { singles: [single({ bendId: otherName })] }],
    ["another issuer's key", /about another certificate/, { singles: [single({ issuer: stranger })] }],
    ["a hash that is not known", /about another certificate/, { singles: [single({ bendId: otherHash })] }],
    [
      "past its nextUpdate",
      /is out of date since 2025-06-02 at 11:54:59 UTC/,
      { singles: [single({ nextUpdate: now - 301 })] },
    ],
    ["not in force yet", /not in force yet/, { singles: [single({ thisUpdate: now + 301 })] }],
    [
      "without nextUpdate for more than a day",
      /is out of date/,
      { singles: [single({ thisUpdate: now - day - 301, nextUpdate: null })] },
    ],
    ["from the future", /from the future/, { producedAt: now + 301 }],
    ["a critical extension", /critical extension/, { extensions: critical }],
    [
      "a critical extension of the answer",
      /critical extension/,
      { singles: [single({ extensions: critical })] },
    ],
    ["a wrong signature", /not signed by whom it names/, { signer: { ...root, key: stranger.key } }],
    ["SHA-1", /with an algorithm that can be forged/, { signing: signing(key("RSA"), { hash: "SHA-1" }) }],
  ])("%s", async (_, words, options) => {
    expect(await verdictOn(ocspResponse(options))).toEqual(says(words));
  });

  function otherSerial(fields: { serialNumber: Bytes }): void {
    fields.serialNumber = integer(99_999);
  }
  function otherName(fields: { issuerNameHash: Bytes }): void {
    fields.issuerNameHash = octetString(new Uint8Array(20));
  }
  function otherHash(fields: { algorithm: Bytes }): void {
    fields.algorithm = sequence(objectIdentifier("1.2.840.113549.2.5"), nullElement());
  }

  test("an answer about the issuer's other key, in its name", async () => {
    const other = authority(root.subject, { key: key("P-256", "other root") });
    expect(await verdictOn(ocspResponse({ signer: other, singles: [single({ issuer: other })] }))).toEqual(
      says(/about another certificate/),
    );
    expect(await verdictOn(ocspResponse({ signer: other }))).toEqual(says(/not signed by whom it names/));
  });

  test.each([
    [1, /the request was malformed/],
    [2, /the responder failed/],
    [3, /try again later/],
    [5, /had to be signed/],
    [6, /not in charge/],
  ])("status %i", async (status, words) => {
    expect(await verdictOn(sequence(new Uint8Array([0x0a, 1, status])))).toEqual(says(words));
  });

  test("bytes that are none", async () => {
    expect(await verdictOn(new Uint8Array([0x30, 0x80]))).toEqual(says(/can't be read/));
    expect(await verdictOn(new Uint8Array(0))).toEqual(says(/can't be read/));
  });

  test("more signatures than may be checked", async () => {
    const signer = delegate();
    const staple = ocspResponse({ signer, certificates: [signer.der] });
    for (const budget of [0, 1]) expect((await verdictOn(staple, short, { budget }))?.[0]).toBe("budget");
    expect((await verdictOn(ocspResponse(), short, { budget: 0 }))?.[0]).toBe("budget");
    expect(await verdictOn(staple, short, { budget: 2 })).toBeUndefined();
  });

  test("a nextUpdate before thisUpdate can't be read", async () => {
    const staple = ocspResponse({ singles: [single({ thisUpdate: now, nextUpdate: now - 1 })] });
    expect(await verdictOn(staple)).toEqual(says(/a next update before this one/));
  });
});

describe("a delegate", () => {
  const may = [purposesOf(ocspSigning)];
  const noCheck = (critical: boolean) => extension("1.3.6.1.5.5.7.48.1.5", nullElement(), critical);
  const weak = keyPair("RSA", generateKeyPairSync("rsa", { modulusLength: 1024 }));
  const restricted = restrictedPssKey("sha384", 48);

  const answers = (signer: Party, options: ResponseOptions = {}): Bytes =>
    ocspResponse({ signer, certificates: [signer.der], ...options });

  test.each<[string, Bytes[]]>([
    ["without key usage", may],
    ["for contentCommitment", [...may, extensions.keyUsage("contentCommitment")]],
    ["with ocsp-nocheck", [...may, noCheck(false)]],
    ["with a critical ocsp-nocheck", [...may, noCheck(true)]],
    ["for more", [purposesOf(ocspSigning, "1.3.6.1.5.5.7.3.1")]],
  ])("%s", async (_, list) => {
    expect(await verdictOn(answers(delegate({ extensions: list })))).toBeUndefined();
  });

  test.each<[string, RegExp, Party]>([
    ["without a purpose", /lacks OCSPSigning/, delegate({ extensions: [] })],
    ["for servers", /lacks OCSPSigning/, delegate({ extensions: [purposesOf("1.3.6.1.5.5.7.3.1")] })],
    ["for any purpose", /lacks OCSPSigning/, delegate({ extensions: [purposesOf("2.5.29.37.0")] })],
    [
      "whose key may not sign",
      /key usage/,
      delegate({ extensions: [...may, extensions.keyUsage("keyCertSign", "keyAgreement")] }),
    ],
    ["that has expired", /not valid now/, delegate({ notAfter: now - 1 })],
    ["that is not valid yet", /not valid now/, delegate({ notBefore: now + 1 })],
    [
      "with a critical extension",
      /critical extension/,
      delegate({ extensions: [...may, noCheck(true), extension("1.2.3.4", nullElement(), true)] }),
    ],
    ["of another issuer", /delegate of another issuer/, delegate({ issuer: stranger })],
    ["that the issuer did not sign", /did not sign/, delegate({ issuer: { ...root, key: stranger.key } })],
    ["with a weak key", /too weak/, delegate({ key: weak, extensions: may })],
    ["of a delegate", /delegate of another issuer/, delegate({ issuer: delegate() })],
  ])("%s", async (_, words, signer) => {
    expect(await verdictOn(answers(signer))).toEqual(says(words));
  });

  test("at either end of its certificate's time", async () => {
    for (const bounds of [{ notAfter: now }, { notBefore: now }]) {
      expect(await verdictOn(answers(delegate(bounds)))).toBeUndefined();
    }
  });

  test("that the response does not name", async () => {
    const signer = delegate();
    const named = { subject: "Nobody", key: signer.key, der: signer.der };
    expect(await verdictOn(answers(named))).toEqual(says(/neither the issuer nor shown to act for it/));
  });

  test("whose certificate is missing", async () => {
    expect(await verdictOn(ocspResponse({ signer: delegate() }))).toEqual(says(/neither the issuer/));
  });

  test("that another signed for", async () => {
    const signer = { ...delegate(), key: stranger.key };
    expect(await verdictOn(answers(signer))).toEqual(says(/not signed by whom it names/));
  });

  test("whose RSASSA-PSS key is for other signatures", async () => {
    const signer = delegate({ key: restricted, extensions: may });
    const wrong = signing(restricted, { hash: "SHA-256", saltLength: 32 });
    const right = signing(restricted, { hash: "SHA-384", saltLength: 48 });
    // node:crypto holds to the restriction itself.
    expect(await verdictOn(answers(signer, { signing: { ...right, algorithm: wrong.algorithm } }))).toEqual(
      says(/other RSASSA-PSS parameters/),
    );
    expect(await verdictOn(answers(signer, { signing: right }))).toBeUndefined();
  });

  test("that is no certificate is passed over", async () => {
    const signer = delegate();
    const certificates = [sequence(), sequence(integer(1)), signer.der];
    expect(await verdictOn(answers(signer, { certificates }))).toBeUndefined();
  });
});

describe("without a response", () => {
  const demanding = pathOf([leafOf(root, tlsFeature(5))]);

  test("it is a note", async () => {
    const result = await ask(stapledOcsp(), short);
    expect(result).toEqual({
      fault: undefined,
      notes: [{ check: "ocsp", outcome: "absent", detail: "the server stapled no OCSP response" }],
      signatures: 0,
    });
  });

  test("where one is required", async () => {
    const { fault } = await ask(stapledOcsp({ required: true }), short);
    expect(fault).toMatchObject({ rule: "revocationStatus", certificate: short.path[0] });
  });

  test("where the certificate demands one", async () => {
    for (const check of [stapledOcsp(), stapledOcsp({ required: true })]) {
      const { fault } = await ask(check, demanding);
      expect(fault).toMatchObject({
        rule: "mustStaple",
        certificate: demanding.path[0],
        about: expect.stringContaining("came without"),
      });
    }
    // status_request_v2 is no part of TLS 1.3 (RFC 9846 §4.5.1.1)
    expect((await ask(stapledOcsp(), pathOf([leafOf(root, tlsFeature(17))]))).fault).toBeUndefined();
  });

  test("the demand is kept with a good one only", async () => {
    const certificate = demanding.path[0]?.der as Bytes;
    const good = await ask(stapledOcsp(), demanding, {
      staple: ocspResponse({ singles: [single({ certificate })] }),
    });
    expect(good).toMatchObject({
      fault: undefined,
      notes: [
        { check: "ocsp", outcome: "passed" },
        { check: "mustStaple", outcome: "passed" },
      ],
    });
    expect(await verdictOn(ocspResponse(), demanding)).toEqual(says(/about another certificate/));
  });

  test("an authority's demand holds for those below", async () => {
    const strict = authority("Strict", { issuer: root, extensions: [tlsFeature(5, 23)] });
    const check = stapledOcsp();
    for (const features of [[], [tlsFeature(5)], [tlsFeature(23)]]) {
      const careless = pathOf([leafOf(strict, ...features), strict.der]);
      const { fault } = await ask(check, careless);
      expect(fault).toMatchObject({ rule: "mustStaple", certificate: careless.path[0] });
    }
    const careful = pathOf([leafOf(strict, tlsFeature(23, 5, 17)), strict.der]);
    const staple = ocspResponse({
      signer: strict,
      singles: [single({ certificate: careful.path[0]?.der as Bytes, issuer: strict })],
    });
    expect((await ask(check, careful, { staple })).fault).toBeUndefined();
    expect((await ask(check, careful)).fault?.about).toContain("came without");

    const lax = authority("Lax", { issuer: strict });
    const between = pathOf([leafOf(lax), lax.der, strict.der]);
    expect((await ask(check, between)).fault).toMatchObject({
      rule: "mustStaple",
      certificate: between.path[1],
    });
  });
});

describe("a certificate that is trusted by itself", () => {
  const pinned = pathOf([leaf], leaf);
  const demanding = leafOf(root, tlsFeature(5));
  const pinnedDemanding = pathOf([demanding], demanding);
  const required = stapledOcsp({ required: true });

  test("passes with a note, as nobody's word on it can be checked", async () => {
    const staple = ocspResponse({ singles: [single({ status: statuses.revoked() })] });
    for (const asking of [{}, { staple }]) {
      expect(await ask(stapledOcsp(), pinned, asking)).toMatchObject({
        fault: undefined,
        notes: [{ check: "ocsp", outcome: "absent" }],
        signatures: 0,
      });
    }
  });

  test("unless an answer is required", async () => {
    for (const asking of [{}, { staple: ocspResponse() }]) {
      expect((await ask(required, pinned, asking)).fault?.rule).toBe("revocationStatus");
    }
  });

  test("or it demands one itself", async () => {
    const staple = ocspResponse({ singles: [single({ certificate: demanding })] });
    for (const check of [stapledOcsp(), required]) {
      expect((await ask(check, pinnedDemanding)).fault?.rule).toBe("mustStaple");
      expect((await ask(check, pinnedDemanding, { staple })).fault?.rule).toBe("revocationStatus");
    }
  });

  test("answers for itself where it is self-signed", async () => {
    const own = authority("a.example", { extensions: [tlsFeature(5)] });
    const itself = pathOf([own.der], own.der);
    const says = (status: Bytes): Bytes =>
      ocspResponse({ signer: own, singles: [single({ certificate: own.der, issuer: own, status })] });
    expect((await ask(required, itself)).fault?.rule).toBe("mustStaple");
    expect((await ask(required, itself, { staple: says(statuses.good) })).fault).toBeUndefined();
    expect((await ask(stapledOcsp(), itself, { staple: says(statuses.revoked()) })).fault?.rule).toBe(
      "revoked",
    );
    expect((await ask(stapledOcsp(), itself, { staple: ocspResponse() })).fault?.rule).toBe(
      "revocationStatus",
    );
  });
});

describe("for all paths of a verification", () => {
  const twin = (subjectKeyIdentifier: string): Bytes =>
    makeCertificate({
      subject: intermediate.subject,
      key: intermediate.key,
      issuer: root,
      extensions: [
        extensions.basicConstraints(true),
        extensions.subjectKeyIdentifier(key("P-256", subjectKeyIdentifier)),
      ],
    });
  const paths = [long, ...["one", "two", "three"].map((name) => pathOf([lowerLeaf, twin(name)]))];
  const about = (options: SingleOptions = {}): Bytes =>
    single({ certificate: lowerLeaf, issuer: intermediate, ...options });

  test("a response is read once", async () => {
    const staple = ocspResponse({ signer: intermediate, singles: [about()] });
    const { context, signatures } = verification({ staple });
    const check = stapledOcsp();
    for (const candidate of paths) {
      expect((await check(candidate, context)).fault).toBeUndefined();
      staple.fill(0);
    }
    expect(signatures()).toBe(1);
  });

  test("its signature, wrong or right, and its delegate's are checked once", async () => {
    const responder = delegate({ issuer: intermediate });
    const certificates = [responder.der];
    for (const [options, total, rule] of [
      [{ signing: signing(stranger.key), signer: intermediate }, 1, "revocationStatus"],
      [{ signer: responder, certificates }, 2, undefined],
      [{ signer: { ...responder, key: stranger.key }, certificates }, 2, "revocationStatus"],
    ] as const) {
      const staple = ocspResponse({ ...options, singles: [about()] });
      const { context, signatures } = verification({ staple });
      const check = stapledOcsp();
      for (const candidate of paths) expect((await check(candidate, context)).fault?.rule).toBe(rule);
      expect(signatures()).toBe(total);
    }
  });

  test("another key is asked by itself", async () => {
    const other = authority(intermediate.subject, { issuer: root, key: key("P-256", "other") });
    const staple = ocspResponse({
      signer: intermediate,
      singles: [about(), about({ issuer: other, status: statuses.revoked() })],
    });
    const { context, signatures } = verification({ staple });
    const check = stapledOcsp();
    const below = pathOf([lowerLeaf, other.der]);
    expect((await check(below, context)).fault?.rule).toBe("revocationStatus");
    expect((await check(long, context)).fault).toBeUndefined();
    expect((await check(below, context)).fault?.rule).toBe("revocationStatus");
    expect(signatures()).toBe(2);
  });

  test("name and key are hashed once for a path, however often they are named", async () => {
    const staple = ocspResponse({ singles: Array.from({ length: 128 }, () => single({ hash: "sha256" })) });
    const { context } = verification({ staple });
    let count = 0;
    const sha256 = context.hashes["SHA-256"];
    const digest: typeof sha256.digest = (bytes) => {
      count++;
      return sha256.digest(bytes);
    };
    const hashes = { ...context.hashes, "SHA-256": { ...sha256, digest } };
    expect((await stapledOcsp()(short, { ...context, hashes })).fault).toBeUndefined();
    expect(count).toBe(2);
  });
});

test("the skew is what it is told to be", async () => {
  const staple = ocspResponse({ singles: [single({ nextUpdate: now - 10 })] });
  expect((await ask(stapledOcsp({ skew: 10 }), short, { staple })).fault).toBeUndefined();
  expect((await ask(stapledOcsp({ skew: 9 }), short, { staple })).fault?.rule).toBe("revocationStatus");
});

test("a time that is none refuses", async () => {
  const at = Number.NaN;
  expect((await verdictOn(ocspResponse(), short, { at }))?.[0]).toBe("revocationStatus");
  const signer = delegate();
  const staple = ocspResponse({ signer, certificates: [signer.der] });
  expect(await verdictOn(staple, short, { at })).toEqual(says(/certificate is not valid now/));
});

test.each([-1, Number.NaN, Number.POSITIVE_INFINITY])("a skew of %d is none", (skew) => {
  expect(() => stapledOcsp({ skew })).toThrow(expect.objectContaining({ code: "invalid_option" }));
});

test("keys of all kinds sign", async () => {
  for (const type of ["P-384", "RSA", "RSA-PSS", "Ed25519"] as const) {
    const issuer = authority(`Issuer ${type}`, { key: newKey(type) });
    const certificate = leafOf(issuer);
    const staple = ocspResponse({ signer: issuer, singles: [single({ certificate, issuer })] });
    expect(await verdictOn(staple, pathOf([certificate], issuer.der)), type).toBeUndefined();
  }
});
