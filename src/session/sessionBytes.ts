import { cipherSuiteByCode, cipherSuites } from "../crypto/cipherSuites.ts";
import type { HashName } from "../crypto/hashName.ts";
import {
  type Codec,
  type Decoded,
  decode,
  encode,
  opaque,
  struct,
  u8,
  u16,
  u32,
  vector,
  where,
} from "../messages/codec.ts";
import { type Bytes, copyOf, fromAscii, noBytes, toLatin1 } from "../wire/bytes.ts";
import { localError, TlsError } from "../wire/error.ts";
import type { Session } from "./session.ts";

/** The first byte says which form it is. Sealed ones begin otherwise (sessionCodec.ts). */
const openForm = 1;

const hashLengths: Readonly<Record<HashName, number>> = { "SHA-256": 32, "SHA-384": 48, "SHA-512": 64 };

const sevenDays = 604_800;

const milliseconds: Codec<number> = where(
  {
    decode: (reader) => reader.uint(4) * 2 ** 32 + reader.uint(4),
    encode: (writer, value) => {
      writer.uint(4, Math.floor(value / 2 ** 32));
      writer.uint(4, value % 2 ** 32);
    },
    shape: { kind: "bytes", length: 8 },
  },
  Number.isSafeInteger,
  "no time of this world",
);

function ascii(min: number): Codec<string> {
  const bytes = opaque(1, min, 255);
  return where(
    {
      decode: (reader) => toLatin1(bytes.decode(reader)),
      encode: (writer, value) => bytes.encode(writer, fromAscii(value)),
      shape: bytes.shape,
    },
    (text) => /^[\0-\x7f]*$/.test(text),
    "a name that is not ASCII",
  );
}

/** Described in docs/sessions.md. Another form gets another first byte. */
const form = struct({
  form: u8,
  cipherSuite: u16,
  psk: opaque(1, 32, 48),
  ticket: opaque(2, 1, 0xffff),
  ticketAgeAdd: u32,
  ticketLifetime: where(u32, (seconds) => seconds > 0 && seconds <= sevenDays, "no lifetime of a ticket"),
  receivedAt: milliseconds,
  authenticatedAt: milliseconds,
  maxEarlyDataSize: u32,
  /** Empty for none: a protocol has a byte at least (RFC 7301 §3.1). */
  alpn: ascii(0),
  serverName: ascii(1),
  clientAuthenticated: where(u8, (flag) => flag <= 1, "a flag that is neither 0 nor 1"),
  /** Empty where no certificate authenticated the server. */
  chain: vector(3, 0, 0xffffff, opaque(3, 1, 0xffffff)),
  /** Empty for none: a response has a byte at least (RFC 6066 §8). */
  ocspResponse: opaque(3, 0, 0xffffff),
  signedCertificateTimestamps: vector(2, 0, 0xffff, opaque(2, 1, 0xffff)),
});

type Form = Decoded<typeof form>;

/**
 * A session as bytes, whose form docs/sessions.md describes. Whoever has them can speak as this client, and read early
 * data sent with them: see `sealedSessionCodec`.
 *
 * @throws RangeError for a value that can't have come from a server
 */
export function encodeSession(session: Session): Bytes {
  const { certificate } = session;
  const psk = session.psk();
  const bytes = encode(form, {
    form: openForm,
    cipherSuite: cipherSuites[session.cipherSuite].code,
    psk,
    ticket: session.ticket,
    ticketAgeAdd: session.ticketAgeAdd,
    ticketLifetime: session.ticketLifetime,
    receivedAt: session.receivedAt,
    authenticatedAt: session.authenticatedAt,
    maxEarlyDataSize: session.maxEarlyDataSize,
    alpn: session.alpn ?? "",
    serverName: session.serverName,
    clientAuthenticated: session.clientAuthenticated ? 1 : 0,
    chain: certificate?.chain ?? [],
    ocspResponse: certificate?.ocspResponse ?? noBytes,
    signedCertificateTimestamps: certificate?.signedCertificateTimestamps ?? [],
  });
  psk.fill(0);
  return bytes;
}

/**
 * What {@link encodeSession} wrote. Whether the session is still fresh is asked when it is used.
 * @throws TlsError `invalid_session`
 */
export function decodeSession(bytes: Uint8Array): Session {
  if (bytes[0] !== openForm) throw invalid(`expected form ${openForm}, got ${bytes[0] ?? "no bytes"}`);
  const read = readForm(bytes);
  const { psk, alpn } = read;
  const suite = cipherSuiteByCode(read.cipherSuite);
  if (suite === undefined) throw invalid(`cipher suite ${read.cipherSuite} is not known`);
  if (psk.length !== hashLengths[suite.hash]) {
    throw invalid(`a PSK of ${psk.length} bytes does not fit ${suite.name}`);
  }
  return {
    cipherSuite: suite.name,
    psk: () => copyOf(psk),
    ticket: read.ticket,
    ticketAgeAdd: read.ticketAgeAdd,
    ticketLifetime: read.ticketLifetime,
    receivedAt: read.receivedAt,
    authenticatedAt: read.authenticatedAt,
    maxEarlyDataSize: read.maxEarlyDataSize,
    alpn: alpn === "" ? undefined : alpn,
    serverName: read.serverName,
    certificate: certificateIn(read),
    clientAuthenticated: read.clientAuthenticated === 1,
  };
}

function certificateIn({ chain, ocspResponse, signedCertificateTimestamps }: Form): Session["certificate"] {
  if (chain.length > 0) {
    return {
      chain,
      ocspResponse: ocspResponse.length === 0 ? undefined : ocspResponse,
      signedCertificateTimestamps,
    };
  }
  if (ocspResponse.length > 0 || signedCertificateTimestamps.length > 0) {
    throw invalid("what goes with a certificate stands without one");
  }
  return undefined;
}

function readForm(bytes: Uint8Array): Form {
  try {
    return decode(form, bytes);
  } catch (error) {
    // The peer has no part in this, so it is no misdeed of its.
    throw error instanceof TlsError ? invalid(error.message, error) : error;
  }
}

function invalid(detail: string, cause?: unknown): TlsError {
  return localError("invalid_session", `these bytes are no session: ${detail}`, cause);
}
