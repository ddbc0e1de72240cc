import type { CryptoProvider } from "../crypto/provider.ts";
import type { PublicKey } from "../crypto/publicKey.ts";
import { DerError } from "../der/error.ts";
import type { CertificateCache } from "./cache.ts";
import { type Certificate, isSelfIssued } from "./certificate.ts";
import { limits } from "./limits.ts";
import { type OwnFaults, ownFaults } from "./ownFaults.ts";
import { type AnchorSource, findPath, type Search } from "./path.ts";
import type { Evidence, Note, PathCheck } from "./pathCheck.ts";
import type { Question } from "./rules.ts";
import { type SignatureChecker, signatureChecker } from "./signatures.ts";
import { type Attempt, type Failure, failureOf, inOrder, type Verdict, type Watch } from "./verdict.ts";

/** What a chain is judged with. */
export interface Means {
  readonly anchors: AnchorSource;
  readonly provider: Pick<CryptoProvider, "verify" | "hashes">;
  readonly cache: CertificateCache;
  readonly watch: Watch | undefined;
  /** Asked of a path that holds, in this order; a fault makes it a dead end. */
  readonly checks: readonly PathCheck[];
  /** For the checks: what the peer showed besides. */
  readonly evidence: Evidence;
}

/**
 * Judges a peer's certificates: the first is its own (RFC 9846 §4.5.1), the others may come in any order, and more of
 * them than are needed. Throws only what a provider or a check throws, and RangeError for a profile that there is not.
 */
export async function verifyChain(
  chain: readonly Uint8Array[],
  question: Question,
  means: Means,
): Promise<Verdict> {
  const { anchors, provider, cache, watch } = means;
  const first = chain[0];
  if (first === undefined) throw new RangeError("no certificate");
  const leaf = read(first, cache);
  if (typeof leaf === "string") {
    const failure = unreadable(leaf);
    watch?.({ rule: "encoding", certificate: undefined, anchor: undefined, failure });
    return { trusted: false, leaf: undefined, failure, failures: [failure], attempts: [] };
  }
  watch?.({ rule: "encoding", certificate: leaf, anchor: undefined, failure: undefined });

  const others: Certificate[] = [];
  const broken: Failure[] = [];
  for (let i = 1; i < chain.length && i < limits.certificates; i++) {
    const certificate = read(chain[i] as Uint8Array, cache);
    if (typeof certificate === "string") {
      // RFC 9846 §4.5.1: what is not needed does no harm, so this is told only where no path is found.
      const failure = unreadable(`certificate ${i + 1} of ${chain.length} that were sent: ${certificate}`);
      broken.push(failure);
      watch?.({ rule: "encoding", certificate: undefined, anchor: undefined, failure });
    } else {
      others.push(certificate);
      watch?.({ rule: "encoding", certificate, anchor: undefined, failure: undefined });
    }
  }

  const signatures = signatureChecker(provider, cache, limits.signatures);
  const own = ownFaults(leaf, question, cache, signatures, watch);
  own.ofLeaf(question.profile ?? "private");
  const inspect = inspection(question, means, signatures);
  const result = await findPath(leaf, { others, anchors, question, own, signatures, inspect, watch });
  if (result.found) {
    const { path, anchor, profile, notes } = result;
    watch?.({ rule: "anchor", certificate: undefined, anchor, failure: undefined });
    // The rule keyKind was kept.
    return { trusted: true, publicKey: leaf.publicKey as PublicKey, path, anchor, profile, notes };
  }
  // RFC 9846 §4.5.1: what is behind the limit may have been needed.
  const spent = !result.holds && (result.spent || chain.length > limits.certificates);
  const failures = failuresOf(leaf, result.nearest, own, broken, spent);
  return { trusted: false, leaf, failure: failures[0] as Failure, failures, attempts: result.attempts };
}

/** Asks all checks, until one refuses. */
function inspection(question: Question, means: Means, signatures: SignatureChecker): Search["inspect"] {
  const { checks, evidence, provider } = means;
  if (checks.length === 0) return undefined;
  const { time } = question;
  const context = { time, evidence, hashes: provider.hashes, verify: signatures.verify };
  return async (candidate) => {
    const notes: Note[] = [];
    for (const check of checks) {
      const result = await check(candidate, context);
      if (result.fault !== undefined) return result.fault;
      notes.push(...result.notes);
    }
    return notes;
  };
}

function failuresOf(
  leaf: Certificate,
  { profile, failure }: Attempt,
  own: OwnFaults,
  broken: readonly Failure[],
  spent: boolean,
): readonly Failure[] {
  const failures = [...own.ofLeaf(profile)];
  const isTold = failures.some(
    ({ rule, certificate }) => rule === failure.rule && certificate === failure.certificate,
  );
  if (!isTold) failures.push(failure);
  // The certificate that is missing may be the one that can't be read.
  if (failure.rule === "anchor" && failure.certificate !== undefined && !isSelfIssued(failure.certificate)) {
    failures.push(...broken);
  }
  const ordered = inOrder(failures);
  if (!spent) return ordered;
  const isBudget = ({ rule }: Failure): boolean => rule === "budget";
  const budget = ordered.find(isBudget) ?? failureOf("budget", leaf);
  return [budget, ...ordered.filter((one) => !isBudget(one))];
}

/** A certificate, or in words why it is none. */
function read(der: Uint8Array, cache: CertificateCache): Certificate | string {
  try {
    return cache.parse(der);
  } catch (error) {
    if (error instanceof DerError) return error.message;
    throw error;
  }
}

function unreadable(about: string): Failure {
  return { rule: "encoding", certificate: undefined, anchor: undefined, about };
}
