import { describe, expect, test, vi } from "vitest";
import { defaultProvider } from "../../src/crypto/provider/node.ts";
import { integer, sequence } from "../../src/der/writer.ts";
import type { Bytes } from "../../src/wire/bytes.ts";
import { limits } from "../../src/x509/limits.ts";
import { parseMailbox } from "../../src/x509/names.ts";
import type { Evidence, Note, PathCheck } from "../../src/x509/pathCheck.ts";
import { stapledOcsp } from "../../src/x509/revocation/index.ts";
import { anchorFromCertificate } from "../../src/x509/trustAnchor.ts";
import type { Finding } from "../../src/x509/verdict.ts";
import { extension, extensions, generalName, key, type Purpose } from "../certificates.ts";
import { authority, leaf, leafExtensions, root } from "../trust/judge.ts";
import { brokenRule, middle, strictLeaf, verdictOn } from "./verdicts.ts";

const [usage, , names] = leafExtensions as [Bytes, Bytes, Bytes];

describe("purposes", () => {
  const withPurposes = (...purposes: readonly Purpose[]): Bytes =>
    leaf({ extensions: [usage, extensions.extendedKeyUsage(...purposes), names] });
  const wants = { server: "serverAuth", client: "clientAuth", email: "emailProtection" } as const;

  test.each(Object.entries(wants) as [keyof typeof wants, Purpose][])(
    "%s asks for %s, or for no restriction",
    async (purpose, needed) => {
      for (const other of Object.values(wants)) {
        const expected = other === needed ? undefined : "purpose";
        expect(await brokenRule({ chain: [withPurposes(other)], purpose })).toBe(expected);
        const constrained = authority("For One", {
          issuer: root,
          more: [extensions.extendedKeyUsage(other)],
        });
        const chain = [leaf({ issuer: constrained, extensions: [usage, names] }), constrained.der];
        expect(await brokenRule({ chain, purpose })).toBe(expected);
      }
      expect(await brokenRule({ chain: [withPurposes("any")], purpose })).toBeUndefined();
      expect(await brokenRule({ chain: [leaf({ extensions: [usage, names] })], purpose })).toBeUndefined();
    },
  );
});

describe("a wanted name", () => {
  const forMail = (...mailboxes: readonly string[]): readonly Bytes[] => [
    leaf({
      subject: [["emailAddress", "subject@a.example"]],
      extensions: [
        extensions.subjectAltName([generalName.dns("b.example"), ...mailboxes.map(generalName.email)]),
      ],
    }),
  ];

  test("may be absent", async () => {
    expect(await brokenRule({ chain: [leaf({ extensions: [] })], name: null })).toBeUndefined();
    expect(await brokenRule({ chain: [leaf({ extensions: [] })] })).toBe("name");
  });

  test.each<[given: string, written: string, fits: boolean]>([
    ["alice@a.example", "alice@a.example", true],
    ["alice@A.Example", "alice@a.EXAMPLE", true],
    ["Alice@a.example", "alice@a.example", false],
    ["alice@a.example", "bob@a.example", false],
    ["alice@a.example", "alice@b.example", false],
    ["alice@a.example", "a.example", false],
    ["alice@a.example", "*@a.example", false],
    ["subject@a.example", "alice@a.example", false],
    ['"a@b"@a.example', '"a@b"@a.example', true],
  ])("that is the mailbox %s, for %s: %s", async (name, written, fits) => {
    const rule = await brokenRule({ chain: forMail(written), name, purpose: "email" });
    expect(rule).toBe(fits ? undefined : "name");
  });

  test("that is a mailbox is found behind other names, and no DNS name is one", async () => {
    expect(
      await brokenRule({ chain: forMail("b@a.example", "a@a.example"), name: "a@a.example" }),
    ).toBeUndefined();
    expect(await brokenRule({ chain: forMail("b.example"), name: "a@b.example" })).toBe("name");
  });

  test.each(["a", "@a.example", "a@", "a@*.example", "a b@a.example", "a@a..example", "a@b@c.example"])(
    "%j is no mailbox",
    (text) => {
      expect(parseMailbox(text)).toBeUndefined();
    },
  );

  test("below a public suffix fits no wildcard, where somebody tells what is one", async () => {
    const chain = [leaf({ extensions: [extensions.subjectAltName([generalName.dns("*.co.example")])] })];
    const asked = { chain, name: "A.co.example" };
    expect(await brokenRule(asked)).toBeUndefined();
    const isPublicSuffix = vi.fn((domain: string) => domain === "co.example");
    expect(await brokenRule({ ...asked, isPublicSuffix })).toBe("name");
    expect(isPublicSuffix.mock.calls).toEqual([["co.example"]]);
    const exact = [leaf({ extensions: [extensions.subjectAltName([generalName.dns("a.co.example")])] })];
    expect(await brokenRule({ ...asked, chain: exact, isPublicSuffix })).toBeUndefined();
    const deeper = [leaf({ extensions: [extensions.subjectAltName([generalName.dns("*.b.co.example")])] })];
    expect(await brokenRule({ chain: deeper, name: "a.b.co.example", isPublicSuffix })).toBeUndefined();
  });
});

describe("the depth", () => {
  const lower = authority("Lower", { issuer: middle });
  const chain = [leaf({ issuer: lower }), lower.der, middle.der];

  test("is how many may stand between", async () => {
    expect(await brokenRule({ chain, maxIntermediates: 2 })).toBeUndefined();
    expect(await brokenRule({ chain, maxIntermediates: 1 })).toBe("depth");
    expect(await brokenRule({ chain: [leaf()], maxIntermediates: 0 })).toBeUndefined();
    expect(
      await brokenRule({ chain: chain.slice(0, 2), roots: [middle.der], maxIntermediates: 1 }),
    ).toBeUndefined();
  });

  test("does not count self-issued certificates", async () => {
    const renewed = authority("Lower", { issuer: lower, key: key("P-256", "renewed lower") });
    const longer = [leaf({ issuer: renewed }), renewed.der, ...chain.slice(1)];
    expect(await brokenRule({ chain: longer, maxIntermediates: 2 })).toBeUndefined();
  });

  test("sends the search another way where one is too long", async () => {
    const crossed = authority("Lower", { issuer: root, key: lower.key });
    for (const others of [
      [lower.der, middle.der, crossed.der],
      [crossed.der, lower.der, middle.der],
    ]) {
      expect(
        await brokenRule({ chain: [leaf({ issuer: lower }), ...others], maxIntermediates: 1 }),
      ).toBeUndefined();
    }
  });
});

describe("an anchor that is distrusted from a day on", () => {
  const day = Date.UTC(2026, 5, 1);
  const distrustAfter = day / 1000;
  const roots = [anchorFromCertificate(root.der, { profile: "private", distrustAfter })];
  const from = (notBefore: number): readonly Bytes[] => [
    leaf({ notBefore, notAfter: day + 1e10, issuer: root }),
  ];

  test("vouches for what was made until then", async () => {
    expect(await brokenRule({ chain: from(day), roots, time: distrustAfter + 1000 })).toBeUndefined();
    expect(await brokenRule({ chain: from(day + 1000), roots, time: distrustAfter + 1000 })).toBe(
      "distrusted",
    );
  });

  test("is judged by the peer's certificate, not by those between", async () => {
    const later = authority("Later", { issuer: root, notBefore: day + 1000 });
    const chain = [leaf({ issuer: later, notBefore: day, notAfter: day + 1e10 }), later.der];
    expect(await brokenRule({ chain, roots, time: distrustAfter + 1000 })).toBeUndefined();
  });
});

describe("checks", () => {
  const evidence: Evidence = { ocspResponse: new Uint8Array([1]), signedCertificateTimestamps: [] };
  const note: Note = { check: "ocsp", outcome: "absent", detail: "nothing came" };
  const takes: PathCheck = () => ({ fault: undefined, notes: [note] });
  const chain = [leaf({ issuer: middle }), middle.der];

  test("are asked of a path that holds, and their notes are kept", async () => {
    const check = vi.fn(takes);
    const verdict = await verdictOn({
      chain,
      checks: [check, async (...asked) => takes(...asked)],
      evidence,
    });
    expect(verdict).toMatchObject({ trusted: true, notes: [note, note] });
    expect(check).toHaveBeenCalledTimes(1);
    const [candidate, context] = check.mock.calls[0] as Parameters<PathCheck>;
    expect(candidate.path.map(({ der }) => der)).toEqual(chain);
    expect(candidate.anchor.certificate).toEqual(root.der);
    expect(context.evidence).toBe(evidence);
    expect(context.hashes["SHA-256"].length).toBe(32);
    expect(context.time).toBeCloseTo(Date.now() / 1000, -2);
  });

  test("are not asked where no path holds", async () => {
    const check = vi.fn(takes);
    for (const asked of [{ chain, name: "b.example" }, { chain: chain.slice(0, 1) }, { chain, time: 1 }]) {
      expect(await brokenRule({ ...asked, checks: [check] })).toBeDefined();
    }
    expect(check).not.toHaveBeenCalled();
  });

  test("refuse a path with a rule of theirs, and end there", async () => {
    const after = vi.fn(takes);
    const refuses: PathCheck = ({ path }) => ({
      fault: { rule: "revoked", certificate: path[1] as (typeof path)[0], about: "was revoked on Tuesday" },
    });
    const found: Finding[] = [];
    const verdict = await verdictOn({ chain, checks: [refuses, after], watch: (one) => found.push(one) });
    expect(verdict).toMatchObject({
      trusted: false,
      failure: { rule: "revoked", about: "was revoked on Tuesday" },
    });
    expect(!verdict.trusted && verdict.failure.certificate?.der).toEqual(middle.der);
    expect(found.filter(({ failure }) => failure !== undefined)).toHaveLength(1);
    expect(after).not.toHaveBeenCalled();
  });

  test("send the search another way", async () => {
    const other = authority("Middle", { issuer: root, key: middle.key });
    let asked = 0;
    const refusesFirst: PathCheck = ({ path }) =>
      ++asked === 1
        ? { fault: { rule: "revoked", certificate: path[0] as (typeof path)[0], about: "" } }
        : { fault: undefined, notes: [] };
    expect(await brokenRule({ chain: [...chain, other.der], checks: [refusesFirst] })).toBeUndefined();
    expect(asked).toBe(2);
  });

  test("check signatures within the budget of the whole verification", async () => {
    const verify = vi.fn(defaultProvider.verify);
    const answers: (boolean | string)[] = [];
    const greedy: PathCheck = async ({ path }, context) => {
      const certificate = path[0] as (typeof path)[0];
      const { publicKey } = certificate;
      if (publicKey.kind === "unsupported") throw new Error("a key that is none");
      for (let i = 0; i <= limits.signatures; i++) {
        const answer = await context.verify(
          { kind: "ecdsa", hash: "SHA-256" },
          publicKey,
          new Uint8Array([i]),
          new Uint8Array(1),
        );
        answers.push(answer);
        if (answer === "spent") return { fault: { rule: "budget", certificate, about: "" } };
      }
      return { fault: undefined, notes: [] };
    };
    expect(await brokenRule({ chain, checks: [greedy], provider: { ...defaultProvider, verify } })).toBe(
      "budget",
    );
    expect(verify).toHaveBeenCalledTimes(limits.signatures);
    expect(answers.at(-1)).toBe("spent");
    expect(answers.filter((one) => one === false)).toHaveLength(limits.signatures - 2);
  });

  test("are asked of a certificate that is trusted itself too", async () => {
    const statusRequest = extension("1.3.6.1.5.5.7.1.24", sequence(integer(5)));
    const own = strictLeaf();
    const asked = { chain: [own], roots: [own] };
    const verdict = await verdictOn({ ...asked, checks: [takes] });
    expect(verdict).toMatchObject({ trusted: true, profile: "private", notes: [note] });
    const refuses: PathCheck = ({ path: [certificate] }) => ({
      fault: { rule: "revoked", certificate: certificate as NonNullable<typeof certificate>, about: "" },
    });
    const refusal = await verdictOn({ ...asked, checks: [refuses] });
    expect(refusal).toMatchObject({ trusted: false, failure: { rule: "revoked" } });
    expect(refusal).toMatchObject({ attempts: [{ path: [{ der: own }], anchor: { certificate: own } }] });
    expect(await brokenRule({ ...asked, checks: [stapledOcsp()] })).toBeUndefined();
    expect(await brokenRule({ ...asked, checks: [stapledOcsp({ required: true })] })).toBe(
      "revocationStatus",
    );
    const demanding = strictLeaf({ extensions: [...leafExtensions, statusRequest] });
    expect(await brokenRule({ chain: [demanding], roots: [demanding], checks: [stapledOcsp()] })).toBe(
      "mustStaple",
    );
  });

  test("let through what one of them throws", async () => {
    const checks: readonly PathCheck[] = [
      () => {
        throw new Error("the disk is full");
      },
    ];
    await expect(verdictOn({ chain, checks })).rejects.toThrow("the disk is full");
  });
});
