import { defaultProvider } from "../crypto/provider/node.ts";
import type { TrustStore } from "../trust/trustStore.ts";
import type { Bytes } from "../wire/bytes.ts";
import { certificateCache } from "../x509/cache.ts";
import type { Evidence, PathCheck } from "../x509/pathCheck.ts";
import type { Question } from "../x509/rules.ts";
import type { Verdict } from "../x509/verdict.ts";
import { verifyChain } from "../x509/verify.ts";

/** What is judged, by what, and as the command line has it. */
export interface Case {
  readonly chain: readonly Bytes[];
  readonly question: Question;
  readonly roots: TrustStore;
  readonly checks: readonly PathCheck[];
  readonly evidence: Evidence;
  readonly caFiles: readonly string[];
}

/** A verdict with what it is about, as reports tell it. */
export interface Judgement extends Case {
  readonly verdict: Verdict;
}

export async function judge(given: Case): Promise<Judgement> {
  const { chain, question, roots, checks, evidence } = given;
  const verdict = await verifyChain(chain, question, {
    anchors: roots,
    provider: defaultProvider,
    cache: certificateCache(),
    watch: undefined,
    checks,
    evidence,
  });
  return { ...given, verdict };
}
