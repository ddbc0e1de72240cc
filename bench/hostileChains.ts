// The costliest chains that we know of, each made to reach one of the limits within the 256 KiB of a message.

import { element, objectIdentifier, octetString, sequence, setOf, utf8String } from "../src/der/writer.ts";
import type { Bytes } from "../src/wire/bytes.ts";
import { limits } from "../src/x509/limits.ts";
import type { Evidence, PathCheck } from "../src/x509/pathCheck.ts";
import type { Profile } from "../src/x509/profile.ts";
import {
  type Attribute,
  ballast,
  extension,
  extensions,
  generalName,
  type KeyType,
  key,
  makeCertificate,
} from "../test/certificates.ts";

export interface Hostile {
  readonly what: string;
  /** The limit that it reaches; undefined where its size alone is what costs. */
  readonly limit?: string;
  readonly profile?: Profile;
  /** Seconds since 1970. Default: now. */
  readonly time?: number;
  readonly checks?: readonly PathCheck[];
  readonly evidence?: Partial<Evidence>;
  readonly chain: readonly Bytes[];
  readonly roots: readonly Bytes[];
}

const isCa = extensions.basicConstraints(true);
const names = (count: number, what: string): readonly Bytes[] =>
  Array.from({ length: count }, (_, i) => generalName.dns(`${what}${i}.example`));
const san = extensions.subjectAltName([generalName.dns("a.example")]);

function ca(
  subject: string,
  type: KeyType,
  label: string,
  issuer?: Parameters<typeof makeCertificate>[0]["issuer"],
  more: readonly Bytes[] = [],
): Bytes {
  return makeCertificate({
    subject,
    key: key(type, label),
    ...(issuer && { issuer }),
    extensions: [isCa, ...more],
  });
}

/** Certificates of a name that the root has, or says it has, issued: each path through one costs a check of its signature. */
function forged(type: KeyType): Hostile {
  const root = ca("Root", type, "root");
  const chain = [
    makeCertificate({
      subject: "a.example",
      key: key("P-256"),
      issuer: { subject: "X", key: key("P-256", "x") },
      extensions: [san],
    }),
  ];
  for (let i = 1; i < limits.certificates; i++) {
    const der = makeCertificate({
      subject: "X",
      key: key("P-256", `x ${i}`),
      issuer: { subject: "Root", key: key("P-256", "forger") },
      extensions: [isCa],
    });
    chain.push(der);
  }
  return {
    what: `${limits.certificates - 1} issuers that claim to be a ${type} root's`,
    limit: "signatures",
    chain,
    roots: [root],
  };
}

function forgedRoots(): Hostile {
  const roots = Array.from({ length: 300 }, (_, i) => ca("Root", "P-256", `root ${i}`));
  const chain = [
    makeCertificate({
      subject: "a.example",
      key: key("P-256"),
      issuer: { subject: "Root", key: key("P-256", "forger") },
      extensions: [san],
    }),
  ];
  return { what: "300 P-256 roots of one name", limit: "signatures", chain, roots };
}

/** All of one name, so that any may have issued any. */
function namesakes(): Hostile {
  const by = { subject: "X", key: key("P-256", "x") };
  const chain = [makeCertificate({ subject: "a.example", key: key("P-256"), issuer: by, extensions: [san] })];
  for (let i = 1; i < limits.certificates; i++) chain.push(ca("X", "P-256", `x ${i}`, by));
  return {
    what: `${limits.certificates - 1} issuers of one name`,
    limit: "steps",
    chain,
    roots: [ca("Root", "P-256", "root")],
  };
}

/** The same, and each path ends at a root that expired. */
function namesakesOfRoot(): Hostile {
  const by = { subject: "Root", key: key("P-256", "x") };
  const chain = [makeCertificate({ subject: "a.example", key: key("P-256"), issuer: by, extensions: [san] })];
  for (let i = 1; i < limits.certificates; i++) chain.push(ca("Root", "P-256", `x ${i}`, by));
  return {
    what: `${limits.certificates - 1} issuers of a root's name`,
    limit: "steps",
    chain,
    roots: [ca("Root", "P-256", "root")],
  };
}

function constrained(
  what: string,
  bases: readonly Bytes[],
  leafNames: readonly Bytes[],
  subject: string | readonly Attribute[] = "a.example",
): Hostile {
  const root = { subject: "Root", key: key("P-256", "root") };
  const middle = { subject: "Middle", key: key("P-256", "middle") };
  const constraints = extensions.nameConstraints({ excluded: bases });
  const chain = [
    makeCertificate({
      subject,
      key: key("P-256"),
      issuer: middle,
      extensions: [extensions.subjectAltName(leafNames)],
    }),
    ca("Middle", "P-256", "middle", root, [constraints]),
  ];
  return { what, limit: "nameComparisons", chain, roots: [ca("Root", "P-256", "root")] };
}

function directoryNames(): Hostile {
  const name = (last: string): readonly Attribute[] => [
    ...Array.from({ length: 5 }, (): Attribute => ["O", "x"]),
    ["CN", last],
  ];
  const bases = Array.from({ length: 350 }, (_, i) => generalName.directory(name(`b${i}`)));
  const own = Array.from({ length: 350 }, (_, i) => generalName.directory(name(`n${i}`)));
  return constrained("directory names and constraints of six parts", bases, [
    generalName.dns("a.example"),
    ...own,
  ]);
}

/** As many small elements as fit. */
function filled(): Hostile {
  const policies = Array.from({ length: 3900 }, (_, i) => sequence(objectIdentifier(`2.${i + 40}.1`)));
  const attribute = (i: number): Bytes => setOf(sequence(objectIdentifier("2.5.4.3"), utf8String(`é${i}`)));
  const subject = sequence(...Array.from({ length: 3900 }, (_, i) => attribute(i)));
  const by = { subject: "Root", key: key("P-256", "root") };
  const chain = [
    makeCertificate({ subject, key: key("P-256"), issuer: by, extensions: [san] }),
    makeCertificate({
      subject: "P",
      key: key("P-256"),
      issuer: by,
      extensions: [extension("2.5.29.32", sequence(...policies))],
    }),
    makeCertificate({
      subject: "N",
      key: key("P-256"),
      issuer: by,
      extensions: [extensions.subjectAltName(names(limits.subjectAltNames, "a-rather-long-name"))],
    }),
    makeCertificate({
      subject: "U",
      key: key("P-256"),
      issuer: by,
      extensions: [
        extension(
          "2.5.29.9",
          sequence(
            ...Array.from({ length: 3000 }, () =>
              sequence(objectIdentifier("2.5.4.3"), setOf(octetString())),
            ),
          ),
        ),
      ],
    }),
  ];
  return {
    what: "as many small parts as fit into four certificates",
    limit: "certificateBytes",
    chain,
    roots: [ca("Root", "P-256", "root")],
  };
}

function emails(): Hostile {
  const subject = Array.from({ length: 1400 }, (_, i): Attribute => ["emailAddress", `t${i}@test.example`]);
  return constrained(
    "e-mail addresses in the subject",
    names(170, "x").map((_, i) => generalName.email(`x${i}.example`)),
    [generalName.dns("a.example")],
    subject,
  );
}

function longPath(): Hostile {
  const chain: Bytes[] = [];
  let issuer = { subject: "Root", key: key("P-256", "root") };
  for (let i = 1; i <= limits.pathLength; i++) {
    chain.unshift(ca(`Level ${i}`, "P-256", `level ${i}`, issuer, [ballast(20_000)]));
    issuer = { subject: `Level ${i}`, key: key("P-256", `level ${i}`) };
  }
  const leaf = makeCertificate({ subject: "a.example", key: key("P-256"), issuer, extensions: [san] });
  return {
    what: `${limits.pathLength} certificates of 20,000 bytes between`,
    limit: "pathLength",
    chain: [leaf, ...chain],
    roots: [ca("Root", "P-256", "root")],
  };
}

/** The names differ only at their end, above layers of interchangeable issuers: many paths compare them. */
function longNames(): Hostile {
  const rdn = (value: string): Bytes =>
    setOf(sequence(element(0x06, new Uint8Array([0x2a])), utf8String(value)));
  const same = rdn("");
  const name = (last: string): Bytes =>
    element(0xa4, sequence(...Array.from({ length: 800 }, () => same), rdn(last)));
  const eight = (what: string): readonly Bytes[] => Array.from({ length: 8 }, (_, i) => name(`${what}${i}`));
  const root = { subject: "Root", key: key("P-256", "root") };
  let issuer = { subject: "Top", key: key("P-256", "top") };
  const between = [
    ca("Top", "P-256", "top", root, [
      extensions.nameConstraints({ excluded: [...eight("e"), generalName.dns("a.example")] }),
    ]),
  ];
  for (let layer = 0; layer < 3; layer++) {
    const subject = `Layer ${layer}`;
    for (let i = 0; i < 15; i++) {
      const more = layer === 0 && i < 2 ? [extensions.subjectAltName(eight(`l${i}`))] : [];
      between.push(ca(subject, "P-256", subject, issuer, more));
    }
    issuer = { subject, key: key("P-256", subject) };
  }
  const names = extensions.subjectAltName([...eight("n"), generalName.dns("a.example")]);
  const leaf = makeCertificate({ subject: "a.example", key: key("P-256"), issuer, extensions: [names] });
  return {
    what: "directory names and constraints of 801 parts, over 3,375 paths",
    limit: "nameComparisons",
    chain: [leaf, ...between],
    roots: [ca("Root", "P-256", "root")],
  };
}

/** Each certificate has as many extensions as may be, all unknown, with identifiers that differ at their end. */
function manyExtensions(): Hostile {
  const by = { subject: "X", key: key("P-256", "x") };
  const more = Array.from({ length: limits.extensions - 2 }, (_, i) =>
    extension(`1.2.1000000.1000000.${i}`, octetString(new Uint8Array(10))),
  );
  const chain = [
    makeCertificate({ subject: "a.example", key: key("P-256"), issuer: by, extensions: [san, ...more] }),
  ];
  for (let i = 1; i < 115; i++) chain.push(ca("X", "P-256", `x ${i}`, by, more));
  return {
    what: `115 certificates of ${limits.extensions} extensions`,
    limit: "extensions",
    chain,
    roots: [ca("Root", "P-256", "root")],
  };
}

/** As many names as may be in each certificate, none the wanted one, under the rules that look at each. */
function manyNames(): Hostile {
  const root = { subject: "Root", key: key("P-256", "root") };
  const list = extensions.subjectAltName(names(limits.subjectAltNames, "some-host-"));
  const chain = ["a.example", "M1", "M2", "M3"].map((subject) =>
    makeCertificate({ subject, key: key("P-256"), issuer: root, extensions: [list] }),
  );
  return {
    what: `4 certificates for ${limits.subjectAltNames} names each`,
    limit: "subjectAltNames",
    profile: "webpki",
    chain,
    roots: [ca("Root", "P-256", "root")],
  };
}

/** As long as a certificate may be, in a place that is told to people. */
function longIdentifiers(): Hostile {
  const long = element(0x06, new Uint8Array(60_000).fill(0x81).fill(1, 59_999));
  const root = { subject: "Root", key: key("P-256", "root") };
  const critical = sequence(long, element(0x01, new Uint8Array([0xff])), octetString());
  const chain = [
    makeCertificate({ subject: "a.example", key: key("P-256"), issuer: root, extensions: [san, critical] }),
    ca("Root", "P-256", "root", root, [critical]),
  ];
  return {
    what: "object identifiers of 60,000 bytes",
    limit: "certificateBytes",
    chain,
    roots: [ca("Root", "P-256", "root")],
  };
}

/** One certificate is too large, and all the others are looked at. */
function manyCertificates(): Hostile {
  const by = { subject: "Root", key: key("P-256", "forger") };
  const chain = [makeCertificate({ subject: "a.example", key: key("P-256"), issuer: by, extensions: [san] })];
  for (let i = 1; i < 800; i++) chain.push(ca(`X ${i}`, "P-256", "x", by));
  return { what: "800 certificates", limit: "certificates", chain, roots: [ca("Root", "P-256", "root")] };
}

export const hostileChains: readonly (() => Hostile)[] = [
  filled,
  namesakes,
  namesakesOfRoot,
  forgedRoots,
  () => forged("P-384"),
  () => forged("P-521"),
  () => forged("RSA"),
  () =>
    constrained("DNS names and constraints", names(125, "x"), [
      generalName.dns("a.example"),
      ...names(limits.subjectAltNames - 2, "n"),
    ]),
  directoryNames,
  emails,
  longPath,
  longNames,
  manyExtensions,
  manyNames,
  longIdentifiers,
  manyCertificates,
];
