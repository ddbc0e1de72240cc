import type { CryptoProvider } from "../crypto/provider.ts";
import { DerError } from "../der/error.ts";
import type { CertificateCache } from "./cache.ts";
import { type Certificate, isSelfIssued } from "./certificate.ts";
import { limits } from "./limits.ts";
import { type AnchorSource, findPath } from "./path.ts";
import type { Evidence, PathCheck } from "./pathCheck.ts";
import { type Question, rulesFor } from "./rules.ts";
import { signatureChecker } from "./signatures.ts";
import { type Failure, failureOf, inOrder, type Verdict, type Watch } from "./verdict.ts";

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
 * Judges a server's certificates: the first is its own (RFC 9846 §4.5.1), the others may come in any order, and more of
 * them than are needed.
 */
export async function verifyChain(
  chain: readonly Uint8Array[],
  question: Question,
  means: Means,
): Promise<Verdict> {
  const { anchors, provider, cache, watch } = means;
  const [first, ...rest] = chain;
  if (first === undefined) throw new RangeError("expected one certificate at least");
  const leaf = read(first, cache);
  if (typeof leaf === "string") {
    const failure = unreadable(leaf);
    watch?.({ rule: "encoding", certificate: undefined, anchor: undefined, failure });
    return { trusted: false, leaf: undefined, failure, failures: [failure], attempts: [] };
  }
  watch?.({ rule: "encoding", certificate: leaf, anchor: undefined, failure: undefined });

  const others: Certificate[] = [];
  const broken: Failure[] = [];
  for (const [i, der] of rest.slice(0, limits.certificates - 1).entries()) {
    const certificate = read(der, cache);
    if (typeof certificate === "string") {
      // RFC 9846 §4.5.1: what is not needed does no harm, so this is told only where no path is found.
      const failure = unreadable(`certificate ${i + 2} of ${chain.length} that were sent: ${certificate}`);
      broken.push(failure);
      watch?.({ rule: "encoding", certificate: undefined, anchor: undefined, failure });
    } else {
      others.push(certificate);
      watch?.({ rule: "encoding", certificate, anchor: undefined, failure: undefined });
    }
  }

  const failures: Failure[] = [];
  for (const [rule, isBroken] of rulesFor("leaf")) {
    const failure = isBroken(leaf, question) ? failureOf(rule, leaf) : undefined;
    if (failure !== undefined) failures.push(failure);
    watch?.({ rule, certificate: leaf, anchor: undefined, failure });
  }

  const signatures = signatureChecker(provider, cache, limits.signatures);
  const result = await findPath(leaf, { others, anchors, question, signatures, watch });
  if (result.found) {
    watch?.({ rule: "anchor", certificate: undefined, anchor: result.anchor, failure: undefined });
    if (failures.length === 0)
      return { trusted: true, path: result.path, anchor: result.anchor, profile: "private", notes: [] };
  } else {
    const { failure } = result.nearest;
    failures.push(failure);
    // The certificate that is missing may be the one that can't be read.
    if (
      failure.rule === "anchor" &&
      failure.certificate !== undefined &&
      !isSelfIssued(failure.certificate)
    ) {
      failures.push(...broken);
    }
  }
  const ordered = inOrder(failures);
  return {
    trusted: false,
    leaf,
    failure: ordered[0] as Failure,
    failures: ordered,
    attempts: result.found ? [] : result.attempts,
  };
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
