// Verdicts as data, for tests that look at rules and not at what a TLS client makes of them.

import { defaultProvider } from "../../src/crypto/provider/node.ts";
import type { CryptoProvider } from "../../src/crypto/provider.ts";
import type { Bytes } from "../../src/wire/bytes.ts";
import { anchorSource } from "../../src/x509/anchorSource.ts";
import { certificateCache } from "../../src/x509/cache.ts";
import { parseMailbox, parseReferenceName, type ReferenceName } from "../../src/x509/names.ts";
import type { Evidence, PathCheck } from "../../src/x509/pathCheck.ts";
import type { Profile } from "../../src/x509/profile.ts";
import type { Question } from "../../src/x509/rules.ts";
import { anchorFromCertificate, type TrustAnchor } from "../../src/x509/trustAnchor.ts";
import type { Verdict, Watch } from "../../src/x509/verdict.ts";
import { verifyChain } from "../../src/x509/verify.ts";
import { type CertificateOptions, extensions } from "../certificates.ts";
import { authority, leaf, leafExtensions, root } from "../trust/judge.ts";

export interface Asked extends Partial<Omit<Question, "wanted">> {
  readonly chain: readonly Bytes[];
  /** Default: the usual root. */
  readonly roots?: readonly (Bytes | TrustAnchor)[];
  /** A DNS name, an address or a mailbox; null for any. Default: a.example. */
  readonly name?: string | null;
  readonly provider?: CryptoProvider;
  readonly checks?: readonly PathCheck[];
  readonly evidence?: Evidence;
  readonly watch?: Watch;
}

export function questionOf({ name = "a.example", ...asked }: Asked): Question {
  return {
    time: asked.time ?? Math.floor(Date.now() / 1000),
    wanted: name === null ? "any" : ((parseReferenceName(name) ?? parseMailbox(name)) as ReferenceName),
    purpose: asked.purpose ?? "server",
    profile: asked.profile,
    maxIntermediates: asked.maxIntermediates,
    isPublicSuffix: asked.isPublicSuffix,
  };
}

export function verdictOn(asked: Asked): Promise<Verdict> {
  const anchors = (asked.roots ?? [root.der]).map((one) =>
    one instanceof Uint8Array ? anchorFromCertificate(one) : one,
  );
  return verifyChain(asked.chain, questionOf(asked), {
    anchors: anchorSource(anchors),
    provider: asked.provider ?? defaultProvider,
    cache: certificateCache(),
    watch: asked.watch,
    checks: asked.checks ?? [],
    evidence: asked.evidence ?? { ocspResponse: undefined, signedCertificateTimestamps: [] },
  });
}

/** The first rule that is broken; undefined where all are kept. */
export async function brokenRule(asked: Asked): Promise<string | undefined> {
  const verdict = await verdictOn(asked);
  return verdict.trusted ? undefined : verdict.failure.rule;
}

export const profiles = ["rfc5280", "webpki", "private"] as const satisfies readonly Profile[];

/** What the first broken rule is under each profile. */
export async function brokenByProfile(asked: Asked): Promise<Readonly<Record<Profile, string | undefined>>> {
  const [rfc5280, webpki, own] = await Promise.all(
    profiles.map((profile) => brokenRule({ ...asked, profile })),
  );
  return { rfc5280, webpki, private: own };
}

/** A server's certificate that is in order under every profile. */
export function strictLeaf(options: Partial<CertificateOptions> = {}): Bytes {
  const issuer = options.issuer ?? root;
  return leaf({
    extensions: [...leafExtensions, extensions.authorityKeyIdentifier(issuer.key)],
    ...options,
  });
}

export const middle = authority("Middle", { issuer: root });
