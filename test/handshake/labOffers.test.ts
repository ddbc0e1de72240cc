// The cases on PSKs hold only if the lab sees what is wrong with an offer: clients that break a rule each.
import { describe, expect, test } from "vitest";
import { cipherSuite } from "../../src/crypto/cipherSuites.ts";
import { defaultProvider } from "../../src/crypto/provider/node.ts";
import { makeHello } from "../../src/handshake/client/clientHello.ts";
import type { HelloSource } from "../../src/handshake/client/parameters.ts";
import { type Body, decodeExtension, type RawExtension } from "../../src/messages/extensions/extension.ts";
import { extensionTable as table } from "../../src/messages/extensions/table.ts";
import { decodeMessage, encodeMessage, type MessageBody } from "../../src/messages/handshake.ts";
import type { Session } from "../../src/session/session.ts";
import { type Bytes, fromAscii } from "../../src/wire/bytes.ts";
import { drop, made, put } from "../cases/extensionEdits.ts";
import type { Wishes } from "../cases/meeting.ts";
import { acquaintance, meetAgain, Sessions, together, visit } from "../cases/returning.ts";
import { harnessWith } from "./harness.ts";

type Hello = MessageBody<"ClientHello">;

/** Hellos changed before they leave: the first, the second, or both. */
function bent(
  change: (hello: Hello, bytes: Bytes) => Hello | Bytes,
  which: "first" | "second" | "both" = "first",
): Wishes {
  const hello: HelloSource = async (parameters, retry, beyond) => {
    const honest = await makeHello(parameters, retry, beyond);
    if (which !== "both" && (which === "first") !== (retry === undefined)) return honest;
    const { bytes } = honest.message;
    const changed = change(decodeMessage("ClientHello", bytes), bytes);
    const message =
      changed instanceof Uint8Array
        ? ({ name: "ClientHello", bytes: changed } as const)
        : encodeMessage("ClientHello", changed);
    return { ...honest, message };
  };
  return { parameters: { hello } };
}

const flipped = (bytes: Bytes, fromEnd: number): Bytes =>
  bytes.map((byte, index) => (index === bytes.length - fromEnd ? byte ^ 1 : byte));

type Offer = Body<typeof table.preSharedKey, "ClientHello">;

function withOffer(change: (offer: Offer) => Offer): Wishes {
  return bent((hello) => {
    const { type, data } = hello.extensions.at(-1) as RawExtension;
    expect(type).toBe(table.preSharedKey.type);
    const offer = change(decodeExtension(table.preSharedKey, "ClientHello", data));
    return put(hello, made(table.preSharedKey, "ClientHello", offer));
  });
}

/** A hello that is honest but for this. */
const offeringEarlyData: Wishes = {
  parameters: {
    hello: (parameters, retry, { psks }) => makeHello(parameters, retry, { psks, earlyData: true }),
  },
};

const external = {
  kind: "external",
  identity: fromAscii("a"),
  key: new Uint8Array(32),
  hash: "SHA-256",
} as const;
const retry: Wishes = { server: { retry: { cookie: new Uint8Array(3) } } };
const early: Wishes = { client: { earlyData: fromAscii("early") } };

interface Row {
  readonly what: string;
  readonly first?: Wishes;
  readonly second: Wishes;
  /** A client that remembers its session wrongly. */
  readonly misremembered?: Partial<Session>;
  readonly says: string;
}

const rows: readonly Row[] = [
  {
    what: "a wrong binder",
    second: bent((_, bytes) => flipped(bytes, 1)),
    says: "the binder of a PSK of the kind resumption is wrong",
  },
  {
    what: "a wrong binder in the second hello",
    second: together(
      retry,
      bent((_, bytes) => flipped(bytes, 1), "second"),
    ),
    says: "the binder of a PSK of the kind resumption is wrong",
  },
  {
    what: "a binder over other bytes",
    second: bent((_, bytes) => flipped(bytes, bytes.length - 10)),
    says: "the binder of a PSK of the kind resumption is wrong",
  },
  {
    what: "a wrong binder of a PSK that is not selected",
    second: together(
      { client: { psks: [external] }, server: { psks: [external] } },
      bent((_, bytes) => flipped(bytes, 1)),
    ),
    says: "the binder of a PSK of the kind external is wrong",
  },
  {
    what: "a wrong key",
    second: {
      client: { psks: [{ ...external, key: new Uint8Array(32).fill(1) }] },
      server: { psks: [external] },
    },
    says: "the binder of a PSK of the kind external is wrong",
  },
  {
    what: "a PSK of the wrong kind",
    second: { client: { psks: [{ ...external, kind: "imported" }] }, server: { psks: [external] } },
    says: "the binder of a PSK of the kind external is wrong",
  },
  {
    what: "pre_shared_key in front",
    second: bent((hello) => ({
      ...hello,
      extensions: [...hello.extensions.slice(-1), ...hello.extensions.slice(0, -1)],
    })),
    says: "pre_shared_key is not the last extension",
  },
  {
    what: "no psk_key_exchange_modes",
    second: bent((hello) => drop(hello, table.pskKeyExchangeModes.type)),
    says: "pre_shared_key without psk_dhe_ke",
  },
  {
    what: "psk_ke alone",
    second: bent((hello) => ({
      ...hello,
      extensions: hello.extensions.map((one) =>
        one.type === table.pskKeyExchangeModes.type
          ? made(table.pskKeyExchangeModes, "ClientHello", [0])
          : one,
      ),
    })),
    says: "pre_shared_key without psk_dhe_ke",
  },
  {
    what: "no key_share",
    second: bent((hello) => drop(hello, table.keyShare.type)),
    says: "psk_dhe_ke without key_share",
  },
  {
    what: "early_data without a PSK",
    first: { server: { ticket: { maxEarlyDataSize: 9 } } },
    second: together(
      early,
      bent((hello) => drop(hello, table.preSharedKey.type)),
    ),
    says: "early_data without pre_shared_key",
  },
  {
    what: "early_data in the second hello",
    second: together(
      retry,
      bent(
        (hello) => ({
          ...hello,
          extensions: [made(table.earlyData, "ClientHello", {}), ...hello.extensions],
        }),
        "second",
      ),
    ),
    says: "a second hello with early_data",
  },
  {
    what: "early_data with a ticket that allows none",
    second: offeringEarlyData,
    says: "early data with a PSK that allows none",
  },
  {
    what: "early_data with an external PSK in front",
    second: together(offeringEarlyData, {
      client: { sessions: new Sessions(), psks: [external] },
      server: { psks: [external] },
    }),
    says: "early data with a PSK that allows none",
  },
  {
    what: "early data for a protocol that is not offered",
    first: { client: { alpn: ["h2"] }, server: { alpn: "h2", ticket: { maxEarlyDataSize: 9 } } },
    second: offeringEarlyData,
    says: "early data for h2, which is not offered",
  },
  {
    what: "early data under a suite that is not offered",
    first: { server: { cipherSuites: ["TLS_AES_128_GCM_SHA256"], ticket: { maxEarlyDataSize: 9 } } },
    misremembered: { cipherSuite: "TLS_CHACHA20_POLY1305_SHA256" },
    second: together(offeringEarlyData, { client: { cipherSuites: ["TLS_CHACHA20_POLY1305_SHA256"] } }),
    says: "early data under TLS_AES_128_GCM_SHA256, which is not offered",
  },
  {
    what: "more early data than was allowed, where it is taken",
    first: { server: { ticket: { maxEarlyDataSize: 4 } } },
    misremembered: { maxEarlyDataSize: 5 },
    second: together(early, { server: { earlyData: "accept" } }),
    says: "5 bytes of early data, where 4 were allowed",
  },
  {
    what: "more early data than was allowed, where it is passed over",
    first: { server: { ticket: { maxEarlyDataSize: 4 } } },
    misremembered: { maxEarlyDataSize: 5 },
    second: early,
    says: "5 bytes of early data, where 4 were allowed",
  },
  {
    what: "a ticket that is older than it says",
    misremembered: { receivedAt: Date.UTC(2026, 0, 1) + 1 },
    second: {},
    says: "a ticket that went out 1000 ms ago was offered with an age of 999 ms",
  },
  {
    what: "a ticket after its lifetime",
    first: { server: { ticket: { lifetime: 1 } } },
    misremembered: { receivedAt: Date.UTC(2025, 11, 31, 23, 59, 59), ticketLifetime: 9 },
    second: {},
    says: "a ticket for 1 s was offered after 2000 ms",
  },
  {
    what: "a ticket of another name",
    second: { parameters: { hostName: "other.example" } },
    says: "a ticket of server.example was offered to other.example",
  },
  {
    what: "an external PSK with an age",
    second: together(
      { client: { sessions: new Sessions(), psks: [external] }, server: { psks: [external] } },
      withOffer(({ identities, binders }) => ({
        identities: identities.map(({ identity }) => ({ identity, obfuscatedTicketAge: 1 })),
        binders,
      })),
    ),
    says: "an age of a PSK of the kind external",
  },
  {
    what: "a binder too many",
    second: withOffer(({ identities, binders }) => ({ identities, binders: [...binders, ...binders] })),
    says: "1 identities with 2 binders",
  },
  {
    what: "a PSK of another hash than the retry's suite",
    second: together(retry, {
      client: { psks: [{ ...external, hash: "SHA-384" }] },
      server: { psks: [{ ...external, hash: "SHA-384" }], cipherSuites: ["TLS_AES_128_GCM_SHA256"] },
      parameters: {
        hello: (parameters, again, beyond) =>
          makeHello(
            parameters,
            again === undefined
              ? again
              : {
                  first: again.first,
                  asked: { ...again.asked, suite: cipherSuite("TLS_AES_256_GCM_SHA384") },
                },
            beyond,
          ),
      },
    }),
    first: { client: { cipherSuites: ["TLS_AES_128_GCM_SHA256"] } },
    says: "a second hello offers a PSK of SHA-384 for TLS_AES_128_GCM_SHA256",
  },
  {
    what: "a second hello without its PSK",
    second: together(
      retry,
      bent((hello) => drop(hello, table.preSharedKey.type), "second"),
    ),
    says: "the second hello lacks the PSK that was selected",
  },
];

describe("the lab sees", () => {
  test.each(rows)("$what", async ({ first, second, misremembered, says }) => {
    const known = acquaintance(harnessWith(defaultProvider));
    await visit(known, together({ server: { tickets: 1 } }, first));
    known.clock.time += 1000;
    known.sessions.held[0] = { ...(known.sessions.held[0] as Session), ...misremembered };
    const { lab } = await meetAgain(known, second);
    expect(await lab.outcome).toBe("failed");
    expect(String(lab.failure)).toBe(`LabError: ${says}`);
  });
});
