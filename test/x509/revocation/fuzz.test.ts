import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DerError } from "../../../src/der/error.ts";
import {
  bitString,
  boolean,
  element,
  integer,
  nullElement,
  objectIdentifier,
  octetString,
  sequence,
  time,
} from "../../../src/der/writer.ts";
import { type Bytes, concat } from "../../../src/wire/bytes.ts";
import { parseCrl } from "../../../src/x509/revocation/crl.ts";
import { parseOcspResponse } from "../../../src/x509/revocation/ocspResponse.ts";
import { extension, extensions } from "../../certificates.ts";
import {
  crl,
  delegate,
  entry,
  enumerated,
  generalizedTime,
  leaf,
  now,
  ocspResponse,
  ocspSigning,
  purposesOf,
  reason,
  root,
  scope,
  scopeFields,
  single,
  statuses,
} from "./makers.ts";

const other = extension("1.2.3.4", nullElement());
describe("whatever the bytes", () => {
  const signer = delegate({ extensions: [purposesOf(ocspSigning)] });
  const responses: readonly Bytes[] = [
    ocspResponse({
      signer,
      by: "keyHash",
      certificates: [signer.der],
      extensions: [other],
      singles: [
        single({ extensions: [other] }),
        single({ status: statuses.revoked(now, 1), nextUpdate: null }),
      ],
    }),
    ocspResponse({ singles: [single({ status: statuses.unknown, hash: "sha256" })] }),
    sequence(enumerated(3)),
  ];
  const lists: readonly Bytes[] = [
    crl({ entries: [entry(leaf, { extensions: [reason(1)] }), entry(7)] }),
    crl({
      extensions: [
        extensions.authorityKeyIdentifier(root.key),
        scope(scopeFields.uri("https://a.example"), scopeFields.users, scopeFields.reasons(1, 8)),
        extension("2.5.29.27", integer(6), true),
      ],
    }),
    crl({ nextUpdate: 2_840_140_800 }),
  ];

  const mutated = (seeds: readonly Bytes[]): fc.Arbitrary<Bytes> =>
    fc
      .tuple(
        fc.constantFrom(...seeds),
        fc.array(
          fc.record({
            at: fc.nat(),
            cut: fc.nat({ max: 3 }),
            put: fc.uint8Array({ maxLength: 3 }),
          }),
          { minLength: 1, maxLength: 4 },
        ),
      )
      .map(([seed, edits]) =>
        edits.reduce<Bytes>((bytes, { at, cut, put }) => {
          const start = at % (bytes.length + 1);
          return concat(bytes.subarray(0, start), put, bytes.subarray(start + cut));
        }, seed),
      );

  /** Elements of the types that can stand here, one in the other: no lengths are wrong, everything else may be. */
  const grammar: fc.Arbitrary<Bytes> = fc.letrec<{ element: Bytes }>((tie) => ({
    element: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.constantFrom(
        nullElement(),
        boolean(true),
        enumerated(0),
        enumerated(1),
        integer(1),
        time(now),
        generalizedTime(now),
        objectIdentifier("1.3.6.1.5.5.7.48.1.1"),
        objectIdentifier("1.2.840.10045.4.3.2"),
        objectIdentifier("2.5.29.28"),
        octetString(new Uint8Array(20)),
        bitString(new Uint8Array(8)),
        element(0x80),
      ),
      fc
        .tuple(
          fc.constantFrom(0x30, 0x31, 0xa0, 0xa1, 0xa2, 0x04),
          fc.array(tie("element"), { maxLength: 6 }),
        )
        .map(([tag, inner]) => element(tag, ...inner)),
    ),
  })).element;

  const only = (parse: (der: Bytes) => unknown, der: Bytes): void => {
    try {
      parse(der);
    } catch (error) {
      expect(error).toBeInstanceOf(DerError);
    }
  };
  const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => concat(array));
  const runs = { numRuns: 3000 };

  test("of a response, nothing but a DerError comes out", () => {
    fc.assert(
      fc.property(fc.oneof(bytes, grammar, mutated(responses)), (der) => only(parseOcspResponse, der)),
      runs,
    );
  });

  test("of a CRL, nothing but a DerError comes out", () => {
    const readAndLookUp = (der: Bytes): void => {
      const { entries } = parseCrl(der);
      entries.find(new Uint8Array([7]), { start: 0, end: 1 });
    };
    fc.assert(
      fc.property(fc.oneof(bytes, grammar, mutated(lists)), (der) => only(readAndLookUp, der)),
      runs,
    );
  });
});
