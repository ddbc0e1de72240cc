import fc from "fast-check";
import { expect, test } from "vitest";
import { nonce } from "../../src/record/nonce.ts";
import { toHex } from "../../src/wire/bytes.ts";

test("the sequence number, 64 bits of it, is added to the end of the IV", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 12, maxLength: 12 }), fc.maxSafeNat(), (iv, sequence) => {
      const value = BigInt(`0x${toHex(iv)}`) ^ BigInt(sequence);
      expect(toHex(nonce(Uint8Array.from(iv), sequence))).toBe(value.toString(16).padStart(24, "0"));
    }),
    {
      examples: [
        [new Uint8Array(12), Number.MAX_SAFE_INTEGER],
        [new Uint8Array(12).fill(0xff), 2 ** 32],
      ],
    },
  );
});
