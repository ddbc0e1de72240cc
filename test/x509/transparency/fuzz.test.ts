import fc from "fast-check";
import { describe, test } from "vitest";
import { type Bytes, copyOf } from "../../../src/wire/bytes.ts";
import { stapledTimestamps } from "../../../src/x509/transparency/stapled.ts";
import { parseTimestamp, parseTimestampList } from "../../../src/x509/transparency/timestamp.ts";
import {
  certificateEntry,
  stapledResponse,
  testLog,
  timestamp,
  timestampList,
} from "../../transparencyLog.ts";

const one = timestamp(testLog("Ash", "North"), certificateEntry(new Uint8Array(100)), {
  extensions: new Uint8Array(8),
});
const list = timestampList([one, one]);
const response = stapledResponse([list, undefined, timestampList([one])]);

/** Bytes changed, cut out or put in. */
const bent = (whole: Bytes): fc.Arbitrary<Bytes> =>
  fc
    .array(fc.tuple(fc.nat(whole.length - 1), fc.nat(3), fc.uint8Array({ maxLength: 3 })), {
      minLength: 1,
      maxLength: 4,
    })
    .map((edits) => {
      const bytes = [...whole];
      for (const [at, cut, put] of edits) bytes.splice(at, cut, ...put);
      return new Uint8Array(bytes);
    });
const anything = fc.uint8Array({ maxLength: 300 }).map(copyOf);

// They answer, or say that they can't read it; what they answer lies within what they were given.
describe("what a server sends throws nothing", () => {
  const readers: readonly (readonly [string, Bytes, (bytes: Bytes) => readonly Bytes[] | undefined])[] = [
    ["a timestamp", one, (bytes) => asList(parseTimestamp(bytes)?.signature)],
    ["a list", list, parseTimestampList],
    ["a stapled response", response, stapledTimestamps],
  ];
  test.each(readers)("%s", (_, whole, read) => {
    const check = (bytes: Bytes): boolean => {
      const found = read(bytes) ?? [];
      return found.every((part) => part.buffer === bytes.buffer && part.length <= bytes.length);
    };
    fc.assert(fc.property(fc.oneof(bent(whole), anything), check), { numRuns: 3000 });
  });
});

const asList = (bytes: Bytes | undefined): readonly Bytes[] => (bytes === undefined ? [] : [bytes]);
