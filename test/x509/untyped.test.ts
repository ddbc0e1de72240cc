// Callers in JavaScript are not held to types: what they get wrong must refuse, and never skip a rule.

import { describe, expect, test } from "vitest";
import { createServerVerifier } from "../../src/trust/serverVerifier.ts";
import { anchorFromParts } from "../../src/x509/anchorFromParts.ts";
import { type AnchorTrust, anchorFromCertificate } from "../../src/x509/trustAnchor.ts";
import { distinguishedName } from "../certificates.ts";
import { leaf, presented, root } from "../trust/judge.ts";
import { brokenRule, middle } from "./verdicts.ts";

const strange = "WebPKI" as "webpki";
const chain = [leaf({ issuer: middle }), middle.der];

describe("a profile that there is not", () => {
  test("is no set of rules", async () => {
    await expect(brokenRule({ chain, profile: strange })).rejects.toThrow(RangeError);
    const odd = anchorFromCertificate(root.der, { profile: strange, distrustAfter: undefined });
    await expect(brokenRule({ chain: [leaf()], roots: [odd] })).rejects.toThrow("no such profile: WebPKI");
  });

  test("is no option of a verifier", () => {
    expect(() => createServerVerifier({ roots: [root.der], profile: strange })).toThrow(
      expect.objectContaining({ code: "invalid_option" }),
    );
  });

  test("is the private one where an anchor says none", () => {
    const trust = { distrustAfter: 1 } as AnchorTrust;
    expect(anchorFromCertificate(root.der, trust)).toMatchObject({ profile: "private", distrustAfter: 1 });
  });
});

describe("a name that can't be read", () => {
  test("is none, and not any", async () => {
    const noNames = leaf({ extensions: [] });
    for (const der of [leaf(), noNames]) {
      await expect(brokenRule({ chain: [der], name: "a..example" })).rejects.toThrow(TypeError);
      expect(await brokenRule({ chain: [der], name: null })).toBeUndefined();
    }
  });
});

describe("a number that is none", () => {
  const parts = { subject: distinguishedName("Root"), spki: root.key.spki };

  test("is a time at which nothing is valid", async () => {
    const roots = [anchorFromParts(parts)];
    expect(await brokenRule({ chain, time: Number.NaN })).toBe("dates");
    expect(await brokenRule({ chain, roots, time: Number.NaN })).toBe("dates");
    const verifier = createServerVerifier({ roots: [root.der] });
    await expect(verifier(presented({ chain, time: Number.NaN }))).rejects.toMatchObject({
      code: "certificate_expired",
    });
  });

  test("is a limit that everything is beyond", async () => {
    expect(await brokenRule({ chain, maxIntermediates: Number.NaN })).toBe("depth");
    const limited = (more: object) => brokenRule({ chain, roots: [anchorFromParts({ ...parts, ...more })] });
    expect(await limited({})).toBeUndefined();
    expect(await limited({ pathLength: Number.NaN })).toBe("pathLength");
    expect(await limited({ distrustAfter: Number.NaN })).toBe("distrusted");
  });
});
