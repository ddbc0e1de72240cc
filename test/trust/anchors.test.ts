import { describe, expect, test } from "vitest";
import { DerError } from "../../src/der/error.ts";
import { element, nullElement, sequence } from "../../src/der/writer.ts";
import { mozillaRoots } from "../../src/roots/index.ts";
import { createTrustStore, type Root } from "../../src/trust/trustStore.ts";
import type { VerificationStep } from "../../src/trust/verifier.ts";
import { type Bytes, concat } from "../../src/wire/bytes.ts";
import { type AnchorParts, anchorFromParts } from "../../src/x509/anchorFromParts.ts";
import { subjectOf } from "../../src/x509/trustAnchor.ts";
import { distinguishedName, generalName, key, toPem } from "../certificates.ts";
import { authority, judge, leaf, refusal, refused, root } from "./judge.ts";

/** The root without its certificate. */
const parts: AnchorParts = { subject: distinguishedName("Root"), spki: root.key.spki };
const anchor = (more: Partial<AnchorParts> = {}) => anchorFromParts({ ...parts, ...more });

/** NameConstraints that permit one DNS name. */
const within = (name: string): Bytes => sequence(element(0xa0, sequence(generalName.dns(name))));

describe("an anchor that is no certificate", () => {
  test("vouches for what its key signed, and is no part of the path", async () => {
    const chain = [leaf()];
    const identity = await judge({ chain, roots: [anchor()] });
    expect(identity).toMatchObject({ verified: true, vouchedBy: "CN=Root", profile: "private" });
    expect(identity.path).toEqual(chain);
    const middle = authority("Middle", { issuer: root });
    const longer = [leaf({ issuer: middle }), middle.der];
    expect((await judge({ chain: longer, roots: [anchor()] })).path).toEqual(longer);
    // The root may be sent along; it is not needed.
    expect((await judge({ chain: [...chain, root.der], roots: [anchor()] })).path).toEqual(chain);
  });

  test("is told of as every other", async () => {
    const steps: VerificationStep[] = [];
    await judge({ chain: [leaf()], roots: [anchor()], step: (step) => steps.push(step) });
    expect(steps).toContainEqual({
      check: "anchor",
      subject: "CN=Root",
      outcome: "passed",
      detail: "a trusted root",
    });
    const other = anchor({ spki: key("P-256", "someone else").spki });
    expect((await refusal({ chain: [leaf()], roots: [other] })).message).toContain("CN=Root");
  });

  test("has no dates of its own", async () => {
    const time = Date.UTC(2055, 0, 1);
    const late = leaf({ notBefore: time - 1000, notAfter: time + 1000 });
    expect(await judge({ chain: [late], time, roots: [anchor()] })).toMatchObject({ verified: true });
    expect(await refusal({ chain: [late], time })).toMatchObject(refused.expired);
  });

  test("limits what is below it", async () => {
    const middle = authority("Middle", { issuer: root });
    const chain = [leaf({ issuer: middle }), middle.der];
    expect(await refusal({ chain, roots: [anchor({ pathLength: 0 })] })).toMatchObject(refused.invalid);
    expect(await judge({ chain, roots: [anchor({ pathLength: 1 })] })).toMatchObject({ verified: true });

    const elsewhere = within("b.example");
    const here = within("example");
    const refusedName = await refusal({ chain, roots: [anchor({ nameConstraints: elsewhere })] });
    expect(refusedName).toMatchObject(refused.invalid);
    expect(refusedName.message).toContain("a.example");
    expect(await judge({ chain, roots: [anchor({ nameConstraints: here })] })).toMatchObject({
      verified: true,
    });

    const began = Math.floor(Date.now() / 1000) - 3600;
    const dated = [leaf({ notBefore: began * 1000 })];
    const distrusted = anchor({ distrustAfter: began - 1 });
    expect(await refusal({ chain: dated, roots: [distrusted] })).toMatchObject({
      code: "certificate_distrusted",
    });
    expect(await judge({ chain: dated, roots: [anchor({ distrustAfter: began })] })).toMatchObject({
      verified: true,
    });
  });

  test("says which rules are for what is below it", () => {
    expect(anchor({ profile: "webpki" }).profile).toBe("webpki");
    expect(anchor().profile).toBe("private");
  });

  test.each<[what: string, Partial<AnchorParts>]>([
    ["a subject that is none", { subject: nullElement() }],
    ["a key that is none", { spki: sequence() }],
    ["something behind its key", { spki: concat(root.key.spki, nullElement()) }],
    ["name constraints that say nothing", { nameConstraints: sequence() }],
    ["something behind them", { nameConstraints: concat(within("x"), nullElement()) }],
  ])("is not made with %s", (_, bad) => {
    expect(() => anchor(bad)).toThrow(DerError);
  });
});

describe("a store of stores", () => {
  const one = authority("One");
  const two = authority("Two");
  const named = (roots: readonly Root[], der: Bytes): number =>
    createTrustStore(roots).named(der, subjectOf(der)).length;

  test("has the anchors of them all, and of the certificates beside them", async () => {
    const inner = createTrustStore([one.der]);
    const roots = [inner, toPem(two.der), mozillaRoots(), anchor()];
    for (const { der } of [one, two, root]) expect(named(roots, der)).toBe(1);
    expect(await judge({ chain: [leaf({ issuer: one })], roots })).toMatchObject({ vouchedBy: "CN=One" });
    expect(await judge({ chain: [leaf({ issuer: two })], roots })).toMatchObject({ vouchedBy: "CN=Two" });
    expect(await judge({ chain: [leaf()], roots })).toMatchObject({ vouchedBy: "CN=Root" });
    expect(named([inner], two.der)).toBe(0);
  });

  test("finds an anchor and a certificate of the same name", () => {
    expect(named([anchor(), root.der], root.der)).toBe(2);
  });

  test("tells what is unreadable in any of them", () => {
    const bad = sequence(nullElement());
    const silent = { named: () => [] };
    const store = createTrustStore([createTrustStore([bad]), silent, bad, one.der]);
    expect(store.unreadable()).toEqual(Array(2).fill(expect.stringContaining("expected sequence, got null")));
  });

  test("may be one's own", async () => {
    const own = { named: () => [anchor()] };
    expect(await judge({ chain: [leaf()], roots: own })).toMatchObject({ vouchedBy: "CN=Root" });
    expect(await judge({ chain: [leaf()], roots: [own] })).toMatchObject({ vouchedBy: "CN=Root" });
  });
});
