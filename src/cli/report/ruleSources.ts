import type { RuleName } from "../../x509/rules.ts";

/** Where each rule stands, as docs/certificates.md has it. */
export const ruleSources: Readonly<Record<RuleName, string>> = {
  encoding: "RFC 5280 §4.1",
  version: "RFC 5280 §4.1.2.1",
  serialNumber: "RFC 5280 §4.1.2.2",
  criticalExtensions: "RFC 5280 §4.2",
  issuerName: "RFC 5280 §4.1.2.4",
  keyKind: "RFC 9846 §4.5.1.2",
  keySize: "RFC 9846 §C.2, BR §6.1.5",
  webKey: "BR §7.1.3.1",
  brokenSignatureAlgorithm: "RFC 9846 §4.5.1.3",
  signatureAlgorithm: "RFC 9846 §4.3.3",
  pssParameters: "RFC 9846 §4.3.3",
  signature: "RFC 5280 §6.1.3 (a) (1)",
  authority: "RFC 5280 §4.2.1.9",
  certificateSigning: "RFC 5280 §4.2.1.3",
  pathLength: "RFC 5280 §4.2.1.9",
  depth: "--depth",
  nameConstraints: "RFC 5280 §4.2.1.10",
  budget: "docs/certificates.md, limits",
  anchor: "RFC 5280 §6.1.1 (d)",
  distrusted: "Mozilla's CKA_NSS_SERVER_DISTRUST_AFTER",
  revoked: "RFC 5280 §6.3, RFC 6960 §2.2",
  revocationStatus: "RFC 6960 §3.2, RFC 5280 §6.3.3",
  mustStaple: "RFC 7633 §4.2.3",
  transparency: "RFC 6962 §5.2",
  purpose: "RFC 5280 §4.2.1.12",
  name: "RFC 9525 §6",
  dates: "RFC 5280 §4.1.2.5",
  pose: "RFC 5280 §4.2.1.9, §4.2.1.10",
  serialZero: "RFC 5280 §4.1.2.2",
  authorityKeyIdentifier: "RFC 5280 §4.2.1.1",
  subjectKeyIdentifier: "RFC 5280 §4.2.1.2",
  criticalAuthority: "RFC 5280 §4.2.1.9",
  strayPathLength: "RFC 5280 §4.2.1.9",
  criticalConstraints: "RFC 5280 §4.2.1.10; BR §7.1.2.5.2 allows it",
  constraintSyntax: "RFC 5280 §4.2.1.10",
  policyConstraints: "RFC 5280 §4.2.1.11",
  nameless: "RFC 5280 §4.2.1.6",
  nameSyntax: "RFC 5280 §4.2.1.6",
  webLeaf: "BR §7.1.2.7.8",
  webNames: "BR §7.1.2.7.12",
  commonName: "BR §7.1.4.3",
  webPurpose: "BR §7.1.2.7.10",
  rootPurpose: "BR §7.1.2.1.2",
  rootKeyIdentifier: "BR §7.1.2.1.3",
};

/** `name (RFC 9525 §6)` */
export function ruleWithSource(rule: RuleName): string {
  return `${rule} (${ruleSources[rule].replace(/\bBR §/, "Baseline Requirements §")})`;
}
