import type { CryptoProvider } from "../../src/crypto/provider.ts";
import { createTrustStore } from "../../src/trust/trustStore.ts";
import type { Bytes } from "../../src/wire/bytes.ts";
import { certificateCache } from "../../src/x509/cache.ts";
import { nameToString } from "../../src/x509/distinguishedName.ts";
import { explainFailure } from "../../src/x509/explain.ts";
import { parseReferenceName, type ReferenceName } from "../../src/x509/names.ts";
import type { PathCheck } from "../../src/x509/pathCheck.ts";
import type { Question } from "../../src/x509/rules.ts";
import type { Attempt } from "../../src/x509/verdict.ts";
import { verifyChain } from "../../src/x509/verify.ts";
import type { RunPath } from "./run.ts";

/** What a chain was judged by. */
export interface PathQuestion {
  readonly chain: readonly Bytes[];
  readonly roots: readonly Bytes[];
  readonly serverName: string;
  /** Milliseconds since 1970. */
  readonly time: number;
}

/**
 * The paths that the client's verifier tries, in its order, to the first that holds. It tells of its dead ends where it trusts
 * nobody, and of none where it does; so it is asked once more, with a question to each path that holds which nobody can answer.
 */
export async function pathsTried(
  provider: CryptoProvider,
  { chain, roots, serverName, time }: PathQuestion,
): Promise<readonly RunPath[]> {
  if (chain.length === 0) return [];
  const question: Question = {
    time: Math.floor(time / 1000),
    wanted: parseReferenceName(serverName) as ReferenceName,
    purpose: "server",
    profile: undefined,
    maxIntermediates: undefined,
    isPublicSuffix: undefined,
  };
  const held = new Set<readonly unknown[]>();
  const refuse: PathCheck = ({ path }) => {
    held.add(path);
    return { fault: { rule: "transparency", certificate: path[0] as never, about: "" } };
  };
  const verdict = await verifyChain(chain, question, {
    anchors: createTrustStore(roots),
    provider,
    cache: certificateCache(),
    watch: undefined,
    checks: [refuse],
    evidence: { ocspResponse: undefined, signedCertificateTimestamps: [] },
  });
  if (verdict.trusted) return [];
  const { attempts, leaf } = verdict;
  const first = attempts.findIndex(({ path }) => held.has(path));
  return (first < 0 ? attempts : attempts.slice(0, first + 1)).map((attempt) => ({
    certificates: certificatesOf(attempt),
    subjects: subjectsOf(attempt),
    trustedEnd: attempt.anchor !== undefined,
    ...(held.has(attempt.path)
      ? { outcome: "held", rule: undefined, why: "" }
      : {
          outcome: "refused",
          rule: attempt.failure.rule,
          why: explainFailure(attempt.failure, leaf, question),
        }),
  }));
}

function certificatesOf({ path, anchor }: Attempt): readonly Bytes[] {
  const root = anchor?.certificate;
  return [...path.map(({ der }) => der), ...(root === undefined ? [] : [root])];
}

function subjectsOf({ path, anchor }: Attempt): readonly string[] {
  return [...path, ...(anchor === undefined ? [] : [anchor])].map(({ der, subject }) =>
    nameToString(der, subject),
  );
}
