import crypto from "node:crypto";
import {
  bitString,
  element,
  integer,
  nullElement,
  objectIdentifier,
  octetString,
  printableString,
  sequence,
  setOf,
  utf8String,
} from "../../../src/der/writer.ts";
import { type Bytes, concat, copyOf, fromAscii, fromHex } from "../../../src/wire/bytes.ts";
import {
  distinguishedName,
  extension,
  key,
  keyPair,
  type SigningHash,
  signing,
  type TbsFields,
} from "../../certificates.ts";
import { type Change, type Draft, extensionField, now } from "./draft.ts";

// Everything in a certificate but its extensions.

const field =
  (name: keyof TbsFields, value: Bytes | ((before: Bytes) => Bytes)) =>
  (draft: Draft): void => {
    draft.bend = (fields) => {
      fields[name] = typeof value === "function" ? value(fields[name]) : value;
    };
  };

const after =
  (change: (der: Bytes) => Bytes) =>
  (draft: Draft): void => {
    draft.after = change;
  };

/** The three parts of a certificate, as elements. */
function taken(der: Bytes): [tbs: Bytes, algorithm: Bytes, signature: Bytes] {
  const parts: Bytes[] = [];
  const sizeAt = (at: number): [head: number, length: number] => {
    const first = der[at + 1] as number;
    if (first < 0x80) return [2, first];
    let length = 0;
    for (let i = 0; i < (first & 0x7f); i++) length = length * 256 + (der[at + 2 + i] as number);
    return [2 + (first & 0x7f), length];
  };
  for (let at = sizeAt(0)[0]; at < der.length; ) {
    const [head, length] = sizeAt(at);
    parts.push(der.slice(at, at + head + length));
    at += head + length;
  }
  return parts as [Bytes, Bytes, Bytes];
}

const signatureBits = (change: (bits: Bytes) => Bytes) =>
  after((der) => {
    const [tbs, algorithm, signature] = taken(der);
    const head = (signature[1] as number) < 0x80 ? 2 : 2 + ((signature[1] as number) & 0x7f);
    return sequence(tbs, algorithm, element(0x03, change(signature.slice(head))));
  });

const version: readonly Change[] = [
  { name: "version 1 with extensions", make: field("version", new Uint8Array(0)) },
  {
    name: "version 1 without extensions",
    make: (draft) => {
      draft.bend = (fields) => {
        fields.version = new Uint8Array(0);
        fields.extensions = new Uint8Array(0);
      };
    },
  },
  { name: "version 1 spelled out", make: field("version", element(0xa0, integer(0))) },
  { name: "version 2 with extensions", make: field("version", element(0xa0, integer(1))) },
  { name: "version 4", make: field("version", element(0xa0, integer(3))) },
];

const serialNumber: readonly Change[] = [
  { name: "serial number 0", make: field("serialNumber", integer(0)) },
  { name: "a negative serial number", make: field("serialNumber", fromHex("0201ff")) },
  {
    name: "a serial number of 20 bytes",
    make: field("serialNumber", integer(new Uint8Array(20).fill(0x7f))),
  },
  {
    name: "a serial number of 21 bytes",
    make: field("serialNumber", integer(new Uint8Array(21).fill(0x7f))),
  },
  {
    name: "a serial number of 20 bytes and a sign",
    make: field("serialNumber", integer(new Uint8Array(20).fill(0xff))),
  },
  { name: "a serial number that is not minimal", make: field("serialNumber", fromHex("02020001")) },
  { name: "a serial number without bytes", make: field("serialNumber", fromHex("0200")) },
];

const signedWith =
  (hash: SigningHash, pss = false): Change["make"] =>
  (draft) => {
    draft.signing = signing(draft.by, { hash, pss });
  };

/** The same algorithm with other parameters, inside and outside. */
const parameters =
  (...list: readonly Bytes[]): Change["make"] =>
  (draft) => {
    const { algorithm, sign } = signing(draft.by);
    const identifier = algorithm.slice(2, 4 + (algorithm[3] as number));
    draft.signing = { algorithm: sequence(identifier, ...list), sign };
  };

const hashed = ["P-256", "P-384", "RSA"] as const;
const ec = ["P-256", "P-384", "P-521"] as const;

const signatures: readonly Change[] = [
  { name: "signed with SHA-1", keys: hashed, make: signedWith("SHA-1") },
  { name: "signed with SHA-224", keys: hashed, make: signedWith("SHA-224") },
  { name: "signed with MD5", keys: ["RSA"], make: signedWith("MD5") },
  { name: "signed with SHA-512", keys: hashed, make: signedWith("SHA-512") },
  { name: "signed with RSASSA-PSS by a plain RSA key", keys: ["RSA"], make: signedWith("SHA-256", true) },
  {
    name: "RSASSA-PSS with a salt of another length than its hash",
    keys: ["RSA", "RSA-PSS"],
    make: (draft) => {
      draft.signing = signing(draft.by, { pss: true, saltLength: 24 });
    },
  },
  { name: "an RSA signature without NULL", keys: ["RSA"], make: parameters() },
  { name: "an ECDSA signature with NULL", keys: ec, make: parameters(nullElement()) },
  { name: "an Ed25519 signature with NULL", keys: ["Ed25519"], make: parameters(nullElement()) },
  {
    name: "another algorithm outside than inside",
    keys: ["P-256", "RSA"],
    make: (draft) => {
      draft.outerAlgorithm = signing(draft.by, { hash: "SHA-384" }).algorithm;
    },
  },
  {
    name: "an algorithm that nobody knows",
    make: (draft) => {
      const { sign } = signing(draft.by);
      draft.signing = { algorithm: sequence(objectIdentifier("1.3.6.1.4.1.99999.2")), sign };
    },
  },
  {
    name: "a bit of the signature flipped",
    make: signatureBits((bits) => {
      const changed = copyOf(bits);
      changed[changed.length - 1] = (changed[changed.length - 1] as number) ^ 1;
      return changed;
    }),
  },
  { name: "a signature cut short", make: signatureBits((bits) => bits.slice(0, -1)) },
  { name: "an empty signature", make: signatureBits(() => new Uint8Array(1)) },
  { name: "a byte behind the signature", make: signatureBits((bits) => concat(bits, new Uint8Array(1))) },
  {
    name: "a signature with a count of unused bits",
    make: signatureBits((bits) => concat(new Uint8Array([1]), bits.slice(1))),
  },
  {
    name: "signed by somebody else",
    make: (draft) => {
      draft.signing = signing(key(draft.by.type, "somebody else"));
    },
  },
];

const der: readonly Change[] = [
  { name: "a byte behind the certificate", make: after((bytes) => concat(bytes, new Uint8Array(1))) },
  {
    name: "an indefinite length",
    make: after((bytes) => concat(fromHex("3080"), ...taken(bytes), fromHex("0000"))),
  },
  {
    name: "a length of one byte too many",
    make: after((bytes) =>
      concat(fromHex("3083"), new Uint8Array([0, bytes[2] as number, bytes[3] as number]), bytes.slice(4)),
    ),
  },
  {
    name: "a fourth part",
    make: after((bytes) => sequence(...taken(bytes), nullElement())),
  },
  {
    name: "a field behind the extensions",
    make: field("extensions", (before) => concat(before, element(0xa4, nullElement()))),
  },
  { name: "no extensions", make: field("extensions", new Uint8Array(0)) },
  { name: "an empty list of extensions", make: field("extensions", extensionField()) },
  {
    name: "an issuer's unique identifier",
    make: field("uniqueIdentifiers", element(0x81, fromHex("0001"))),
  },
  {
    name: "a subject's unique identifier",
    make: field("uniqueIdentifiers", element(0x82, fromHex("0001"))),
  },
];

const asText = (tag: number, text: string): Bytes => element(tag, fromAscii(text));
const validity = (notBefore: Bytes, notAfter: Bytes): Change["make"] =>
  field("validity", sequence(notBefore, notAfter));
const before = asText(0x17, "260101000000Z");
const until = asText(0x17, "270101000000Z");

const dates: readonly Change[] = [
  {
    name: "expired",
    make: (draft) => {
      draft.notAfter = now - 1;
    },
  },
  {
    name: "in its last second",
    make: (draft) => {
      draft.notAfter = now;
    },
  },
  {
    name: "in its first second",
    make: (draft) => {
      draft.notBefore = now;
    },
  },
  {
    name: "not valid yet",
    make: (draft) => {
      draft.notBefore = now + 1;
    },
  },
  {
    name: "an end before its beginning",
    make: (draft) => {
      [draft.notBefore, draft.notAfter] = [draft.notAfter, draft.notBefore];
    },
  },
  { name: "no end, as RFC 5280 writes it", make: validity(before, asText(0x18, "99991231235959Z")) },
  { name: "a GeneralizedTime before 2050", make: validity(before, asText(0x18, "20270101000000Z")) },
  { name: "a UTCTime without seconds", make: validity(before, asText(0x17, "2701010000Z")) },
  { name: "a UTCTime with an offset", make: validity(before, asText(0x17, "270101000000+0100")) },
  { name: "a UTCTime without a zone", make: validity(before, asText(0x17, "270101000000")) },
  { name: "a GeneralizedTime with a fraction", make: validity(before, asText(0x18, "20600101000000.5Z")) },
  { name: "a thirteenth month", make: validity(before, asText(0x17, "271301000000Z")) },
  { name: "the 30th of February", make: validity(before, asText(0x17, "270230000000Z")) },
  { name: "a leap second", make: validity(before, asText(0x17, "270101000060Z")) },
  { name: "a date that is a text", make: validity(before, asText(0x0c, "270101000000Z")) },
  { name: "a third date", make: field("validity", sequence(before, until, until)) },
];

const named =
  (name: Bytes): Change["make"] =>
  (draft) => {
    if (draft.position === "root") draft.issuer = name;
    draft.subject = name;
  };
const withCommonName = (value: Bytes): Bytes => sequence(setOf(sequence(objectIdentifier("2.5.4.3"), value)));
/** The name of an authority, spelled anew: only its own certificate has it so. */
const issuedBy =
  (respell: (text: string) => Bytes): Change["make"] =>
  (draft) => {
    const text = new TextDecoder("latin1").decode(draft.issuer);
    draft.issuer = respell(/(?:Root|Intermediate) \d+/.exec(text)?.[0] ?? "");
  };
const organised = (organisation: Bytes, common: Bytes): Bytes =>
  sequence(
    setOf(sequence(objectIdentifier("2.5.4.10"), organisation)),
    setOf(sequence(objectIdentifier("2.5.4.3"), common)),
  );
const below = ["intermediate", "leaf"] as const;

const names: readonly Change[] = [
  { name: "an empty subject", make: named(distinguishedName("")) },
  { name: "a subject that is no sequence", make: named(setOf()) },
  { name: "an empty RDN in the subject", make: named(sequence(setOf())) },
  { name: "a TeletexString in the subject", make: named(withCommonName(asText(0x14, "Old"))) },
  { name: "a BMPString in the subject", make: named(withCommonName(element(0x1e, fromHex("00410042")))) },
  { name: "a BMPString of half characters", make: named(withCommonName(element(0x1e, fromHex("004100")))) },
  { name: "UTF-8 that is none", make: named(withCommonName(element(0x0c, fromHex("c328")))) },
  { name: "an @ in a PrintableString", make: named(withCommonName(asText(0x13, "a@b"))) },
  { name: "a common name of 65 characters", make: named(withCommonName(utf8String("a".repeat(65)))) },
  { name: "a common name of no characters", make: named(withCommonName(utf8String(""))) },
  {
    name: "a country of three letters",
    make: named(sequence(setOf(sequence(objectIdentifier("2.5.4.6"), printableString("NLD"))))),
  },
  {
    name: "an attribute that is no text",
    make: named(sequence(setOf(sequence(objectIdentifier("1.3.6.1.4.1.99999.3"), integer(1))))),
  },
  {
    name: "an RDN that is not sorted",
    make: named(
      sequence(
        element(
          0x31,
          sequence(objectIdentifier("2.5.4.10"), utf8String("b")),
          sequence(objectIdentifier("2.5.4.3"), utf8String("a")),
        ),
      ),
    ),
  },
  { name: "issued by a stranger", make: issuedBy(() => distinguishedName("Stranger")) },
  { name: "no issuer", make: issuedBy(() => distinguishedName("")) },
  {
    name: "its issuer's name in other letters",
    at: below,
    make: issuedBy((text) => organised(utf8String("DIFFERENTIAL"), utf8String(text.toLowerCase()))),
  },
  {
    name: "its issuer's name in another type of string",
    at: below,
    make: issuedBy((text) => organised(printableString("Differential"), printableString(text))),
  },
  {
    name: "its issuer's name with more spaces",
    at: below,
    make: issuedBy((text) => organised(utf8String("Differential"), utf8String(text.replace(" ", "  ")))),
  },
];

const withKey = (make: (spki: Bytes) => Bytes): Change["make"] => field("subjectPublicKeyInfo", make);
const numbers = (modulus: Bytes, exponent: Bytes): Bytes =>
  sequence(
    sequence(objectIdentifier("1.2.840.113549.1.1.1"), nullElement()),
    bitString(sequence(modulus, exponent)),
  );
const modulus = (bits: number): Bytes => {
  const bytes = copyOf(crypto.createHash("sha512").update("modulus").digest());
  const long = concat(...Array.from({ length: Math.ceil(bits / 512) }, () => bytes)).slice(
    0,
    Math.ceil(bits / 8),
  );
  long[0] = bits % 8 === 0 ? 0xc5 : (1 << (bits % 8)) - 1;
  long[long.length - 1] = 0xc5;
  return integer(long);
};
const f4 = integer(65_537);
const point = (curve: string, format: "compressed" | "uncompressed" | "hybrid"): Bytes => {
  const ecdh = crypto.createECDH(curve);
  ecdh.generateKeys();
  return copyOf(ecdh.getPublicKey(null, format));
};
const onCurve = (curve: string, bytes: Bytes): Bytes =>
  sequence(sequence(objectIdentifier("1.2.840.10045.2.1"), objectIdentifier(curve)), bitString(bytes));
const p256 = "1.2.840.10045.3.1.7";
const ownKey = (draft: Draft, pair: Draft["key"]): void => {
  draft.key = pair;
  if (draft.position === "root") draft.by = pair;
};
const weak = keyPair("RSA", crypto.generateKeyPairSync("rsa", { modulusLength: 1024 }));
const odd = keyPair("RSA", crypto.generateKeyPairSync("rsa", { modulusLength: 2049 }));
const three = keyPair("RSA", crypto.generateKeyPairSync("rsa", { modulusLength: 2048, publicExponent: 3 }));

const keys: readonly Change[] = [
  { name: "an RSA key of 1024 bits", make: (draft) => ownKey(draft, weak) },
  { name: "an RSA key of 2049 bits", make: (draft) => ownKey(draft, odd) },
  { name: "an RSA key with the exponent 3", make: (draft) => ownKey(draft, three) },
  { name: "an RSA key of 8200 bits", at: ["leaf"], make: withKey(() => numbers(modulus(8200), f4)) },
  {
    name: "an RSA key with the exponent 1",
    at: ["leaf"],
    make: withKey(() => numbers(modulus(2048), integer(1))),
  },
  {
    name: "an RSA key with an even exponent",
    at: ["leaf"],
    make: withKey(() => numbers(modulus(2048), integer(4))),
  },
  {
    name: "an RSA key with an exponent above 2^32",
    at: ["leaf"],
    make: withKey(() => numbers(modulus(2048), integer(fromHex("0100000001")))),
  },
  {
    name: "an RSA key with a negative modulus",
    at: ["leaf"],
    make: withKey(() => numbers(element(0x02, new Uint8Array(256).fill(0xc5)), f4)),
  },
  {
    name: "an RSA key without NULL",
    at: ["leaf"],
    make: withKey(() =>
      sequence(sequence(objectIdentifier("1.2.840.113549.1.1.1")), bitString(sequence(modulus(2048), f4))),
    ),
  },
  {
    name: "a compressed point",
    at: ["leaf"],
    make: withKey(() => onCurve(p256, point("prime256v1", "compressed"))),
  },
  {
    name: "a point in the hybrid form",
    at: ["leaf"],
    make: withKey(() => onCurve(p256, point("prime256v1", "hybrid"))),
  },
  {
    name: "a point that is not on its curve",
    at: ["leaf"],
    make: withKey(() => onCurve(p256, concat(new Uint8Array([4]), new Uint8Array(64).fill(1)))),
  },
  {
    name: "a point of the wrong length",
    at: ["leaf"],
    make: withKey(() => onCurve(p256, new Uint8Array(64).fill(4))),
  },
  {
    name: "a key on P-224",
    at: ["leaf"],
    make: withKey(() => onCurve("1.3.132.0.33", point("secp224r1", "uncompressed"))),
  },
  {
    name: "a key on secp256k1",
    at: ["leaf"],
    make: withKey(() => onCurve("1.3.132.0.10", point("secp256k1", "uncompressed"))),
  },
  {
    name: "a curve without a name",
    at: ["leaf"],
    make: withKey(() =>
      sequence(
        sequence(objectIdentifier("1.2.840.10045.2.1"), nullElement()),
        bitString(point("prime256v1", "uncompressed")),
      ),
    ),
  },
  {
    name: "an Ed25519 key with NULL",
    at: ["leaf"],
    make: withKey(() =>
      sequence(
        sequence(objectIdentifier("1.3.101.112"), nullElement()),
        bitString(new Uint8Array(32).fill(9)),
      ),
    ),
  },
  {
    name: "an Ed25519 key of 31 bytes",
    at: ["leaf"],
    make: withKey(() =>
      sequence(sequence(objectIdentifier("1.3.101.112")), bitString(new Uint8Array(31).fill(9))),
    ),
  },
  {
    name: "a kind of key that nobody knows",
    at: ["leaf"],
    make: withKey(() =>
      sequence(sequence(objectIdentifier("1.3.6.1.4.1.99999.4")), bitString(new Uint8Array(32))),
    ),
  },
  {
    name: "a key that is an OCTET STRING",
    at: ["leaf"],
    make: withKey(() => sequence(sequence(objectIdentifier("1.3.101.112")), octetString(new Uint8Array(32)))),
  },
  { name: "a byte behind the key", make: withKey((spki) => concat(spki, extension("1.2.3", nullElement()))) },
];

export const fieldChanges: readonly Change[] = [
  ...version,
  ...serialNumber,
  ...signatures,
  ...der,
  ...dates,
  ...names,
  ...keys,
];
