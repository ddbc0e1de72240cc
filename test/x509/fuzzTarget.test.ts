import { expect, test } from "vitest";
import { seeded } from "../../fuzz/random.ts";
import { countSteps } from "../../fuzz/steps.ts";
import { corpus, tryCorpus, tryOnce } from "../../fuzz/x509.ts";
import { DerCursor } from "../../src/der/cursor.ts";
import { parseCertificate } from "../../src/x509/certificate.ts";
import { readNameConstraints } from "../../src/x509/extensions/nameConstraints.ts";
import { parseCrl } from "../../src/x509/revocation/crl.ts";
import { parseOcspResponse } from "../../src/x509/revocation/ocspResponse.ts";
import { parseTimestampList } from "../../src/x509/transparency/timestamp.ts";

// The short form of `npm run fuzz -- x509`: the same inputs each time.

countSteps();

test("the corpus holds one of each shape that is read", () => {
  const kinds = new Set<string>();
  for (const { kind, bytes } of corpus) {
    kinds.add(kind);
    if (kind === "certificate") parseCertificate(bytes);
    if (kind === "crl") parseCrl(bytes);
    if (kind === "ocsp") parseOcspResponse(bytes);
    if (kind === "nameConstraints") readNameConstraints(new DerCursor(bytes));
    if (kind === "timestamps") expect(parseTimestampList(bytes)).toHaveLength(2);
  }
  expect([...kinds].sort()).toEqual(
    ["certificate", "crl", "name", "nameConstraints", "ocsp", "text", "timestamps"].sort(),
  );
});

test("no input ends in another error than the parsers' own, or takes more steps than its length allows", () => {
  expect(tryCorpus()).toEqual([]);
  const random = seeded(10);
  for (let i = 0; i < 400; i++) expect(tryOnce(random)).toEqual([]);
});
