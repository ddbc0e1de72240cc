import type { PublicKey } from "../crypto/publicKey.ts";
import { type Bytes, copyOf, equal } from "../wire/bytes.ts";
import { type Certificate, parseCertificate } from "./certificate.ts";

/**
 * Certificates that were read, and which keys their signatures verified with: servers are met again, and their issuers
 * oftener. Both follow from bytes alone, which are compared in full, so nothing here can change a verdict: dates, names
 * and everything else that depends on the question are looked at each time. That a signature verified is the word of a
 * provider: a cache is for one of them.
 */
export interface CertificateCache {
  /** @throws DerError for what is no certificate (and is not kept) */
  parse(der: Uint8Array): Certificate;
  isVerified(certificate: Certificate, issuer: PublicKey): boolean;
  noteVerified(certificate: Certificate, issuer: PublicKey): void;
}

/** Larger certificates are seldom, and read anew each time; so strangers can't have much kept. */
const mostBytesEach = 16_384;
const mostBytes = 1_048_576;

/** A certificate is signed once; cross-signed ones differ in their bytes. More than two keys are somebody's game. */
const keysPerCertificate = 2;

interface Entry {
  readonly certificate: Certificate;
  /** The SPKIs of keys that its signature verified with. */
  readonly verifiedWith: Bytes[];
}

/** Of up to `capacity` certificates, none above 16 KiB, and up to 1 MiB of them. */
export function certificateCache(capacity = 256): CertificateCache {
  const kept = new Map<number, Entry>();
  let bytes = 0;
  const forget = (slot: number): void => {
    bytes -= kept.get(slot)?.certificate.der.length ?? 0;
    kept.delete(slot);
  };
  const keysOf = (certificate: Certificate): Bytes[] | undefined => {
    const entry = kept.get(slotOf(certificate.der));
    return entry?.certificate === certificate ? entry.verifiedWith : undefined;
  };
  return {
    parse(der) {
      const slot = slotOf(der);
      const found = kept.get(slot);
      const entry =
        found !== undefined && equal(found.certificate.der, der)
          ? found
          : { certificate: parseCertificate(copyOf(der)), verifiedWith: [] };
      if (der.length > mostBytesEach) return entry.certificate;
      // The least recently used goes first, so that the issuers that everybody has stay.
      forget(slot);
      bytes += der.length;
      while (kept.size >= capacity || bytes > mostBytes) forget(kept.keys().next().value as number);
      kept.set(slot, entry);
      return entry.certificate;
    },
    isVerified: (certificate, issuer) =>
      keysOf(certificate)?.some((spki) => spki === issuer.spki || equal(spki, issuer.spki)) ?? false,
    noteVerified(certificate, issuer) {
      const keys = keysOf(certificate);
      if (keys !== undefined && keys.length < keysPerCertificate) keys.push(issuer.spki);
    },
  };
}

/** The last bytes, which belong to the signature and so are as good as random. Who makes them alike shares one slot. */
function slotOf(der: Uint8Array): number {
  let slot = der.length;
  for (let i = Math.max(0, der.length - 5); i < der.length; i++)
    slot = (slot * 33 + (der[i] as number)) >>> 0;
  return slot;
}
