import type { CryptoProvider } from "../crypto/provider.ts";
import type { PublicKey } from "../crypto/publicKey.ts";
import { handshakeSchemesFor } from "../crypto/signatureSchemes.ts";
import { equal } from "../wire/bytes.ts";
import { localError, peerError } from "../wire/error.ts";
import { onDemand } from "../wire/onDemand.ts";
import { type CertificateCache, certificateCache } from "../x509/cache.ts";
import type { Certificate } from "../x509/certificate.ts";
import { nameToString } from "../x509/distinguishedName.ts";
import { keyUsages } from "../x509/extensions/keyUsage.ts";
import { parseReferenceName, type ReferenceName } from "../x509/names.ts";
import { lacksUsage } from "../x509/ownRules.ts";
import type { PathCheck } from "../x509/pathCheck.ts";
import { type Profile, profiles } from "../x509/profile.ts";
import { type Question, rules } from "../x509/rules.ts";
import type { TrustAnchor } from "../x509/trustAnchor.ts";
import type { Verdict } from "../x509/verdict.ts";
import { verifyChain } from "../x509/verify.ts";
import { identityByKey, ownCertificate } from "./ownCertificate.ts";
import { anchorsOf, type Roots } from "./trustStore.ts";
import type { ServerIdentity, ServerVerifier } from "./verifier.ts";

export interface ServerVerifierOptions {
  /** Who is trusted: a store, or certificates in DER or PEM, anchors and stores together. */
  readonly roots: Roots;
  /** Default: what each root says; those on Mozilla's list `webpki`, others `private`. */
  readonly profile?: Profile | undefined;
  /** Further questions to a path that holds, as those of `tls13/revocation` and `tls13/transparency`. Default: none. */
  readonly checks?: readonly PathCheck[] | undefined;
  /** Whether anybody may get names below this domain: no wildcard is taken for such. Default: top-level domains are. */
  readonly isPublicSuffix?: ((domain: string) => boolean) | undefined;
}

// Words, which are needed where a chain is refused, or where somebody watches.
const words = onDemand(() => import("./steps.ts"));

// Not of one verifier, for most programs make one a connection; but of one provider, which need not believe what others
// found out about signatures.
const caches = new WeakMap<CryptoProvider, CertificateCache>();

function cacheOf(provider: CryptoProvider): CertificateCache {
  const made = caches.get(provider) ?? certificateCache();
  caches.set(provider, made);
  return made;
}

/**
 * The built-in verifier: a path to one of the roots (RFC 5280 §6), for this name (RFC 9525), now, for a server.
 *
 * @throws TlsError `invalid_option` for roots that are no certificates, and for a profile that there is not; with no roots at all nobody is trusted
 */
export function createServerVerifier(options: ServerVerifierOptions): ServerVerifier {
  const { roots, profile, checks = [], isPublicSuffix } = options;
  if (profile !== undefined && !profiles.includes(profile)) {
    throw localError(
      "invalid_option",
      `profile: expected one of ${profiles.join(", ")}, got ${String(profile)}`,
    );
  }
  const anchors = anchorsOf(roots);
  // Who is asked about one name is mostly asked about it again.
  let last = { serverName: "", wanted: undefined as ReferenceName | undefined };
  const wantedName = (serverName: string): ReferenceName => {
    if (last.wanted !== undefined && last.serverName === serverName) return last.wanted;
    const wanted = referenceName(serverName);
    last = { serverName, wanted };
    return wanted;
  };
  return async (presented) => {
    const { chain, provider, step, serverName, time, ocspResponse, signedCertificateTimestamps } = presented;
    const question: Question = {
      // Certificates count in seconds, and are valid to the end of the last one.
      time: Math.floor(time / 1000),
      wanted: wantedName(serverName),
      purpose: "server",
      profile,
      maxIntermediates: undefined,
      isPublicSuffix,
    };
    const verdict = await verifyChain(chain, question, {
      anchors,
      provider,
      cache: cacheOf(provider),
      watch: step === undefined ? undefined : (await words()).watchSteps(step, question),
      checks,
      evidence: { ocspResponse, signedCertificateTimestamps },
    });
    if (!verdict.trusted) throw peerError(rules[verdict.failure.rule].code, await why(verdict, question));
    return identityOf(verdict);
  };
}

/** A chain that is refused is refused for its own reason, even where the words for it can't be had. */
async function why(verdict: Verdict & { trusted: false }, question: Question): Promise<string> {
  const loaded = await words().catch(() => undefined);
  return loaded === undefined ? `breaks the rule ${verdict.failure.rule}` : loaded.explain(verdict, question);
}

/**
 * Believes whatever certificate a server shows, for tests and for a look at a server that can't be verified. The server
 * still has to hold the certificate's key. Nothing is safe from someone in between.
 */
export function trustAnything(): ServerVerifier {
  return (presented) => {
    const own = ownCertificate(presented);
    const subject = nameToString(own.leaf.der, own.leaf.subject);
    presented.step?.({ check: "anchor", subject, outcome: "passed", detail: "verification is switched off" });
    return identityByKey(own, "nothing", false);
  };
}

function referenceName(serverName: string): ReferenceName {
  const wanted = parseReferenceName(serverName);
  if (wanted === undefined) {
    throw localError(
      "invalid_option",
      `serverName: expected a DNS name or an IP address, got ${JSON.stringify(serverName)}`,
    );
  }
  return wanted;
}

function identityOf(verdict: Verdict & { trusted: true }): ServerIdentity {
  const { publicKey, path, anchor, profile, notes } = verdict;
  const leaf = path[0] as Certificate;
  const ders = path.map(({ der }) => der);
  const isItsOwn = anchor.certificate === undefined || equal(leaf.der, anchor.certificate);
  return {
    publicKey,
    schemes: handshakeSchemesFor(publicKey),
    maySign: !lacksUsage(leaf, keyUsages.digitalSignature),
    path: isItsOwn ? ders : [...ders, anchor.certificate],
    anchorKey: (anchor.publicKey as PublicKey).spki, // the rule keyKind was kept
    vouchedBy: nameOf(anchor),
    verified: true,
    profile,
    notes,
  };
}

// An anchor vouches for many; writing its name takes longer than all other looks at a chain that is known.
const names = new WeakMap<TrustAnchor, string>();

function nameOf(anchor: TrustAnchor): string {
  const known = names.get(anchor);
  if (known !== undefined) return known;
  const name = nameToString(anchor.der, anchor.subject);
  names.set(anchor, name);
  return name;
}
