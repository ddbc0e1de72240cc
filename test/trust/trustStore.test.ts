import { describe, expect, test } from "vitest";
import { nullElement, sequence } from "../../src/der/writer.ts";
import { createTrustStore, type TrustStore } from "../../src/trust/trustStore.ts";
import { copyOf } from "../../src/wire/bytes.ts";
import { subjectOf } from "../../src/x509/trustAnchor.ts";
import { extension, extensions, generalName, toPem } from "../certificates.ts";
import { type Authority, authority, judge, leaf, refusal, refused, root } from "./judge.ts";

const named = (store: TrustStore, { der }: Authority): number => store.named(der, subjectOf(der)).length;

describe("a store", () => {
  test("is read when the first name is asked for, and holds what it was given then", async () => {
    const given = copyOf(root.der);
    const roots = createTrustStore([given]);
    given.fill(0);
    expect((await judge({ chain: [leaf()], roots })).verified).toBe(true);
  });

  test("keeps one certificate once", () => {
    const once = authority("Once");
    const pem = toPem(once.der);
    expect(named(createTrustStore([once.der, pem, pem + pem]), once)).toBe(1);
  });

  test("is not made of what is no certificate at all", () => {
    for (const nonsense of [1, null, {}] as unknown as readonly string[]) {
      expect(() => createTrustStore([nonsense])).toThrow(expect.objectContaining({ code: "invalid_option" }));
    }
  });

  test("tells namesakes apart by their keys, and finds both", () => {
    const a = authority("Namesake");
    const b = authority("Namesake", { key: authority("Other").key });
    expect(named(createTrustStore([a.der, b.der]), a)).toBe(2);
    expect(named(createTrustStore([a.der]), authority("Nobody"))).toBe(0);
  });

  test("does not take names for the same that only share a slot of its index", () => {
    // Found by trying three million; FNV-1a is no cryptographic hash.
    const a = authority("Root 2467761587");
    const b = authority("Root 4123988118");
    const both = createTrustStore([a.der, b.der]);
    for (const one of [a, b]) {
      const found = both.named(one.der, subjectOf(one.der));
      expect(found.map(({ certificate }) => certificate)).toEqual([one.der]);
    }
    expect(named(createTrustStore([a.der]), b)).toBe(0);
  });

  test("spoils none for one that is bad, and tells why", async () => {
    const truncated = sequence(nullElement());
    const badNames = authority("Bad Names", {
      more: [extensions.nameConstraints({ permitted: [generalName.ip([1, 2, 3])] })],
    });
    const badPem = "-----BEGIN CERTIFICATE-----\n****\n-----END CERTIFICATE-----\n";
    const roots = createTrustStore([truncated, badNames.der, badPem + toPem(root.der)]);
    expect((await judge({ chain: [leaf()], roots })).verified).toBe(true);
    expect(await refusal({ chain: [leaf({ issuer: badNames })], roots })).toMatchObject(refused.unknownCa);
    const problems = roots.unreadable();
    expect(problems).toHaveLength(3);
    expect(problems.join("\n")).toMatch(/expected sequence, got null/);
    expect(problems.join("\n")).toMatch(/something else than base64/);
    expect(problems.join("\n")).toMatch(/a mask of the wrong length/);
    expect(createTrustStore([root.der]).unreadable()).toEqual([]);
  });

  test("may be empty", async () => {
    expect(await refusal({ chain: [leaf()], roots: createTrustStore([]) })).toMatchObject(refused.unknownCa);
  });

  test("takes roots that write themselves in old ways", async () => {
    const old = authority("Old Ways", {
      extensions: [
        extensions.basicConstraints(true, undefined, false),
        // keyCertSign and cRLSign with a zero too many.
        extension("2.5.29.15", new Uint8Array([0x03, 0x03, 0x00, 0x06, 0x00]), true),
      ],
      bend: (fields) => {
        const text = (digits: string) =>
          new Uint8Array([0x18, digits.length, ...new TextEncoder().encode(digits)]);
        fields.validity = sequence(text("20200101000000Z"), text("20400101000000Z"));
      },
    });
    expect((await judge({ chain: [leaf({ issuer: old })], roots: [old.der] })).verified).toBe(true);
  });
});
