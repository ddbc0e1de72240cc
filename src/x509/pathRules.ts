import type { PublicKey } from "../crypto/publicKey.ts";
import type { Span } from "../der/cursor.ts";
import { type Certificate, isSelfIssued, sameBytes } from "./certificate.ts";
import { generalNames } from "./generalName.ts";
import { type ComparisonBudget, constraintViolation, type HeldConstraints } from "./nameConstraints.ts";
import { brokenByAnchor } from "./ruleSets.ts";
import type { Question } from "./rules.ts";
import type { SignatureChecker } from "./signatures.ts";
import type { TrustAnchor } from "./trustAnchor.ts";
import { type Failure, failureOf, type Watch } from "./verdict.ts";

interface PathChecks {
  readonly question: Question;
  readonly signatures: SignatureChecker;
  readonly watch: Watch | undefined;
}

/** What an anchor by itself, or with the path below it, breaks. */
export function faultOfAnchor(
  path: readonly Certificate[],
  anchor: TrustAnchor,
  question: Question,
): Failure | undefined {
  const broken = (rule: Failure["rule"], about = ""): Failure => ({
    rule,
    certificate: undefined,
    anchor,
    about,
  });
  const rule = brokenByAnchor(anchor, question);
  if (rule !== undefined) return broken(rule);
  const leaf = path[0] as Certificate;
  if (anchor.distrustAfter !== undefined && !(leaf.notBefore <= anchor.distrustAfter)) {
    return broken("distrusted");
  }
  const length = pathLengthFault(path, anchor.pathLength);
  if (length !== undefined) return broken("pathLength", length);
  const depth = pathLengthFault(path, question.maxIntermediates);
  return depth === undefined ? undefined : failureOf("depth", leaf, depth);
}

/** From the anchor down: who signed whom, and whether names keep within what those above are allowed. */
export async function faultOfPath(
  path: readonly Certificate[],
  anchor: TrustAnchor,
  { signatures, watch }: PathChecks,
  budget: ComparisonBudget,
): Promise<Failure | undefined> {
  const held: HeldConstraints[] = [];
  if (anchor.nameConstraints !== undefined) held.push({ der: anchor.der, value: anchor.nameConstraints });
  // Keys of no use were refused by the rule keyKind, the anchor's just now and the issuers' on the way up.
  let key = anchor.publicKey as PublicKey;
  for (let i = path.length - 1; i >= 0; i--) {
    const certificate = path[i] as Certificate;
    const answer = signatures.check(certificate, key);
    // A turn of the event loop's queue costs more than the rules of a certificate.
    const broken = typeof answer === "object" ? await answer : answer;
    if (broken === "signature") return wrongSignature(certificate, path[i + 1], anchor);
    if (broken !== undefined) return failureOf(broken, certificate);
    watch?.({ rule: "signature", certificate, anchor: undefined, failure: undefined });
    // §6.1.3 (b), (c): but for self-issued ones that are not the last.
    if (held.length > 0 && (i === 0 || !isSelfIssued(certificate))) {
      for (const constraints of held) {
        const violation = constraintViolation(certificate, constraints, budget);
        if (violation === "spent") return failureOf("budget", certificate);
        if (violation !== undefined) return failureOf("nameConstraints", certificate, violation);
      }
      watch?.({ rule: "nameConstraints", certificate, anchor: undefined, failure: undefined });
    }
    const { nameConstraints } = certificate.extensions;
    if (nameConstraints !== undefined) held.push({ der: certificate.der, value: nameConstraints });
    key = certificate.publicKey as PublicKey;
  }
  return undefined;
}

/** RFC 5280 §4.2.1.9: counted are the intermediate certificates below, but for self-issued ones. */
export function pathLengthFault(
  below: readonly Certificate[],
  allowed: number | undefined,
): string | undefined {
  if (allowed === undefined) return undefined;
  let count = 0;
  for (let i = 1; i < below.length; i++) if (!isSelfIssued(below[i] as Certificate)) count++;
  return count <= allowed ? undefined : `${allowed} allowed, ${count} there`;
}

/** 1 where authority and subject key identifier are the same, -1 where they differ, 0 where one is absent. */
export function keyIdentifierFit(
  { der, extensions }: Certificate,
  issuerDer: Uint8Array,
  identifier: Span | undefined,
): number {
  const wanted = extensions.authorityKeyIdentifier?.keyIdentifier;
  if (wanted === undefined || identifier === undefined) return 0;
  return sameBytes(der, wanted, issuerDer, identifier) ? 1 : -1;
}

/** A root that was made anew under its old name is no forgery: the certificate says itself that another key signed it. */
function wrongSignature(
  certificate: Certificate,
  issuer: Certificate | undefined,
  anchor: TrustAnchor,
): Failure {
  const { der, subject } = issuer ?? anchor;
  const identifier =
    issuer === undefined ? anchor.subjectKeyIdentifier : issuer.extensions.subjectKeyIdentifier;
  return failureOf(keyIdentifierFit(certificate, der, identifier) < 0 ? "anchor" : "signature", certificate, {
    der,
    name: { tag: generalNames.directoryName, start: subject.start, end: subject.end },
  });
}
