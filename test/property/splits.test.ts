import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { believer } from "../../lab/leafKey.ts";
import { alert, data, end, keyUpdate, raw, type Step, send } from "../../lab/script.ts";
import { defaultProvider as nodeProvider } from "../../src/crypto/provider/node.ts";
import { defaultProvider as webProvider } from "../../src/crypto/provider/web.ts";
import type { CryptoProvider } from "../../src/crypto/provider.ts";
import type { ServerVerifier } from "../../src/trust/verifier.ts";
import { type Bytes, fromAscii, fromHex, toHex } from "../../src/wire/bytes.ts";
import { splitAt } from "../record/splits.ts";
import { listen, type Result, recordServer, type Wish } from "./conversation.ts";

const ticket = (bytes: Bytes): Step =>
  ({
    ...send("NewSessionTicket", {
      ticketLifetime: 100,
      ticketAgeAdd: 1,
      ticketNonce: fromHex("00"),
      ticket: bytes,
      extensions: [],
    }),
    transcript: false,
  }) as Step;

const large = Uint8Array.from({ length: 3000 }, (_, i) => i);
const talk: readonly Step[] = [
  data(fromAscii("first")),
  ticket(new Uint8Array(300)),
  ...keyUpdate(0),
  data(large),
  ...keyUpdate(1),
  ...keyUpdate(1),
  data(fromAscii("")),
  alert("user_canceled"),
  data(fromAscii("last")),
  alert("close_notify"),
  data(fromAscii("nobody hears this")),
];

const conversations: readonly (readonly [what: string, wish: Wish, expected: Partial<Result>])[] = [
  [
    "a whole connection",
    { steps: [...talk, end], server: { tickets: 2 } },
    { error: undefined, told: ["opened", "ended", "closed"] },
  ],
  [
    "a retry, with a request for a certificate, messages in fragments and padding",
    {
      steps: [...talk, end],
      suite: "TLS_CHACHA20_POLY1305_SHA256",
      server: { groups: ["secp256r1"], requestCertificate: true },
      packing: {
        padding: 20,
        fragments: (bytes) => splitAt(bytes, [3, 100, 101]).filter(({ length }) => length > 0),
      },
    },
    { error: undefined, told: ["opened", "ended", "closed"] },
  ],
  [
    "a flight in one record",
    { steps: [...talk, end], suite: "TLS_AES_256_GCM_SHA384", packing: { together: true } },
    { error: undefined, told: ["opened", "ended", "closed"] },
  ],
  [
    "an end without close_notify",
    { steps: [data(fromAscii("half of")), end] },
    { error: "truncated undefined undefined", content: toHex(fromAscii("half of")) },
  ],
  [
    "an error alert behind data",
    { steps: [data(fromAscii("some")), alert("internal_error"), data(fromAscii("more")), end] },
    { error: "alert_received received internal_error", content: toHex(fromAscii("some")) },
  ],
  [
    "a damaged record behind data",
    { steps: [data(fromAscii("some")), raw(fromHex("1703030012000102030405060708090a0b0c0d0e0f1011")), end] },
    { error: "bad_record_mac sent bad_record_mac", content: toHex(fromAscii("some")) },
  ],
  [
    "a KeyUpdate that asks for the impossible, behind data",
    { steps: [data(fromAscii("some")), ...keyUpdate(7), end] },
    { error: "bad_key_update_request sent illegal_parameter", content: toHex(fromAscii("some")) },
  ],
  [
    "a bad EncryptedExtensions, with the rest of the flight behind it",
    {
      server: {
        bends: {
          messages: { EncryptedExtensions: () => ({ extensions: [{ type: 0xfafa, data: fromHex("") }] }) },
        },
      },
      steps: [end],
    },
    { error: "unsolicited_extension sent unsupported_extension", told: ["failed", "closed"] },
  ],
  [
    "a bad HelloRetryRequest, with an alert behind it",
    {
      server: {
        groups: ["secp256r1"],
        bends: {
          messages: { HelloRetryRequest: (hello) => ({ ...hello, legacyCompressionMethod: 1 }) },
          script: (script) => [...script.slice(0, 1), alert("internal_error"), end],
        },
      },
    },
    { error: "compression_selected sent illegal_parameter", told: ["failed", "closed"] },
  ],
  [
    "a bad Finished, with data behind it",
    {
      server: {
        bends: { messages: { Finished: () => ({ verifyData: new Uint8Array(32) }) } },
      },
      steps: [end],
    },
    { error: "bad_finished sent decrypt_error", told: ["failed", "closed"] },
  ],
];

const providers: readonly (readonly [string, CryptoProvider])[] = [
  ["node", nodeProvider],
  ["web", webProvider],
];

describe.each(conversations)("%s", (_what, wish, expected) => {
  let bytes: Bytes;
  let whole: Result;

  beforeAll(async () => {
    bytes = await recordServer(wish);
    whole = await listen([bytes], { provider: nodeProvider, wish, pauses: new Set() });
  });

  test("in one piece", () => {
    expect(whole).toMatchObject(expected);
  });

  describe.each(providers)("%s provider", (_provider, provider) => {
    test("a byte at a time", async () => {
      const pieces = Array.from(bytes, (byte) => Uint8Array.of(byte));
      expect(await listen(pieces, { provider, wish, pauses: new Set() })).toEqual(whole);
    });

    if (expected.error === undefined) {
      test("with a verifier that takes its time, too", async () => {
        const slow: ServerVerifier = async (presented) => {
          for (let turns = 0; turns < 3; turns++) await new Promise((resolve) => setImmediate(resolve));
          return believer(presented);
        };
        const arrivals = [[bytes], Array.from(bytes, (byte) => Uint8Array.of(byte))];
        for (const pieces of arrivals) {
          // The end of the stream would overtake the verifier, so it comes in its turn.
          const heard = await listen(pieces, {
            provider,
            wish,
            pauses: new Set([0]),
            verifier: slow,
            endAfter: "ended",
          });
          expect(heard).toEqual(whole);
        }
      });
    }

    test("any split of the bytes into reads gives the same", async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.nat(), { maxLength: 10 }),
          fc.array(fc.nat(10), { maxLength: 10 }),
          async (cuts, pauses) => {
            const pieces = splitAt(bytes, cuts);
            expect(await listen(pieces, { provider, wish, pauses: new Set(pauses) })).toEqual(whole);
          },
        ),
        { numRuns: 40 },
      );
    });
  });
});
