import type { PublicKey } from "../crypto/publicKey.ts";
import { DerError } from "../der/error.ts";
import type { CertificateCache } from "./cache.ts";
import { type Certificate, isSelfIssued } from "./certificate.ts";
import { keyIdentifierFit } from "./pathRules.ts";
import type { Profile, Role } from "./profile.ts";
import { brokenBy, firstOf, rulesFor } from "./ruleSets.ts";
import type { Question } from "./rules.ts";
import type { SignatureChecker } from "./signatures.ts";
import type { TrustAnchor } from "./trustAnchor.ts";
import { type Failure, failureOf, type Watch } from "./verdict.ts";

/** What certificates break by themselves, where they stand and under the rules that are asked for. */
export interface OwnFaults {
  /** All that the peer's certificate breaks. @throws RangeError for a profile that there is not */
  ofLeaf(profile: Profile): readonly Failure[];
  /** The first that another breaks as an issuer. */
  ofIssuer(certificate: Certificate, profile: Profile): Failure | undefined;
  /** The same of the certificate that an anchor was made from, if it was made from one. */
  ofRoot(anchor: TrustAnchor, profile: Profile): Promise<Failure | undefined>;
}

const noFailures: readonly Failure[] = [];

export function ownFaults(
  leaf: Certificate,
  question: Question,
  cache: CertificateCache,
  signatures: SignatureChecker,
  watch: Watch | undefined,
): OwnFaults {
  // Made where it is needed: most verifications have nobody who watches, and a set costs more than most rules.
  let told: Set<string> | undefined;

  /** Tells those who watch of rules that are kept, each once. */
  function tellKept(certificate: Certificate, role: Role, profile: Profile, broken: readonly string[]): void {
    if (watch === undefined) return;
    for (const rule of rulesFor(role, profile)) {
      const id = `${rule} ${certificate.tbs.end} ${certificate.der.length} ${role}`;
      told ??= new Set();
      if (broken.includes(rule) || told.has(id)) continue;
      told.add(id);
      watch({ rule, certificate, anchor: undefined, failure: undefined });
    }
  }

  const leafFailures: Partial<Record<Profile, readonly Failure[]>> = {};

  return {
    ofLeaf(profile) {
      const known = leafFailures[profile];
      if (known !== undefined) return known;
      const broken = brokenBy(leaf, "leaf", profile, question);
      const failures = broken.length === 0 ? noFailures : broken.map((rule) => failureOf(rule, leaf));
      leafFailures[profile] = failures;
      for (const failure of failures) {
        watch?.({ rule: failure.rule, certificate: leaf, anchor: undefined, failure });
      }
      tellKept(leaf, "leaf", profile, broken);
      return failures;
    },
    ofIssuer(certificate, profile) {
      const broken = brokenBy(certificate, "intermediate", profile, question);
      const rule = firstOf(broken);
      const failure = rule === undefined ? undefined : failureOf(rule, certificate);
      if (failure === undefined) tellKept(certificate, "intermediate", profile, broken);
      return failure;
    },
    async ofRoot(anchor, profile) {
      // Under the private profile roots are believed as they are.
      if (anchor.certificate === undefined || profile === "private") return undefined;
      let certificate: Certificate;
      try {
        certificate = cache.parse(anchor.certificate);
      } catch (error) {
        if (!(error instanceof DerError)) throw error;
        return { rule: "encoding", certificate: undefined, anchor, about: error.message };
      }
      let broken = brokenBy(certificate, "anchor", profile, question);
      // The rule keyKind was kept. A root that names another key than its own as its issuer's is not self-signed.
      const key = anchor.publicKey as PublicKey;
      const { subjectKeyIdentifier } = certificate.extensions;
      const namesOther = keyIdentifierFit(certificate, certificate.der, subjectKeyIdentifier) < 0;
      const self = namesOther ? undefined : await signatures.check(certificate, key);
      // §4.2.1.1: self-signed ones may do without, and those are known by the key, whatever they call their issuer.
      if (self === undefined) broken = broken.filter((one) => one !== "authorityKeyIdentifier");
      // RFC 9846 §4.3.3: a root may be signed with any algorithm; what can't be checked is left.
      else if (self === "signature" && isSelfIssued(certificate)) broken = [...broken, self];
      const rule = firstOf(broken);
      return rule === undefined ? undefined : { rule, certificate, anchor, about: "" };
    },
  };
}
