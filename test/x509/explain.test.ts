import { describe, expect, test } from "vitest";
import { parseCertificate } from "../../src/x509/certificate.ts";
import { explain, explainFailure } from "../../src/x509/explain.ts";
import { ruleRows } from "../../src/x509/rules.ts";
import { anchorFromCertificate } from "../../src/x509/trustAnchor.ts";
import { extensions, generalName, makeCertificate } from "../certificates.ts";
import { authority, leaf, leafExtensions, root } from "../trust/judge.ts";
import { type Asked, middle, questionOf, strictLeaf, verdictOn } from "./verdicts.ts";

const words = async (asked: Asked): Promise<string> => explain(await verdictOn(asked), questionOf(asked));

const day = 86_400;
const now = Math.floor(Date.now() / 1000);
const stranger = authority("Stranger");
const issuerKey = extensions.authorityKeyIdentifier(root.key);

describe("a verdict in words", () => {
  test.each<[what: string, asked: Asked, expected: RegExp | string]>([
    ["trusted", { chain: [leaf()] }, "trusted by CN=Root"],
    [
      "expired",
      { chain: [leaf({ notAfter: (now - 3 * day) * 1000 })], time: now },
      /^expired 3 days ago \(on /,
    ],
    [
      "another name",
      { chain: [leaf()], name: "b.example" },
      "certificate is for a.example, wanted b.example",
    ],
    [
      "an unknown authority",
      { chain: [leaf({ issuer: stranger })] },
      /^issued by CN=Stranger, which no trusted root vouches for$/,
    ],
    [
      "the wrong purpose",
      { chain: [leaf()], purpose: "client" },
      "certificate may not be used for clients (its extended key usage lacks clientAuth)",
    ],
    [
      "no mail",
      { chain: [leaf()], purpose: "email" },
      "certificate may not be used for e-mail (its extended key usage lacks emailProtection)",
    ],
    [
      "too deep",
      { chain: [leaf({ issuer: middle }), middle.der], maxIntermediates: 0 },
      "certificate has more intermediate certificates above it than were asked for: 0 allowed, 1 there",
    ],
    [
      "a distrusted root",
      { chain: [leaf()], roots: [anchorFromCertificate(root.der, { profile: "private", distrustAfter: 0 })] },
      "the trusted root CN=Root is not trusted for certificates as new as this one: its owner has to get one from another authority",
    ],
    [
      "a name that a constraint above excludes",
      {
        chain: [leaf()],
        roots: [
          authority("Root", {
            key: root.key,
            more: [extensions.nameConstraints({ excluded: [generalName.dns("example")] })],
          }).der,
        ],
      },
      "certificate is for DNS:a.example, which a certificate authority above it may not vouch for",
    ],
    [
      "a subject that a constraint above excludes",
      {
        chain: [leaf()],
        roots: [
          authority("Root", {
            key: root.key,
            more: [extensions.nameConstraints({ excluded: [generalName.directory("a.example")] })],
          }).der,
        ],
      },
      "certificate is for directory:CN=a.example, which a certificate authority above it may not vouch for",
    ],
    [
      "a mailbox in the subject that a constraint above excludes",
      {
        chain: [leaf({ subject: [["emailAddress", "me@b.example"]] })],
        roots: [
          authority("Root", {
            key: root.key,
            more: [extensions.nameConstraints({ excluded: [generalName.email("b.example")] })],
          }).der,
        ],
      },
      "certificate is for email:me@b.example, which a certificate authority above it may not vouch for",
    ],
    [
      "a root that is judged, and can't be read",
      {
        chain: [strictLeaf()],
        profile: "rfc5280",
        roots: [
          authority("Root", { bend: (fields) => (fields.serialNumber = new Uint8Array([2, 2, 0, 1])) }).der,
        ],
      },
      /^the trusted root CN=Root can't be read: an integer that is not minimal \(at byte \d+\)$/,
    ],
    [
      "a rule of form",
      { chain: [strictLeaf({ subject: "b.example" })], profile: "webpki" },
      "certificate has a common name that is no exact copy of one of its alternative names",
    ],
    [
      "several at once",
      { chain: [leaf({ extensions: leafExtensions.slice(2) })], profile: "webpki" },
      /^certificate does not name its issuer's key .*; besides: certificate has an extended key usage that is missing/,
    ],
    [
      "a form that is broken in between",
      {
        chain: [
          strictLeaf({ issuer: middle }),
          makeCertificate({
            subject: "Middle",
            key: middle.key,
            issuer: root,
            extensions: [extensions.basicConstraints(true), issuerKey],
          }),
        ],
        profile: "rfc5280",
      },
      "CN=Middle is a certificate authority's, and does not name its key (no subject key identifier)",
    ],
  ])("%s", async (_, asked, expected) => {
    const text = await words(asked);
    if (typeof expected === "string") expect(text).toBe(expected);
    else expect(text).toMatch(expected);
  });

  test.each(ruleRows.map(([rule]) => rule))("there are words for %s", (rule) => {
    const certificate = parseCertificate(leaf());
    const question = questionOf({ chain: [] });
    const failure = { rule, certificate, anchor: undefined, about: "about" };
    const text = explainFailure(failure, certificate, question);
    expect(text).not.toContain(rule === "encoding" ? "breaks" : "breaks the rule");
    expect(text.length).toBeGreaterThan(4);
  });

  test("are cut where a stranger's names are endless", async () => {
    const endless = authority("x".repeat(10_000));
    const text = await words({ chain: [leaf({ issuer: endless })] });
    expect(text.length).toBeLessThan(510);
    expect(text).toMatch(/ …$/);
  });
});
