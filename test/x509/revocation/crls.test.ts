import { describe, expect, test } from "vitest";
import {
  element,
  integer,
  nullElement,
  objectIdentifier,
  octetString,
  sequence,
  time,
  utf8String,
} from "../../../src/der/writer.ts";
import { type Bytes, fromAscii } from "../../../src/wire/bytes.ts";
import { type Certificate, parseCertificate } from "../../../src/x509/certificate.ts";
import { crls } from "../../../src/x509/revocation/index.ts";
import {
  type Attribute,
  distinguishedName,
  extension,
  extensions,
  generalName,
  key,
  makeCertificate,
  newKey,
  signing,
  toPem,
} from "../../certificates.ts";
import {
  ask,
  authority,
  type CrlMaking,
  crl,
  crlNumber,
  day,
  distributionPoints,
  entry,
  intermediate,
  leaf,
  leafOf,
  long,
  lowerLeaf,
  nothing,
  now,
  pathOf,
  reason,
  root,
  scope,
  scopeFields,
  short,
  verification,
} from "./makers.ts";

const stranger = authority("Stranger");
const listed = entry(leaf);
const ofIntermediate = (making: CrlMaking = {}): Bytes => crl({ issuer: intermediate, ...making });
const passed = (detail: string) => ({ check: "crl", outcome: "passed", detail });
const absent = (detail: string) => ({ check: "crl", outcome: "absent", detail });

describe("not revoked", () => {
  test.each<[string, Bytes]>([
    ["on a CRL of none", crl()],
    ["on a CRL of others", crl({ entries: [entry(1000), entry(leafOf(root)), entry(2 ** 40)] })],
    [
      "with all that an entry can have",
      crl({ entries: [entry(1000, { extensions: [reason(4), invalid] })] }),
    ],
    ["under an AKI that fits", crl({ extensions: [extensions.authorityKeyIdentifier(root.key)] })],
    ["just past the nextUpdate", crl({ nextUpdate: now - 300 })],
    ["just before thisUpdate", crl({ thisUpdate: now + 300 })],
    ["until 2060", crl({ nextUpdate: 2_840_140_800 })],
    [
      "with extensions that nobody has to know",
      crl({ extensions: [extension("2.5.29.18", sequence(generalName.uri("https://a.example")))] }),
    ],
    ["on one for users", crl({ extensions: [scope(scopeFields.users)] })],
  ])("%s", async (_, list) => {
    expect(await ask(crls([list]), short)).toEqual({
      fault: undefined,
      notes: [passed("not on the CRLs of its issuer: CN=a.example")],
      signatures: 1,
    });
  });

  test("every certificate of the path, and not the anchor", async () => {
    const both = [crl({ entries: [entry(root.der)] }), ofIntermediate()];
    expect(await ask(crls(both, { required: "chain" }), long)).toMatchObject({
      fault: undefined,
      notes: [passed("not on the CRLs of its issuer: CN=a.example; CN=Revocation Intermediate")],
    });
  });

  test("as another issuer lists its number", async () => {
    const lists = [crl(), crl({ issuer: stranger, entries: [listed] })];
    expect((await ask(crls(lists), short)).fault).toBeUndefined();
  });
});

const invalid = extension("2.5.29.24", generalized("20250101000000Z"));

function generalized(digits: string): Bytes {
  return new Uint8Array([0x18, digits.length, ...fromAscii(digits)]);
}

describe("revoked", () => {
  test.each<[string, Bytes, string]>([
    ["without a reason", listed, "was revoked on 2025-05-30, says its issuer's CRL"],
    ["with one", entry(leaf, { extensions: [reason(1)] }), "2025-05-30 (key compromise), says"],
    ["unspecified", entry(leaf, { extensions: [reason(0)] }), "2025-05-30, says"],
    ["on hold", entry(leaf, { extensions: [reason(6)] }), "(put on hold)"],
    ["from tomorrow", entry(leaf, { when: time(now + 3 * day) }), "was revoked on 2025-06-05"],
  ])("%s", async (_, one, words) => {
    const { fault } = await ask(crls([crl({ entries: [entry(5), one, entry(6)] })]), short);
    expect(fault).toEqual({
      rule: "revoked",
      certificate: short.path[0],
      about: expect.stringContaining(words),
    });
  });

  test("by a stale list, or one that has others beside it", async () => {
    const stale = crl({ entries: [listed], thisUpdate: now - 9 * day, nextUpdate: now - 8 * day });
    for (const lists of [[stale], [crl(), stale], [stale, crl()]]) {
      expect((await ask(crls(lists), short)).fault?.rule).toBe("revoked");
    }
  });

  test("an intermediate", async () => {
    const lists = [ofIntermediate(), crl({ entries: [entry(intermediate.der)] })];
    expect((await ask(crls(lists), long)).fault).toMatchObject({
      rule: "revoked",
      certificate: long.path[1],
    });
  });

  test("in PEM, as text or bytes, among other blocks", async () => {
    const text = `${toPem(root.der)}\n${toPem(crl({ issuer: stranger }), "X509 CRL")}\nand\n${toPem(
      crl({ entries: [listed] }),
      "X509 CRL",
    )}`;
    for (const file of [text, new TextEncoder().encode(text)]) {
      expect((await ask(crls([file]), short)).fault?.rule).toBe("revoked");
    }
  });

  test("whatever the bytes are changed to afterwards", async () => {
    const bytes = crl({ entries: [listed] });
    const check = crls([bytes]);
    bytes.fill(0);
    expect((await ask(check, short)).fault?.rule).toBe("revoked");
  });

  test("among many", async () => {
    const many = Array.from({ length: 5000 }, (_, i) => entry(1_000_000 + 7 * i));
    const check = crls([crl({ entries: [...many.slice(0, 2500), listed, ...many.slice(2500)] })]);
    expect((await ask(check, short)).fault?.rule).toBe("revoked");
    expect((await ask(check, pathOf([leafOf(root)]))).fault).toBeUndefined();
  });

  test("in an entry whose length takes a byte more", async () => {
    for (const bytes of [100, 200, 300]) {
      const long = entry(leaf, {
        extensions: [reason(1), extension("1.2.3", octetString(new Uint8Array(bytes)))],
      });
      const { fault } = await ask(crls([crl({ entries: [entry(1), long, entry(2)] })]), short);
      expect(fault?.about, `${bytes}`).toContain("(key compromise)");
    }
  });

  test("by a number that is negative, or that two entries have", async () => {
    const odd = makeCertificate({
      subject: "odd",
      key: key("P-256"),
      issuer: root,
      bend: (fields) => {
        fields.serialNumber = new Uint8Array([2, 1, 0x80]);
      },
    });
    const check = crls([crl({ entries: [entry(128), entry(odd), entry(odd, { extensions: [reason(1)] })] })]);
    expect((await ask(check, pathOf([odd]))).fault?.rule).toBe("revoked");
    const only = crls([crl({ entries: [entry(128)] })]);
    expect((await ask(only, pathOf([odd]))).fault).toBeUndefined();
  });
});

describe("a CRL that does not count", () => {
  const restricted = key("P-256", "no CRLs");
  const noCrls = authority("No CRLs", {
    issuer: root,
    key: restricted,
    usages: [extensions.keyUsage("keyCertSign")],
  });
  const critical = extension("1.2.3.4", nullElement(), true);
  const certificateIssuer = extension("2.5.29.29", sequence(generalName.directory("Other")), true);

  test.each<[string, RegExp, CrlMaking]>([
    ["past its nextUpdate", /is out of date since 2025-06-02 at 11:54:59 UTC/, { nextUpdate: now - 301 }],
    ["not in force yet", /not in force yet/, { thisUpdate: now + 301 }],
    ["without nextUpdate", /does not say when the next one comes/, { bend: withoutNextUpdate }],
    ["without a number", /has no number/, { number: null }],
    ["with a critical number", /critical extension/, { number: crlNumber(true) }],
    ["a delta", /a delta CRL/, { extensions: [extension("2.5.29.27", integer(6), true)] }],
    ["a delta that does not insist", /a delta CRL/, { extensions: [extension("2.5.29.27", integer(6))] }],
    ["an indirect one", /an indirect CRL/, { extensions: [scope(scopeFields.indirect)] }],
    ["an unknown critical extension", /critical extension/, { extensions: [critical] }],
    [
      "a critical key identifier",
      /critical extension/,
      { extensions: [extension("2.5.29.35", sequence(), true)] },
    ],
    [
      "a critical extension of any entry",
      /critical extension/,
      { entries: [entry(5, { extensions: [critical] }), entry(6)] },
    ],
    [
      "an entry of another issuer",
      /critical extension/,
      { entries: [entry(5, { extensions: [certificateIssuer] })] },
    ],
    ["SHA-1", /with an algorithm that can be forged/, { signing: signing(key("RSA"), { hash: "SHA-1" }) }],
    [
      "an entry that takes the certificate off",
      /only a delta CRL can/,
      { entries: [entry(leaf, { extensions: [reason(8)] })] },
    ],
  ])("%s", async (_, words, making) => {
    const alone = await ask(crls([crl(making)]), short);
    expect(alone.fault).toEqual({
      rule: "revocationStatus",
      certificate: short.path[0],
      about: expect.stringMatching(words),
    });
    // One that is in order makes up for it.
    for (const lists of [
      [crl(making), crl()],
      [crl(), crl(making)],
    ]) {
      expect((await ask(crls(lists), short)).fault).toBeUndefined();
    }
  });

  test("of an issuer that may not sign any", async () => {
    const certificate = leafOf(noCrls);
    const check = crls([crl({ issuer: noCrls, entries: [entry(certificate)] })]);
    const { fault, signatures } = await ask(check, pathOf([certificate, noCrls.der]));
    expect(fault).toMatchObject({
      rule: "revocationStatus",
      about: expect.stringContaining("may not sign CRLs"),
    });
    expect(signatures).toBe(1);
    const asAnchor = pathOf([certificate], noCrls.der);
    expect((await ask(check, asAnchor)).fault?.rule).toBe("revocationStatus");
  });

  test("key usage counts only where it stands, and as far as it can be read", async () => {
    const free = authority("Free", { usages: [] });
    const certificate = leafOf(free);
    const check = crls([crl({ issuer: free })], { required: "chain" });
    expect((await ask(check, pathOf([certificate], free.der))).fault).toBeUndefined();
    // Zeros at the end of the bits: two roots in use are written so, and no certificate may be.
    const loose = authority("Loose", {
      usages: [extension("2.5.29.15", new Uint8Array([3, 2, 0, 0x06]), true)],
    });
    const below = leafOf(loose);
    const looseCheck = crls([crl({ issuer: loose })], { required: "chain" });
    expect((await ask(looseCheck, pathOf([below], loose.der))).fault).toBeUndefined();
    const anchor = { ...pathOf([below], loose.der).anchor, certificate: undefined };
    expect((await ask(looseCheck, { path: pathOf([below]).path, anchor })).fault).toBeUndefined();
  });

  test("more signatures than may be checked", async () => {
    expect((await ask(crls([crl()]), short, { budget: 0 })).fault?.rule).toBe("budget");
  });

  function withoutNextUpdate(fields: { nextUpdate: Bytes }): void {
    fields.nextUpdate = nothing;
  }
});

describe("which certificates a CRL is for", () => {
  const uri = "https://crl.example/1";
  const pointing = pathOf([leafOf(root, distributionPoints("https://crl.example/0", uri))]);
  const byIssuer = generalName.directory(root.subject);
  const fullName = (...names: readonly Bytes[]): Bytes => element(0xa0, element(0xa0, ...names));
  const verdict = async (candidate: typeof short, ...fields: Bytes[]): Promise<string> => {
    const { fault } = await ask(
      crls([crl({ extensions: [scope(...fields)] })], { required: "leaf" }),
      candidate,
    );
    return fault === undefined ? "covered" : fault.about;
  };
  const uncovered = "is covered by none of the CRLs that are known";

  test("by its distribution points", async () => {
    expect(await verdict(pointing, scopeFields.uri(uri))).toBe("covered");
    expect(await verdict(pointing, scopeFields.uri("https://crl.example/2", uri))).toBe("covered");
    expect(await verdict(pointing, scopeFields.uri("https://crl.example/2"))).toBe(uncovered);
    expect(await verdict(short, scopeFields.uri(uri))).toBe(uncovered);
    expect(await verdict(short, fullName(byIssuer))).toBe("covered");
    expect(await verdict(short, fullName(generalName.directory("Other")))).toBe(uncovered);
    expect(await verdict(pointing, fullName(generalName.dns(uri)))).toBe(uncovered);
  });

  test("a name relative to the issuer is for none", async () => {
    const relative = element(0xa0, element(0xa1, sequence(objectIdentifier("2.5.4.3"), utf8String("x"))));
    expect(await verdict(pointing, relative)).toBe(uncovered);
  });

  test("points by a relative name, or by another issuer, are no names", async () => {
    const odd = extension(
      "2.5.29.31",
      sequence(
        sequence(element(0xa0, element(0xa1, nullElement()))),
        sequence(element(0xa2, byIssuer)),
        sequence(scopeFields.uri(uri)),
      ),
    );
    const candidate = pathOf([leafOf(root, odd)]);
    expect(await verdict(candidate, scopeFields.uri(uri))).toBe("covered");
    expect(await verdict(candidate, scopeFields.uri("https://crl.example/2"))).toBe(uncovered);
  });

  test("by their kind", async () => {
    expect(await verdict(short, scopeFields.users)).toBe("covered");
    expect(await verdict(short, scopeFields.authorities)).toBe(uncovered);
    expect(await verdict(short, scopeFields.attributes)).toBe(uncovered);
    const authorityItself = pathOf([intermediate.der]);
    expect(await verdict(authorityItself, scopeFields.users)).toBe(uncovered);
    expect(await verdict(authorityItself, scopeFields.authorities)).toBe("covered");
  });

  test("by their reasons, which several can cover together", async () => {
    const some = (...numbers: number[]): Bytes =>
      crl({ extensions: [scope(scopeFields.reasons(...numbers))] });
    const check = (...lists: Bytes[]) => ask(crls(lists, { required: "leaf" }), short);
    expect((await check(some(1, 2))).fault?.about).toBe(uncovered);
    expect((await check(some(1, 2), some(3, 4, 5, 6, 7))).fault?.about).toBe(uncovered);
    expect((await check(some(1, 2), some(3, 4, 5, 6, 7, 8))).fault).toBeUndefined();
    expect((await check(some(0, 1, 2, 3, 4, 5, 6, 7, 8))).fault).toBeUndefined();
    const partial = crl({ extensions: [scope(scopeFields.reasons(1))], entries: [listed] });
    expect((await check(partial)).fault?.rule).toBe("revoked");
    const stale = crl({
      extensions: [scope(scopeFields.reasons(2, 3, 4, 5, 6, 7, 8))],
      nextUpdate: now - day,
    });
    expect((await check(some(1), stale)).fault?.about).toContain("out of date");
  });

  describe("not of another key of the same name", () => {
    const other = authority(root.subject, { key: key("P-256", "other root") });
    const uncoveredLeaf = { rule: "revocationStatus", about: uncovered, certificate: short.path[0] };

    test.each<[string, CrlMaking]>([
      ["that it names", { extensions: [extensions.authorityKeyIdentifier(other.key)] }],
      ["that it does not name", {}],
      ["though it names the issuer's", { extensions: [extensions.authorityKeyIdentifier(root.key)] }],
      ["that has none in force", { nextUpdate: now - day }],
      ["that has a delta CRL", { extensions: [extension("2.5.29.27", integer(6), true)] }],
    ])("%s", async (_, making) => {
      const list = crl({ issuer: other, entries: [listed], ...making });
      expect(await ask(crls([list]), short)).toEqual({
        fault: undefined,
        notes: [absent("no CRL covers CN=a.example")],
        signatures: 1,
      });
      expect((await ask(crls([list], { required: "leaf" }), short)).fault).toEqual(uncoveredLeaf);
      for (const lists of [
        [list, crl()],
        [crl(), list],
      ]) {
        expect((await ask(crls(lists, { required: "leaf" }), short)).fault).toBeUndefined();
      }
    });
  });

  // The authority has two certificates for its key, and a server sends the one that its CRL does not name.
  test("of its issuer, by whatever key identifier", async () => {
    const twin = makeCertificate({
      subject: intermediate.subject,
      key: intermediate.key,
      issuer: root,
      extensions: [extensions.basicConstraints(true), extensions.subjectKeyIdentifier(stranger.key)],
    });
    const identifier = extensions.authorityKeyIdentifier(intermediate.key);
    const check = crls([ofIntermediate({ entries: [entry(lowerLeaf)], extensions: [identifier] })]);
    for (const authorityItself of [intermediate.der, twin]) {
      const candidate = pathOf([lowerLeaf, authorityItself]);
      expect((await ask(check, candidate)).fault).toMatchObject({
        rule: "revoked",
        certificate: candidate.path[0],
      });
    }
  });

  test("a name is compared by its bytes", async () => {
    const spelled: readonly Attribute[] = [["CN", root.subject.toUpperCase()]];
    const list = crl({
      bend: (fields) => {
        fields.issuer = distinguishedName(spelled);
      },
      entries: [listed],
    });
    expect((await ask(crls([list]), short)).notes).toEqual([absent("no CRL covers CN=a.example")]);
  });
});

describe("without a CRL", () => {
  test("it is a note", async () => {
    expect(await ask(crls([]), long)).toEqual({
      fault: undefined,
      notes: [absent("no CRL covers CN=a.example; CN=Revocation Intermediate")],
      signatures: 0,
    });
    expect((await ask(crls([ofIntermediate()]), long)).notes).toEqual([
      passed("not on the CRLs of its issuer: CN=a.example"),
      absent("no CRL covers CN=Revocation Intermediate"),
    ]);
  });

  test("where one is required", async () => {
    const fault = { rule: "revocationStatus", about: "is covered by none of the CRLs that are known" };
    expect((await ask(crls([crl()], { required: "leaf" }), long)).fault).toMatchObject({
      ...fault,
      certificate: long.path[0],
    });
    expect((await ask(crls([ofIntermediate()], { required: "leaf" }), long)).fault).toBeUndefined();
    expect((await ask(crls([ofIntermediate()], { required: "chain" }), long)).fault).toMatchObject({
      ...fault,
      certificate: long.path[1],
    });
  });

  test("the issuer of a certificate that is trusted by itself is not known", async () => {
    const pinned = pathOf([leaf], leaf);
    const list = crl({ entries: [listed] });
    expect(await ask(crls([list]), pinned)).toMatchObject({
      notes: [absent("no CRL covers CN=a.example")],
      signatures: 0,
    });
    expect((await ask(crls([list], { required: "leaf" }), pinned)).fault?.rule).toBe("revocationStatus");
    const { path, anchor } = pinned;
    const bare = { path, anchor: { ...anchor, certificate: undefined } };
    expect((await ask(crls([list]), bare)).notes).toEqual([absent("no CRL covers CN=a.example")]);
  });

  test("a subject is told as far as it is of use", async () => {
    const at = parseCertificate(leaf);
    const named = (subject: Bytes) => ({ ...at, der: subject, subject: { start: 0, end: subject.length } });
    const told = async (certificate: Certificate) =>
      (await ask(crls([]), { path: [certificate], anchor: pathOf([leaf]).anchor })).notes?.[0]?.detail;
    expect(await told(named(distinguishedName([["CN", "x".repeat(300)]])))).toBe(
      `no CRL covers CN=${"x".repeat(197)}`,
    );
    expect(await told(named(distinguishedName([])))).toBe("no CRL covers (no name)");
  });

  test("unless it is self-signed", async () => {
    const itself = pathOf([root.der], root.der);
    expect((await ask(crls([crl({ entries: [entry(root.der)] })]), itself)).fault?.rule).toBe("revoked");
    expect((await ask(crls([crl()], { required: "leaf" }), itself)).fault).toBeUndefined();
  });
});

describe("shared by many connections", () => {
  test("a signature is checked once for a key", async () => {
    const check = crls([crl(), ofIntermediate({ entries: [entry(lowerLeaf)] })]);
    expect((await ask(check, long)).signatures).toBe(1);
    expect(await ask(check, long)).toMatchObject({ fault: { rule: "revoked" }, signatures: 0 });
    expect(await ask(check, short)).toMatchObject({ fault: undefined, signatures: 1 });
    expect(await ask(check, short)).toMatchObject({ fault: undefined, signatures: 0 });
  });

  test("a wrong signature is looked at once in a verification", async () => {
    const other = authority(root.subject, { key: key("P-256", "other root") });
    const check = crls([crl({ issuer: other })]);
    const { context, signatures } = verification();
    for (let i = 0; i < 3; i++) expect((await check(short, context)).fault).toBeUndefined();
    expect(signatures()).toBe(1);
  });

  test("a key that did not sign it does not come to be known", async () => {
    const other = authority(root.subject, { key: key("P-256", "other root") });
    const check = crls([crl()]);
    const below = pathOf([leafOf(other)], other.der);
    for (let i = 0; i < 2; i++) {
      expect(await ask(check, below)).toMatchObject({
        notes: [absent("no CRL covers CN=a.example")],
        signatures: 1,
      });
    }
  });
});

test("grace lets a stale CRL count for a while", async () => {
  const check = crls([crl({ nextUpdate: now - 2 * day })], { grace: 2 * day });
  expect((await ask(check, short)).fault).toBeUndefined();
  expect((await ask(check, short, { at: now + 300 })).fault).toBeUndefined();
  expect((await ask(check, short, { at: now + 301 })).fault?.rule).toBe("revocationStatus");
});

test("a time that is none refuses", async () => {
  expect((await ask(crls([crl()]), short, { at: Number.NaN })).fault?.rule).toBe("revocationStatus");
});

test("keys of all kinds sign", async () => {
  for (const type of ["P-521", "RSA", "RSA-PSS", "Ed25519"] as const) {
    const issuer = authority(`Issuer ${type}`, { key: newKey(type) });
    const certificate = leafOf(issuer);
    const check = crls([crl({ issuer, entries: [entry(certificate)] })]);
    expect((await ask(check, pathOf([certificate], issuer.der))).fault?.rule, type).toBe("revoked");
  }
});

describe("what is no CRL", () => {
  test.each<[string, Uint8Array | string, RegExp]>([
    ["a certificate", root.der, /crls: /],
    ["text", "hello", /no PEM at all/],
    ["another block", toPem(root.der), /got CERTIFICATE/],
    ["a block that is cut", "-----BEGIN X509 CRL-----\nMA", /never ends/],
    ["a CRL with more behind it", new Uint8Array([...crl(), 0]), /left over/],
    ["an octet string", octetString(new Uint8Array(4)), /no PEM at all/],
  ])("%s", (_, file, words) => {
    expect(() => crls([file])).toThrow(
      expect.objectContaining({ code: "invalid_option", message: expect.stringMatching(words) }),
    );
  });

  test("what is neither bytes nor text", () => {
    expect(() => crls([17 as unknown as string])).toThrow(
      expect.objectContaining({ code: "invalid_option" }),
    );
  });

  test("a grace that is none", () => {
    expect(() => crls([], { grace: -1 })).toThrow(expect.objectContaining({ code: "invalid_option" }));
  });
});
