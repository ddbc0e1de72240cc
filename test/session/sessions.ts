import fc from "fast-check";
import { type CipherSuiteName, cipherSuite } from "../../src/crypto/cipherSuites.ts";
import type { Session } from "../../src/session/session.ts";
import { type Bytes, copyOf, fromAscii, toHex } from "../../src/wire/bytes.ts";

/** When most sessions of the tests are received. */
export const noon = Date.UTC(2026, 10, 24, 12);

/** A session that a server might have given; its ticket is the text. */
export function sessionNamed(ticket: string, changes: Partial<Session> = {}): Session {
  return {
    cipherSuite: "TLS_AES_128_GCM_SHA256",
    psk: () => new Uint8Array(32).fill(7),
    ticket: fromAscii(ticket),
    ticketAgeAdd: 0xfedcba98,
    ticketLifetime: 7200,
    receivedAt: noon,
    authenticatedAt: noon,
    maxEarlyDataSize: 0,
    alpn: undefined,
    serverName: "example.net",
    certificate: undefined,
    clientAuthenticated: false,
    ...changes,
  };
}

export function ticketOf(session: Session | undefined): string | undefined {
  return session === undefined ? undefined : String.fromCharCode(...session.ticket);
}

/** As data that can be compared: the PSK in place of the function that gives it. */
export function shown(session: Session): unknown {
  return { ...session, psk: toHex(session.psk()) };
}

function bytes(minLength: number, maxLength: number): fc.Arbitrary<Bytes> {
  return fc.uint8Array({ minLength, maxLength }).map(copyOf);
}

const u32 = fc.nat({ max: 0xffff_ffff });
const time = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const ascii = (minLength: number) =>
  fc.array(fc.nat({ max: 0x7f }), { minLength, maxLength: 40 }).map((codes) => String.fromCharCode(...codes));

const certificate = fc.record({
  chain: fc.array(bytes(1, 50), { minLength: 1, maxLength: 3 }),
  ocspResponse: fc.option(bytes(1, 50), { nil: undefined }),
  signedCertificateTimestamps: fc.array(bytes(1, 20), { maxLength: 2 }),
});

/** Whatever can come from a server. */
export const sessions: fc.Arbitrary<Session> = fc
  .constantFrom<CipherSuiteName>(
    "TLS_AES_128_GCM_SHA256",
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
  )
  .chain((suite) => {
    const length = cipherSuite(suite).hash === "SHA-384" ? 48 : 32;
    return fc.record({
      cipherSuite: fc.constant(suite),
      psk: bytes(length, length).map((psk) => () => copyOf(psk)),
      ticket: bytes(1, 300),
      ticketAgeAdd: u32,
      ticketLifetime: fc.integer({ min: 1, max: 604_800 }),
      receivedAt: time,
      authenticatedAt: time,
      maxEarlyDataSize: u32,
      alpn: fc.option(ascii(1), { nil: undefined }),
      serverName: ascii(1),
      certificate: fc.option(certificate, { nil: undefined }),
      clientAuthenticated: fc.boolean(),
    });
  });
