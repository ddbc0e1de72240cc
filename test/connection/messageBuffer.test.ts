import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  MessageBuffer,
  maxCertificateMessageLength,
  maxMessageLength,
} from "../../src/connection/messageBuffer.ts";
import { type Bytes, concat, toHex } from "../../src/wire/bytes.ts";
import { refusalOf } from "../messages/refusals.ts";
import { splitAt } from "../record/splits.ts";

const header = (type: number, length: number): Bytes =>
  Uint8Array.of(type, length >> 16, (length >> 8) & 0xff, length & 0xff);
const message = (type: number, length: number): Bytes =>
  concat(
    header(type, length),
    Uint8Array.from({ length }, (_, i) => i),
  );

describe("MessageBuffer", () => {
  test("any split into records gives the same messages [5.1/1, 5.1/2]", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({ type: fc.constantFrom(4, 8, 11, 24), length: fc.oneof(fc.nat(20), fc.nat(50_000)) }),
          { maxLength: 6 },
        ),
        fc.array(fc.nat(), { maxLength: 12 }),
        fc.boolean(),
        (asked, cuts, isOurs) => {
          const messages = asked.map(({ type, length }) => message(type, length));
          const buffer = new MessageBuffer();
          const got: string[] = [];
          for (const piece of splitAt(concat(...messages), cuts)) {
            buffer.push(piece, isOurs);
            // What is not ours changes as soon as it may.
            if (!isOurs) piece.fill(0xee);
            for (let next = buffer.next(); next !== undefined; next = buffer.next()) got.push(toHex(next));
          }
          expect(got).toEqual(messages.map(toHex));
          expect(buffer.length).toBe(0);
        },
      ),
      { numRuns: 60 },
    );
  });

  test.each([
    ["Certificate", 11, maxCertificateMessageLength, 256 * 1024],
    ["any other message", 4, maxMessageLength, 64 * 1024],
  ] as const)(
    "%s may be as long as its limit and no longer [handshake_message_too_long]",
    (_, type, limit, wanted) => {
      expect(limit).toBe(wanted);
      const whole = message(type, limit);
      const taken = new MessageBuffer();
      taken.push(whole.subarray(0, -1), false);
      expect(taken.next()).toBeUndefined();
      taken.push(whole.subarray(-1), false);
      expect(taken.next()).toHaveLength(limit + 4);
      for (const length of [limit + 1, 0xffffff]) {
        const refused = new MessageBuffer();
        refused.push(header(type, length).subarray(0, 3), false);
        expect(refused.next()).toBeUndefined();
        refused.push(header(type, length).subarray(3), false);
        expect(refusalOf(() => refused.next())).toBe("handshake_message_too_long");
      }
    },
  );
});
