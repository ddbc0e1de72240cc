import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { MessageName } from "../../src/messages/handshake.ts";
import { decodeMessage, encodeMessage, headerLength, messageName } from "../../src/messages/handshake.ts";
import { helloRetryRequestRandom, isHelloRetryRequest } from "../../src/messages/serverHello.ts";
import { type Bytes, concat, equal, fromAscii, fromHex, toHex } from "../../src/wire/bytes.ts";
import { handshakeTypes } from "../../src/wire/registry.ts";
import { providers } from "../crypto/providers.ts";
import { traceNamed, traces } from "../replay/traces.ts";
import { messageBodies } from "./arbitraries.ts";
import { outcomeOf, refusalOf } from "./refusals.ts";

const types: Readonly<Record<MessageName, number>> = {
  ClientHello: 1,
  ServerHello: 2,
  HelloRetryRequest: 2,
  NewSessionTicket: 4,
  EndOfEarlyData: 5,
  EncryptedExtensions: 8,
  Certificate: 11,
  CertificateRequest: 13,
  CertificateVerify: 15,
  Finished: 20,
  KeyUpdate: 24,
};

/** The message with its body replaced, its header telling the truth about the length. */
function withBody(message: Bytes, body: Uint8Array): Bytes {
  return concat(message.subarray(0, 1), fromHex(body.length.toString(16).padStart(6, "0")), body);
}

const arbitraries: readonly (readonly [MessageName, fc.Arbitrary<unknown>])[] = Object.entries(
  messageBodies,
) as never;

describe.each(arbitraries)("%s", (name, arbitrary) => {
  const encoded = arbitrary.map((body) => encodeMessage(name, body as never).bytes);

  test("round-trips, with its type and its length before it", () => {
    fc.assert(
      fc.property(arbitrary, (body) => {
        const { bytes } = encodeMessage(name, body as never);
        expect(bytes[0]).toBe(types[name]);
        expect((bytes[1]! << 16) | (bytes[2]! << 8) | bytes[3]!).toBe(bytes.length - headerLength);
        expect(messageName(bytes)).toBe(name);
        expect(decodeMessage(name, bytes)).toEqual(body);
      }),
      { numRuns: 100 },
    );
  });

  if (name !== "Finished")
    test("is refused where bytes follow it [6/10]", () => {
      fc.assert(
        fc.property(encoded, fc.uint8Array({ minLength: 1, maxLength: 3 }), (message, more) => {
          const longer = withBody(message, concat(message.subarray(headerLength), more));
          expect(refusalOf(() => decodeMessage(name, longer))).toBe("trailing_bytes");
        }),
        { numRuns: 50 },
      );
    });

  if (name !== "Finished" && name !== "EndOfEarlyData")
    test("is refused where it is cut short [6/10]", () => {
      fc.assert(
        fc.property(encoded, fc.nat(), (message, at) => {
          const body = message.subarray(headerLength);
          const cut = body.subarray(0, at % body.length);
          // The hello of an older version ends before its extensions.
          const older = 2 + 32 + 1 + body[34]! + 2 + 1;
          if (types[name] === handshakeTypes.server_hello && cut.length === older) return;
          expect(refusalOf(() => decodeMessage(name, withBody(message, cut)))).toBe("malformed_message");
        }),
        { numRuns: 50 },
      );
    });

  test("with any byte of its body changed is read as what it now says, or refused as unreadable", () => {
    fc.assert(
      fc.property(encoded, fc.nat(), fc.integer({ min: 1, max: 255 }), (message, at, flip) => {
        const bytes = Uint8Array.from(message);
        if (bytes.length === headerLength) return;
        bytes[headerLength + (at % (bytes.length - headerLength))]! ^= flip;
        const outcome = outcomeOf(() => decodeMessage(name, bytes));
        if ("code" in outcome) {
          expect(["malformed_message", "trailing_bytes", "duplicate_extension"]).toContain(outcome.code);
        } else {
          const again = encodeMessage(name, outcome.value as never).bytes;
          // A ServerHello that ends before its extensions is written with an empty block.
          expect([
            toHex(bytes),
            toHex(withBody(bytes, concat(bytes.subarray(headerLength), fromHex("0000")))),
          ]).toContain(toHex(again));
        }
      }),
      { numRuns: 200 },
    );
  });
});

const block = (hex: string): string => (hex.length / 2).toString(16).padStart(4, "0") + hex;
const twice = block("fafa0000fafa0000");
const hello = (extensions: string): string => `0303${"00".repeat(32)}00130100${extensions}`;

test.each<readonly [MessageName, string]>([
  ["ClientHello", `0303${"00".repeat(32)}0000021301 0100 ${twice}`],
  ["ServerHello", hello(twice)],
  ["HelloRetryRequest", hello(twice)],
  ["EncryptedExtensions", twice],
  ["CertificateRequest", `00${twice}`],
  ["Certificate", `00 00000e 00000161 ${twice}`],
  ["NewSessionTicket", `0000000000000000 00 000161 ${twice}`],
])("an extension that stands twice in %s is refused [4.3/13]", (name, hex) => {
  const message = withBody(new Uint8Array(1), fromHex(hex));
  expect(refusalOf(() => decodeMessage(name, message))).toBe("duplicate_extension");
});

test("an extension may stand in each entry of a Certificate", () => {
  const message = withBody(
    new Uint8Array(1),
    fromHex(`00 000014 00000161${block("fafa0000")} 00000162${block("fafa0000")}`),
  );
  expect(decodeMessage("Certificate", message).certificateList).toHaveLength(2);
});

test.each<readonly [MessageName, string, string]>([
  ["ClientHello", "no cipher suite", `0303${"00".repeat(32)}00 0000 0100 0000`],
  ["ClientHello", "half a cipher suite", `0303${"00".repeat(32)}00 0003130113 0100 0000`],
  ["ClientHello", "no compression method", `0303${"00".repeat(32)}00 00021301 00 0000`],
  [
    "ClientHello",
    "a session id of 33 bytes",
    `0303${"00".repeat(32)}21${"00".repeat(33)} 00021301 0100 0000`,
  ],
  ["ClientHello", "no extensions", `0303${"00".repeat(32)}00 00021301 0100`],
  ["ServerHello", "a session id of 33 bytes", `0303${"00".repeat(32)}21${"00".repeat(33)} 1301 00 0000`],
  ["EncryptedExtensions", "no block", ""],
  ["Certificate", "an empty certificate", "00 000005 000000 0000"],
  ["Certificate", "an entry without extensions", "00 000004 00000161"],
  ["NewSessionTicket", "an empty ticket", "0000000000000000 00 0000 0000"],
  ["KeyUpdate", "nothing", ""],
])("%s with %s is refused [6/10]", (name, _, hex) => {
  const message = withBody(new Uint8Array(1), fromHex(hex));
  expect(refusalOf(() => decodeMessage(name, message))).toBe("malformed_message");
});

test("an EndOfEarlyData with contents is refused [6/10]", () => {
  expect(refusalOf(() => decodeMessage("EndOfEarlyData", fromHex("0500000100")))).toBe("trailing_bytes");
});

test("every value of request_update can be read", () => {
  expect(decodeMessage("KeyUpdate", fromHex("1800000102")).requestUpdate).toBe(2);
});

test("the hello of an older version may end before its extensions", () => {
  const message = withBody(fromHex("02"), fromHex(`0301${"11".repeat(32)}00003500`));
  expect(decodeMessage("ServerHello", message)).toMatchObject({ legacyVersion: 0x0301, extensions: [] });
});

describe("names", () => {
  test("HelloRetryRequest is a server_hello with the SHA-256 of its own name as random [4.2.3/5, 4.2.3/6]", () => {
    const { hashes } = providers[0]![1];
    expect(helloRetryRequestRandom).toEqual(hashes["SHA-256"].digest(fromAscii("HelloRetryRequest")));
    const { bytes } = encodeMessage("HelloRetryRequest", {
      legacyVersion: 0,
      random: helloRetryRequestRandom,
      legacySessionIdEcho: new Uint8Array(0),
      cipherSuite: 0,
      legacyCompressionMethod: 7,
      extensions: [],
    });
    expect(messageName(bytes)).toBe("HelloRetryRequest");
    for (let i = 0; i < 32; i++) {
      const other = Uint8Array.from(bytes);
      other[headerLength + 2 + i]! ^= 1;
      expect(messageName(other)).toBe("ServerHello");
    }
    const retry = traceNamed("hello-retry-request");
    expect(messageName(retry.plainMessage("recordHelloRetryRequest"))).toBe("HelloRetryRequest");
    expect(messageName(retry.plainMessage("recordServerHello"))).toBe("ServerHello");
  });

  test("a server_hello that is too short to have a random is none", () => {
    const short = concat(fromHex("0303"), helloRetryRequestRandom.subarray(0, 31));
    expect(isHelloRetryRequest(short)).toBe(false);
    expect(messageName(withBody(fromHex("02"), short))).toBe("ServerHello");
  });

  const known = new Set<number>(Object.values(types));
  test.each(Array.from({ length: 256 }, (_, type) => type).filter((type) => !known.has(type)))(
    "type %d has none [4/2]",
    (type) => {
      expect(refusalOf(() => messageName(Uint8Array.of(type, 0, 0, 0)))).toBe("unknown_handshake_type");
    },
  );
});

test("the messages of RFC 8448 are written as they stand there", () => {
  const messages = traces.flatMap(({ serverFlight, clientFlight }) => [...serverFlight, ...clientFlight]);
  expect(messages.length).toBeGreaterThan(40);
  for (const bytes of messages) {
    const name = messageName(bytes);
    const again = encodeMessage(name, decodeMessage(name, bytes) as never);
    expect(equal(again.bytes, bytes)).toBe(true);
  }
});
