import { copyOf } from "../../wire/bytes.ts";
import { describeCertificate } from "../../x509/describe.ts";

/** What people want to know of a certificate. */
export interface CertificateFacts {
  readonly subject: string;
  readonly issuer: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** DNS names and IP addresses that it is for. */
  readonly names: readonly string[];
  /** "EC P-256", "RSA 2048 bits" … */
  readonly key: string;
}

/** Undefined where the bytes can't be read as a certificate. */
export function certificateFacts(der: Uint8Array): CertificateFacts | undefined {
  try {
    const description = describeCertificate(copyOf(der));
    return {
      subject: description.subject,
      issuer: description.issuer,
      notBefore: new Date(description.notBefore),
      notAfter: new Date(description.notAfter),
      names: description.subjectAltNames.map((name) => name.replace(/^(DNS|IP):/, "")),
      key: description.publicKey,
    };
  } catch {
    return undefined;
  }
}

const dayLength = 86_400_000;

export function day(date: Date): string {
  return date.toISOString().slice(0, 10);
}

/** "2026-01-02 to 2026-04-02, expires in 64 days" */
export function validity({ notBefore, notAfter }: CertificateFacts, now: Date): string {
  return `${day(notBefore)} to ${day(notAfter)}, ${lifetime(notBefore, notAfter, now)}`;
}

function lifetime(notBefore: Date, notAfter: Date, now: Date): string {
  const left = notAfter.getTime() - now.getTime();
  if (left < 0) return `expired ${span(-left)} ago`;
  const wait = notBefore.getTime() - now.getTime();
  return wait > 0 ? `begins in ${span(wait)}` : `expires in ${span(left)}`;
}

/** Days; where there are none, hours or minutes. */
function span(milliseconds: number): string {
  const [size, unit] =
    milliseconds >= dayLength
      ? [dayLength, "day"]
      : milliseconds >= 3_600_000
        ? [3_600_000, "hour"]
        : [60_000, "minute"];
  const count = Math.floor(milliseconds / (size as number));
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}
