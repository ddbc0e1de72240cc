import { DerError } from "../../der/error.ts";
import { type Bytes, copyOf } from "../../wire/bytes.ts";
import type { Certificate } from "../certificate.ts";
import { dateInWords } from "../explain.ts";
import type { Note, PathCheck, PathCheckContext, PathCheckResult, PathFault } from "../pathCheck.ts";
import type { RuleName } from "../rules.ts";
import { certificateMatcher } from "./certificateId.ts";
import { type Issuer, issuerOf } from "./issuer.ts";
import { type OcspResponse, parseOcspResponse, type SingleResponse } from "./ocspResponse.ts";
import { reasonInWords } from "./reason.ts";
import { responderComplaint } from "./responder.ts";
import { secondsOption, usualSkew } from "./skew.ts";
import { mustStaple, tlsFeatureFault } from "./tlsFeature.ts";

export interface StapledOcspOptions {
  /** Whether a server without a stapled response is refused. Default: only where its certificate demands one. */
  readonly required?: boolean;
  /** How far the responder's clock and ours may be apart, in seconds. Default: 300. */
  readonly skew?: number;
}

/** RFC 5019 §2.2.4 wants the field; who leaves it out has news all the time (RFC 6960 §4.2.2.1), so old news is none. */
const lifetimeWithoutNextUpdate = 86_400;

/**
 * Judges the OCSP response (RFC 6960) that a server stapled for its certificate (RFC 6066 §8), and holds certificates to
 * must-staple (RFC 7633). A response that says `revoked` breaks the rule `revoked`; one that is malformed, about something
 * else, signed by someone else, stale, or that does not know the certificate breaks `revocationStatus`, and never counts
 * as none. Where none came that is a {@link Note}, but for `required` and for certificates that demand one (`mustStaple`).
 *
 * Stale is what is past its nextUpdate, or older than a day where it has none. The issuer of a certificate that is trusted by
 * itself is not known, unless it is self-signed: what came for it can't be checked, which is a {@link Note}, but for
 * `required` and `mustStaple`.
 *
 * @throws TlsError `invalid_option` for a skew that is none
 */
export function stapledOcsp(options: StapledOcspOptions = {}): PathCheck {
  const { required = false } = options;
  const skew = secondsOption("skew", options.skew, usualSkew);
  return async (candidate, context): Promise<PathCheckResult> => {
    const { path } = candidate;
    const leaf = path[0] as Certificate;
    const fault = (rule: RuleName, about: string): PathCheckResult => ({
      fault: { rule, certificate: leaf, about },
    });
    const feature = tlsFeatureFault(path);
    if (feature !== undefined) return { fault: feature };
    const { ocspResponse } = context.evidence;
    if (ocspResponse === undefined) {
      if (mustStaple(leaf)) {
        return fault(
          "mustStaple",
          "may only come with a stapled OCSP response (must-staple), and came without",
        );
      }
      if (required) return fault("revocationStatus", "came without a stapled OCSP response");
      return passed(note("absent", "the server stapled no OCSP response"));
    }
    const issuer = issuerOf(candidate, 0);
    if (issuer === undefined) {
      const about = "its issuer is not known, so its stapled OCSP response can't be checked";
      if (required || mustStaple(leaf)) return fault("revocationStatus", `is trusted by itself: ${about}`);
      return passed(note("absent", `the certificate is trusted by itself: ${about}`));
    }
    const outcome = await judge(ocspResponse, leaf, issuer, context, skew);
    if ("rule" in outcome) return { fault: outcome };
    return mustStaple(leaf) ? passed(outcome, mustStapleKept) : passed(outcome);
  };
}

const mustStapleKept: Note = {
  check: "mustStaple",
  outcome: "passed",
  detail: "the certificate demands a stapled OCSP response, and it came",
};

function note(outcome: Note["outcome"], detail: string): Note {
  return { check: "ocsp", outcome, detail };
}

function passed(...notes: readonly Note[]): PathCheckResult {
  return { fault: undefined, notes };
}

async function judge(
  bytes: Bytes,
  certificate: Certificate,
  issuer: Issuer,
  context: PathCheckContext,
  skew: number,
): Promise<PathFault | Note> {
  const refused = (about: string, rule: RuleName = "revocationStatus"): PathFault => ({
    rule,
    certificate,
    about,
  });
  const response = readStaple(bytes, context);
  if (typeof response === "string") {
    return refused(`came with a stapled OCSP response that can't be read: ${response}`);
  }
  if (response.outcome === "failed") {
    return refused(`came with a stapled OCSP response that says nothing: ${response.says}`);
  }
  const isAbout = certificateMatcher(certificate, issuer, context.hashes);
  const about = response.responses.filter(({ id }) => isAbout(id, response.der));
  if (about.length === 0) return refused("came with a stapled OCSP response about another certificate");
  const complaint = await responderComplaint(response, issuer, context);
  if (complaint !== undefined) {
    return refused(`came with a stapled OCSP response that ${complaint.about}`, complaint.rule);
  }
  if (response.hasUnreadCritical || about.some(({ hasUnreadCritical }) => hasUnreadCritical)) {
    return refused("came with a stapled OCSP response with a critical extension that is not supported");
  }
  // Some are said to be revoked in one breath and good in another: the worse counts.
  for (const { status } of about) {
    if (status.kind !== "revoked") continue;
    const when = dateInWords(status.time, context.time);
    const why = reasonInWords(status.reason);
    return refused(`was revoked on ${when}${why}, says its stapled OCSP response`, "revoked");
  }
  if (!(response.producedAt <= context.time + skew)) {
    return refused("came with a stapled OCSP response from the future");
  }
  const current = about.filter((single) => staleness(single, context.time, skew) === undefined);
  const [first] = current;
  if (first === undefined) {
    return refused(
      `came with a stapled OCSP response that ${staleness(about[0] as SingleResponse, context.time, skew)}`,
    );
  }
  if (current.some(({ status }) => status.kind === "unknown")) {
    return refused("is unknown to its issuer, says its stapled OCSP response");
  }
  return note("passed", `not revoked, said its issuer on ${dateInWords(first.thisUpdate, context.time)}`);
}

const staples = new WeakMap<PathCheckContext, OcspResponse | string>();

/** Read once in a verification, however many paths it has. */
function readStaple(bytes: Bytes, context: PathCheckContext): OcspResponse | string {
  const known = staples.get(context);
  if (known !== undefined) return known;
  const response = read(bytes);
  staples.set(context, response);
  return response;
}

/** The response, or in words why it is none. */
function read(bytes: Bytes): OcspResponse | string {
  try {
    return parseOcspResponse(copyOf(bytes));
  } catch (error) {
    if (error instanceof DerError) return error.message;
    throw error;
  }
}

/** Why an answer does not count now (RFC 6960 §3.2); undefined where it does. */
function staleness(
  { thisUpdate, nextUpdate }: SingleResponse,
  time: number,
  skew: number,
): string | undefined {
  if (!(thisUpdate <= time + skew)) return "is not in force yet";
  const until = nextUpdate ?? thisUpdate + lifetimeWithoutNextUpdate;
  return time <= until + skew ? undefined : `is out of date since ${dateInWords(until, time)}`;
}
