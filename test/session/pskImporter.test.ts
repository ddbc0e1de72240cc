import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { HashName } from "../../src/crypto/hashName.ts";
import { checkExternalPsks } from "../../src/session/externalPsk.ts";
import { importPsk, type PskToImport } from "../../src/session/pskImporter.ts";
import { concat, fromAscii, fromHex, toHex } from "../../src/wire/bytes.ts";
import type { TlsError } from "../../src/wire/error.ts";
import { providers } from "../crypto/providers.ts";
import { spyHash } from "../keyschedule/spyHash.ts";

interface Vector {
  readonly hash: HashName;
  readonly key: string;
  readonly identity: string;
  readonly context: string;
  readonly targetHash: HashName;
  readonly output: string;
}

const vectors = JSON.parse(
  readFileSync(new URL("../vectors/rfc9258-psk-importer.json", import.meta.url), "utf8"),
) as readonly Vector[];

const key = new Uint8Array(32).fill(0x41);
const identity = fromAscii("psk1");

describe.each(providers)("%s provider", (_, provider) => {
  test.each(vectors)("imports a $hash key for $targetHash, context $context", (vector) => {
    const psk = importPsk(
      {
        identity: fromHex(vector.identity),
        key: fromHex(vector.key),
        hash: vector.hash,
        context: fromHex(vector.context),
        targetHash: vector.targetHash,
      },
      provider,
    );
    expect(toHex(psk.key)).toBe(vector.output);
    expect(psk.hash).toBe(vector.targetHash);
    expect(psk.kind).toBe("imported");
  });

  test("what the server finds it by names the key, the context, TLS 1.3 and the KDF", () => {
    const context = fromAscii("c");
    const identities = (["SHA-256", "SHA-384"] as const).map((targetHash) =>
      toHex(importPsk({ identity, key, context, targetHash }, provider).identity),
    );
    const start = `0004${toHex(identity)}0001630304`;
    expect(identities).toEqual([`${start}0001`, `${start}0002`]);
  });

  test("is SHA-256 on both sides, with no context, if nothing else is said [4.3.11/2]", () => {
    const psk = importPsk({ identity, key }, provider);
    const said = {
      identity,
      key,
      hash: "SHA-256",
      context: new Uint8Array(0),
      targetHash: "SHA-256",
    } as const;
    expect(psk).toEqual(importPsk(said, provider));
    expect(psk.hash).toBe("SHA-256");
  });

  test("overwrites what lies between the keys, and neither of them", () => {
    const { hash, given } = spyHash(provider.hashes["SHA-256"]);
    const psk = importPsk(
      { identity, key },
      { ...provider, hashes: { ...provider.hashes, "SHA-256": hash } },
    );
    expect(given.map((one) => toHex(one) === "00".repeat(32))).toEqual([true, false]);
    expect(toHex(psk.key)).not.toBe("00".repeat(32));
    expect(toHex(key)).toBe("41".repeat(32));
  });

  test("passes the check of external PSKs", () => {
    const psk = importPsk({ identity, key }, provider);
    expect(checkExternalPsks([psk])).toEqual([psk]);
  });

  test.each<readonly [string, string, Record<string, unknown>]>([
    ["an empty identity", "identity: expected 1 to 65535 bytes, got 0", { identity: new Uint8Array(0) }],
    [
      "text for an identity",
      "identity: expected 1 to 65535 bytes, got something of type string",
      { identity: "a" },
    ],
    ["15 bytes of key", "key: expected 16 random bytes at least, got 15", { key: new Uint8Array(15) }],
    ["another hash", "hash: expected SHA-256 or SHA-384, got SHA-512", { hash: "SHA-512" }],
    ["another target", "targetHash: expected SHA-256 or SHA-384, got MD5", { targetHash: "MD5" }],
    ["text for a context", "context: expected bytes", { context: "c" }],
    [
      "more than an identity can be",
      "context: expected bytes, at most 65,527",
      { context: new Uint8Array(65_524) },
    ],
  ])("does not take %s [invalid_option]", (_name, message, changes) => {
    const wrong = { identity, key, ...changes } as PskToImport;
    expect(() => importPsk(wrong, provider)).toThrow(message);
    expect(() => importPsk(wrong, provider)).toThrow(expect.objectContaining({ code: "invalid_option" }));
  });

  test("takes as much as an identity can be", () => {
    const context = new Uint8Array(65_523);
    expect(importPsk({ identity, key, context }, provider).identity).toHaveLength(0xffff);
  });
});

describe("external PSKs as options", () => {
  test("are external and of SHA-256, if nothing else is said [4.3.11/2]", () => {
    expect(checkExternalPsks([{ identity, key }])).toEqual([
      { kind: "external", identity, key, hash: "SHA-256" },
    ]);
    const said = { kind: "imported", identity, key, hash: "SHA-384" } as const;
    expect(checkExternalPsks([said])).toEqual([said]);
    expect(checkExternalPsks([])).toEqual([]);
  });

  test("are copied: what a caller does to the key afterwards changes nothing", () => {
    const [mine, name] = [key.slice(), identity.slice()];
    const [psk] = checkExternalPsks([{ identity: name, key: mine }]);
    mine.fill(0);
    name.fill(0);
    expect(psk).toEqual({ kind: "external", identity, key, hash: "SHA-256" });
  });

  test.each<readonly [string, string, unknown]>([
    ["no list", "psks: expected a list", {}],
    ["nothing in it", "psks[0]: expected an object, got null", [null]],
    ["no identity [2.2/2]", "psks[0].identity: expected 1 to 65535 bytes", [{ key }]],
    [
      "an empty identity",
      "psks[0].identity: expected 1 to 65535 bytes, got 0",
      [{ identity: new Uint8Array(0), key }],
    ],
    [
      "an identity that is too long",
      "psks[0].identity: expected",
      [{ identity: new Uint8Array(65_536), key }],
    ],
    [
      "no key",
      "psks[0].key: expected 16 random bytes at least, got something of type undefined",
      [{ identity }],
    ],
    ["a key of less than 128 bits", "psks[0].key: expected 16", [{ identity, key: new Uint8Array(15) }]],
    [
      "a hash that no suite has",
      "psks[0].hash: expected SHA-256 or SHA-384",
      [{ identity, key, hash: "SHA-512" }],
    ],
    ["another kind", "psks[0].kind: expected external or imported", [{ identity, key, kind: "resumption" }]],
    [
      "an identity twice",
      "psks[2].identity: expected each identity once",
      [
        { identity, key },
        { identity: fromAscii("b"), key },
        { identity: identity.slice(), key },
      ],
    ],
    [
      "a key with two hashes",
      "psks[0].hash: expected each key with one hash",
      [
        { identity, key },
        { identity: fromAscii("b"), key: key.slice(), hash: "SHA-384" },
      ],
    ],
  ])("can't be %s [invalid_option]", (_, message, psks) => {
    const check = () => checkExternalPsks(psks as Parameters<typeof checkExternalPsks>[0]);
    expect(check).toThrow(message);
    expect(check).toThrow(expect.objectContaining({ code: "invalid_option" }));
  });

  test("leave room for what else a hello carries [invalid_option]", () => {
    const long = (length: number, last: number) => ({
      identity: concat(new Uint8Array(length - 1), new Uint8Array([last])),
      key,
    });
    // A binder and the lengths take 39 bytes each.
    const fits = [long(24_537, 1), long(24_537, 2)];
    expect(checkExternalPsks(fits)).toHaveLength(2);
    expect(() => checkExternalPsks([long(24_537, 1), long(24_538, 2)])).toThrow("psks: expected 49152 bytes");
    expect(() => checkExternalPsks(fits.map((psk) => ({ ...psk, hash: "SHA-384" as const })))).toThrow(
      "49184",
    );
  });

  test("are told wrong without a byte of the key", () => {
    const secret = fromHex("abcdef0123456789abcdef01234567");
    try {
      checkExternalPsks([{ identity, key: secret }]);
      expect.fail("it was taken");
    } catch (error) {
      expect((error as TlsError).message).not.toMatch(/ab|171|cdef/);
    }
  });
});
