import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { listed } from "../../src/roots/mozilla.ts";
import { mozillaLimits } from "../../src/trust/mozillaKeys.ts";
import { limits } from "../../src/trust/mozillaMarks.ts";
import { createTrustStore } from "../../src/trust/trustStore.ts";
import { decodeBase64 } from "../../src/wire/base64.ts";
import type { Bytes } from "../../src/wire/bytes.ts";
import { generalNameToString } from "../../src/x509/nameWords.ts";
import { certificatesFromPem } from "../../src/x509/pem.ts";
import { anchorFromCertificate, type TrustAnchor } from "../../src/x509/trustAnchor.ts";
import { extensions, generalName, type KeyType, newKey, toPem } from "../certificates.ts";
import { authority, judge, leaf, root } from "./judge.ts";

const vector = (file: string): string => readFileSync(new URL(`../vectors/${file}`, import.meta.url), "utf8");
const roots: readonly { label: string; sha256: string; spki: string }[] = JSON.parse(
  vector("mozilla-roots.json"),
).roots;
const bundle = certificatesFromPem(vector("debian-roots.pem"));
const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

const spkiOf = ({ publicKey }: Pick<TrustAnchor, "publicKey">): Bytes => {
  if (publicKey.kind === "unsupported") throw new Error(publicKey.says);
  return publicKey.spki;
};

describe("a key on Mozilla's list", () => {
  test("is known, with its limits", () => {
    for (const { spki, distrustAfter, nameConstraints } of listed) {
      expect(mozillaLimits(decodeBase64(spki) as Bytes)).toEqual({
        ...(distrustAfter === undefined ? {} : { distrustAfter }),
        ...(nameConstraints === undefined ? {} : { nameConstraints }),
      });
    }
    expect(limits).toHaveLength(4);
  });

  test.each<KeyType>(["P-256", "P-384", "P-521", "RSA", "RSA-PSS", "Ed25519"])("is no new %s key", (type) => {
    expect(mozillaLimits(newKey(type).spki)).toBeUndefined();
  });

  test("is known in any certificate of it", () => {
    const known = new Set(roots.map(({ spki }) => spki));
    let listedOnes = 0;
    for (const der of bundle) {
      const spki = spkiOf(anchorFromCertificate(der));
      const isListed = known.has(sha256(spki));
      if (isListed) listedOnes++;
      expect(mozillaLimits(spki) !== undefined).toBe(isListed);
    }
    expect(listedOnes).toBe(100);
  });
});

describe("an anchor that a store makes of a certificate", () => {
  const anchorsOf = (der: Bytes, given: Uint8Array | string = der): TrustAnchor => {
    const { subject } = anchorFromCertificate(der);
    const [anchor] = createTrustStore([given]).named(der, subject);
    return anchor as TrustAnchor;
  };
  const found = (label: string): Bytes => {
    const hash = roots.find((row) => row.label === label)?.sha256;
    return bundle.find((der) => sha256(der) === hash) as Bytes;
  };

  test("has the profile webpki if Mozilla lists its key, and private if not", async () => {
    const google = found("GTS Root R1");
    expect(anchorsOf(google)).toMatchObject({ profile: "webpki", distrustAfter: undefined });
    expect(anchorsOf(google, toPem(google))).toMatchObject({ profile: "webpki" });
    expect(anchorsOf(root.der)).toMatchObject({ profile: "private", distrustAfter: undefined });
    expect(await judge({ chain: [leaf()] })).toMatchObject({ profile: "private" });
  });

  test("is distrusted for certificates from the day on that Mozilla says", () => {
    const entrust = found("Entrust Root Certification Authority");
    const distrustAfter = Date.UTC(2024, 10, 30, 23, 59, 59) / 1000;
    expect(anchorsOf(entrust)).toMatchObject({ profile: "webpki", distrustAfter });
  });

  test("keeps within the names that NSS holds it to", () => {
    const tubitak = found("TUBITAK Kamu SM SSL Kok Sertifikasi - Surum 1");
    const { nameConstraints, der, certificate } = anchorsOf(tubitak);
    const [base] = nameConstraints?.permitted ?? [];
    expect(Buffer.from(der.subarray(base?.start, base?.end)).toString()).toBe(".tr");
    expect(certificate).toEqual(tubitak);
    expect(anchorFromCertificate(tubitak).nameConstraints).toBeUndefined();
  });

  test("keeps constraints of its own in place of those", () => {
    const { publicKey } = anchorFromCertificate(found("TUBITAK Kamu SM SSL Kok Sertifikasi - Surum 1"));
    const own = authority("Constrained", {
      more: [extensions.nameConstraints({ permitted: [generalName.dns("example")] })],
      bend: (fields) => {
        fields.subjectPublicKeyInfo = spkiOf({ publicKey });
      },
    });
    const { nameConstraints, der, profile } = anchorsOf(own.der);
    expect(profile).toBe("webpki");
    expect(nameConstraints?.permitted.map((base) => generalNameToString(der, base))).toEqual(["DNS:example"]);
  });

  test("has no limits of somebody who only bears the same name", () => {
    const entrust = found("Entrust Root Certification Authority");
    const { subject } = anchorFromCertificate(entrust);
    const namesake = authority("Namesake", {
      bend: (fields) => {
        fields.subject = entrust.slice(subject.start, subject.end);
      },
    });
    expect(anchorsOf(namesake.der)).toMatchObject({ profile: "private", distrustAfter: undefined });
  });
});
