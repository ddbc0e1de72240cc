import { defaultProvider } from "../../crypto/provider/node.ts";
import { toHex } from "../../wire/bytes.ts";
import type { Certificate } from "../../x509/certificate.ts";
import { describeCertificate } from "../../x509/describe.ts";
import { nameToString } from "../../x509/distinguishedName.ts";
import { explain, explainFailure } from "../../x509/explain.ts";
import { rules } from "../../x509/rules.ts";
import type { TrustAnchor } from "../../x509/trustAnchor.ts";
import type { Failure } from "../../x509/verdict.ts";
import type { Judgement } from "../judgement.ts";
import { ruleSources } from "./ruleSources.ts";

const sha256 = defaultProvider.hashes["SHA-256"];

/** A verdict as data. The keys are always there and stable; new ones may be added. */
export function verdictData({ verdict, question }: Judgement): object {
  const { wanted, purpose, time, maxIntermediates } = question;
  const asked = {
    trusted: verdict.trusted,
    name: wanted === "any" ? null : wanted.name,
    purpose,
    time: new Date(time * 1000).toISOString(),
    depth: maxIntermediates ?? null,
    words: explain(verdict, question),
  };
  if (verdict.trusted) {
    const { path, anchor, profile, notes } = verdict;
    return {
      ...asked,
      profile,
      profileFrom: question.profile === undefined ? "anchor" : "option",
      path: path.map(({ der }) => describeCertificate(der, sha256)),
      anchor: anchorData(anchor),
      notes,
      failures: [],
      attempts: [],
    };
  }
  const { leaf, failures, attempts } = verdict;
  const failureData = (failure: Failure): object => ({
    rule: failure.rule,
    source: ruleSources[failure.rule],
    code: rules[failure.rule].code,
    certificate: failure.certificate === undefined ? null : certificateData(failure.certificate),
    anchor: failure.anchor === undefined ? null : anchorData(failure.anchor),
    words: explainFailure(failure, leaf, question),
  });
  return {
    ...asked,
    profile: question.profile ?? null,
    profileFrom: question.profile === undefined ? null : "option",
    path: [],
    anchor: null,
    notes: [],
    failures: failures.map(failureData),
    attempts: attempts.map(({ path, anchor, profile, failure }) => ({
      path: path.map(certificateData),
      anchor: anchor === undefined ? null : anchorData(anchor),
      profile,
      failure: failureData(failure),
    })),
  };
}

function certificateData({ der, subject }: Certificate): object {
  return { subject: nameToString(der, subject), sha256: toHex(sha256.digest(der)) };
}

function anchorData({ der, subject, certificate, profile }: TrustAnchor): object {
  return {
    subject: nameToString(der, subject),
    sha256: certificate === undefined ? null : toHex(sha256.digest(certificate)),
    profile,
  };
}
