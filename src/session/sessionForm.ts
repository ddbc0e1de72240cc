import { cipherSuites } from "../crypto/cipherSuites.ts";
import type { Bytes } from "../wire/bytes.ts";
import type { Session } from "./session.ts";

/**
 * Whether a hello can be made of what a cache answered with: anybody may write one, and what it holds can have been made by
 * another version of this library. Whether the session is fresh, and has its key, is asked elsewhere.
 */
export function isSession(answer: unknown): answer is Session {
  if (typeof answer !== "object" || answer === null) return false;
  const { cipherSuite, ticket, ticketAgeAdd, certificate, psk } = answer as Partial<Session>;
  return (
    cipherSuite !== undefined &&
    Object.hasOwn(cipherSuites, cipherSuite) &&
    ticket instanceof Uint8Array &&
    ticket.length > 0 &&
    isU32(ticketAgeAdd) &&
    (certificate === undefined || isChain(certificate?.chain)) &&
    typeof psk === "function"
  );
}

function isU32(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 32;
}

function isChain(chain: unknown): boolean {
  return Array.isArray(chain) && chain.length > 0 && chain.every((one) => one instanceof Uint8Array);
}

/**
 * The PSK of a session, if it can be had and is as long as its hash: with another the server would find a wrong binder, and
 * end the connection (RFC 9846 §4.3.11.2). Whoever gets it overwrites it.
 */
export function pskOf({ psk }: Session, length: number): Bytes | undefined {
  try {
    const key: unknown = psk();
    return key instanceof Uint8Array && key.length === length ? (key as Bytes) : undefined;
  } catch {
    return undefined;
  }
}
