import { type Bytes, equal } from "../../wire/bytes.ts";
import { type Certificate, sameBytes } from "../certificate.ts";
import { nameToString } from "../distinguishedName.ts";
import { dateInWords } from "../explain.ts";
import { keyUsages } from "../extensions/keyUsage.ts";
import type { Note, PathCheck, PathCheckContext, PathCheckResult } from "../pathCheck.ts";
import type { Crl } from "./crl.ts";
import { type CrlFiles, readCrls } from "./crlList.ts";
import { allReasons, isInScope } from "./crlScope.ts";
import {
  type Complaint,
  complaint,
  type Issuer,
  issuerOf,
  signatureComplaint,
  wrongSignature,
} from "./issuer.ts";
import { reasonInWords, removeFromCrl } from "./reason.ts";
import { secondsOption, usualSkew } from "./skew.ts";

export interface CrlOptions {
  /**
   * What has to be found on the CRLs or not found there, so that no CRL is a reason to refuse: the server's certificate, or
   * each of its path. Default: nothing.
   */
  readonly required?: "leaf" | "chain";
  /** How long after its nextUpdate a CRL still counts, in seconds. Default: not at all (but for five minutes of skew). */
  readonly grace?: number;
}

/**
 * Looks each certificate of a path (the anchor is none of them) up in the CRLs of its issuer (RFC 5280 §6.3), which are given
 * and never fetched. They are read at once and may be shared by any number of connections; what is known of their
 * signatures is kept.
 *
 * A listed certificate breaks the rule `revoked`, by a stale list too. One whose issuer's CRLs can't be used (stale,
 * a delta or an indirect CRL …) breaks `revocationStatus`. One that no CRL is for is a {@link Note}, if
 * it is not `required`; a CRL is for an issuer where it has its name and is signed with its key. Several CRLs of one issuer make up for each other: one in force that covers a certificate is enough.
 *
 * @throws TlsError `invalid_option` for what is no CRL in PEM or DER
 */
export function crls(files: CrlFiles, options: CrlOptions = {}): PathCheck {
  const { required } = options;
  const grace = secondsOption("grace", options.grace, 0);
  const lists = readCrls(files).map((crl): KnownCrl => ({ crl, signer: undefined }));
  return async (candidate, context): Promise<PathCheckResult> => {
    const { path } = candidate;
    const found: Certificate[] = [];
    const missing: Certificate[] = [];
    for (const [i, certificate] of path.entries()) {
      const issuer = issuerOf(candidate, i);
      const outcome =
        issuer === undefined ? "absent" : await lookUp(certificate, issuer, lists, context, grace);
      if (outcome === "clear") found.push(certificate);
      else if (outcome !== "absent") {
        return { fault: { rule: outcome.rule, certificate, about: outcome.about } };
      } else if (required === "chain" || (required === "leaf" && i === 0)) {
        const about = "is covered by none of the CRLs that are known";
        return { fault: { rule: "revocationStatus", certificate, about } };
      } else missing.push(certificate);
    }
    return { fault: undefined, notes: notesOf(found, missing) };
  };
}

/** A CRL, and the key (SubjectPublicKeyInfo) that it was last found to be signed with. */
interface KnownCrl {
  readonly crl: Crl;
  signer: Bytes | undefined;
}

async function lookUp(
  certificate: Certificate,
  issuer: Issuer,
  lists: readonly KnownCrl[],
  context: PathCheckContext,
  grace: number,
): Promise<Complaint | "clear" | "absent"> {
  let covered = 0;
  let first: Complaint | undefined;
  for (const known of lists) {
    const { crl } = known;
    // §6.3.3 (b) (1)
    if (!sameBytes(crl.der, crl.issuer, certificate.der, certificate.issuer)) continue;
    if (!isInScope(crl.scope, crl.der, certificate)) continue;
    const signed = await signatureFault(known, issuer, context);
    if (signed === "otherKey") continue;
    const fault =
      signed ??
      authorityComplaint(crl, issuer) ??
      entryComplaint(crl, certificate, context.time) ??
      dateComplaint(crl, context.time, grace);
    if (fault === undefined) covered |= crl.scope.reasons;
    else if (fault.rule === "revocationStatus") first ??= fault;
    else return fault;
  }
  if (covered === allReasons) return "clear";
  return first ?? "absent";
}

/**
 * Whether it is the issuer's: one of the same name may have been signed with another key of an authority's. Only the signature
 * tells. The key identifiers do not, as a peer chooses among the certificates of its issuer, which may have different ones for
 * one key.
 */
async function signatureFault(
  known: KnownCrl,
  { publicKey }: Issuer,
  context: PathCheckContext,
): Promise<Complaint | "otherKey" | undefined> {
  if (known.signer !== undefined && equal(known.signer, publicKey.spki)) return undefined;
  const fault = await signatureComplaint(known.crl, publicKey, context);
  if (fault === undefined) known.signer = publicKey.spki;
  if (fault === wrongSignature) return "otherKey";
  return fault === undefined ? undefined : aboutCrl(fault);
}

/** Whether the list may be used, and the key for it. */
function authorityComplaint({ unusable }: Crl, { keyUsage }: Issuer): Complaint | undefined {
  if (unusable !== undefined) return aboutCrl(complaint(unusable));
  // §6.3.3 (f)
  if (keyUsage !== undefined && (keyUsage & keyUsages.cRLSign) === 0) {
    return aboutCrl(complaint("is signed with a key that may not sign CRLs (its key usage says so)"));
  }
  return undefined;
}

function entryComplaint(crl: Crl, { der, serialNumber }: Certificate, time: number): Complaint | undefined {
  const entry = crl.entries.find(der, serialNumber);
  if (entry === undefined) return undefined;
  if (entry.reason === removeFromCrl) {
    return aboutCrl(complaint("takes it off the list, which only a delta CRL can"));
  }
  const about = `was revoked on ${dateInWords(entry.time, time)}${reasonInWords(entry.reason)}, says its issuer's CRL`;
  return { rule: "revoked", about };
}

function dateComplaint(
  { thisUpdate, nextUpdate = 0 }: Crl,
  time: number,
  grace: number,
): Complaint | undefined {
  if (!(thisUpdate <= time + usualSkew)) return aboutCrl(complaint("is not in force yet"));
  if (time <= nextUpdate + usualSkew + grace) return undefined;
  return aboutCrl(complaint(`is out of date since ${dateInWords(nextUpdate, time)}`));
}

function aboutCrl({ rule, about }: Complaint): Complaint {
  return { rule, about: `can't be looked up: its issuer's CRL ${about}` };
}

function notesOf(found: readonly Certificate[], missing: readonly Certificate[]): readonly Note[] {
  const notes: Note[] = [];
  if (found.length > 0) {
    const detail = `not on the CRLs of its issuer: ${namesOf(found)}`;
    notes.push({ check: "crl", outcome: "passed", detail });
  }
  if (missing.length > 0) {
    notes.push({ check: "crl", outcome: "absent", detail: `no CRL covers ${namesOf(missing)}` });
  }
  return notes;
}

/** Of a subject, which may be as long as a certificate. */
const longest = 200;

const namesOf = (certificates: readonly Certificate[]): string =>
  certificates
    .map(({ der, subject }) => nameToString(der, subject).slice(0, longest) || "(no name)")
    .join("; ");
