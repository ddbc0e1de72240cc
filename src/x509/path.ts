import type { Span } from "../der/cursor.ts";
import { equal } from "../wire/bytes.ts";
import { type Certificate, sameBytes } from "./certificate.ts";
import { limits } from "./limits.ts";
import { comparisonBudget } from "./nameConstraints.ts";
import type { OwnFaults } from "./ownFaults.ts";
import type { CandidatePath, Note, PathFault } from "./pathCheck.ts";
import { faultOfAnchor, faultOfPath, keyIdentifierFit, pathLengthFault } from "./pathRules.ts";
import type { Profile } from "./profile.ts";
import { firstOf } from "./ruleSets.ts";
import type { Question } from "./rules.ts";
import type { SignatureChecker } from "./signatures.ts";
import type { TrustAnchor } from "./trustAnchor.ts";
import { type Attempt, type Failure, failureOf, type Watch } from "./verdict.ts";

/** Where anchors are found. */
export interface AnchorSource {
  /** Those whose subject is this Name, which stands in these bytes. */
  named(bytes: Uint8Array, name: Span): readonly TrustAnchor[];
}

export interface Search {
  /** What the peer sent besides its own certificate, in any order, what has nothing to do with it included. */
  readonly others: readonly Certificate[];
  readonly anchors: AnchorSource;
  readonly question: Question;
  readonly own: OwnFaults;
  readonly signatures: SignatureChecker;
  /** Asks the further questions of a path that holds, if there are any. */
  readonly inspect: ((candidate: CandidatePath) => Promise<PathFault | readonly Note[]>) | undefined;
  readonly watch: Watch | undefined;
}

export interface FoundPath {
  readonly found: true;
  readonly path: readonly Certificate[];
  readonly anchor: TrustAnchor;
  readonly profile: Profile;
  readonly notes: readonly Note[];
}

export interface NoPath {
  readonly found: false;
  readonly nearest: Attempt;
  readonly attempts: readonly Attempt[];
  /** Whether there was a path that holds but for the peer's own certificate, or for a check. */
  readonly holds: boolean;
  /** Whether a limit was reached. */
  readonly spent: boolean;
}

/** How far a way came: to a mere end, to a broken rule, to an anchor, or to a path that holds but for the peer's own. */
const stages = { end: 0, rule: 1, anchor: 2, path: 3 } as const;
type Stage = (typeof stages)[keyof typeof stages];

/**
 * Looks for a path from a certificate to an anchor (RFC 5280 §6; building as RFC 4158 has it): depth first, likely issuers
 * before others, back from every dead end. What a certificate says by itself is looked at on the way up, by the rules that
 * hold whatever anchor comes; then by the anchor's. Signatures and name constraints wait until the path ends at an anchor,
 * and are gone through from there down, so that nothing that only a stranger said costs a signature check or constrains
 * anyone.
 */
export async function findPath(leaf: Certificate, search: Search): Promise<FoundPath | NoPath> {
  const { anchors, question, own, watch } = search;
  /** Whatever breaks these rules breaks those of any other profile that may turn out to count. */
  const base = question.profile ?? "private";
  const attempts: Attempt[] = [];
  let nearest: Attempt | undefined;
  let nearness = -1;
  let holds = false;
  let spent = false;
  let stepsLeft: number = limits.steps;
  let inspectionsLeft: number = limits.inspections;
  const budget = comparisonBudget(limits.nameComparisons);
  const issuers = new Map<Certificate, readonly Certificate[]>();

  function note(
    path: readonly Certificate[],
    anchor: TrustAnchor | undefined,
    failure: Failure,
    stage: Stage,
  ): void {
    const profile = question.profile ?? anchor?.profile ?? base;
    const { rule, certificate } = failure;
    // The faults of the peer's own certificate were told when they were found.
    if (stage !== stages.path) watch?.({ rule, certificate, anchor: failure.anchor, failure });
    if (rule === "budget") spent = true;
    const near = stage * (limits.pathLength + 2) + path.length;
    const attempt = { path, anchor, profile, failure };
    if (attempts.length < limits.attempts) attempts.push(attempt);
    if (near > nearness) {
      nearest = attempt;
      nearness = near;
    }
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

  /** What the rules of the anchor's profile say of the certificates between, beyond what was asked on the way up. */
  function faultBetween(path: readonly Certificate[], profile: Profile): Failure | undefined {
    if (profile === base) return undefined;
    for (let i = 1; i < path.length; i++) {
      const fault = own.ofIssuer(path[i] as Certificate, profile);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }

  /** The end of the search where the path leads to trust, or where no other could. */
  async function end(
    path: readonly Certificate[],
    anchor: TrustAnchor,
  ): Promise<FoundPath | "hopeless" | undefined> {
    const profile = question.profile ?? anchor.profile;
    const fault =
      faultOfAnchor(path, anchor, question) ??
      (question.profile === undefined ? faultBetween(path, profile) : await own.ofRoot(anchor, profile)) ??
      (await faultOfPath(path, anchor, search, budget));
    if (fault !== undefined) {
      note(path, anchor, fault, stages.anchor);
      return undefined;
    }
    return finish(path, anchor, profile);
  }

  async function finish(
    path: readonly Certificate[],
    anchor: TrustAnchor,
    profile: Profile,
  ): Promise<FoundPath | "hopeless" | undefined> {
    const first = firstOf(own.ofLeaf(profile).map(({ rule }) => rule));
    if (first !== undefined) {
      holds = true;
      note(path, anchor, failureOf(first, leaf), stages.path);
      return own.ofLeaf(base).length > 0 ? "hopeless" : undefined;
    }
    if (search.inspect === undefined) return { found: true, path, anchor, profile, notes: [] };
    if (inspectionsLeft-- === 0) return "hopeless";
    const answer = await search.inspect({ path, anchor });
    if (!("rule" in answer)) return { found: true, path, anchor, profile, notes: answer };
    const failure = failureOf(answer.rule, answer.certificate, answer.about);
    holds = failure.rule !== "budget";
    watch?.({ rule: failure.rule, certificate: failure.certificate, anchor: undefined, failure });
    note(path, anchor, failure, stages.path);
    return undefined;
  }

  async function extend(path: readonly Certificate[]): Promise<FoundPath | "hopeless" | undefined> {
    const last = path[path.length - 1] as Certificate;
    let ways = 0;
    for (const anchor of anchorsOf(last)) {
      ways++;
      if (stepsLeft-- <= 0) break;
      const ended = await end(path, anchor);
      if (ended !== undefined) return ended;
    }
    for (const issuer of issuersOf(last)) {
      if (stepsLeft-- <= 0) break;
      if (isOnPath(path, issuer)) continue;
      ways++;
      if (path.length >= limits.pathLength) {
        note(path, undefined, failureOf("budget", last), stages.rule);
        break;
      }
      const next = [...path, issuer];
      const fault = own.ofIssuer(issuer, base) ?? lengthFault(path, issuer);
      if (fault !== undefined) {
        note(next, undefined, fault, stages.rule);
        continue;
      }
      const ended = await extend(next);
      if (ended !== undefined) return ended;
    }
    if (ways === 0) note(path, undefined, failureOf("anchor", last), stages.end);
    return undefined;
  }

  function lengthFault(below: readonly Certificate[], issuer: Certificate): Failure | undefined {
    const about = pathLengthFault(below, issuer.extensions.basicConstraints?.pathLength);
    return about === undefined ? undefined : failureOf("pathLength", issuer, about);
  }

  const pinned = pinnedBy(leaf, anchors);
  // Who trusts the very certificate needs nobody to vouch for it, a CA's or not; only public ones are vouched for always.
  const ended =
    pinned !== undefined && (question.profile ?? pinned.profile) === "private"
      ? await finish([leaf], pinned, "private")
      : await extend([leaf]);
  if (typeof ended === "object") return ended;
  if (stepsLeft < 0) note([leaf], undefined, failureOf("budget", leaf), stages.end);
  return { found: false, nearest: nearest as unknown as Attempt, attempts, holds, spent };
}

function pinnedBy(leaf: Certificate, anchors: AnchorSource): TrustAnchor | undefined {
  return anchors
    .named(leaf.der, leaf.subject)
    .find(({ certificate }) => certificate !== undefined && equal(certificate, leaf.der));
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
