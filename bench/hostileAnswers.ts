// Chains with all that revocation and transparency read: OCSP responses, CRLs and timestamps, over as many paths as there may
// be, each of which holds until it is asked about them.

import { objectIdentifier, octetString, sequence } from "../src/der/writer.ts";
import { type Bytes, concat } from "../src/wire/bytes.ts";
import { crls } from "../src/x509/revocation/crls.ts";
import { stapledOcsp } from "../src/x509/revocation/stapledOcsp.ts";
import { parseLogList } from "../src/x509/transparency/logList.ts";
import { transparency } from "../src/x509/transparency/transparency.ts";
import { extension, extensions, generalName, key, makeCertificate } from "../test/certificates.ts";
import { logListJson, testLog, timestamp } from "../test/transparencyLog.ts";
import {
  authority,
  crl,
  day,
  delegate,
  distributionPoints,
  entry,
  now,
  ocspResponse,
  type Party,
  root,
  scope,
  scopeFields,
  single,
  tlsFeature,
} from "../test/x509/revocation/makers.ts";
import type { Hostile } from "./hostileChains.ts";

const san = extensions.subjectAltName([generalName.dns("a.example")]);
const roots = [root.der];
const layers = 3;
const each = 15;

/** The peer's certificate under layers of interchangeable issuers, all rightly signed: thousands of paths hold. */
function manyPaths(leaf: (issuer: Party) => Bytes, more: readonly Bytes[] = []): readonly Bytes[] {
  let issuer = root;
  const between: Bytes[] = [];
  for (let layer = 0; layer < layers; layer++) {
    const subject = `Layer ${layer}`;
    for (let i = 0; i < each; i++) {
      between.push(authority(subject, { issuer, key: key("P-256", subject), extensions: more }).der);
    }
    issuer = { subject, key: key("P-256", subject), der: between.at(-1) as Bytes };
  }
  return [leaf(issuer), ...between];
}

const leafWith =
  (...more: readonly Bytes[]) =>
  (issuer: Party): Bytes =>
    makeCertificate({
      subject: "a.example",
      key: key("P-256"),
      issuer,
      notBefore: (now - day) * 1000,
      notAfter: (now + day) * 1000,
      extensions: [san, ...more],
    });

/** About the right number, of another issuer: each answer is compared in full. */
function answers(): Hostile {
  const chain = manyPaths(leafWith());
  const other = authority("Another", {});
  const singles = Array.from({ length: 128 }, (_, i) =>
    single({
      certificate: chain[0] as Bytes,
      issuer: other,
      hash: (["sha1", "sha256", "sha384", "sha512"] as const)[i % 4] as "sha1",
      extensions: Array.from({ length: 16 }, (_, j) => extension(`1.2.3.${j}`, octetString())),
    }),
  );
  const ocsp = ocspResponse({ signer: other, singles });
  return {
    what: "128 answers about another certificate, over 3,375 paths",
    limit: "ocspResponses",
    chain,
    roots,
    time: now,
    checks: [stapledOcsp()],
    evidence: { ocspResponse: ocsp },
  };
}

/** Each says that it may answer, and its issuer did not sign it. */
function delegates(): Hostile {
  const chain = manyPaths(leafWith());
  const issuer = { subject: `Layer ${layers - 1}`, key: key("P-521", "forger") };
  const certificates = Array.from(
    { length: 8 },
    (_, i) => delegate({ issuer, key: key("P-521", `delegate ${i}`) }).der,
  );
  const singles = [single({ certificate: chain[0] as Bytes, issuer: layerOf(layers - 1) })];
  const signer = { subject: "Responder", key: key("P-521", "delegate 0") };
  return {
    what: "an OCSP response with 8 forged delegates of P-521, over 3,375 paths",
    limit: "ocspCertificates",
    chain,
    roots,
    time: now,
    checks: [stapledOcsp()],
    evidence: { ocspResponse: ocspResponse({ signer, singles, certificates }) },
  };
}

const layerOf = (layer: number): Party => ({
  subject: `Layer ${layer}`,
  key: key("P-256", `Layer ${layer}`),
  der: root.der,
});

/** A list that is the issuer's, and out of date; the certificate has as many distribution points as fit. */
function staleCrls(): Hostile {
  const points = Array.from({ length: 1500 }, (_, i) => `http://crl.example/${i}`);
  const lists = Array.from({ length: 4 }, (_, i) =>
    crl({
      issuer: layerOf(layers - 1),
      entries: Array.from({ length: 1000 }, (_, j) => entry(1_000_000 + j)),
      thisUpdate: now - 9 * day,
      nextUpdate: now - 8 * day,
      extensions: [scope(scopeFields.uri(`http://crl.example/${1499 - i}`))],
    }),
  );
  return {
    what: "4 CRLs that are out of date and 1,500 distribution points, over 3,375 paths",
    limit: "inspections",
    chain: manyPaths(leafWith(distributionPoints(...points))),
    roots,
    time: now,
    checks: [crls(lists, { required: "chain" })],
  };
}

const features = Array.from({ length: 3000 }, (_, i) => i + 40_000);

/** What each issuer demands is sought among as many that the certificate names. */
function tlsFeatures(): Hostile {
  const own = authority("Demanding", {
    issuer: root,
    extensions: [tlsFeature(...features, ...features, 1)],
  });
  return {
    what: "6,000 TLS features demanded, and 3,000 others named",
    chain: [leafWith(tlsFeature(...[...features].reverse()))(own), own.der],
    roots,
    time: now,
    checks: [stapledOcsp()],
  };
}

const logs = [testLog("one", "A"), testLog("two", "B"), testLog("three", "C")];

function timestamps(what: string, limit: string, make: (i: number) => Bytes): Hostile {
  const list: Bytes[] = [];
  let size = 0;
  for (let i = 0; size < 60_000; i++) {
    const one = make(i);
    size += one.length + 2;
    list.push(one);
  }
  const vector = (bytes: Uint8Array): Bytes =>
    concat(new Uint8Array([bytes.length >> 8, bytes.length & 0xff]), bytes);
  const embedded = octetString(vector(concat(...list.map(vector))));
  return {
    what,
    limit,
    chain: manyPaths(leafWith(extension("1.3.6.1.4.1.11129.2.4.2", embedded))),
    roots,
    time: now,
    checks: [transparency({ logs: parseLogList(logListJson(logs)), required: true })],
    evidence: { signedCertificateTimestamps: list },
  };
}

const unknownLog = (): Hostile => {
  // Version, log, time, extensions, algorithm, signature, all of them as short as can be.
  const bytes = new Uint8Array(47);
  return timestamps(
    "as many timestamps of unknown logs as fit, twice, over 3,375 paths",
    "timestamps",
    () => bytes,
  );
};

const wrongTimestamps = (): Hostile => {
  const entryOfAnother = sequence(objectIdentifier("1.2.3"));
  const made = logs.map((log) => timestamp(log, entryOfAnother, { time: (now - day) * 1000 }));
  return timestamps(
    "as many timestamps with wrong signatures as fit, twice, over 3,375 paths",
    "signatures",
    (i) => made[i % made.length] as Bytes,
  );
};

export const hostileAnswers: readonly (() => Hostile)[] = [
  answers,
  delegates,
  staleCrls,
  tlsFeatures,
  unknownLog,
  wrongTimestamps,
];
