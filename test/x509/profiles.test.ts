import { describe, expect, test } from "vitest";
import { boolean, element, integer, objectIdentifier, octetString, sequence } from "../../src/der/writer.ts";
import { type Bytes, fromHex } from "../../src/wire/bytes.ts";
import { limits } from "../../src/x509/limits.ts";
import { ruleRows } from "../../src/x509/rules.ts";
import { anchorFromCertificate } from "../../src/x509/trustAnchor.ts";
import {
  type CertificateOptions,
  extension,
  extensions,
  generalName,
  key,
  makeCertificate,
  signing,
  type TbsFields,
} from "../certificates.ts";
import { type Authority, authority, leaf, leafExtensions, root, wanted } from "../trust/judge.ts";
import {
  type Asked,
  brokenByProfile,
  brokenRule,
  middle,
  profiles,
  strictLeaf,
  verdictOn,
} from "./verdicts.ts";

const [usage, serverAuth, names] = leafExtensions as [Bytes, Bytes, Bytes];
const issuerKey = extensions.authorityKeyIdentifier(root.key);
const zeroSerial = (fields: TbsFields): void => {
  fields.serialNumber = integer(0);
};
const policyConstraints = extension("2.5.29.36", sequence(element(0x80, fromHex("00"))));
const dnsNames = (...list: readonly string[]): Bytes => extensions.subjectAltName(list.map(generalName.dns));
const purposesOf = (dotted: readonly string[], critical = false): Bytes =>
  extension("2.5.29.37", sequence(...dotted.map(objectIdentifier)), critical);
const anyPurpose = "2.5.29.37.0";
const server = "1.3.6.1.5.5.7.3.1";
const constraints = { permitted: [generalName.dns("example")] };

/** What is broken under each profile: in all, under none, or under those that stand first in the order. */
const nowhere = { rfc5280: undefined, webpki: undefined, private: undefined };
const everywhere = (rule: string) => ({ rfc5280: rule, webpki: rule, private: rule });
const strictly = (rule: string) => ({ rfc5280: rule, webpki: rule, private: undefined });
const onWeb = (rule: string) => ({ rfc5280: undefined, webpki: rule, private: undefined });
const byDocument = (rule: string) => ({ rfc5280: rule, webpki: undefined, private: undefined });

type Row = readonly [
  what: string,
  asked: Asked | (() => Asked),
  expected: Readonly<Record<string, string | undefined>>,
];

const own =
  (options: Partial<CertificateOptions>, more: Partial<Asked> = {}) =>
  (): Asked => ({
    chain: [strictLeaf(options)],
    ...more,
  });
const withExtensions = (...list: readonly Bytes[]) => own({ extensions: list });
const named = (subject: CertificateOptions["subject"], san: Bytes, name: string = wanted) =>
  own(
    { ...(subject === undefined ? {} : { subject }), extensions: [usage, serverAuth, san, issuerKey] },
    { name },
  );

const isCa = extensions.basicConstraints(true);

describe("a peer's certificate", () => {
  test.each<Row>([
    ["that is in order", own({}), nowhere],
    ["with the serial number 0", own({ bend: zeroSerial }), strictly("serialZero")],
    [
      "that does not name its issuer's key",
      withExtensions(...leafExtensions),
      strictly("authorityKeyIdentifier"),
    ],
    [
      "that names its issuer's key by nothing",
      withExtensions(...leafExtensions, extension("2.5.29.35", sequence())),
      strictly("authorityKeyIdentifier"),
    ],
    [
      "that claims to sign certificates",
      withExtensions(extensions.keyUsage("digitalSignature", "keyCertSign"), serverAuth, names, issuerKey),
      everywhere("pose"),
    ],
    [
      "that constrains names",
      withExtensions(...leafExtensions, issuerKey, extensions.nameConstraints(constraints)),
      everywhere("pose"),
    ],
    [
      "of no CA that limits paths",
      withExtensions(...leafExtensions, issuerKey, extensions.basicConstraints(false, 0)),
      strictly("strayPathLength"),
    ],
    [
      "with policy constraints",
      withExtensions(...leafExtensions, issuerKey, policyConstraints),
      strictly("policyConstraints"),
    ],
    ["with no subject, and names that are not critical", named("", names), strictly("nameless")],
    [
      "with no subject, and critical names",
      named("", extensions.subjectAltName([generalName.dns(wanted)], true)),
      nowhere,
    ],
    [
      "with a subject, and critical names",
      named(wanted, extensions.subjectAltName([generalName.dns(wanted)], true)),
      onWeb("webNames"),
    ],
    [
      "with no names at all",
      own({ extensions: [usage, serverAuth, issuerKey] }, { name: null }),
      { ...onWeb("webNames") },
    ],
    [
      "for a name with an underscore",
      named("a_b.example", dnsNames("a_b.example"), "a_b.example"),
      strictly("nameSyntax"),
    ],
    [
      "of a CA",
      withExtensions(...leafExtensions, issuerKey, isCa, extensions.subjectKeyIdentifier(key("P-256"))),
      onWeb("webLeaf"),
    ],
    [
      "of a CA without a key identifier",
      withExtensions(...leafExtensions, issuerKey, isCa),
      strictly("subjectKeyIdentifier"),
    ],
    [
      "of a CA that does not say so critically",
      withExtensions(
        ...leafExtensions,
        issuerKey,
        extensions.basicConstraints(true, undefined, false),
        extensions.subjectKeyIdentifier(key("P-256")),
      ),
      strictly("criticalAuthority"),
    ],
    ["with a common name that is another name", named("b.example", names), onWeb("commonName")],
    ["with a common name in other letters", named("A.example", names), onWeb("commonName")],
    [
      "with a common name twice",
      named(
        [
          ["CN", wanted],
          ["CN", wanted],
        ],
        names,
      ),
      onWeb("commonName"),
    ],
    ["with a subject, but no common name", named([["O", "Example"]], names), nowhere],
    ["without purposes", withExtensions(usage, names, issuerKey), onWeb("webPurpose")],
    [
      "for any purpose besides",
      withExtensions(usage, purposesOf([server, anyPurpose]), names, issuerKey),
      onWeb("webPurpose"),
    ],
    [
      "for any purpose",
      withExtensions(usage, purposesOf([anyPurpose]), names, issuerKey),
      onWeb("webPurpose"),
    ],
    [
      "with critical purposes",
      withExtensions(usage, purposesOf([server], true), names, issuerKey),
      onWeb("webPurpose"),
    ],
    [
      "for clients",
      withExtensions(usage, extensions.extendedKeyUsage("clientAuth"), names, issuerKey),
      everywhere("purpose"),
    ],
    ["with an Ed25519 key", own({ key: key("Ed25519") }), onWeb("webKey")],
    ["with a key under id-RSASSA-PSS", own({ key: key("RSA-PSS") }), onWeb("webKey")],
    ["with an RSA key", own({ key: key("RSA") }), nowhere],
    [
      "of an issuer without a name",
      () => ({
        chain: [strictLeaf({ issuer: { subject: "", key: root.key } })],
        roots: [authority("", { key: root.key }).der],
      }),
      everywhere("issuerName"),
    ],
    [
      "with more names than the limit",
      named(
        undefined,
        dnsNames(wanted, ...Array.from({ length: limits.subjectAltNames }, (_, i) => `n${i}.example`)),
      ),
      everywhere("encoding"),
    ],
    [
      "with as many names as the limit",
      named(
        undefined,
        dnsNames(wanted, ...Array.from({ length: limits.subjectAltNames - 1 }, (_, i) => `n${i}.example`)),
      ),
      nowhere,
    ],
  ])("%s", async (_, asked, expected) => {
    expect(await brokenByProfile(typeof asked === "function" ? asked() : asked)).toEqual(expected);
  });

  test.each([
    "8.8.8.8",
    "ba*.example",
    "a.*.example",
    "*",
    "*.",
    "a..example",
    "a.example.",
    "-a.example",
    "a-.example",
    " ",
    "",
    `${"a".repeat(64)}.example`,
    `${"a.".repeat(126)}bc`,
  ])("with a DNS name that is none: %j", async (odd) => {
    expect(await brokenByProfile(named(wanted, dnsNames(wanted, odd))())).toEqual(strictly("nameSyntax"));
  });

  test.each([
    "*.example",
    "A-1.Example",
    "xn--n3h.example",
    "localhost",
    `${"a".repeat(63)}.example`,
    `${"a.".repeat(126)}b`,
    "1.2.3.4.example",
  ])("with a DNS name that is one: %j", async (fine) => {
    expect(await brokenByProfile(named(wanted, dnsNames(wanted, fine))())).toEqual(nowhere);
  });

  test.each<[common: string, address: string, isCopy: boolean]>([
    ["192.0.2.1", "192.0.2.1", true],
    ["192.0.2.01", "192.0.2.1", false],
    ["0xC0000201", "192.0.2.1", false],
    ["2001:db8::1", "2001:db8::1", true],
    ["2001:db8::1:0:0:1", "2001:db8:0:0:1:0:0:1", true],
    ["2001:DB8::1", "2001:db8::1", false],
    ["2001:db8:0::1", "2001:db8::1", false],
    ["2001:db8:0:0:1::1", "2001:db8:0:0:1:0:0:1", false],
  ])("with the common name %s and the address %s", async (common, address, isCopy) => {
    const asked = named(common, extensions.subjectAltName([generalName.ip(address)]), address)();
    expect(await brokenByProfile(asked)).toEqual(isCopy ? nowhere : onWeb("commonName"));
  });

  test("of a client needs no common name that is a name of its own", async () => {
    const chain = [
      strictLeaf({
        subject: "Alice",
        extensions: [usage, extensions.extendedKeyUsage("clientAuth"), names, issuerKey],
      }),
    ];
    expect(await brokenByProfile({ chain, purpose: "client" })).toEqual(nowhere);
  });
});

const below = (middle: Authority): Asked => ({ chain: [strictLeaf({ issuer: middle }), middle.der] });
const between =
  (list: readonly Bytes[], options: Partial<CertificateOptions> = {}) =>
  (): Asked => {
    const own = options.key ?? key("P-256", "Middle");
    const standard = [
      extensions.basicConstraints(true),
      extensions.keyUsage("keyCertSign"),
      extensions.subjectKeyIdentifier(own),
      issuerKey,
    ];
    const { issuer: _, ...rest } = options;
    return below(
      authority("Middle", { issuer: root, extensions: list.length > 0 ? list : standard, ...rest }),
    );
  };
const signs = extensions.keyUsage("keyCertSign");
const middleKey = extensions.subjectKeyIdentifier(key("P-256", "Middle"));

describe("an intermediate certificate", () => {
  test.each<Row>([
    ["that is in order", between([]), nowhere],
    ["with the serial number 0", between([], { bend: zeroSerial }), strictly("serialZero")],
    [
      "that does not name its issuer's key",
      between([isCa, signs, middleKey]),
      strictly("authorityKeyIdentifier"),
    ],
    ["that does not name its own key", between([isCa, signs, issuerKey]), strictly("subjectKeyIdentifier")],
    [
      "that is not critically a CA's",
      between([extensions.basicConstraints(true, undefined, false), signs, middleKey, issuerKey]),
      strictly("criticalAuthority"),
    ],
    [
      "with name constraints that are not critical",
      between([isCa, signs, middleKey, issuerKey, extensions.nameConstraints(constraints, false)]),
      byDocument("criticalConstraints"),
    ],
    [
      "with critical name constraints",
      between([isCa, signs, middleKey, issuerKey, extensions.nameConstraints(constraints)]),
      nowhere,
    ],
    ...(["permitted", "excluded"] as const).map(
      (kind): Row => [
        `with a dot in front of a name that is ${kind}`,
        between([
          isCa,
          signs,
          middleKey,
          issuerKey,
          extensions.nameConstraints({
            [kind]: [
              generalName.dns("b.example"),
              generalName.dns(kind === "permitted" ? ".example" : ".c.example"),
            ],
          }),
        ]),
        strictly("constraintSyntax"),
      ],
    ),
    [
      "with policy constraints",
      between([isCa, signs, middleKey, issuerKey, policyConstraints]),
      strictly("policyConstraints"),
    ],
    [
      "for a name with an underscore",
      between([isCa, signs, middleKey, issuerKey, dnsNames("a_b.example")]),
      strictly("nameSyntax"),
    ],
    [
      "for clients",
      between([isCa, signs, middleKey, issuerKey, extensions.extendedKeyUsage("clientAuth")]),
      everywhere("purpose"),
    ],
    [
      "for any purpose",
      between([isCa, signs, middleKey, issuerKey, extensions.extendedKeyUsage("any")]),
      nowhere,
    ],
    ["with an Ed25519 key", between([], { key: key("Ed25519", "Middle") }), onWeb("webKey")],
    [
      "with more names than the limit",
      between([
        isCa,
        signs,
        middleKey,
        issuerKey,
        dnsNames(...Array.from({ length: limits.subjectAltNames + 1 }, (_, i) => `n${i}.example`)),
      ]),
      everywhere("encoding"),
    ],
  ])("%s", async (_, asked, expected) => {
    expect(await brokenByProfile((asked as () => Asked)())).toEqual(expected);
  });

  test("that is self-issued may leave its issuer's key out", async () => {
    const renewed = key("P-256", "renewed root");
    const again = authority("Root", {
      issuer: root,
      key: renewed,
      extensions: [isCa, signs, extensions.subjectKeyIdentifier(renewed)],
    });
    expect(await brokenByProfile(below(again))).toEqual(nowhere);
  });
});

const ownKey = key("P-256", "Root");
const rootKey = extensions.subjectKeyIdentifier(ownKey);
const under =
  (list: readonly Bytes[], options: Partial<CertificateOptions> = {}) =>
  (): Asked => {
    const made = makeCertificate({ subject: "Root", key: ownKey, extensions: list, ...options });
    const issuer = { subject: "Root", key: options.key ?? ownKey };
    const extensionsOfLeaf = [...leafExtensions, extensions.authorityKeyIdentifier(issuer.key)];
    return { chain: [leaf({ issuer, extensions: extensionsOfLeaf })], roots: [made] };
  };

/** What roots may break, for they are believed as they are; a question that names its profile judges them too. */
const rootRows: readonly Row[] = [
  ["with the serial number 0", under([isCa, signs, rootKey], { bend: zeroSerial }), nowhere],
  [
    "with a negative serial number",
    under([isCa, signs, rootKey], { bend: (f) => (f.serialNumber = fromHex("0201ff")) }),
    strictly("serialNumber"),
  ],
  [
    "with a serial number of 21 bytes",
    under([isCa, signs, rootKey], { bend: (f) => (f.serialNumber = integer(new Uint8Array(21).fill(0x7f))) }),
    strictly("serialNumber"),
  ],
  [
    "that another key signed, and names itself as its issuer",
    under([isCa, signs, rootKey], { issuer: { subject: "Root", key: key("P-256", "another") } }),
    strictly("signature"),
  ],
  [
    "that another key signed, and names its own as its issuer's",
    under([isCa, signs, rootKey, extensions.authorityKeyIdentifier(ownKey)], {
      issuer: { subject: "Root", key: key("P-256", "another") },
    }),
    strictly("signature"),
  ],
  [
    "that its older key signed, and names that",
    under([isCa, signs, rootKey, extensions.authorityKeyIdentifier(key("P-256", "another"))], {
      issuer: { subject: "Root", key: key("P-256", "another") },
    }),
    onWeb("rootKeyIdentifier"),
  ],
  [
    "with a self-signature of an algorithm that nobody trusts",
    under([isCa, signs, rootKey], { signing: signing(key("P-256", "Root"), { hash: "SHA-1" }) }),
    nowhere,
  ],
  ["that names no key of an issuer", under([isCa, signs, rootKey]), nowhere],
  ["that does not name its own key", under([isCa, signs]), strictly("subjectKeyIdentifier")],
  [
    "that is not critically a CA's",
    under([extensions.basicConstraints(true, undefined, false), signs, rootKey]),
    strictly("criticalAuthority"),
  ],
  [
    "with name constraints that are not critical",
    under([isCa, signs, rootKey, extensions.nameConstraints(constraints, false)]),
    byDocument("criticalConstraints"),
  ],
  [
    "with a dot in front of a name constraint",
    under([isCa, signs, rootKey, extensions.nameConstraints({ permitted: [generalName.dns(".example")] })]),
    strictly("constraintSyntax"),
  ],
  [
    "with policy constraints",
    under([isCa, signs, rootKey, policyConstraints]),
    strictly("policyConstraints"),
  ],
  ["with purposes", under([isCa, signs, rootKey, serverAuth]), onWeb("rootPurpose")],
  [
    "for any purpose",
    under([isCa, signs, rootKey, extensions.extendedKeyUsage("any")]),
    onWeb("rootPurpose"),
  ],
  [
    "that names its own key as its issuer's",
    under([isCa, signs, rootKey, extensions.authorityKeyIdentifier(ownKey)]),
    nowhere,
  ],
  [
    "that names another key as its issuer's",
    under([isCa, signs, rootKey, extensions.authorityKeyIdentifier(key("P-256", "another"))]),
    onWeb("rootKeyIdentifier"),
  ],
  [
    "that names nothing as its issuer's key",
    under([isCa, signs, rootKey, extension("2.5.29.35", sequence())]),
    onWeb("rootKeyIdentifier"),
  ],
  [
    "that names its issuer's certificate besides",
    under([
      isCa,
      signs,
      rootKey,
      extension(
        "2.5.29.35",
        sequence(
          element(0x80, ownKeyIdentifier()),
          element(0xa1, generalName.directory("Root")),
          element(0x82, fromHex("01")),
        ),
      ),
    ]),
    onWeb("rootKeyIdentifier"),
  ],
  [
    "with a critical key identifier",
    under([isCa, signs, extension("2.5.29.14", octetString(ownKeyIdentifier()), true)]),
    strictly("criticalExtensions"),
  ],
  [
    "of version 1",
    under([], {
      bend: (fields) => {
        fields.version = new Uint8Array(0);
        fields.extensions = new Uint8Array(0);
      },
    }),
    strictly("version"),
  ],
  [
    "that spells a default out",
    under([], {
      bend: (fields) => {
        const spelled = sequence(
          objectIdentifier("2.5.29.15"),
          boolean(false),
          octetString(fromHex("03020204")),
        );
        fields.extensions = element(0xa3, sequence(isCa, spelled, rootKey));
      },
    }),
    strictly("encoding"),
  ],
  [
    "with an Ed25519 key",
    under([isCa, signs, extensions.subjectKeyIdentifier(key("Ed25519", "Root"))], {
      key: key("Ed25519", "Root"),
    }),
    onWeb("webKey"),
  ],
  [
    "signed by somebody else, whose key it does not name",
    under([isCa, signs, rootKey], { issuer: { subject: "Older", key: key("P-256", "older") } }),
    strictly("authorityKeyIdentifier"),
  ],
  [
    "signed by itself under another name",
    under([isCa, signs, rootKey], { issuer: { subject: "Older", key: ownKey } }),
    nowhere,
  ],
];

function ownKeyIdentifier(): Bytes {
  return (rootKey.subarray(-20) as Bytes).slice();
}

describe("a root", () => {
  test.each(rootRows)("%s", async (_, asked, expected) => {
    expect(await brokenByProfile((asked as () => Asked)())).toEqual(expected);
  });

  test.each(rootRows)("%s is believed where it decides the profile itself", async (_, asked) => {
    const { chain, roots } = (asked as () => Asked)();
    for (const profile of ["private", "webpki"] as const) {
      const anchors = (roots as readonly Bytes[]).map((der) =>
        anchorFromCertificate(der, { profile, distrustAfter: undefined }),
      );
      expect(await brokenRule({ chain, roots: anchors })).toBeUndefined();
    }
  });

  test("for clients is no root of servers, whoever decides the profile", async () => {
    const { chain, roots } = under([isCa, signs, rootKey, extensions.extendedKeyUsage("clientAuth")])();
    expect(await brokenByProfile({ chain, roots: roots ?? [] })).toEqual(everywhere("purpose"));
    expect(await verdictOn({ chain, roots: roots ?? [] })).toMatchObject({
      failure: { rule: "purpose", certificate: undefined, anchor: { subject: expect.anything() } },
    });
    const both = under([isCa, signs, rootKey, extensions.extendedKeyUsage("clientAuth", "serverAuth")])();
    expect(await brokenRule(both)).toBeUndefined();
  });

  test("that is no certificate has nothing to be judged by", async () => {
    const anchor = {
      ...anchorFromCertificate(authority("Root", { bend: zeroSerial }).der),
      certificate: undefined,
    };
    expect(await brokenByProfile({ chain: [strictLeaf()], roots: [anchor] })).toEqual(nowhere);
  });
});

const webRoot = anchorFromCertificate(root.der, { profile: "webpki", distrustAfter: undefined });

describe("the table of rules", () => {
  const applied = ruleRows.flatMap(([name, { roles }]) =>
    Object.entries(roles ?? {}).map(([role, list]) => [`${name}, ${role}`, list] as const),
  );

  test("has no rule of rfc5280 that webpki lacks, but for one that the BR lift", () => {
    const lacking = applied.filter(([, list]) => list.includes("rfc5280") && !list.includes("webpki"));
    expect(lacking.map(([where]) => where)).toEqual([
      "criticalConstraints, intermediate",
      "criticalConstraints, anchor",
    ]);
  });

  test("has no rule of private that the others lack", () => {
    expect(applied.filter(([, list]) => list.includes("private") && list.length < 3)).toEqual([]);
  });
});

describe("the profile", () => {
  const plain = leaf(); // names no issuer's key

  test("is the anchor's, where the question names none", async () => {
    expect(await brokenRule({ chain: [plain] })).toBeUndefined();
    expect(await brokenRule({ chain: [plain], roots: [webRoot] })).toBe("authorityKeyIdentifier");
    expect(await verdictOn({ chain: [strictLeaf()], roots: [webRoot] })).toMatchObject({
      trusted: true,
      profile: "webpki",
    });
    expect(await verdictOn({ chain: [strictLeaf()] })).toMatchObject({ trusted: true, profile: "private" });
  });

  test("is the question's, whatever the anchor says", async () => {
    expect(await verdictOn({ chain: [plain], roots: [webRoot], profile: "private" })).toMatchObject({
      trusted: true,
      profile: "private",
    });
    for (const profile of ["rfc5280", "webpki"] as const) {
      expect(await brokenRule({ chain: [plain], profile })).toBe("authorityKeyIdentifier");
      expect(await verdictOn({ chain: [strictLeaf()], profile })).toMatchObject({ trusted: true, profile });
    }
  });

  test("holds for the certificates between, too", async () => {
    const loose = authority("Middle", { issuer: root, extensions: [isCa, signs, middleKey] });
    const chain = [strictLeaf({ issuer: loose }), loose.der];
    expect(await brokenRule({ chain })).toBeUndefined();
    const verdict = await verdictOn({ chain, roots: [webRoot] });
    expect(verdict).toMatchObject({ trusted: false, failure: { rule: "authorityKeyIdentifier" } });
    expect(!verdict.trusted && verdict.failure.certificate?.der).toEqual(loose.der);
    expect(!verdict.trusted && verdict.attempts.map(({ profile }) => profile)).toEqual(["webpki"]);
  });

  test("of one anchor does not keep a chain from another", async () => {
    const privateRoot = anchorFromCertificate(root.der);
    for (const roots of [
      [webRoot, privateRoot],
      [privateRoot, webRoot],
    ]) {
      expect(await verdictOn({ chain: [plain], roots })).toMatchObject({ trusted: true, profile: "private" });
    }
    // By way of an intermediate certificate, where the direct way ends at a public root.
    const crossed = authority("Root", { issuer: middle, key: root.key });
    const privateMiddle = anchorFromCertificate(middle.der);
    expect(await verdictOn({ chain: [plain, crossed.der], roots: [webRoot, privateMiddle] })).toMatchObject({
      trusted: true,
      profile: "private",
    });
  });

  test("private alone believes a certificate because it is trusted itself", async () => {
    const pinned = makeCertificate({ subject: wanted, key: key("P-256"), extensions: leafExtensions });
    expect(await brokenRule({ chain: [pinned], roots: [pinned] })).toBeUndefined();
    expect(await brokenByProfile({ chain: [pinned], roots: [pinned] })).toEqual({
      rfc5280: "authority",
      webpki: "authority",
      private: undefined,
    });
    expect(await brokenRule({ chain: [pinned], roots: [pinned], name: "b.example" })).toBe("name");
  });

  test.each(profiles)("%s tells what the peer's own certificate breaks besides", async (profile) => {
    const chain = [strictLeaf({ notAfter: Date.now() - 1000, issuer: authority("Stranger") })];
    const verdict = await verdictOn({ chain, profile, name: "b.example" });
    expect(!verdict.trusted && verdict.failures.map(({ rule }) => rule)).toEqual(["anchor", "name", "dates"]);
  });
});
