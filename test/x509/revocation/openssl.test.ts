import { describe, expect, test } from "vitest";
import { type Bytes, copyOf } from "../../../src/wire/bytes.ts";
import { certificatesFromPem } from "../../../src/x509/pem.ts";
import { crls, stapledOcsp } from "../../../src/x509/revocation/index.ts";
import recorded from "../../vectors/openssl-revocation.json" with { type: "json" };
import { ask, day, pathOf } from "./makers.ts";
import { hasOpenssl, makeAuthority, type OpensslAuthority } from "./opensslAuthority.ts";

describe("recorded", () => {
  judges(() => recorded);
});

describe.skipIf(!hasOpenssl())("made now", () => {
  let made: OpensslAuthority | undefined;
  judges(() => {
    made ??= makeAuthority();
    return made;
  });
});

function judges(authority: () => OpensslAuthority): void {
  type Leaf = "good" | "revoked" | "mustStaple" | "unknown";
  const derOf = (pem: string): Bytes => certificatesFromPem(pem)[0] as Bytes;

  async function stapled(leaf: Leaf, response: keyof OpensslAuthority["responses"], later = 60) {
    const { root, responses, madeAt, ...rest } = authority();
    const staple = copyOf(Buffer.from(responses[response], "base64"));
    return ask(stapledOcsp(), pathOf([derOf(rest[leaf])], derOf(root)), { staple, at: madeAt + later });
  }

  async function listed(leaf: Leaf, crl: string) {
    const { root, madeAt, ...rest } = authority();
    const check = crls([crl], { required: "chain" });
    return ask(check, pathOf([derOf(rest[leaf])], derOf(root)), { at: madeAt + 60 });
  }

  test.each(["good", "goodBySha256", "goodByKey", "goodByDelegate", "goodWithoutNextUpdate"] as const)(
    "%s",
    async (response) => {
      const { fault, signatures } = await stapled("good", response);
      expect(fault).toBeUndefined();
      expect(signatures).toBe(response === "goodByDelegate" ? 2 : 1);
    },
  );

  test("an answer without nextUpdate is old in two days", async () => {
    expect((await stapled("good", "goodWithoutNextUpdate", 2 * day)).fault?.rule).toBe("revocationStatus");
    expect((await stapled("good", "good", 2 * day)).fault).toBeUndefined();
  });

  test("revoked, unknown, and an answer about another", async () => {
    expect((await stapled("revoked", "revoked")).fault).toMatchObject({
      rule: "revoked",
      about: expect.stringContaining("(key compromise)"),
    });
    expect((await stapled("unknown", "unknown")).fault).toMatchObject({
      rule: "revocationStatus",
      about: expect.stringContaining("unknown"),
    });
    expect((await stapled("revoked", "good")).fault?.rule).toBe("revocationStatus");
  });

  test("must-staple", async () => {
    expect((await stapled("mustStaple", "mustStaple")).notes).toMatchObject([
      { check: "ocsp", outcome: "passed" },
      { check: "mustStaple", outcome: "passed" },
    ]);
    const { root, mustStaple, madeAt } = authority();
    const bare = await ask(stapledOcsp(), pathOf([derOf(mustStaple)], derOf(root)), { at: madeAt });
    expect(bare.fault?.rule).toBe("mustStaple");
  });

  test("the CRL", async () => {
    const { crl, crlWithoutNumber } = authority();
    expect((await listed("good", crl)).fault).toBeUndefined();
    expect((await listed("revoked", crl)).fault).toMatchObject({
      rule: "revoked",
      about: expect.stringContaining("(key compromise)"),
    });
    expect((await listed("good", crlWithoutNumber)).fault).toMatchObject({
      rule: "revocationStatus",
      about: expect.stringContaining("has no number"),
    });
  });
}
