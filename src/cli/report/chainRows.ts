import { type CertificateFacts, certificateFacts, day, validity } from "./certificates.ts";
import type { Row } from "./rows.ts";
import { printable, type Style } from "./style.ts";

/** Certificates from the peer's own upwards; of a path that was believed, the last one is the root. */
export function chainRows(
  chain: readonly Uint8Array[],
  isBelieved: boolean,
  now: Date,
  style: Style,
  row: Row,
): readonly string[] {
  return chain.flatMap((der, i) => {
    const isRoot = i > 0 && i === chain.length - 1 && isBelieved;
    const label = i === 0 ? "certificate" : isRoot ? "trusted root" : "issued by";
    return i === 0 ? leafRows(der, now, style, row) : laterRows(label, der, now, style, row);
  });
}

export function leafRows(der: Uint8Array, now: Date, style: Style, row: Row): readonly string[] {
  const facts = certificateFacts(der);
  if (facts === undefined) return unreadable("certificate", der, row);
  return [
    ...row("certificate", printable(facts.subject) || "(no subject)"),
    ...row("  for", shortened(facts.names.map(printable))),
    ...row("  valid", validity(facts, now), soon(facts, now, style)),
    ...row("  key", facts.key),
    ...row("  issuer", printable(facts.issuer)),
  ];
}

function laterRows(label: string, der: Uint8Array, now: Date, style: Style, row: Row): readonly string[] {
  const facts = certificateFacts(der);
  if (facts === undefined) return unreadable(label, der, row);
  return [
    ...row(label, printable(facts.subject) || "(no subject)"),
    ...row("", `until ${day(facts.notAfter)}, ${facts.key}`, soon(facts, now, style)),
  ];
}

const unreadable = (label: string, { length }: Uint8Array, row: Row): readonly string[] =>
  row(label, `${length} bytes that can't be read`);

const twoWeeks = 14 * 86_400_000;

function soon({ notAfter }: CertificateFacts, now: Date, style: Style): (text: string) => string {
  return notAfter.getTime() - now.getTime() < twoWeeks ? style.yellow : (text) => text;
}

const namesShown = 8;

/** One screen is one screen: some certificates are for hundreds of names. */
function shortened(names: readonly string[]): string {
  if (names.length === 0) return "no names";
  const shown = names.slice(0, namesShown).join(", ");
  return names.length > namesShown ? `${shown} and ${names.length - namesShown} more` : shown;
}
