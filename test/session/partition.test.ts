import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { defaultProvider } from "../../src/crypto/provider/node.ts";
import type { Hash } from "../../src/crypto/provider.ts";
import type { ExternalPsk } from "../../src/session/externalPsk.ts";
import { createSessionCache } from "../../src/session/memorySessionCache.ts";
import {
  nameOfCertificates,
  nameOfPsk,
  type PartitionParts,
  partitionOf,
  trustKnownBy,
} from "../../src/session/partition.ts";
import type { SessionCache } from "../../src/session/sessionCache.ts";
import { fromAscii } from "../../src/wire/bytes.ts";
import { providers } from "../crypto/providers.ts";

const own = createSessionCache();
const shared: SessionCache = { shared: true, put: () => {}, take: () => undefined };

const usual: PartitionParts = {
  given: undefined,
  serverName: "example.net",
  port: 443,
  alpn: ["h2"],
  signatureSchemes: ["ed25519"],
  trust: "the roots of the system",
  identity: undefined,
  externalPsks: [],
};

const verifier = () => {};

describe("a partition", () => {
  test("is the same for the same parts", () => {
    for (const trust of ["roots", verifier, {}]) {
      for (const identity of [undefined, "me", verifier, {}]) {
        const parts = { ...usual, trust, identity };
        expect(partitionOf(parts, own)).toBe(partitionOf({ ...parts, alpn: ["h2"] }, own));
      }
    }
  });

  test.each<readonly [string, Partial<PartitionParts>]>([
    ["what was given", { given: "mine" }],
    ["the server's name", { serverName: "example.org" }],
    ["the port", { port: 8443 }],
    ["a port that is not known", { port: undefined }],
    ["the protocols", { alpn: ["h2", "http/1.1"] }],
    ["no protocols", { alpn: [] }],
    ["the schemes of signatures", { signatureSchemes: ["ed25519", "rsa_pss_rsae_sha256"] }],
    ["the roots", { trust: "others" }],
    ["a verifier", { trust: verifier }],
    ["the client's identity", { identity: "me" }],
    ["an identity without a name", { identity: {} }],
    ["external PSKs", { externalPsks: ["external PSK"] }],
  ])("changes with %s", (_, changes) => {
    expect(partitionOf({ ...usual, ...changes }, own)).not.toBe(partitionOf(usual, own));
  });

  test("tells verifiers and identities apart that look alike, as trust and as identity", () => {
    const [one, other] = [() => {}, () => {}];
    const names = [one, other].flatMap((object) => [
      partitionOf({ ...usual, trust: object }, own),
      partitionOf({ ...usual, identity: object }, own),
    ]);
    expect(new Set(names).size).toBe(4);
  });

  /** Objects stand for themselves, so they are taken from a few. */
  const objects = [{}, {}, () => {}];
  const knownBy = fc.oneof(fc.string(), fc.constantFrom(...objects));
  const text = fc.oneof(fc.string(), fc.constantFrom('"', ",", "\\", '","', "null", "0", "1", "\ud800"));
  const anyParts: fc.Arbitrary<PartitionParts> = fc.record({
    given: fc.option(
      text.filter((one) => one !== ""),
      { nil: undefined },
    ),
    serverName: text,
    port: fc.option(fc.nat({ max: 3 }), { nil: undefined }),
    alpn: fc.array(text, { maxLength: 3 }),
    signatureSchemes: fc.array(text, { maxLength: 3 }),
    trust: knownBy,
    identity: fc.option(knownBy, { nil: undefined }),
    externalPsks: fc.array(text, { maxLength: 2 }),
  });
  /** What the parts are, in a form of the test's own: one number for each that is an object, or none where a name was given. */
  const meaning = (parts: PartitionParts) => {
    const known = (part: string | object | undefined) =>
      typeof part === "object" || typeof part === "function"
        ? { object: parts.given === undefined ? objects.indexOf(part) : "any" }
        : { name: part };
    return {
      ...parts,
      trust: known(parts.trust),
      identity: known(parts.identity),
    };
  };

  test("is the same only where all parts are", () => {
    // The second differs from the first in a few parts at most, or hardly any would be alike.
    const pair = fc
      .tuple(
        anyParts,
        anyParts,
        fc.subarray(Object.keys(usual) as (keyof PartitionParts)[], { maxLength: 2 }),
      )
      .map(([one, other, changed]): readonly [PartitionParts, PartitionParts] => [
        one,
        { ...one, ...Object.fromEntries(changed.map((part) => [part, other[part]])) },
      ]);
    fc.assert(
      fc.property(pair, ([one, other]) => {
        const same = partitionOf(one, own) === partitionOf(other, own);
        expect(same).toBe(JSON.stringify(meaning(one)) === JSON.stringify(meaning(other)));
      }),
      { numRuns: 2000 },
    );
  });

  test("that was given stands for what has no name, and for nothing else", () => {
    const given = { ...usual, given: "mine", port: undefined, identity: {} };
    const name = partitionOf({ ...given, trust: () => {} }, own);
    expect(partitionOf({ ...given, trust: () => {}, identity: {} }, own)).toBe(name);
    expect(partitionOf({ ...given, trust: () => {} }, shared)).toBe(name);
    expect(partitionOf({ ...given, trust: () => {}, serverName: "b" }, shared)).not.toBe(name);
    expect(partitionOf({ ...given, trust: () => {}, identity: undefined }, shared)).not.toBe(name);
    expect(partitionOf({ ...given, trust: "roots" }, shared)).not.toBe(name);
  });

  test.each<readonly [string, Partial<PartitionParts>]>([
    ["the port", { port: undefined }],
    ["whom to trust", { trust: verifier }],
    ["the client's identity", { identity: {} }],
    ["the port and whom to trust", { port: undefined, trust: {} }],
  ])(
    "has to be given where a cache is shared, and others can't know %s [invalid_option]",
    (what, changes) => {
      const parts = { ...usual, ...changes };
      const refused = () => partitionOf(parts, shared);
      expect(refused).toThrow(`partition: expected a name, since other processes can't know ${what}`);
      expect(refused).toThrow(expect.objectContaining({ code: "invalid_option" }));
      expect(partitionOf({ ...parts, given: "mine" }, shared)).toContain("mine");
      expect(partitionOf(parts, own)).toBeDefined();
    },
  );

  test("need not be given where a cache is shared and all has names", () => {
    const parts = { ...usual, identity: "me", externalPsks: ["external PSK"] };
    expect(partitionOf(parts, shared)).toBe(partitionOf(parts, own));
  });

  test.each([[""], [1], [null], [{}]])("can't be given as %j [invalid_option]", (given) => {
    const parts = { ...usual, given: given as unknown as string };
    expect(() => partitionOf(parts, own)).toThrow(expect.objectContaining({ code: "invalid_option" }));
  });
});

describe.each(providers)("%s provider", (_, provider) => {
  const name = (...certificates: (Uint8Array | string)[]) =>
    nameOfCertificates(certificates, provider.hashes["SHA-256"]);

  const psk: ExternalPsk = {
    kind: "external",
    identity: fromAscii("client"),
    key: new Uint8Array(16).fill(0xab),
    hash: "SHA-256",
  };

  test.each<readonly [string, Partial<ExternalPsk>]>([
    ["identity", { identity: fromAscii("other") }],
    ["kind", { kind: "imported" }],
    ["hash", { hash: "SHA-384" }],
    ["key", { key: new Uint8Array(16).fill(0xac) }],
  ])("the name of an external PSK changes with its %s", (_, changes) => {
    const hash = provider.hashes["SHA-256"];
    expect(nameOfPsk({ ...psk }, hash)).toBe(nameOfPsk(psk, hash));
    expect(nameOfPsk({ ...psk, ...changes }, hash)).not.toBe(nameOfPsk(psk, hash));
  });

  test("the name of an external PSK holds no key", () => {
    expect(nameOfPsk(psk, provider.hashes["SHA-256"])).toMatch(
      /^external SHA-256 636c69656e74 [0-9a-f]{16}$/,
    );
    expect(nameOfPsk(psk, provider.hashes["SHA-256"])).not.toContain("abab");
  });

  test("the name of certificates is the same for the same ones, and only for them", () => {
    expect(name("a", fromAscii("b"))).toBe(name("a", fromAscii("b")));
    // As if what goes before each were part of another.
    expect(name("a", "b")).not.toBe(name("atext\nb"));
    expect(name("a", "b")).not.toBe(name("atext 1\nb"));
    expect(name("a")).toMatch(/^SHA-256 [0-9a-f]{64}$/);
    const text = fc.oneof(fc.string({ maxLength: 3 }), fc.uint8Array({ maxLength: 3 }));
    const list = fc.array(text, { maxLength: 3 });
    const shown = (certificates: readonly (Uint8Array | string)[]) =>
      JSON.stringify(certificates.map((one) => (typeof one === "string" ? [one] : [...one].concat(-1))));
    fc.assert(
      fc.property(list, list, (one, other) => {
        expect(name(...one) === name(...other)).toBe(shown(one) === shown(other));
      }),
    );
  });
});

describe("what a list of roots is known by", () => {
  const { hashes } = defaultProvider;
  /** Counts what is hashed. */
  const counting = (): { readonly hash: Hash; count(): number } => {
    let count = 0;
    const start: Hash["start"] = () => {
      count++;
      return hashes["SHA-256"].start();
    };
    return { hash: { ...hashes["SHA-256"], start }, count: () => count };
  };
  const pem = (name: string): string => `-----BEGIN CERTIFICATE-----\n${name}`;

  test("is what stands in it, each time anew", () => {
    const roots: (string | Uint8Array)[] = [pem("a"), fromAscii(pem("b"))];
    const { hash, count } = counting();
    const names = new Set([trustKnownBy(roots, roots, hash)]);
    roots.push(pem("c"));
    names.add(trustKnownBy(roots, roots, hash));
    Object.freeze(roots);
    names.add(trustKnownBy(roots, roots, hash));
    // The bytes of a frozen list can still change.
    (roots[1] as Uint8Array).set(fromAscii("B"), 28);
    names.add(trustKnownBy(roots, roots, hash));
    expect([names.size, count()]).toEqual([3, 4]);
  });

  test("is remembered where it is text and frozen", () => {
    const roots = Object.freeze([pem("a"), pem("b")]);
    const { hash, count } = counting();
    const name = trustKnownBy(roots, roots, hash);
    expect(trustKnownBy({ roots }, roots, hash)).toBe(name);
    expect(count()).toBe(1);
    expect(name).toBe(trustKnownBy(roots, [...roots], hash));
  });

  test("is the object that it is, where it holds more than certificates", () => {
    const trust = {};
    expect(trustKnownBy(trust, [pem("a"), {}], hashes["SHA-256"])).toBe(trust);
    expect(trustKnownBy(trust, new Set([pem("a")]), hashes["SHA-256"])).toBe(trust);
  });
});
