import { DerCursor } from "../der/cursor.ts";
import { tags } from "../der/tags.ts";
import { type Bytes, copyOf } from "../wire/bytes.ts";

/** PEM, as text or as its bytes, or DER. */
export type PemOrDer = string | Uint8Array;

export function isPemOrDer(value: unknown): value is PemOrDer {
  return typeof value === "string" || value instanceof Uint8Array;
}

/** What is DER here begins as a SEQUENCE does; no text does. */
export function isDer(value: PemOrDer): value is Uint8Array {
  return value instanceof Uint8Array && value[0] === tags.sequence;
}

/** Of what is not DER. */
export function textOf(value: PemOrDer): string {
  return typeof value === "string" ? value : new TextDecoder().decode(value);
}

/** A copy of bytes that are one SEQUENCE, and nothing else. @throws DerError */
export function copyOfElement(der: Uint8Array): Bytes {
  const cursor = new DerCursor(der);
  cursor.skip(tags.sequence);
  cursor.finish();
  return copyOf(der);
}
