import { defaultProvider } from "../../../src/crypto/provider/web.ts";
import type { Bytes } from "../../../src/wire/bytes.ts";
import { anchorSource } from "../../../src/x509/anchorSource.ts";
import { certificateCache } from "../../../src/x509/cache.ts";
import type { Certificate } from "../../../src/x509/certificate.ts";
import { type CertificateDescription, describeCertificate } from "../../../src/x509/describe.ts";
import { nameToString } from "../../../src/x509/distinguishedName.ts";
import { explainFailure } from "../../../src/x509/explain.ts";
import { parseReferenceName } from "../../../src/x509/names.ts";
import { anchorFromCertificate, type TrustAnchor } from "../../../src/x509/trustAnchor.ts";
import { verifyChain } from "../../../src/x509/verify.ts";
import { trustedRoot } from "../certificates.ts";
import { start } from "../runScenario.ts";
import { labName } from "../scenarios.ts";

export { runScenario as run } from "../runScenario.ts";

/** One way from the server's certificate upwards, and where it ended. */
export interface TriedPath {
  readonly subjects: readonly string[];
  /** The trusted root that it reached. */
  readonly anchor: string | undefined;
  /** The rule that it broke, and in words; undefined where it held. */
  readonly failure: { readonly rule: string; readonly words: string } | undefined;
}

/** What stands in each certificate, or why it can't be read. */
export function describeChain(chain: readonly Bytes[]): readonly (CertificateDescription | string)[] {
  return chain.map((der) => {
    try {
      return describeCertificate(der);
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  });
}

/** Every way to the page's root, judged as the client judges it, in the order in which they were tried. */
export async function triedPaths(chain: readonly Bytes[]): Promise<readonly TriedPath[]> {
  const question = {
    time: Math.floor(start / 1000),
    wanted: parseReferenceName(labName) ?? "any",
    purpose: "server",
    profile: undefined,
    maxIntermediates: undefined,
  } as const;
  if (chain.length === 0) return [];
  const verdict = await verifyChain(chain, question, {
    anchors: anchorSource([anchorFromCertificate(trustedRoot)]),
    provider: defaultProvider,
    cache: certificateCache(),
    watch: undefined,
    checks: [],
    evidence: { ocspResponse: undefined, signedCertificateTimestamps: [] },
  });
  if (verdict.trusted) {
    const { path, anchor } = verdict;
    return [{ subjects: path.map(subjectOf), anchor: subjectOf(anchor), failure: undefined }];
  }
  return verdict.attempts.map(({ path, anchor, failure }) => ({
    subjects: path.map(subjectOf),
    anchor: anchor && subjectOf(anchor),
    failure: { rule: failure.rule, words: explainFailure(failure, verdict.leaf, question) },
  }));
}

function subjectOf({ der, subject }: Certificate | TrustAnchor): string {
  return nameToString(der, subject) || "(no subject)";
}
