import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { DerCursor } from "../../src/der/cursor.ts";
import { dottedForm } from "../../src/der/objectIdentifier.ts";
import { constructed, tags } from "../../src/der/tags.ts";
import { createTrustStore } from "../../src/trust/trustStore.ts";
import { relativeNames } from "../../src/x509/distinguishedName.ts";
import { certificatesFromPem } from "../../src/x509/pem.ts";
import { subjectOf } from "../../src/x509/trustAnchor.ts";

const pem = readFileSync(new URL("../vectors/debian-roots.pem", import.meta.url), "latin1");
const bundle = certificatesFromPem(pem).map((der) => ({ der, node: new X509Certificate(der) }));
const count = (isSo: (one: (typeof bundle)[number]) => boolean): number => bundle.filter(isSo).length;

/** Which algorithm signed it, and whether its basicConstraints says that it is critical. */
function oddities(der: Uint8Array): { algorithm: string; hasMildConstraints: boolean } {
  const fields = new DerCursor(der).enter(tags.sequence);
  const tbs = fields.enter(tags.sequence);
  const algorithm = dottedForm(der, fields.enter(tags.sequence).objectIdentifier());
  while (!tbs.atEnd && tbs.nextTag !== constructed(3)) tbs.skip(tbs.nextTag);
  const list = tbs.enterOptional(constructed(3))?.enter(tags.sequence);
  let hasMildConstraints = false;
  while (list !== undefined && !list.atEnd) {
    const extension = list.enter(tags.sequence);
    const isConstraints = dottedForm(der, extension.objectIdentifier()) === "2.5.29.19";
    if (isConstraints && extension.nextTag !== tags.boolean) hasMildConstraints = true;
  }
  return { algorithm, hasMildConstraints };
}

describe("Debian's roots", () => {
  test("are what a strict reader of certificates would not take", () => {
    expect(bundle).toHaveLength(144);
    expect(count(({ node }) => /^0+$/.test(node.serialNumber))).toBe(9);
    expect(count(({ der }) => oddities(der).algorithm === "1.2.840.113549.1.1.5")).toBe(30);
    expect(count(({ der }) => oddities(der).hasMildConstraints)).toBe(3);
    const hasT61 = ({ der }: { der: Uint8Array<ArrayBuffer> }): boolean =>
      relativeNames(der, subjectOf(der)).some((rdn) => rdn.some(({ tag }) => tag === 0x14));
    expect(count(hasT61)).toBe(1);
  });

  test("are anchors all the same, every one", () => {
    const store = createTrustStore([pem]);
    expect(store.unreadable()).toEqual([]);
    for (const { der, node } of bundle) {
      const anchors = store.named(der, subjectOf(der)).filter(({ certificate }) => {
        return certificate !== undefined && Buffer.compare(certificate, der) === 0;
      });
      expect(anchors, node.subject).toHaveLength(1);
      expect(anchors[0], node.subject).toMatchObject({ mayIssue: true, unprocessedCritical: [] });
      expect(anchors[0]?.publicKey.kind, node.subject).toMatch(/^(rsa|ec)$/);
    }
  });

  test("do not suffer from a bad one among them", () => {
    const begins = pem.indexOf("\n", 400) + 1;
    const broken = `${pem.slice(0, begins)}!${pem.slice(begins)}`;
    const store = createTrustStore([broken]);
    expect(store.unreadable()).toEqual(["line 1: the block holds something else than base64"]);
    const found = bundle.slice(1).every(({ der }) => store.named(der, subjectOf(der)).length > 0);
    expect(found).toBe(true);
  });
});
