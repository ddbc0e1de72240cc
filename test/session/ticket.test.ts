import { describe, expect, test } from "vitest";
import { cipherSuite } from "../../src/crypto/cipherSuites.ts";
import { decodeMessage } from "../../src/messages/handshake.ts";
import type { NewSessionTicket } from "../../src/messages/newSessionTicket.ts";
import {
  expiryOf,
  isFresh,
  longestSession,
  obfuscatedTicketAge,
  type Session,
} from "../../src/session/session.ts";
import { sessionFromTicket, type TicketOrigin } from "../../src/session/ticket.ts";
import { fromHex, toHex } from "../../src/wire/bytes.ts";
import { providers } from "../crypto/providers.ts";
import { spyHash } from "../keyschedule/spyHash.ts";
import { traceNamed } from "../replay/traces.ts";
import { noon, sessionNamed } from "./sessions.ts";

const certificate = { chain: [fromHex("3000")], ocspResponse: undefined, signedCertificateTimestamps: [] };

describe.each(providers)("%s provider", (_, provider) => {
  const trace = traceNamed("simple-1rtt");
  const ticket: NewSessionTicket = decodeMessage("NewSessionTicket", trace.bytes("newSessionTicket"));

  function origin(changes: Partial<TicketOrigin> = {}): TicketOrigin {
    return {
      suite: trace.suite,
      hash: provider.hashes[trace.suite.hash],
      resumptionSecret: trace.secret("resumptionMasterSecret"),
      alpn: "h2",
      serverName: "server",
      certificate,
      authenticatedAt: noon - 5,
      clientAuthenticated: true,
      ...changes,
    };
  }

  test("a ticket of RFC 8448's first trace gives the PSK that resumes its second", () => {
    const session = sessionFromTicket(ticket, 1024, origin(), noon) as Session;
    expect(toHex(session.psk())).toBe(toHex(trace.bytes("resumptionPsk")));
    expect(toHex(session.psk())).toBe(toHex(traceNamed("resumed-0rtt").bytes("psk")));
    const { psk, ...others } = session;
    expect(others).toEqual({
      cipherSuite: "TLS_AES_128_GCM_SHA256",
      ticket: ticket.ticket,
      ticketAgeAdd: 0xfad6aac5,
      ticketLifetime: 30,
      receivedAt: noon,
      authenticatedAt: noon - 5,
      maxEarlyDataSize: 1024,
      alpn: "h2",
      serverName: "server",
      certificate,
      clientAuthenticated: true,
    });
  });

  test("the PSK is as long as the hash of the suite", () => {
    const suite = cipherSuite("TLS_AES_256_GCM_SHA384");
    const hash = provider.hashes["SHA-384"];
    const resumptionSecret = new Uint8Array(48).fill(1);
    const session = sessionFromTicket(ticket, 0, origin({ suite, hash, resumptionSecret }), noon);
    expect(session?.cipherSuite).toBe("TLS_AES_256_GCM_SHA384");
    expect(session?.psk()).toHaveLength(48);
  });

  test("a ticket with a lifetime of 0 is discarded [4.7.1/11]", () => {
    expect(sessionFromTicket({ ...ticket, ticketLifetime: 0 }, 0, origin(), noon)).toBeUndefined();
    expect(sessionFromTicket({ ...ticket, ticketLifetime: 1 }, 0, origin(), noon)).toBeDefined();
  });

  test("each ticket of a connection has a PSK of its own, by its nonce", () => {
    const facts = origin();
    const other: NewSessionTicket = { ...ticket, ticketNonce: fromHex("0001") };
    const psks = [ticket, other].map((one) =>
      toHex((sessionFromTicket(one, 0, facts, noon) as Session).psk()),
    );
    expect(new Set(psks).size).toBe(2);
  });

  test("the PSK is derived when it is first asked for, and once; what it is derived from is overwritten then", () => {
    const { hash, given } = spyHash(provider.hashes["SHA-256"]);
    const resumptionSecret = trace.secret("resumptionMasterSecret");
    const keys: Uint8Array[] = [];
    const watched = {
      ...hash,
      hmac: (key: Uint8Array, message: Uint8Array) => {
        keys.push(key);
        return hash.hmac(key, message);
      },
    };
    const session = sessionFromTicket(
      ticket,
      0,
      origin({ hash: watched, resumptionSecret }),
      noon,
    ) as Session;
    expect(given).toHaveLength(0);
    // The connection is over, and overwrites its own.
    const before = toHex(resumptionSecret);
    resumptionSecret.fill(0);
    expect(toHex(session.psk())).toBe(toHex(trace.bytes("resumptionPsk")));
    session.psk();
    expect(given).toHaveLength(1);
    expect(keys.map(toHex)).toEqual(["00".repeat(32)]);
    expect(before).not.toBe("00".repeat(32));
  });

  test("whoever gets the PSK may overwrite it", () => {
    const session = sessionFromTicket(ticket, 0, origin(), noon) as Session;
    session.psk().fill(0);
    expect(toHex(session.psk())).toBe(toHex(trace.bytes("resumptionPsk")));
  });
});

describe("how long a session lives", () => {
  const second = 1000;

  test.each<readonly [string, Partial<Session>, number]>([
    ["as long as the ticket says", { ticketLifetime: 60 }, 60 * second],
    ["seven days from the server's certificate at most", { ticketLifetime: 604_800 }, longestSession - 5],
  ])("%s [4.3.11.1/1, 4.7.1/12, 4.7.1/18]", (_, changes, age) => {
    const session = sessionNamed("a", { authenticatedAt: noon - 5, ...changes });
    expect(expiryOf(session)).toBe(noon + age);
    expect(isFresh(session, noon)).toBe(true);
    expect(isFresh(session, noon + age)).toBe(true);
    expect(isFresh(session, noon + age + 1)).toBe(false);
    expect(isFresh(session, noon - 1)).toBe(false);
  });

  test("its age is hidden by what the ticket adds, modulo 2^32", () => {
    const session = sessionNamed("a", { ticketAgeAdd: 0xffff_ff00 });
    expect(obfuscatedTicketAge(session, noon)).toBe(0xffff_ff00);
    expect(obfuscatedTicketAge(session, noon + 0x1ff)).toBe(0xff);
  });
});
