import { createHash, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import tls from "node:tls";
import { describe, expect, test } from "vitest";
import { mozillaRoots, mozillaRootsVersion } from "../../src/roots/index.ts";
import { listed } from "../../src/roots/mozilla.ts";
import { createTrustStore } from "../../src/trust/trustStore.ts";
import { decodeBase64 } from "../../src/wire/base64.ts";
import { type Bytes, fromHex } from "../../src/wire/bytes.ts";
import { generalNameToString } from "../../src/x509/nameWords.ts";
import { certificatesFromPem } from "../../src/x509/pem.ts";
import { subjectOf, type TrustAnchor } from "../../src/x509/trustAnchor.ts";
import { judge, refusal, refused } from "../trust/judge.ts";

interface Expected {
  readonly label: string;
  /** SHA-256 of the certificate, and of its SubjectPublicKeyInfo. */
  readonly sha256: string;
  readonly spki: string;
  readonly distrustAfter?: string;
  readonly pathLength?: number;
  readonly permitted?: readonly string[];
}

const vector = (file: string): string => readFileSync(new URL(`../vectors/${file}`, import.meta.url), "utf8");
const expected: { source: { version: string; date: string }; roots: readonly Expected[] } = JSON.parse(
  vector("mozilla-roots.json"),
);
const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
const namedBy = (subject: Bytes): readonly TrustAnchor[] =>
  mozillaRoots().named(subject, { start: 0, end: subject.length });

/** An anchor in the words of the list. */
function inWords(label: string, hash: string, anchor: TrustAnchor): Expected {
  const { publicKey, distrustAfter, pathLength, nameConstraints, der } = anchor;
  if (publicKey.kind === "unsupported") throw new Error(publicKey.says);
  return {
    label,
    sha256: hash,
    spki: sha256(publicKey.spki),
    ...(distrustAfter === undefined ? {} : { distrustAfter: new Date(distrustAfter * 1000).toISOString() }),
    ...(pathLength === undefined ? {} : { pathLength }),
    ...(nameConstraints === undefined
      ? {}
      : {
          permitted: nameConstraints.permitted.map((name) =>
            generalNameToString(der, name).replace(/^DNS:/, ""),
          ),
        }),
  };
}

describe("Mozilla's roots", () => {
  test("are those of the list, each once, with its key and its limits", () => {
    const found = listed.map(({ subject }, i) => {
      const { label, sha256: hash, spki } = expected.roots[i] as Expected;
      const anchors = namedBy(decodeBase64(subject) as Bytes);
      const [anchor, ...others] = anchors.filter(
        ({ publicKey }) => publicKey.kind !== "unsupported" && sha256(publicKey.spki) === spki,
      );
      expect(others, label).toEqual([]);
      expect(anchor?.nameConstraints?.excluded ?? [], label).toEqual([]);
      expect(anchor).toMatchObject({ profile: "webpki", certificate: undefined, validity: undefined });
      return inWords(label, hash, anchor as TrustAnchor);
    });
    expect(found).toEqual(expected.roots);
    expect(mozillaRootsVersion).toEqual({ version: expected.source.version, date: expected.source.date });
    expect(mozillaRoots().unreadable()).toEqual([]);
  });

  test("have the names and keys of the certificates that others carry", () => {
    const bundle = [...certificatesFromPem(vector("debian-roots.pem"))];
    bundle.push(...tls.rootCertificates.flatMap(certificatesFromPem));
    const certificates = new Map(bundle.map((der) => [sha256(der), der]));
    const carried = expected.roots.flatMap(({ sha256: hash }) => certificates.get(hash) ?? []);
    expect(carried.length).toBeGreaterThan(90);
    for (const der of carried) {
      const node = new X509Certificate(der);
      const spki = node.publicKey.export({ format: "der", type: "spki" });
      const keys = mozillaRoots()
        .named(der, subjectOf(der))
        .map(({ publicKey }) => (publicKey.kind === "unsupported" ? "" : sha256(publicKey.spki)));
      expect(keys, node.subject).toContain(sha256(spki));
    }
  });

  test("some have limits that bundles of certificates lack", () => {
    const limited = expected.roots.filter(({ distrustAfter, permitted }) => distrustAfter ?? permitted);
    expect(limited.map(({ label, distrustAfter, permitted }) => [label, distrustAfter ?? permitted])).toEqual(
      [
        ["Entrust Root Certification Authority", "2024-11-30T23:59:59.000Z"],
        ["ePKI Root Certification Authority", "2025-04-15T23:59:59.000Z"],
        ["Izenpe.com", "2026-04-15T23:59:59.000Z"],
        ["TUBITAK Kamu SM SSL Kok Sertifikasi - Surum 1", [".tr"]],
      ],
    );
  });

  test("are decoded once", () => {
    const subject = decodeBase64(listed[0]?.subject as string) as Bytes;
    expect(namedBy(subject)[0]).toBe(namedBy(subject)[0]);
    expect(namedBy(fromHex("3000"))).toEqual([]);
  });
});

describe("chains that servers showed", () => {
  const chains: readonly { name: string; time: string; chain: readonly string[] }[] = JSON.parse(
    vector("public-chains.json"),
  );
  test.each(chains)("$name has a path to one of them, which ends below it", async ({ name, time, chain }) => {
    const ders = chain.map((text) => decodeBase64(text) as Bytes);
    const given = { chain: ders, serverName: name, time: Date.parse(time) };
    for (const roots of [mozillaRoots(), [mozillaRoots()], createTrustStore([mozillaRoots()])]) {
      const identity = await judge({ ...given, roots });
      expect(identity).toMatchObject({ verified: true, profile: "webpki" });
      expect(identity.path).toEqual(ders);
      expect(identity.vouchedBy).toMatch(/^CN=/);
    }
    expect(await refusal({ ...given, serverName: "a.example", roots: mozillaRoots() })).toMatchObject(
      refused.name,
    );
    expect(await refusal(given)).toMatchObject(refused.unknownCa);
  });
});
