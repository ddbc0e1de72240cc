import { DerError } from "../der/error.ts";
import type { Bytes } from "../wire/bytes.ts";
import { localError } from "../wire/error.ts";
import { certificatesFromPem, PemError } from "../x509/pem.ts";
import { copyOfElement, isDer, isPemOrDer, type PemOrDer, textOf } from "../x509/pemOrDer.ts";

/** The chain that an option `cert` holds. @throws TlsError `invalid_option` */
export function certificatesFrom(cert: PemOrDer | readonly PemOrDer[]): readonly Bytes[] {
  const list = isPemOrDer(cert) ? [cert] : cert;
  if (!Array.isArray(list) || list.length === 0 || !list.every(isPemOrDer)) {
    throw localError("invalid_option", "cert: expected certificates in PEM or DER, the client's own first");
  }
  return list.flatMap((one: PemOrDer) => {
    try {
      return isDer(one) ? [copyOfElement(one)] : certificatesFromPem(textOf(one));
    } catch (error) {
      if (!(error instanceof PemError || error instanceof DerError)) throw error;
      throw localError("invalid_option", `cert: ${error.message}`);
    }
  });
}
