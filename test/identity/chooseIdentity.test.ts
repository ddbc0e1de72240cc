import { describe, expect, test } from "vitest";
import { webCryptoSigner } from "../../lab/signer.ts";
import { parsePublicKey } from "../../src/crypto/parsePublicKey.ts";
import { handshakeSchemesFor, type SignatureSchemeName } from "../../src/crypto/signatureSchemes.ts";
import { objectIdentifier } from "../../src/der/objectIdentifier.ts";
import { namedBits, objectIdentifier as oidElement, sequence } from "../../src/der/writer.ts";
import { chooseIdentity } from "../../src/identity/chooseIdentity.ts";
import {
  type ClientIdentity,
  checkIdentity,
  type IdentityRequest,
} from "../../src/identity/clientIdentity.ts";
import { whyForbidden, whyUnwanted } from "../../src/identity/suitability.ts";
import type { Bytes } from "../../src/wire/bytes.ts";
import {
  distinguishedName,
  extensions as ext,
  extension,
  key,
  makeCertificate,
  restrictedPssKey,
  signing,
} from "../certificates.ts";

const ca = { subject: "Clients CA", key: key("P-384", "clients ca") };
const root = { subject: "Clients Root", key: key("RSA", "clients root") };

type Made = Partial<Parameters<typeof makeCertificate>[0]>;

function identity(made: Made = {}, above: readonly Bytes[] = []): ClientIdentity {
  const own = made.key ?? key("P-256", "client");
  const sign = webCryptoSigner(own.pkcs8);
  return {
    certificates: [makeCertificate({ subject: "client", key: own, issuer: ca, ...made }), ...above],
    schemes: handshakeSchemesFor(parsePublicKey(own.spki)),
    sign: (scheme, content) => sign(scheme, content),
  };
}

function request(asked: Partial<IdentityRequest> = {}): IdentityRequest {
  const signatureSchemes: readonly SignatureSchemeName[] = asked.signatureSchemes ?? [
    "ecdsa_secp256r1_sha256",
    "ecdsa_secp384r1_sha384",
    "rsa_pkcs1_sha256",
  ];
  return {
    signatureSchemes,
    signatureSchemesCert: signatureSchemes,
    certificateAuthorities: [],
    oidFilters: [],
    ...asked,
  };
}

/** Whether a single identity is shown. */
const suits = (one: ClientIdentity, asked: Partial<IdentityRequest> = {}): boolean =>
  chooseIdentity(request(asked), [one]) === one;

describe("the key", () => {
  test("signs by a scheme that the server takes [4.5.1.2/2, 4.5.1.2/4]", () => {
    expect(suits(identity())).toBe(true);
    expect(suits(identity(), { signatureSchemes: ["ed25519"] })).toBe(false);
    expect(suits(identity(), { signatureSchemes: [] })).toBe(false);
    expect(whyForbidden(checkIdentity(identity()), request({ signatureSchemes: [] }))).toMatch(
      /no scheme that is known/,
    );
  });

  test("under id-RSASSA-PSS keeps to its restriction [4.5.1.2/4]", () => {
    const own = restrictedPssKey("sha384", 48);
    const one = identity({ key: own });
    expect(suits(one, { signatureSchemes: ["rsa_pss_pss_sha256", "rsa_pss_pss_sha512"] })).toBe(false);
    expect(suits(one, { signatureSchemes: ["rsa_pss_pss_sha384"] })).toBe(true);
    // A longer salt than TLS makes.
    expect(() => checkIdentity(identity({ key: restrictedPssKey("sha256", 64) }))).toThrow(/signs by/);
  });

  test("is for signatures, if the certificate says what it is for [4.5.1.2/3]", () => {
    expect(suits(identity({ extensions: [ext.keyUsage("digitalSignature", "keyAgreement")] }))).toBe(true);
    expect(suits(identity({ extensions: [ext.keyUsage("keyAgreement")] }))).toBe(false);
  });
});

describe("authorities", () => {
  const names = [distinguishedName("Somebody"), distinguishedName(ca.subject)];
  const intermediate = makeCertificate({ subject: ca.subject, key: ca.key, issuer: root });

  test("one of those named has issued the certificate, or one above it [4.3.4/1, 4.5.1.2/5]", () => {
    expect(suits(identity(), { certificateAuthorities: names })).toBe(true);
    expect(suits(identity(), { certificateAuthorities: names.slice(0, 1) })).toBe(false);
    const roots = [distinguishedName(root.subject)];
    expect(suits(identity(), { certificateAuthorities: roots })).toBe(false);
    expect(suits(identity({}, [intermediate]), { certificateAuthorities: roots })).toBe(true);
  });

  test("are a reason not to choose an identity, and not one to forbid it [4.3.4/1]", () => {
    const asked = request({ certificateAuthorities: names.slice(0, 1) });
    expect(whyForbidden(checkIdentity(identity()), asked)).toBeUndefined();
    expect(whyUnwanted(checkIdentity(identity()), asked)).toMatch(/none of the authorities/);
  });
});

describe("oid_filters", () => {
  const keyUsage = objectIdentifier("2.5.29.15");
  const extendedKeyUsage = objectIdentifier("2.5.29.37");
  const [digitalSignature, keyEncipherment, keyAgreement] = [0, 2, 4];
  const purposes = (...dotted: readonly string[]): Bytes => sequence(...dotted.map(oidElement));
  const clientAuth = "1.3.6.1.5.5.7.3.2";
  const smartcardLogon = "1.3.6.1.4.1.311.20.2.2";
  const ownUse = extension("2.5.29.37", purposes(clientAuth, smartcardLogon), true);
  const one = identity({ extensions: [ext.keyUsage("digitalSignature", "keyEncipherment"), ownUse] });
  const passes = (oid: Bytes, values: Bytes, who = one): boolean =>
    suits(who, { oidFilters: [{ oid, values }] });

  test.each<readonly [string, Bytes, Bytes, boolean]>([
    ["a usage that it has", keyUsage, namedBits(digitalSignature), true],
    ["all of its usages", keyUsage, namedBits(digitalSignature, keyEncipherment), true],
    ["a usage that it lacks", keyUsage, namedBits(keyAgreement), false],
    ["one that it has and one that it lacks", keyUsage, namedBits(digitalSignature, keyAgreement), false],
    ["any usage", keyUsage, new Uint8Array(0), true],
    ["a purpose that it has", extendedKeyUsage, purposes(clientAuth), true],
    ["a purpose without a name here", extendedKeyUsage, purposes(smartcardLogon), true],
    ["all of its purposes, in another order", extendedKeyUsage, purposes(smartcardLogon, clientAuth), true],
    ["a purpose that it lacks", extendedKeyUsage, purposes("1.3.6.1.5.5.7.3.1"), false],
    ["one that it has and one more", extendedKeyUsage, purposes(clientAuth, "1.2.3"), false],
    ["any purpose", extendedKeyUsage, new Uint8Array(0), true],
  ])("%s [4.3.5/2, 4.5.1.2/6]", (_, oid, values, passed) => {
    expect(passes(oid, values)).toBe(passed);
  });

  test("an extension that the certificate lacks [4.3.5/1]", () => {
    const bare = identity();
    expect(passes(keyUsage, namedBits(digitalSignature), bare)).toBe(false);
    expect(passes(extendedKeyUsage, purposes(clientAuth), bare)).toBe(false);
    expect(passes(extendedKeyUsage, new Uint8Array(0), bare)).toBe(false);
  });

  test("anyExtendedKeyUsage in the certificate is no other purpose [4.3.5/2]", () => {
    const any = identity({ extensions: [ext.extendedKeyUsage("any")] });
    expect(passes(extendedKeyUsage, purposes(clientAuth), any)).toBe(false);
  });

  test("an extension without a rule is passed over [4.3.5/3]", () => {
    expect(passes(objectIdentifier("2.5.29.32"), sequence())).toBe(true);
    expect(passes(objectIdentifier("1.2.3.4"), new Uint8Array([1, 2]))).toBe(true);
  });

  test("every one has to be passed [4.3.5/1]", () => {
    const filters = [
      { oid: extendedKeyUsage, values: purposes(clientAuth) },
      { oid: keyUsage, values: namedBits(keyAgreement) },
    ];
    expect(suits(one, { oidFilters: filters })).toBe(false);
    expect(suits(one, { oidFilters: filters.slice(0, 1) })).toBe(true);
  });

  test.each([
    ["empty flags", keyUsage, new Uint8Array([3, 1, 0])],
    ["no DER", keyUsage, new Uint8Array([3, 9, 0])],
    ["more behind the flags", keyUsage, new Uint8Array([3, 2, 7, 0x80, 0])],
    ["a purpose that is no identifier", extendedKeyUsage, new Uint8Array([0x30, 3, 2, 1, 1])],
    ["more behind the purposes", extendedKeyUsage, new Uint8Array([0x30, 0, 0])],
  ])("nothing passes a filter that can't be read: %s", (_, oid, values) => {
    expect(passes(oid, values)).toBe(false);
  });

  test("a certificate that was there before its extensions had flags is read the same way", () => {
    const critical = identity({
      extensions: [ext.basicConstraints(false), ext.keyUsage("digitalSignature")],
    });
    expect(passes(keyUsage, namedBits(digitalSignature), critical)).toBe(true);
  });
});

describe("the signatures in the chain", () => {
  const bySha1 = identity({ signing: signing(ca.key, { hash: "SHA-1" }) });
  const bySha384 = identity();
  const bySha256 = identity({ signing: signing(ca.key, { hash: "SHA-256" }) });
  const byRsa = identity({ issuer: root });

  test("an identity whose signatures the server takes goes first [4.5.1.2/8]", () => {
    const asked = request({ signatureSchemesCert: ["ecdsa_secp256r1_sha256"] });
    expect(chooseIdentity(asked, [bySha384, byRsa, bySha256])).toBe(bySha256);
    // The scheme's curve is not that of who issued it: only the hash counts.
    expect(chooseIdentity(request({ signatureSchemesCert: ["rsa_pkcs1_sha256"] }), [bySha256, byRsa])).toBe(
      byRsa,
    );
  });

  test("where there is none, another is shown [4.5.1.2/8]", () => {
    const asked = request({ signatureSchemesCert: ["ed25519"] });
    expect(chooseIdentity(asked, [bySha384, bySha256])).toBe(bySha384);
  });

  test("one that does not suit otherwise stays behind [4.5.1.2/8]", () => {
    const asked = request({
      signatureSchemesCert: ["ecdsa_secp384r1_sha384"],
      certificateAuthorities: [distinguishedName(root.subject)],
    });
    expect(chooseIdentity(asked, [bySha384, byRsa])).toBe(byRsa);
  });

  test("none with SHA-1 is ever shown [4.5.1.2/10]", () => {
    expect(suits(bySha1)).toBe(false);
    const above = makeCertificate({
      subject: ca.subject,
      key: ca.key,
      issuer: root,
      signing: signing(root.key, { hash: "SHA-1" }),
    });
    expect(suits(identity({}, [above]))).toBe(false);
    expect(whyForbidden(checkIdentity(bySha1), request())).toMatch(/can be forged/);
  });

  test("what signed itself may be signed by anything [4.5.1.2/8, 4.5.1.2/10]", () => {
    const own = key("RSA", "self-signed");
    const alone: Made = { key: own, issuer: { subject: "client", key: own } };
    const asked = request({ signatureSchemes: ["rsa_pss_rsae_sha256"], signatureSchemesCert: ["ed25519"] });
    const selfSigned = identity({ ...alone, signing: signing(own, { hash: "SHA-1" }) });
    const issued = identity({ key: own });
    expect(chooseIdentity(asked, [issued, selfSigned])).toBe(selfSigned);
  });
});

test("the first of several that suit is chosen, and none where none does", () => {
  const [a, b] = [identity(), identity()];
  expect(chooseIdentity(request(), [a, b])).toBe(a);
  expect(chooseIdentity(request(), [b, a])).toBe(b);
  expect(chooseIdentity(request(), [])).toBeUndefined();
  expect(chooseIdentity(request({ signatureSchemes: ["ed25519"] }), [a, b])).toBeUndefined();
});

test("a certificate above that can't be read is passed over, and shown", () => {
  const odd = new Uint8Array([0x30, 1, 0]);
  const one = identity({}, [odd]);
  expect(suits(one)).toBe(true);
  expect(checkIdentity(one).certificates[1]).toEqual(odd);
});

describe("what is no identity", () => {
  const good = identity();
  const own = key("P-256", "client");
  const version1 = makeCertificate({
    key: own,
    bend: (fields) => {
      fields.version = new Uint8Array(0);
    },
  });
  test.each<readonly [string, Partial<Record<keyof ClientIdentity, unknown>>, RegExp]>([
    ["no certificates", { certificates: [] }, /expected certificates/],
    ["an empty certificate", { certificates: [new Uint8Array(0)] }, /expected certificates/],
    ["certificates that are no list", { certificates: new Uint8Array(3) }, /expected certificates/],
    ["PEM for certificates", { certificates: ["-----BEGIN"] }, /expected certificates/],
    ["a certificate that can't be read", { certificates: [new Uint8Array([0x30, 0])] }, /can't be read/],
    ["schemes that are no list", { schemes: "ed25519" }, /expected schemes/],
    ["an unknown scheme", { schemes: ["ed448"] }, /expected schemes/],
    ["schemes of another key", { schemes: ["ed25519"] }, /signs by ecdsa_secp256r1_sha256, got ed25519/],
    ["no schemes", { schemes: [] }, /signs by/],
    ["no sign", { sign: undefined }, /expected sign/],
    ["an empty OCSP response", { ocspResponse: new Uint8Array(0) }, /expected ocspResponse/],
    ["timestamps that are no list", { signedCertificateTimestamps: 1 }, /expected signedCertificate/],
    [
      "an empty timestamp",
      { signedCertificateTimestamps: [new Uint8Array(0)] },
      /expected signedCertificate/,
    ],
    [
      "a timestamp that is too long",
      { signedCertificateTimestamps: [new Uint8Array(0x10000)] },
      /expected signedCertificate/,
    ],
  ])("%s", (_, change, says) => {
    expect(() => checkIdentity({ ...good, ...change } as ClientIdentity)).toThrow(
      expect.objectContaining({ code: "invalid_option", message: expect.stringMatching(says) }),
    );
  });

  test("a certificate of version 1 [4.5.1.2/1]", () => {
    expect(() => checkIdentity({ ...good, certificates: [version1] })).toThrow(
      expect.objectContaining({ code: "invalid_option", message: expect.stringMatching(/version 1/) }),
    );
  });
});
