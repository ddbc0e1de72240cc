import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeSession, encodeSession } from "../../src/session/sessionBytes.ts";
import { type Bytes, concat, copyOf, fromAscii, fromHex, toHex } from "../../src/wire/bytes.ts";
import { TlsError } from "../../src/wire/error.ts";
import { outcomeOf, refusalOf } from "../messages/refusals.ts";
import { noon, sessionNamed, sessions, shown } from "./sessions.ts";

/** The form of docs/sessions.md, written by hand. */
const written = [
  ["form", "01"],
  ["cipher suite", "1301"],
  ["PSK", `20${"07".repeat(32)}`],
  ["ticket", "0002" + "6162"],
  ["age add", "fedcba98"],
  ["lifetime", "00001c20"],
  ["received", noon.toString(16).padStart(16, "0")],
  ["authenticated", noon.toString(16).padStart(16, "0")],
  ["early data", "00004000"],
  ["ALPN", "026832"],
  ["server name", `0b${toHex(fromAscii("example.net"))}`],
  ["client authenticated", "01"],
  ["chain", "000009" + "0000023000" + "000001ff"],
  ["OCSP response", "000001aa"],
  ["timestamps", "0003" + "0001bb"],
] as const;
type Field = (typeof written)[number][0];

function bytesWith(changes: Partial<Record<Field, string>> = {}): Bytes {
  return concat(...written.map(([name, hex]) => fromHex(changes[name] ?? hex)));
}

const session = sessionNamed("ab", {
  maxEarlyDataSize: 0x4000,
  alpn: "h2",
  clientAuthenticated: true,
  certificate: {
    chain: [fromHex("3000"), fromHex("ff")],
    ocspResponse: fromHex("aa"),
    signedCertificateTimestamps: [fromHex("bb")],
  },
});

describe("the byte form of a session", () => {
  test("is the one that is described", () => {
    expect(toHex(encodeSession(session))).toBe(toHex(bytesWith()));
    expect(shown(decodeSession(bytesWith()))).toEqual(shown(session));
  });

  test("round-trips whatever a server can have given", () => {
    fc.assert(
      fc.property(sessions, (one) => {
        const bytes = encodeSession(one);
        const read = decodeSession(bytes);
        expect(shown(read)).toEqual(shown(one));
        expect(toHex(encodeSession(read))).toBe(toHex(bytes));
      }),
    );
  });

  test("gives no exception but invalid_session, whatever the bytes, and reads nothing in two ways", () => {
    const mutated = fc
      .tuple(
        sessions.map(encodeSession),
        fc.array(fc.tuple(fc.nat(), fc.nat(0xff)), { maxLength: 4 }),
        fc.nat(),
      )
      .map(([bytes, changes, cut]) => {
        const copy = copyOf(bytes);
        for (const [at, value] of changes) copy[at % copy.length] = value;
        return cut % 5 === 0 ? copy.slice(0, cut % copy.length) : copy;
      });
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 200 })), (bytes) => {
        const outcome = outcomeOf(() => decodeSession(bytes));
        if ("code" in outcome) expect(outcome.code).toBe("invalid_session");
        else expect(toHex(encodeSession(outcome.value))).toBe(toHex(bytes));
      }),
      { numRuns: 2000 },
    );
  });

  test.each<readonly [string, Partial<Record<Field, string>>]>([
    ["no form that is known", { form: "02" }],
    ["a sealed one", { form: "81" }],
    ["a suite that is not known", { "cipher suite": "1304" }],
    ["a PSK that does not fit the suite's hash", { "cipher suite": "1302" }],
    ["a PSK of 31 bytes", { PSK: `1f${"07".repeat(31)}` }],
    ["an empty ticket", { ticket: "0000" }],
    ["a lifetime of 0", { lifetime: "00000000" }],
    ["a lifetime of more than seven days", { lifetime: "00093a81" }],
    ["a time beyond what a number can hold", { received: "0020000000000000" }],
    ["the same of the authentication", { authenticated: "0020000000000000" }],
    ["a protocol that is not ASCII", { ALPN: "0180" }],
    ["a server name that is not ASCII", { "server name": "0180" }],
    ["no server name", { "server name": "00" }],
    ["a flag that is neither 0 nor 1", { "client authenticated": "02" }],
    ["an empty certificate", { chain: "000003000000" }],
    ["an OCSP response without a certificate", { chain: "000000", timestamps: "0000" }],
    ["timestamps without a certificate", { chain: "000000", "OCSP response": "000000" }],
    ["an empty timestamp", { timestamps: "00020000" }],
    ["more bytes than belong to it", { timestamps: "0000" + "00" }],
  ])("is refused with %s [invalid_session]", (_, changes) => {
    expect(refusalOf(() => decodeSession(bytesWith(changes)))).toBe("invalid_session");
  });

  test("is refused wherever it is cut [invalid_session]", () => {
    const bytes = bytesWith();
    for (let length = 0; length < bytes.length; length++) {
      expect(refusalOf(() => decodeSession(bytes.slice(0, length)))).toBe("invalid_session");
    }
  });

  test("says nothing of the peer when it is refused: no alert, no rule", () => {
    try {
      decodeSession(bytesWith({ ticket: "ffff" }));
      expect.fail("it was read");
    } catch (error) {
      expect(error).toBeInstanceOf(TlsError);
      expect((error as TlsError).alert).toBeUndefined();
      expect((error as TlsError).rules).toEqual([]);
      expect((error as TlsError).message).toMatch(/^these bytes are no session: /);
    }
  });

  test("does not take what no server can have given", () => {
    const impossible = [
      { ticket: new Uint8Array(0x10000) },
      { ticketAgeAdd: -1 },
      { receivedAt: 0.5 },
      { alpn: "é" },
    ];
    for (const changes of impossible) {
      expect(() => encodeSession(sessionNamed("a", changes))).toThrow(RangeError);
    }
  });

  test("holds the PSK in copies, which are overwritten", () => {
    const given: Bytes[] = [];
    const psk = () => {
      given.push(new Uint8Array(32).fill(7));
      return given.at(-1) as Bytes;
    };
    encodeSession(sessionNamed("a", { psk }));
    expect(given.map(toHex)).toEqual(["00".repeat(32)]);
    const read = decodeSession(bytesWith());
    read.psk().fill(0);
    expect(toHex(read.psk())).toBe("07".repeat(32));
  });
});
