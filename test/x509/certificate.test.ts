import { describe, expect, test } from "vitest";
import { DerCursor } from "../../src/der/cursor.ts";
import { tags } from "../../src/der/tags.ts";
import {
  bitString,
  boolean,
  element,
  integer,
  nullElement,
  objectIdentifier,
  octetString,
  printableString,
  sequence,
  setOf,
  utf8String,
} from "../../src/der/writer.ts";
import { type Bytes, concat, fromHex } from "../../src/wire/bytes.ts";
import { parseCertificate } from "../../src/x509/certificate.ts";
import { limits } from "../../src/x509/limits.ts";
import {
  type CertificateOptions,
  extension,
  extensions,
  generalName,
  key,
  pssParameters,
  type TbsFields,
} from "../certificates.ts";
import { judge, leaf, leafExtensions, refusal, refused, wanted } from "../trust/judge.ts";

type Bend = (fields: TbsFields) => void;

const extensionsOf = (...list: readonly Bytes[]): Bytes => element(0xa3, sequence(...list));
const withExtensions = (...list: readonly Bytes[]): Bend => {
  return (fields) => {
    fields.extensions = extensionsOf(...leafExtensions, ...list);
  };
};
const generalized = (text: string): Bytes => element(0x18, new TextEncoder().encode(text));
const utc = (text: string): Bytes => element(0x17, new TextEncoder().encode(text));
const attribute = (value: Bytes, type = "2.5.4.3"): Bytes => sequence(objectIdentifier(type), value);

const broken: readonly (readonly [what: string, bend: Bend])[] = [
  ["version 1 spelled out", (f) => (f.version = element(0xa0, integer(0)))],
  ["something behind its version", (f) => (f.version = element(0xa0, integer(2), nullElement()))],
  [
    "version 1 spelled out, and no extensions",
    (f) => {
      f.version = element(0xa0, integer(0));
      f.extensions = new Uint8Array(0);
    },
  ],
  [
    "a unique identifier in version 1",
    (f) => {
      f.version = new Uint8Array(0);
      f.uniqueIdentifiers = element(0x81, fromHex("00"));
      f.extensions = new Uint8Array(0);
    },
  ],
  ["version 4", (f) => (f.version = element(0xa0, integer(3)))],
  ["extensions in version 1", (f) => (f.version = new Uint8Array(0))],
  ["extensions in version 2", (f) => (f.version = element(0xa0, integer(1)))],
  ["a serial number that is not minimal", (f) => (f.serialNumber = fromHex("02020001"))],
  ["a serial number without bytes", (f) => (f.serialNumber = fromHex("0200"))],
  ["a serial number that is no integer", (f) => (f.serialNumber = octetString())],
  ["no issuer at all", (f) => (f.issuer = new Uint8Array(0))],
  ["a date with an offset", (f) => (f.validity = sequence(utc("240101000000+0000"), utc("490101000000Z")))],
  ["a date without seconds", (f) => (f.validity = sequence(utc("2401010000Z"), utc("490101000000Z")))],
  [
    "a GeneralizedTime before 2050",
    (f) => (f.validity = sequence(generalized("20240101000000Z"), utc("490101000000Z"))),
  ],
  ["one date", (f) => (f.validity = sequence(utc("490101000000Z")))],
  [
    "three dates",
    (f) => (f.validity = sequence(utc("240101000000Z"), utc("490101000000Z"), utc("490101000000Z"))),
  ],
  ["an RDN with nothing in it", (f) => (f.subject = sequence(setOf()))],
  [
    "an RDN that is not sorted",
    (f) => {
      const [a, b] = [attribute(utf8String("b")), attribute(utf8String("a"))];
      f.subject = sequence(element(0x31, a, b));
    },
  ],
  [
    "a PrintableString with an at sign",
    (f) => (f.subject = sequence(setOf(attribute(element(0x13, fromHex("40")))))),
  ],
  [
    "a UTF8String that is none",
    (f) => (f.subject = sequence(setOf(attribute(element(0x0c, fromHex("c3")))))),
  ],
  [
    "an attribute without a value",
    (f) => (f.subject = sequence(setOf(sequence(objectIdentifier("2.5.4.3"))))),
  ],
  [
    "an attribute with two values",
    (f) =>
      (f.subject = sequence(setOf(sequence(objectIdentifier("2.5.4.3"), utf8String("a"), utf8String("b"))))),
  ],
  [
    "a key with bits left over",
    (f) =>
      (f.subjectPublicKeyInfo = sequence(sequence(objectIdentifier("1.3.101.112")), fromHex("030201fe"))),
  ],
  [
    "an Ed25519 key of 31 bytes",
    (f) =>
      (f.subjectPublicKeyInfo = sequence(
        sequence(objectIdentifier("1.3.101.112")),
        bitString(new Uint8Array(31)),
      )),
  ],
  [
    "an Ed25519 key with NULL",
    (f) =>
      (f.subjectPublicKeyInfo = sequence(
        sequence(objectIdentifier("1.3.101.112"), nullElement()),
        bitString(new Uint8Array(32)),
      )),
  ],
  ["a unique identifier in a wrong form", (f) => (f.uniqueIdentifiers = element(0x81, fromHex("09ff")))],
  [
    "unique identifiers in the wrong order",
    (f) => (f.uniqueIdentifiers = concat(element(0x82, fromHex("00")), element(0x81, fromHex("00")))),
  ],
  ["extensions without one", (f) => (f.extensions = extensionsOf())],
  ["something behind the extensions", (f) => (f.extensions = concat(f.extensions, nullElement()))],
  [
    "something behind the list of extensions",
    (f) => (f.extensions = element(0xa3, sequence(...leafExtensions), nullElement())),
  ],
  ["an extension that stands twice", withExtensions(extensions.keyUsage("digitalSignature"))],
  [
    "an unknown extension that stands twice",
    withExtensions(extension("1.2.3.4", octetString()), extension("1.2.3.4", octetString())),
  ],
  [
    "an extension that says it is not critical",
    withExtensions(sequence(objectIdentifier("1.2.3.4"), boolean(false), octetString())),
  ],
  [
    "an extension with critical as 01",
    withExtensions(sequence(objectIdentifier("1.2.3.4"), fromHex("010101"), octetString())),
  ],
  [
    "an extension with something behind its value",
    withExtensions(sequence(objectIdentifier("1.2.3.4"), octetString(), nullElement())),
  ],
  [
    "more extensions than the limit",
    withExtensions(
      ...Array.from({ length: limits.extensions }, (_, i) => extension(`1.2.3.${i}`, octetString())),
    ),
  ],
];

describe("a certificate can't be read with", () => {
  test.each(broken)("%s", async (_, bend) => {
    expect(await refusal({ chain: [leaf({ bend })] })).toMatchObject(refused.malformed);
  });

  test("an outer signature algorithm that is not the inner one", async () => {
    const outerAlgorithm = sequence(objectIdentifier("1.2.840.10045.4.3.3"));
    expect(await refusal({ chain: [leaf({ outerAlgorithm })] })).toMatchObject({
      ...refused.malformed,
      message: expect.stringContaining("another signature algorithm than in what is signed"),
    });
  });

  test.each<[what: string, algorithm: Bytes]>([
    ["ECDSA with NULL", sequence(objectIdentifier("1.2.840.10045.4.3.2"), nullElement())],
    ["Ed25519 with NULL", sequence(objectIdentifier("1.3.101.112"), nullElement())],
    [
      "RSA with something behind NULL",
      sequence(objectIdentifier("1.2.840.113549.1.1.11"), nullElement(), nullElement()),
    ],
    [
      "RSASSA-PSS with something behind",
      sequence(objectIdentifier("1.2.840.113549.1.1.10"), pssParameters("SHA-256", 32), nullElement()),
    ],
    ["an unknown one with two", sequence(objectIdentifier("1.2.3.4"), nullElement(), nullElement())],
    ["RSA with an integer", sequence(objectIdentifier("1.2.840.113549.1.1.11"), integer(1))],
  ])("parameters that its signature algorithm has not: %s", async (_, algorithm) => {
    const bend: Bend = (fields) => {
      fields.signature = algorithm;
    };
    expect(await refusal({ chain: [leaf({ bend, outerAlgorithm: algorithm })] })).toMatchObject(
      refused.malformed,
    );
  });

  test("bytes behind it, bytes missing, or another form of its lengths", async () => {
    const der = leaf();
    const longer = concat(fromHex("3083"), new Uint8Array([0, ...der.subarray(2, 4)]), der.subarray(4));
    for (const bytes of [
      concat(der, nullElement()),
      der.subarray(0, -1),
      longer,
      new Uint8Array(0),
      fromHex("3000"),
    ]) {
      expect(await refusal({ chain: [bytes] })).toMatchObject(refused.malformed);
    }
  });

  test("something behind its signature", async () => {
    const cursor = new DerCursor(leaf());
    const { start, end } = cursor.contents(tags.sequence);
    const longer = sequence(cursor.bytes.subarray(start, end), nullElement());
    expect(await refusal({ chain: [longer] })).toMatchObject(refused.malformed);
  });

  test("more bytes than the limit", async () => {
    const more = [...leafExtensions, extension("1.2.3.4", new Uint8Array(limits.certificateBytes))];
    expect(await refusal({ chain: [leaf({ extensions: more })] })).toMatchObject({
      ...refused.malformed,
      message: expect.stringContaining(`more than ${limits.certificateBytes} bytes`),
    });
  });
});

const malformedExtensions: readonly (readonly [what: string, extension: Bytes])[] = [
  ["basicConstraints with cA FALSE spelled out", extension("2.5.29.19", sequence(boolean(false)))],
  [
    "basicConstraints with a negative pathLen",
    extension("2.5.29.19", sequence(boolean(true), fromHex("0201ff"))),
  ],
  [
    "basicConstraints with more fields",
    extension("2.5.29.19", sequence(boolean(true), integer(1), integer(1))),
  ],
  ["basicConstraints that are no sequence", extension("2.5.29.19", boolean(true))],
  ["a value that is followed by something", extension("2.5.29.19", concat(sequence(), nullElement()))],
  ["an empty value", extension("2.5.29.19", new Uint8Array(0))],
  ["subjectKeyIdentifier that is no octet string", extension("2.5.29.14", sequence())],
  [
    "authorityKeyIdentifier with an issuer and no serial",
    extension("2.5.29.35", sequence(element(0xa1, generalName.dns("a")))),
  ],
  [
    "authorityKeyIdentifier with a serial and no issuer",
    extension("2.5.29.35", sequence(element(0x82, fromHex("01")))),
  ],
  ["authorityKeyIdentifier with an unknown field", extension("2.5.29.35", sequence(element(0x84)))],
  [
    "nameConstraints with an unknown field",
    extension("2.5.29.30", sequence(element(0xa0, sequence(generalName.dns("a"))), element(0xa2))),
  ],
  [
    "authorityInfoAccess with two places",
    extension(
      "1.3.6.1.5.5.7.1.1",
      sequence(sequence(objectIdentifier("1.2.3"), generalName.dns("a"), generalName.dns("a"))),
    ),
  ],
  [
    "cRLDistributionPoints with two names",
    extension(
      "2.5.29.31",
      sequence(sequence(element(0xa0, element(0xa0, generalName.dns("a")), nullElement()))),
    ),
  ],
  [
    "cRLDistributionPoints with reasons that are not minimal",
    extension("2.5.29.31", sequence(sequence(element(0x81, fromHex("0000"))))),
  ],
  ["cRLDistributionPoints with an empty issuer", extension("2.5.29.31", sequence(sequence(element(0xa2))))],
  ["a distribution point with nothing in it", extension("2.5.29.31", sequence(sequence()))],
  [
    "subjectDirectoryAttributes with something behind the values",
    extension("2.5.29.9", sequence(sequence(objectIdentifier("1.2.3"), setOf(integer(1)), nullElement()))),
  ],
  [
    "certificatePolicies with something behind a qualifier",
    extension(
      "2.5.29.32",
      sequence(
        sequence(
          objectIdentifier("1.2.3"),
          sequence(sequence(objectIdentifier("1.2.3"), integer(1), integer(1))),
        ),
      ),
    ),
  ],
  [
    "certificatePolicies with something behind the qualifiers",
    extension(
      "2.5.29.32",
      sequence(
        sequence(
          objectIdentifier("1.2.3"),
          sequence(sequence(objectIdentifier("1.2.3"), integer(1))),
          nullElement(),
        ),
      ),
    ),
  ],
  [
    "policyMappings with three policies",
    extension(
      "2.5.29.33",
      sequence(sequence(objectIdentifier("1.2.3"), objectIdentifier("1.2.3"), objectIdentifier("1.2.3"))),
    ),
  ],
  [
    "policyConstraints with an unknown field",
    extension("2.5.29.36", sequence(element(0x80, fromHex("00")), element(0x82, fromHex("00")))),
  ],
  ["nameConstraints that say nothing", extension("2.5.29.30", sequence())],
  ["nameConstraints with an empty list", extension("2.5.29.30", sequence(element(0xa0)))],
  [
    "nameConstraints with a minimum",
    extension(
      "2.5.29.30",
      sequence(element(0xa0, sequence(generalName.dns("a"), element(0x80, fromHex("00"))))),
    ),
  ],
  [
    "nameConstraints with a maximum",
    extension(
      "2.5.29.30",
      sequence(element(0xa0, sequence(generalName.dns("a"), element(0x81, fromHex("01"))))),
    ),
  ],
  [
    "nameConstraints with an address without mask",
    extensions.nameConstraints({ permitted: [generalName.ip([10, 0, 0, 0])] }),
  ],
  [
    "nameConstraints with a mask with gaps",
    extensions.nameConstraints({ permitted: [generalName.ip([10, 0, 0, 0, 255, 0, 255, 0])] }),
  ],
  [
    "nameConstraints with a mask with a gap in a byte",
    extensions.nameConstraints({ permitted: [generalName.ip([10, 0, 0, 0, 0xfd, 0, 0, 0])] }),
  ],
  [
    "nameConstraints with a wildcard",
    extensions.nameConstraints({ permitted: [generalName.dns("*.example")] }),
  ],
  ["certificatePolicies with nothing", extension("2.5.29.32", sequence())],
  [
    "certificatePolicies with one twice",
    extension(
      "2.5.29.32",
      sequence(sequence(objectIdentifier("1.2.3")), sequence(objectIdentifier("1.2.3"))),
    ),
  ],
  [
    "certificatePolicies with empty qualifiers",
    extension("2.5.29.32", sequence(sequence(objectIdentifier("1.2.3"), sequence()))),
  ],
  [
    "policyMappings with half a mapping",
    extension("2.5.29.33", sequence(sequence(objectIdentifier("1.2.3")))),
  ],
  ["policyConstraints that say nothing", extension("2.5.29.36", sequence())],
  ["inhibitAnyPolicy below zero", extension("2.5.29.54", fromHex("0201ff"))],
  ["authorityInfoAccess with nothing", extension("1.3.6.1.5.5.7.1.1", sequence())],
  [
    "authorityInfoAccess without a place",
    extension("1.3.6.1.5.5.7.1.1", sequence(sequence(objectIdentifier("1.3.6.1.5.5.7.48.1")))),
  ],
  ["cRLDistributionPoints with nothing", extension("2.5.29.31", sequence())],
  ["cRLDistributionPoints with an unknown field", extension("2.5.29.31", sequence(sequence(element(0x87))))],
  ["issuerAltName with nothing", extension("2.5.29.18", sequence())],
  [
    "subjectDirectoryAttributes without values",
    extension("2.5.29.9", sequence(sequence(objectIdentifier("1.2.3"), setOf()))),
  ],
  ["a TLS feature that is no number", extension("1.3.6.1.5.5.7.1.24", sequence(boolean(true)))],
  ["timestamps that are no string", extension("1.3.6.1.4.1.11129.2.4.2", sequence())],
];

const malformedOwn: readonly (readonly [what: string, extension: Bytes])[] = [
  ["keyUsage that allows nothing", extension("2.5.29.15", fromHex("030100"))],
  ["keyUsage with zeros at its end", extension("2.5.29.15", fromHex("0303078000"))],
  ["keyUsage with unused bits set", extension("2.5.29.15", fromHex("03020781"))],
  ["extendedKeyUsage with nothing", extension("2.5.29.37", sequence())],
  ["extendedKeyUsage with a broken purpose", extension("2.5.29.37", sequence(fromHex("06022b80")))],
  ["subjectAltName with nothing", extension("2.5.29.17", sequence())],
  ["a subjectAltName that is no list", extension("2.5.29.17", generalName.dns(wanted))],
  ["a DNS name beyond ASCII", extensions.subjectAltName([generalName.dns("ä.example")])],
  ["an address of five bytes", extensions.subjectAltName([generalName.ip([1, 2, 3, 4, 5])])],
  ["an address with a mask", extensions.subjectAltName([generalName.ip([1, 2, 3, 4, 255, 255, 255, 255])])],
  ["a name of an unknown form", extensions.subjectAltName([element(0x89)])],
  ["a directory name that is none", extensions.subjectAltName([element(0xa4, nullElement())])],
  [
    "a directory name with something behind",
    extensions.subjectAltName([element(0xa4, sequence(), nullElement())]),
  ],
  [
    "an otherName with two values in one",
    extensions.subjectAltName([
      element(0xa0, objectIdentifier("1.2.3"), element(0xa0, integer(1), integer(1))),
    ]),
  ],
  [
    "an otherName with something behind its value",
    extensions.subjectAltName([
      element(0xa0, objectIdentifier("1.2.3"), element(0xa0, integer(1)), integer(1)),
    ]),
  ],
  ["an otherName without a value", extensions.subjectAltName([element(0xa0, objectIdentifier("1.2.3"))])],
  ["an e-mail address beyond ASCII", extensions.subjectAltName([generalName.email("ä@example")])],
];

describe("a certificate can't be read, critical or not, read or not, with", () => {
  test.each(malformedExtensions)("%s", async (_, one) => {
    expect(await refusal({ chain: [leaf({ extensions: [...leafExtensions, one] })] })).toMatchObject(
      refused.malformed,
    );
  });

  test.each(malformedOwn)("%s", async (_, one) => {
    expect(await refusal({ chain: [leaf({ extensions: [one] })] })).toMatchObject(refused.malformed);
  });
});

describe("a certificate is read with", () => {
  const accepted = async (options: Partial<CertificateOptions>): Promise<void> => {
    expect((await judge({ chain: [leaf(options)] })).verified).toBe(true);
  };

  test("unique identifiers, which are out of use", async () => {
    const bend: Bend = (fields) => {
      fields.uniqueIdentifiers = concat(element(0x81, fromHex("00ff")), element(0x82, fromHex("00ff")));
    };
    await accepted({ bend });
  });

  test("a subject with every type of string, several attributes in an RDN, and an attribute that is no string", async () => {
    const subject = sequence(
      setOf(attribute(printableString("A")), attribute(element(0x1e, fromHex("00e9")), "2.5.4.10")),
      setOf(attribute(element(0x14, fromHex("e9")), "2.5.4.11")),
      setOf(attribute(integer(7), "1.2.3.4")),
    );
    const der = leaf({ subject });
    await accepted({ subject });
    expect(parseCertificate(der).version).toBe(3);
  });

  test("an empty subject", async () => {
    await accepted({ subject: "" });
  });

  test("a serial number of twenty bytes, and zero", async () => {
    for (const serial of [integer(new Uint8Array(20).fill(0x7f)), integer(0)]) {
      await accepted({
        bend: (fields) => {
          fields.serialNumber = serial;
        },
      });
    }
  });

  test("every extension that is known, not critical, and one that is not", async () => {
    await accepted({
      extensions: [
        ...leafExtensions,
        extensions.basicConstraints(false),
        extensions.subjectKeyIdentifier(key("P-256")),
        extension(
          "2.5.29.35",
          sequence(
            element(0x80, fromHex("01")),
            element(0xa1, generalName.directory("CA")),
            element(0x82, fromHex("01")),
          ),
        ),
        extension(
          "2.5.29.32",
          sequence(
            sequence(
              objectIdentifier("2.5.29.32.0"),
              sequence(sequence(objectIdentifier("1.2.3"), sequence())),
            ),
          ),
          true,
        ),
        extension(
          "1.3.6.1.5.5.7.1.1",
          sequence(sequence(objectIdentifier("1.3.6.1.5.5.7.48.1"), generalName.uri("http://o.example"))),
        ),
        extension(
          "2.5.29.31",
          sequence(sequence(element(0xa0, element(0xa0, generalName.uri("http://c.example"))))),
        ),
        extension("2.5.29.18", sequence(generalName.email("ca@example.com"))),
        extension("2.5.29.9", sequence(sequence(objectIdentifier("1.2.3"), setOf(integer(1))))),
        extension("1.3.6.1.5.5.7.1.24", sequence(integer(5))),
        extension("1.3.6.1.4.1.11129.2.4.2", octetString(fromHex("0000"))),
        extension("1.2.3.4", fromHex("ff")),
      ],
    });
  });
});
