import { defaultProvider } from "../../crypto/provider/node.ts";
import { toHex } from "../../wire/bytes.ts";
import { nameToString } from "../../x509/distinguishedName.ts";
import { explainFailure } from "../../x509/explain.ts";
import type { Note } from "../../x509/pathCheck.ts";
import type { Profile, Purpose } from "../../x509/profile.ts";
import { mustStaple } from "../../x509/revocation/tlsFeature.ts";
import type { TrustAnchor } from "../../x509/trustAnchor.ts";
import type { Failure, Verdict } from "../../x509/verdict.ts";
import type { Judgement } from "../judgement.ts";
import { adviceFor } from "./advice.ts";
import { attemptTree } from "./attemptTree.ts";
import { chainRows, leafRows } from "./chainRows.ts";
import { labelWidth, type Row, rows } from "./rows.ts";
import { ruleWithSource } from "./ruleSources.ts";
import { columns, printable, type Style } from "./style.ts";

/** `tls13 verify` for people: the verdict, and what it rests on. */
export function verdictLines(judgement: Judgement, style: Style): readonly string[] {
  const { verdict } = judgement;
  const lines = verdict.trusted
    ? trustedLines(judgement, verdict, style)
    : refusedLines(judgement, verdict, style);
  return ["", ...lines, ""];
}

type Trusted = Extract<Verdict, { trusted: true }>;
type Refused = Extract<Verdict, { trusted: false }>;

const purposes: Readonly<Record<Purpose, string>> = {
  server: "a server",
  client: "a client",
  email: "e-mail",
};

function asked({ question: { wanted, purpose } }: Judgement): string {
  const name = wanted === "any" ? "any name" : printable(wanted.name);
  return purpose === "server" ? name : `${name}, as ${purposes[purpose]}`;
}

function trustedLines(judgement: Judgement, verdict: Trusted, style: Style): readonly string[] {
  const { question, caFiles } = judgement;
  const { path, anchor, profile, notes } = verdict;
  const row = rows(style);
  const now = new Date(question.time * 1000);
  const [leaf, ...issuers] = path.map(({ der }) => der) as [Uint8Array, ...Uint8Array[]];
  const isItsOwn = anchor.certificate !== undefined && toHex(anchor.certificate) === toHex(leaf);
  const root = anchor.certificate === undefined || isItsOwn ? [] : [anchor.certificate];
  const from = caFiles.length > 0 ? "given with --ca" : "a root of this system";
  const rulesOf = profileInWords(profile, question.profile !== undefined, anchor, isItsOwn);
  const who = isItsOwn
    ? `itself: it is ${from}`
    : `${printable(nameToString(anchor.der, anchor.subject))}, ${from}`;
  return [
    `  ${style.bold(style.green("TRUSTED"))} for ${style.bold(asked(judgement))}`,
    "",
    ...row("vouched by", who),
    ...row("profile", rulesOf),
    ...noteRows(revocationNotes(judgement, verdict, notes), row),
    "",
    ...chainRows([leaf, ...issuers, ...root], true, now, style, row),
    ...row("SHA-256", fingerprint(leaf)),
  ];
}

/** Where nobody was asked, that is said. */
function revocationNotes(
  { checks }: Judgement,
  { path }: Trusted,
  notes: readonly Note[],
): readonly string[] {
  const found = notes.map(({ detail }) => detail);
  if (checks.length === 0) found.push("not looked at: neither --crl nor --ocsp was given");
  const [leaf] = path;
  const isJudged = notes.some(({ check }) => check === "mustStaple");
  if (leaf !== undefined && mustStaple(leaf) && !isJudged) {
    found.push("a server with it has to staple an OCSP response (must-staple), which --ocsp would judge");
  }
  return found;
}

export function noteRows(notes: readonly string[], row: Row): readonly string[] {
  return notes.flatMap((note, i) => row(i === 0 ? "revocation" : "", printable(note)));
}

/** The rules, and who decided on them. */
export function profileInWords(
  profile: Profile,
  isAsked: boolean,
  anchor: Pick<TrustAnchor, "profile"> | undefined,
  /** Whether the peer's certificate is trusted itself. */
  isItsOwn = false,
): string {
  if (isAsked) return `${profile}, as --profile asks`;
  if (isItsOwn) return `${profile}, for it is trusted itself`;
  const isPublic = (anchor?.profile ?? profile) === "webpki";
  return isPublic
    ? `${profile}, for the root is on Mozilla's list`
    : `${profile}, for the root is not on Mozilla's list`;
}

function fingerprint(der: Uint8Array): string {
  return toHex(defaultProvider.hashes["SHA-256"].digest(der));
}

const reasonsShown = 4;

function refusedLines(judgement: Judgement, verdict: Refused, style: Style): readonly string[] {
  const row = rows(style);
  const advice = adviceFor(judgement, "verify");
  const reasons = verdict.failures.slice(0, reasonsShown);
  const more = verdict.failures.length - reasons.length;
  return [
    `  ${style.bold(style.red("NOT TRUSTED"))} for ${style.bold(asked(judgement))}`,
    "",
    ...reasons.flatMap((failure, i) => [
      ...row(i === 0 ? "because" : "besides", printable(reason(failure, judgement, verdict))),
      ...row("", ruleWithSource(failure.rule), style.dim),
    ]),
    ...(more > 0 ? row("", `and ${more} more (--json tells of all)`, style.dim) : []),
    ...(advice === undefined ? [] : row("→", printable(advice))),
    "",
    ...circumstances(judgement, style),
  ];
}

function reason(failure: Failure, { question }: Judgement, { leaf }: Refused): string {
  const words = explainFailure(failure, leaf, question);
  const isPeers = failure.rule === "encoding" && leaf === undefined;
  return isPeers ? `certificate can't be read: ${words}` : words;
}

/** What a refusal rests on: the profile, the peer's certificate, and the ways that were tried. */
export function circumstances(judgement: Judgement, style: Style): readonly string[] {
  const { verdict, question, chain } = judgement;
  const [own] = chain;
  if (verdict.trusted || own === undefined) return [];
  const row = rows(style);
  const told = new Set(verdict.failures.map((failure) => explainFailure(failure, verdict.leaf, question)));
  const tree = attemptTree(judgement, style, columns - labelWidth - 3, told);
  return [
    ...profileRow(judgement, verdict, row),
    ...leafRows(own, new Date(question.time * 1000), style, row),
    ...tree.map((line, i) => `  ${style.dim((i === 0 ? "tried" : "").padEnd(labelWidth))} ${line}`),
  ];
}

/** Without an anchor and without an option nobody has decided on a profile. */
function profileRow({ question }: Judgement, { attempts, failure }: Refused, row: Row): readonly string[] {
  if (question.profile !== undefined)
    return row("profile", profileInWords(question.profile, true, undefined));
  const decided =
    attempts.find((attempt) => attempt.anchor !== undefined && attempt.failure.rule === failure.rule) ??
    attempts.find(({ anchor }) => anchor !== undefined);
  return decided === undefined ? [] : row("profile", profileInWords(decided.profile, false, decided.anchor));
}
