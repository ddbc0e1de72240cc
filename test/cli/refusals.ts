// A chain for every rule that the command can find broken, with the options that it takes.

import crypto from "node:crypto";
import { boolean, element, integer, objectIdentifier, octetString, sequence } from "../../src/der/writer.ts";
import { type Bytes, fromHex } from "../../src/wire/bytes.ts";
import { limits } from "../../src/x509/limits.ts";
import type { RuleName } from "../../src/x509/rules.ts";
import {
  type CertificateOptions,
  extension,
  extensions,
  generalName,
  key,
  keyPair,
  restrictedPssKey,
  signing,
  toPem,
} from "../certificates.ts";
import { type Authority, authority, leaf, leafExtensions, root, wanted } from "../trust/judge.ts";
import { crl, entry, tlsFeature } from "../x509/revocation/makers.ts";
import { middle, strictLeaf } from "../x509/verdicts.ts";
import { file } from "./files.ts";

export interface Refusal {
  readonly chain: readonly Bytes[];
  /** Default: the usual root. */
  readonly root?: Bytes;
  /** Beside the file, the name a.example and --ca. */
  readonly args?: () => readonly string[];
  readonly words: RegExp | string;
  readonly advice?: RegExp | string;
}

const [usage, serverAuth, names] = leafExtensions as [Bytes, Bytes, Bytes];
const issuerKey = extensions.authorityKeyIdentifier(root.key);
const isCa = extensions.basicConstraints(true);
const day = 86_400_000;
const policyConstraints = extension("2.5.29.36", sequence(element(0x80, fromHex("00"))));

const own = (options: Partial<CertificateOptions>): Pick<Refusal, "chain"> => ({
  chain: [strictLeaf(options)],
});
const having = (...list: readonly Bytes[]) => own({ extensions: list });
const under = (profile: string) => ({ args: () => ["--profile", profile] });
const below = (issuer: Authority): Pick<Refusal, "chain"> => ({
  chain: [strictLeaf({ issuer }), issuer.der],
});
const between = (...list: readonly Bytes[]) =>
  below(authority("Between", { issuer: root, extensions: list }));
const signs = extensions.keyUsage("keyCertSign");
const betweenKey = extensions.subjectKeyIdentifier(key("P-256", "Between"));
const constraints = { permitted: [generalName.dns("dept.example")] };
const rootWith = (...more: readonly Bytes[]): Bytes => authority("Root", { key: root.key, more }).der;

const pss = authority("PSS", { key: restrictedPssKey("sha256", 20) });
const stranger = authority("Stranger");
const anew = "its issuer has to make a new one";
const seconds = (milliseconds: number): number => Math.floor(milliseconds / 1000);
const revoked = strictLeaf();
const lists = (options: { nextUpdate: number }): string =>
  file(
    toPem(
      crl({
        issuer: root,
        entries: [entry(revoked)],
        thisUpdate: seconds(Date.now() - 3 * day),
        nextUpdate: seconds(Date.now() + options.nextUpdate),
      }),
      "X509 CRL",
    ),
  );

export const refusals: Readonly<Partial<Record<RuleName, Refusal>>> = {
  encoding: {
    // A BOOLEAN that says its default is no DER.
    ...having(sequence(objectIdentifier("1.2.3.4"), boolean(false), octetString(new Uint8Array(2)))),
    words: "certificate can't be read: ",
    advice: "to keep to DER and RFC 5280",
  },
  version: {
    ...own({
      bend: (fields) => {
        fields.version = new Uint8Array(0);
        fields.extensions = new Uint8Array(0);
      },
    }),
    words: "certificate is of X.509 version 1, where 3 is needed",
    advice: anew,
  },
  serialNumber: {
    ...own({
      bend: (fields) => {
        fields.serialNumber = element(0x02, fromHex("80"));
      },
    }),
    words: "certificate has a serial number that is negative",
    advice: anew,
  },
  criticalExtensions: {
    ...having(...leafExtensions, issuerKey, extension("1.2.3.4", new Uint8Array(2), true)),
    words: "has a critical extension that is not supported: 1.2.3.4",
    advice: anew,
  },
  issuerName: {
    ...own({ issuer: { subject: "", key: root.key } }),
    root: authority("", { key: root.key }).der,
    words: "does not say who issued it",
  },
  keyKind: {
    ...own({ key: keyPair("P-256", crypto.generateKeyPairSync("ec", { namedCurve: "secp256k1" })) }),
    words: "has a key that can't be used: keys of the curve secp256k1 are not supported",
    advice: anew,
  },
  keySize: {
    ...own({ key: keyPair("RSA", crypto.generateKeyPairSync("rsa", { modulusLength: 1024 })) }),
    words: "RSA 1024",
    advice: anew,
  },
  webKey: {
    ...own({ key: key("Ed25519") }),
    ...under("webpki"),
    words: "a key of a kind that public certificates may not have",
    advice: "the profile private does not ask for it: --profile private",
  },
  brokenSignatureAlgorithm: {
    ...own({ signing: signing(root.key, { hash: "SHA-1" }) }),
    words: "certificate is signed with ECDSA with SHA-1, which can be forged",
    advice: anew,
  },
  signatureAlgorithm: {
    ...own({ signing: signing(root.key, { hash: "SHA-224" }) }),
    words: "certificate is signed with ECDSA with SHA-224, which is not supported",
    advice: anew,
  },
  pssParameters: {
    // A longer salt than the key's.
    ...own({ issuer: pss }),
    root: pss.der,
    words: "signed with other RSASSA-PSS parameters than its issuer's key is restricted to",
  },
  signature: {
    chain: [leaf({ issuer: { subject: "Root", key: stranger.key } })],
    words: "has a signature that is not from the key of CN=Root, which it names as its issuer",
    advice: anew,
  },
  authority: {
    ...between(...leafExtensions, issuerKey),
    words: "CN=Between is no certificate authority, and signed a certificate all the same",
    advice: anew,
  },
  certificateSigning: {
    ...between(isCa, usage, betweenKey, issuerKey),
    words: "CN=Between may not sign certificates",
  },
  pathLength: {
    ...below(middle),
    root: authority("Root", { key: root.key, pathLength: 0 }).der,
    words: "CN=Root has more intermediate certificates below it than it may have: 0 allowed, 1 there",
  },
  depth: {
    ...below(middle),
    args: () => ["--depth", "0"],
    words: "0 allowed, 1 there",
    advice: "a larger --depth allows it",
  },
  nameConstraints: {
    ...between(isCa, signs, betweenKey, issuerKey, extensions.nameConstraints(constraints)),
    words: "certificate is for DNS:a.example, which a certificate authority above it may not vouch for",
    advice: anew,
  },
  budget: {
    chain: [
      strictLeaf({ issuer: stranger }),
      ...Array.from({ length: limits.certificates }, () => middle.der),
    ],
    words: "too costly ways to a trusted root",
  },
  anchor: {
    ...own({ issuer: stranger }),
    words: "issued by CN=Stranger, which no trusted root vouches for",
    advice: /none of the certificates given with --ca stands behind it.* put them into the same file/,
  },
  revoked: {
    chain: [revoked],
    args: () => ["--crl", lists({ nextUpdate: day })],
    words: /certificate was revoked on \d{4}-\d\d-\d\d, says its issuer's CRL/,
    advice: "its owner has to get a new one",
  },
  revocationStatus: {
    ...own({}),
    args: () => ["--crl", lists({ nextUpdate: -day })],
    words: /its issuer's CRL is out of date since/,
    advice: "a current response or list is needed",
  },
  mustStaple: {
    ...between(isCa, signs, betweenKey, issuerKey, tlsFeature(5)),
    args: () => ["--ocsp", file(new Uint8Array([0x30, 0x00]))],
    words: "does not name the TLS features that its issuer's certificate demands (must-staple)",
  },
  purpose: {
    ...having(usage, extensions.extendedKeyUsage("clientAuth"), names, issuerKey),
    words: "certificate may not be used for servers",
    advice: "it is for --purpose client",
  },
  name: {
    ...having(usage, serverAuth, extensions.subjectAltName([generalName.dns("b.example")]), issuerKey),
    words: "certificate is for b.example, wanted a.example",
    advice: "--name b.example",
  },
  dates: {
    ...own({ notBefore: Date.now() - 90 * day, notAfter: Date.now() - 3 * day }),
    words: /expired 3 days ago \(on \d{4}-\d\d-\d\d\)/,
    advice: /judged as of \d{4}-\d\d-\d\d \d\d:\d\d UTC; --at TIME asks about another time/,
  },
  pose: {
    ...having(extensions.keyUsage("keyCertSign"), serverAuth, names, issuerKey),
    words: "is no certificate authority, and claims to sign certificates",
  },
  serialZero: {
    ...own({
      bend: (fields) => {
        fields.serialNumber = integer(0);
      },
    }),
    ...under("rfc5280"),
    words: "has the serial number 0",
    advice: "the profile private does not ask for it: --profile private",
  },
  authorityKeyIdentifier: {
    ...having(...leafExtensions),
    ...under("rfc5280"),
    words: "does not name its issuer's key",
  },
  subjectKeyIdentifier: {
    ...between(isCa, signs, issuerKey),
    ...under("rfc5280"),
    words: "CN=Between is a certificate authority's, and does not name its key",
  },
  criticalAuthority: {
    ...between(extensions.basicConstraints(true, undefined, false), signs, betweenKey, issuerKey),
    ...under("rfc5280"),
    words: "does not say so in a critical extension",
  },
  strayPathLength: {
    ...having(...leafExtensions, issuerKey, extensions.basicConstraints(false, 0)),
    ...under("rfc5280"),
    words: "limits the length of paths, and is no certificate authority",
  },
  criticalConstraints: {
    ...between(
      isCa,
      signs,
      betweenKey,
      issuerKey,
      extensions.nameConstraints({ permitted: [generalName.dns("example")] }, false),
    ),
    ...under("rfc5280"),
    words: "constrains names in an extension that is not critical",
  },
  constraintSyntax: {
    ...between(
      isCa,
      signs,
      betweenKey,
      issuerKey,
      extensions.nameConstraints({ permitted: [generalName.dns(".example")] }),
    ),
    ...under("rfc5280"),
    words: "constrains DNS names with a dot in front of them",
  },
  policyConstraints: {
    ...between(isCa, signs, betweenKey, issuerKey, policyConstraints),
    ...under("webpki"),
    words: "has policy constraints that are not critical",
  },
  nameless: { ...own({ subject: "" }), ...under("rfc5280"), words: "has an empty subject" },
  nameSyntax: {
    ...having(
      usage,
      serverAuth,
      extensions.subjectAltName([wanted, "a_b.example"].map(generalName.dns)),
      issuerKey,
    ),
    ...under("webpki"),
    words: "has a DNS name that is none (with an underscore",
  },
  webLeaf: {
    ...having(...leafExtensions, issuerKey, isCa, extensions.subjectKeyIdentifier(key("P-256"))),
    ...under("webpki"),
    words: "is a certificate authority's, where a server's own has to be",
  },
  webNames: {
    ...having(usage, serverAuth, extensions.subjectAltName([generalName.dns(wanted)], true), issuerKey),
    ...under("webpki"),
    words: "has no alternative names, or critical ones beside a subject",
  },
  commonName: {
    ...own({ subject: "b.example" }),
    ...under("webpki"),
    words: "has a common name that is no exact copy of one of its alternative names",
  },
  webPurpose: {
    ...having(usage, names, issuerKey),
    ...under("webpki"),
    words: "has an extended key usage that is missing, critical or for any purpose",
  },
  rootPurpose: {
    ...own({}),
    root: rootWith(extensions.extendedKeyUsage("serverAuth")),
    ...under("webpki"),
    words: "the trusted root CN=Root has an extended key usage, which public roots may not have",
  },
  rootKeyIdentifier: {
    ...own({}),
    root: authority("Root", {
      key: root.key,
      extensions: [
        isCa,
        signs,
        extensions.subjectKeyIdentifier(root.key),
        extensions.authorityKeyIdentifier(stranger.key),
      ],
    }).der,
    ...under("webpki"),
    words: "the trusted root CN=Root names another key than its own as its issuer's",
  },
};

/** What no file and no option of the command leads to. */
export const unreachable: readonly RuleName[] = [
  // Only certificates of a few of Mozilla's roots, whose keys nobody here has.
  "distrusted",
  // There is no option for a list of logs.
  "transparency",
];
