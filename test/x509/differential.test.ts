import { beforeAll, describe, expect, test } from "vitest";
import { type Compared, compare, misnamed, unnamed } from "./differential/compare.ts";
import { differences } from "./differential/differences.ts";
import { positions } from "./differential/draft.ts";
import { hasOpenssl } from "./differential/judges.ts";

// With one type of key; `npm run differential` takes all six, some thousands of certificates.
let compared: readonly Compared[] = [];
beforeAll(async () => {
  compared = await compare("P-256", { withOpenssl: hasOpenssl });
  expect(compared.length).toBeGreaterThan(600);
});

describe("certificates with one thing wrong", () => {
  test.runIf(hasOpenssl)(
    "are judged as openssl verify -x509_strict does, but for reasons that are named",
    () => {
      expect(compared.filter(({ openssl }) => openssl.why === "no answer")).toEqual([]);
      expect(unnamed(compared)).toEqual([]);
    },
  );

  test("have each difference named once, and no other", () => {
    const named = differences.flatMap(({ changes, at = positions }) =>
      changes.flatMap((change) => at.map((position) => `${position}: ${change}`)),
    );
    expect(named.filter((name, i) => named.indexOf(name) !== i)).toEqual([]);
    expect(misnamed()).toEqual([]);
  });
});

describe("the profiles", () => {
  test("webpki trusts nothing that rfc5280 does not, but for name constraints that are not critical", () => {
    const more = compared.filter(({ webpki, rfc5280 }) => webpki.trusted && !rfc5280.trusted);
    expect(more.map(({ name }) => name).filter((name) => !name.includes("not critically"))).toEqual([]);
  });

  test("private trusts all that rfc5280 does", () => {
    const less = compared.filter((one) => one.rfc5280.trusted && !one.private.trusted);
    expect(less.map(({ name }) => name)).toEqual([]);
  });
});
