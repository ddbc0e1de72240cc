import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeBase64, encodeBase64 } from "../../src/wire/base64.ts";
import { copyOf } from "../../src/wire/bytes.ts";

test("base64 there and back", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      const text = encodeBase64(bytes);
      expect(text).toBe(Buffer.from(bytes).toString("base64"));
      expect(decodeBase64(text)).toEqual(bytes.length === 0 ? undefined : copyOf(bytes));
    }),
  );
});
