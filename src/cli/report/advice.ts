import { type Certificate, isSelfIssued } from "../../x509/certificate.ts";
import { purposes } from "../../x509/extensions/extendedKeyUsage.ts";
import { parseReferenceName } from "../../x509/names.ts";
import type { Purpose } from "../../x509/profile.ts";
import { type RuleName, ruleRows } from "../../x509/rules.ts";
import type { Failure } from "../../x509/verdict.ts";
import type { Judgement } from "../judgement.ts";
import type { CommandName } from "../optionTable.ts";
import { certificateFacts, validity } from "./certificates.ts";

type Advice = (failure: Failure, judgement: Judgement, command: CommandName) => string | undefined;

/** What to do about a chain that is not trusted; undefined where there is nothing to be done here. */
export function adviceFor(judgement: Judgement, command: CommandName): string | undefined {
  const { verdict } = judgement;
  if (verdict.trusted) return undefined;
  const { failure } = verdict;
  const own = byRule[failure.rule];
  if (own !== undefined) return own(failure, judgement, command);
  return isOfForm(failure.rule)
    ? "the profile private does not ask for it: --profile private"
    : anew(failure, judgement, command);
}

const anew: Advice = ({ anchor }) =>
  anchor === undefined
    ? "nothing helps on this side: its issuer has to make a new one"
    : "nothing helps on this side: the root has to be made anew, or another one be trusted";

/** Whether the private profile does without a rule. */
function isOfForm(rule: RuleName): boolean {
  const roles = ruleRows.find(([name]) => name === rule)?.[1].roles;
  return roles !== undefined && !Object.values(roles).some((profiles) => profiles.includes("private"));
}

const silent: Advice = () => undefined;

const byRule: Readonly<Partial<Record<RuleName, Advice>>> = {
  encoding: ({ anchor }, _, command) => {
    if (anchor !== undefined)
      return "the root has to keep to DER and RFC 5280 too, since --profile asks for it";
    return command === "connect"
      ? "the server has to present a certificate that keeps to DER and RFC 5280"
      : "it has to be made anew, and to keep to DER and RFC 5280";
  },
  depth: () => "a larger --depth allows it",
  distrusted: silent,
  budget: silent,
  anchor: anchorAdvice,
  name: nameAdvice,
  dates: datesAdvice,
  purpose: purposeAdvice,
  revoked: () => "its owner has to get a new one",
  revocationStatus: (_, __, command) =>
    command === "connect"
      ? "the server has to staple a current response; a CRL that was given with --crl has to be current too"
      : "a current response or list is needed; without --ocsp and --crl nobody is asked",
  mustStaple: silent,
};

function anchorAdvice(
  { certificate, about }: Failure,
  { caFiles, chain, roots, verdict }: Judgement,
  command: CommandName,
): string {
  const [unreadable] = caFiles.length === 0 ? [] : roots.unreadable();
  if (unreadable !== undefined) return `of what was given with --ca some can't be read: ${unreadable}`;
  if (about !== "")
    return "the root was made anew under its old name: get the newer one (--ca FILE), or the older certificate";
  const isOwn = !verdict.trusted && certificate === verdict.leaf;
  const missing = "if intermediate certificates are missing, put them into the same file";
  const alone =
    command === "verify" && chain.length === 1 && certificate !== undefined && !isSelfIssued(certificate);
  const roots_ =
    caFiles.length > 0
      ? "none of the certificates given with --ca stands behind it; --ca replaces the system's roots"
      : isOwn && certificate !== undefined && isSelfIssued(certificate)
        ? "if you trust this very certificate, give it with --ca FILE"
        : "if this is a private CA that you trust, give its certificate with --ca FILE";
  return alone ? `${roots_}; ${missing}` : roots_;
}

function nameAdvice(
  { certificate }: Failure,
  { question }: Judgement,
  command: CommandName,
): string | undefined {
  const names = (certificate && certificateFacts(certificate.der)?.names) ?? [];
  if (names.length === 0 && (question.wanted === "any" || question.wanted.kind !== "email"))
    return "it names no host at all; a subject does not count as one (RFC 9525)";
  const option = command === "connect" ? "--servername" : "--name";
  // A stranger's text goes into what may be pasted: only what is a name.
  const other = names.find((name) => !name.startsWith("*") && parseReferenceName(name) !== undefined);
  if (other === undefined) return undefined;
  return command === "connect"
    ? `if that is the server you want: ${option} ${other}`
    : `if it is to be reached by that name: ${option} ${other}`;
}

function datesAdvice(
  { certificate, anchor }: Failure,
  { question, verdict }: Judgement,
  command: CommandName,
): string | undefined {
  const der = certificate?.der ?? anchor?.certificate;
  const facts = der && certificateFacts(der);
  if (facts === undefined) return undefined;
  const time = new Date(question.time * 1000);
  const clock = `${time.toISOString().slice(0, 16).replace("T", " ")} UTC`;
  const its = anchor === undefined ? "its own says" : "the root says";
  const dates = `${its} ${validity(facts, time)}`;
  if (command === "connect") return `${dates}; this machine's clock says ${clock}`;
  const judged = `judged as of ${clock}; --at TIME asks about another time`;
  // Those of the certificate in question stand below.
  return !verdict.trusted && certificate !== undefined && certificate === verdict.leaf
    ? judged
    : `${dates}; ${judged}`;
}

const purposeFlags: Readonly<Record<Purpose, number>> = {
  server: purposes.serverAuth,
  client: purposes.clientAuth,
  email: purposes.emailProtection,
};

function purposeAdvice({ certificate }: Failure, _: Judgement, command: CommandName): string | undefined {
  const { extendedKeyUsage = 0 } = certificate?.extensions ?? ({} as Partial<Certificate["extensions"]>);
  const others = (Object.keys(purposeFlags) as Purpose[]).filter(
    (purpose) => (extendedKeyUsage & purposeFlags[purpose]) !== 0,
  );
  if (command === "connect" || others.length === 0) return "its issuer has to make one for this purpose";
  return `it is for ${others.map((one) => `--purpose ${one}`).join(" and ")}`;
}
