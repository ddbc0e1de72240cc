import { DerCursor } from "../der/cursor.ts";
import { DerError } from "../der/error.ts";
import { tags } from "../der/tags.ts";
import { type Bytes, copyOf } from "../wire/bytes.ts";
import { localError } from "../wire/error.ts";
import { certificatesFromPem, PemError } from "../x509/pem.ts";

/** PEM, as text or as its bytes, or DER. */
export type PemOrDer = string | Uint8Array;

/** The chain that an option `cert` holds. @throws TlsError `invalid_option` */
export function certificatesFrom(cert: PemOrDer | readonly PemOrDer[]): readonly Bytes[] {
  const list = isPemOrDer(cert) ? [cert] : cert;
  if (!Array.isArray(list) || list.length === 0 || !list.every(isPemOrDer)) {
    throw localError("invalid_option", "cert: expected certificates in PEM or DER, the client's own first");
  }
  return list.flatMap((one: PemOrDer) => {
    try {
      return isDer(one) ? [wholeElement(one)] : certificatesFromPem(textOf(one));
    } catch (error) {
      if (!(error instanceof PemError || error instanceof DerError)) throw error;
      throw localError("invalid_option", `cert: ${error.message}`);
    }
  });
}

export function isPemOrDer(value: unknown): value is PemOrDer {
  return typeof value === "string" || value instanceof Uint8Array;
}

/** What is DER here begins as a SEQUENCE does; no text does. */
export function isDer(value: PemOrDer): value is Uint8Array {
  return value instanceof Uint8Array && value[0] === tags.sequence;
}

export function textOf(value: PemOrDer): string {
  return typeof value === "string" ? value : new TextDecoder().decode(value);
}

function wholeElement(der: Uint8Array): Bytes {
  const cursor = new DerCursor(der);
  cursor.skip(tags.sequence);
  cursor.finish();
  return copyOf(der);
}
