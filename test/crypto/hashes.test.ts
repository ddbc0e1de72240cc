import { createHash, createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { HashName } from "../../src/crypto/hashName.ts";
import { concat, toHex } from "../../src/wire/bytes.ts";
import { providers } from "./providers.ts";

const names = ["SHA-256", "SHA-384", "SHA-512"] as const satisfies readonly HashName[];

const bytes = (length: number, start = 1) => Uint8Array.from({ length }, (_, i) => start + 7 * i);
const nodeName = (name: HashName) => name.replace("-", "").toLowerCase();
const reference = (name: HashName, message: Uint8Array) =>
  createHash(nodeName(name)).update(message).digest("hex");

describe.each(providers)("%s provider", (_, provider) => {
  describe.each(names)("%s", (name) => {
    const hash = provider.hashes[name];

    it("says its name and its length", () => {
      expect(hash.name).toBe(name);
      expect(hash.digest(bytes(0))).toHaveLength(hash.length);
    });

    it.each([0, 1, 55, 56, 64, 111, 112, 127, 128, 1000, 20_000])("hashes %i bytes", (length) => {
      expect(toHex(hash.digest(bytes(length)))).toBe(reference(name, bytes(length)));
    });

    it("can be read while it runs, twice, and fed on", () => {
      const running = hash.start();
      expect(toHex(running.digest())).toBe(reference(name, bytes(0)));
      running.update(bytes(100));
      expect(toHex(running.digest())).toBe(reference(name, bytes(100)));
      expect(toHex(running.digest())).toBe(reference(name, bytes(100)));
      running.update(bytes(0));
      running.update(bytes(200, 3));
      expect(toHex(running.digest())).toBe(reference(name, concat(bytes(100), bytes(200, 3))));
    });

    it("can be copied while it runs, and neither then minds the other", () => {
      const running = hash.start();
      running.update(bytes(100));
      const copy = running.copy();
      running.update(bytes(30, 3));
      copy.update(bytes(200, 5));
      const again = copy.copy();
      copy.update(bytes(1));
      expect(toHex(running.digest())).toBe(reference(name, concat(bytes(100), bytes(30, 3))));
      expect(toHex(again.digest())).toBe(reference(name, concat(bytes(100), bytes(200, 5))));
      expect(toHex(copy.digest())).toBe(reference(name, concat(bytes(100), bytes(200, 5), bytes(1))));
    });

    it("gives each digest memory of its own", () => {
      const running = hash.start();
      const [first, second] = [running.digest(), running.digest()];
      first.fill(0);
      expect(toHex(second)).toBe(reference(name, bytes(0)));
      expect(second.buffer.byteLength).toBe(hash.length);
    });

    it("runs beside another of its kind", () => {
      const [one, other] = [hash.start(), hash.start()];
      one.update(bytes(10));
      other.update(bytes(20));
      expect(toHex(one.digest())).toBe(reference(name, bytes(10)));
      expect(toHex(other.digest())).toBe(reference(name, bytes(20)));
    });

    it.each([0, 1, 32, 63, 64, 65, 127, 128, 129, 200])("computes HMACs with a key of %i bytes", (length) => {
      for (const messageLength of [0, 1, 60, 511, 512, 513, 5000]) {
        const [key, message] = [bytes(length, 9), bytes(messageLength)];
        const expected = createHmac(nodeName(name), key).update(message).digest("hex");
        expect(toHex(hash.hmac(key, message))).toBe(expected);
      }
    });

    it("takes views into larger memory, and leaves them as they were", () => {
      const memory = bytes(300);
      const [key, message] = [memory.subarray(3, 40), memory.subarray(50, 170)];
      const expected = createHmac(nodeName(name), bytes(300).subarray(3, 40)).update(
        bytes(300).subarray(50, 170),
      );
      expect(toHex(hash.hmac(key, message))).toBe(expected.digest("hex"));
      expect(memory).toEqual(bytes(300));
    });

    it("takes its own MAC as the next key", () => {
      let key = hash.hmac(bytes(1), bytes(2));
      let expected = createHmac(nodeName(name), bytes(1)).update(bytes(2)).digest();
      for (let i = 0; i < 5; i++) {
        key = hash.hmac(key, key);
        expected = createHmac(nodeName(name), expected).update(expected).digest();
      }
      expect(toHex(key)).toBe(expected.toString("hex"));
    });
  });
});
