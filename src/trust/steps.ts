import { latin1 } from "../der/strings.ts";
import { keyInWords, signatureInWords } from "../x509/algorithmWords.ts";
import { type Certificate, partOf } from "../x509/certificate.ts";
import { nameToString } from "../x509/distinguishedName.ts";
import { dateInWords, explainFailure } from "../x509/explain.ts";
import { addressToString, generalNames } from "../x509/generalName.ts";
import { findName } from "../x509/names.ts";
import { visible } from "../x509/nameWords.ts";
import type { Question } from "../x509/rules.ts";
import type { Finding, Watch } from "../x509/verdict.ts";
import type { VerificationStep } from "./verifier.ts";

// What a verification says in words, when it is asked to or refuses: the verifier loads it all at once.
export { explain } from "../x509/explain.ts";

/** Tells each finding of a verification as a step, in words. */
export function watchSteps(tell: (step: VerificationStep) => void, question: Question): Watch {
  let leaf: Certificate | undefined;
  return (finding) => {
    const { rule, certificate, anchor, failure } = finding;
    leaf ??= certificate;
    const subject = certificate ?? anchor;
    tell({
      check: rule === "encoding" ? "parsed" : rule,
      subject: subject === undefined ? "" : nameToString(subject.der, subject.subject),
      outcome: failure === undefined ? "passed" : "failed",
      detail: failure === undefined ? detailOf(finding, question) : explainFailure(failure, leaf, question),
    });
  };
}

/** What was seen, where it is in order. */
function detailOf({ rule, certificate, anchor }: Finding, question: Question): string {
  if (certificate === undefined) return anchor === undefined ? "" : "a trusted root";
  switch (rule) {
    case "encoding":
      return `${certificate.der.length} bytes, issued by ${nameToString(certificate.der, certificate.issuer)}`;
    case "version":
      return `version ${certificate.version}`;
    case "keyKind":
    case "keySize":
      return keyInWords(certificate.publicKey);
    case "signature":
      return signatureInWords(certificate);
    case "dates":
      return `${dateInWords(certificate.notBefore)} to ${dateInWords(certificate.notAfter)}`;
    case "name":
      return nameDetail(certificate, question);
    default:
      return "";
  }
}

function nameDetail(certificate: Certificate, { wanted }: Question): string {
  const found = wanted === "any" ? undefined : findName(certificate, wanted);
  if (found === undefined) return "any name";
  return found.tag === generalNames.iPAddress
    ? addressToString(partOf(certificate, found))
    : visible(latin1(certificate.der, found));
}
