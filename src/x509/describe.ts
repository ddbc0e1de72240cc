import type { Hash } from "../crypto/provider.ts";
import { type Bytes, toHex } from "../wire/bytes.ts";
import { keyInWords, signatureInWords } from "./algorithmWords.ts";
import { type Certificate, parseCertificate, partOf } from "./certificate.ts";
import { nameToString } from "./distinguishedName.ts";
import { generalNameToString } from "./nameWords.ts";

/** A certificate for people: plain data, as it may be printed or written as JSON. */
export interface CertificateDescription {
  /** As RFC 4514 writes it. */
  readonly subject: string;
  readonly issuer: string;
  /** Hexadecimal, in upper case. */
  readonly serialNumber: string;
  /** ISO 8601, in UTC, to the second. */
  readonly notBefore: string;
  readonly notAfter: string;
  /** `DNS:a.example`, `IP:192.0.2.1` … */
  readonly subjectAltNames: readonly string[];
  /** `EC P-256`, `RSA 2048` … */
  readonly publicKey: string;
  /** `ECDSA with SHA-256` … */
  readonly signatureAlgorithm: string;
  /** Of the whole certificate, in hexadecimal; where a hash is given. */
  readonly sha256?: string;
}

/** @throws DerError for what is no certificate */
export function describeCertificate(der: Bytes, sha256?: Hash): CertificateDescription {
  const certificate = parseCertificate(der);
  return sha256 === undefined
    ? describe(certificate)
    : { ...describe(certificate), sha256: toHex(sha256.digest(der)) };
}

function describe(certificate: Certificate): CertificateDescription {
  const { der, extensions } = certificate;
  return {
    subject: nameToString(der, certificate.subject),
    issuer: nameToString(der, certificate.issuer),
    // Without the zero byte that only its sign needs, as everybody prints it.
    serialNumber: toHex(partOf(certificate, certificate.serialNumber))
      .toUpperCase()
      .replace(/^00(?=.)/, ""),
    notBefore: isoTime(certificate.notBefore),
    notAfter: isoTime(certificate.notAfter),
    subjectAltNames: (extensions.subjectAltName ?? []).map((name) => generalNameToString(der, name)),
    publicKey: keyInWords(certificate.publicKey),
    signatureAlgorithm: signatureInWords(certificate),
  };
}

const isoTime = (seconds: number): string => new Date(seconds * 1000).toISOString().replace(".000", "");
