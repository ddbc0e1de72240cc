import type { Span } from "../der/cursor.ts";
import { type Certificate, sameBytes } from "./certificate.ts";
import { limits } from "./limits.ts";
import type { ComparisonBudget } from "./nameConstraints.ts";
import { faultOfPath, keyIdentifierFit, pathLengthFault } from "./pathRules.ts";
import { type Question, rulesFor } from "./rules.ts";
import type { SignatureChecker } from "./signatures.ts";
import type { TrustAnchor } from "./trustAnchor.ts";
import { type Attempt, type Failure, failureOf, type Watch } from "./verdict.ts";

/** Where anchors are found. */
export interface AnchorSource {
  /** Those whose subject is this Name, which stands in these bytes. */
  named(bytes: Uint8Array, name: Span): readonly TrustAnchor[];
}

export interface Search {
  /** What the server sent besides its own certificate, in any order, what has nothing to do with it included. */
  readonly others: readonly Certificate[];
  readonly anchors: AnchorSource;
  readonly question: Question;
  readonly signatures: SignatureChecker;
  readonly watch: Watch | undefined;
}

export type FoundPath =
  | { readonly found: true; readonly path: readonly Certificate[]; readonly anchor: TrustAnchor }
  | { readonly found: false; readonly nearest: Attempt; readonly attempts: readonly Attempt[] };

/**
 * Looks for a path from a certificate to an anchor (RFC 5280 §6; building as RFC 4158 has it): depth first, likely issuers
 * before others, back from every dead end. What a certificate says by itself is looked at on the way up; signatures and
 * name constraints wait until the path ends at an anchor, and are then gone through from there down, so that nothing that
 * only a stranger said costs a signature check or constrains anyone.
 */
export async function findPath(leaf: Certificate, search: Search): Promise<FoundPath> {
  const { anchors, question, watch } = search;
  const attempts: Attempt[] = [];
  let nearest: Attempt | undefined;
  let stepsLeft: number = limits.steps;
  const budget: ComparisonBudget = { nameComparisons: limits.nameComparisons };
  const issuers = new Map<Certificate, readonly Certificate[]>();
  const faults = new Map<Certificate, Failure | undefined>();

  function note(path: readonly Certificate[], anchor: TrustAnchor | undefined, failure: Failure): void {
    const attempt = { path, anchor, failure };
    watch?.({ rule: failure.rule, certificate: failure.certificate, anchor: failure.anchor, failure });
    if (attempts.length < limits.attempts) attempts.push(attempt);
    if (nearest === undefined || nearness(attempt) > nearness(nearest)) nearest = attempt;
  }

  /** The certificates that could have signed this one by their name, likely ones first. */
  function issuersOf(certificate: Certificate): readonly Certificate[] {
    const known = issuers.get(certificate);
    if (known !== undefined) return known;
    const list = search.others
      .filter(({ der, subject }) => sameBytes(der, subject, certificate.der, certificate.issuer))
      .sort((a, b) => likelihood(certificate, b) - likelihood(certificate, a));
    issuers.set(certificate, list);
    return list;
  }

  function likelihood(certificate: Certificate, issuer: Certificate): number {
    const isValid = question.time >= issuer.notBefore && question.time <= issuer.notAfter;
    const { subjectKeyIdentifier } = issuer.extensions;
    return 2 * keyIdentifierFit(certificate, issuer.der, subjectKeyIdentifier) + (isValid ? 1 : 0);
  }

  function anchorsOf(certificate: Certificate): readonly TrustAnchor[] {
    const named = anchors.named(certificate.der, certificate.issuer);
    if (named.length < 2) return named;
    const likely = (anchor: TrustAnchor): number =>
      keyIdentifierFit(certificate, anchor.der, anchor.subjectKeyIdentifier);
    return [...named].sort((a, b) => likely(b) - likely(a));
  }

  /** What an issuer breaks wherever it stands. */
  function faultOf(issuer: Certificate): Failure | undefined {
    if (faults.has(issuer)) return faults.get(issuer);
    const rule = rulesFor("issuer").find(([, broken]) => broken(issuer, question))?.[0];
    const fault = rule === undefined ? undefined : failureOf(rule, issuer);
    if (watch !== undefined && fault === undefined) {
      for (const [kept] of rulesFor("issuer")) {
        watch({ rule: kept, certificate: issuer, anchor: undefined, failure: undefined });
      }
    }
    faults.set(issuer, fault);
    return fault;
  }

  async function extend(path: readonly Certificate[]): Promise<TrustAnchor | undefined> {
    const last = path[path.length - 1] as Certificate;
    let ways = 0;
    for (const anchor of anchorsOf(last)) {
      ways++;
      if (stepsLeft-- <= 0) break;
      const fault = await faultOfPath(path, anchor, search, budget);
      if (fault === undefined) {
        found = path;
        return anchor;
      }
      note(path, anchor, fault);
    }
    for (const issuer of issuersOf(last)) {
      if (stepsLeft-- <= 0) break;
      if (isOnPath(path, issuer)) continue;
      ways++;
      if (path.length >= limits.pathLength) {
        note(path, undefined, failureOf("budget", last));
        break;
      }
      const next = [...path, issuer];
      const fault = faultOf(issuer);
      if (fault !== undefined) {
        note(next, undefined, fault);
        continue;
      }
      const length = pathLengthFault(path, issuer.extensions.basicConstraints?.pathLength);
      if (length !== undefined) {
        note(next, undefined, failureOf("pathLength", issuer, length));
        continue;
      }
      const anchor = await extend(next);
      if (anchor !== undefined) return anchor;
    }
    if (ways === 0) note(path, undefined, failureOf("anchor", last));
    return undefined;
  }

  let found: readonly Certificate[] = [];
  const pinned = anchors
    .named(leaf.der, leaf.subject)
    .find(
      ({ certificate }) =>
        certificate !== undefined && sameBytes(leaf.der, whole(leaf.der), certificate, whole(certificate)),
    );
  // Who trusts the very certificate needs nobody to vouch for it, a CA's or not.
  if (pinned !== undefined) return { found: true, path: [leaf], anchor: pinned };
  const anchor = await extend([leaf]);
  if (anchor !== undefined) return { found: true, path: found, anchor };
  if (stepsLeft < 0) note([leaf], undefined, failureOf("budget", leaf));
  return { found: false, nearest: nearest as unknown as Attempt, attempts };
}

const whole = (bytes: Uint8Array): Span => ({ start: 0, end: bytes.length });

/** Ways that came to an anchor tell more than those that broke a rule before, and those more than a mere end. */
function nearness({ path, anchor, failure }: Attempt): number {
  const stage = anchor !== undefined ? 2 : failure.rule === "anchor" ? 0 : 1;
  return stage * (limits.pathLength + 2) + path.length;
}

/** The same certificate, or another one of the same name and key: going through it twice leads nowhere new. */
function isOnPath(path: readonly Certificate[], issuer: Certificate): boolean {
  return path.some(
    (other) =>
      other === issuer ||
      (sameBytes(other.der, other.spki, issuer.der, issuer.spki) &&
        sameBytes(other.der, other.subject, issuer.der, issuer.subject)),
  );
}
